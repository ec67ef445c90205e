package oracle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// shown bounds the disagreements that are printed.
const shown = 20

func folder(t testing.TB) string {
	dir := os.Getenv("TENON_ORACLE")
	if dir == "" {
		t.Skip("TENON_ORACLE is not set: it names the folder that `tenon-oracle vectors` wrote; `cargo xtask oracle` does both")
	}
	return dir
}

// lines decodes a file with one object a line.
func lines[T any](t *testing.T, name string, each func(line T, text []byte)) {
	t.Helper()
	file, err := os.Open(filepath.Join(folder(t), name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var line T
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v in %.200s", name, err, scanner.Bytes())
		}
		each(line, scanner.Bytes())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}

// index is index.json.
type index struct {
	Vectors []component
}

// component is one that carries vectors: what its dump shows where nothing was written.
type component struct {
	Name  string
	Dump  uint64 // address that it begins at
	Blank byte
}

// vector is a line of vectors.jsonl, as host-rust/oracle/src/vectors.rs tells.
type vector struct {
	C     string
	F     string
	Flat  []uint64
	Mem   []chunk
	New   []resource      // that the guest makes before a lift
	Hold  []resource      // that the host is given before a lowering
	Want  json.RawMessage // of a lift an abi.Value, of a lowering []outcome
	Value *abi.Value
	Trap  string
}

type outcome struct {
	From []string
	Mem  []chunk
	End  uint64
}

// complaints collects disagreements.
type complaints struct {
	checked int
	found   []string
}

func (c *complaints) check(err error, text []byte) {
	c.checked++
	if err != nil {
		c.found = append(c.found, fmt.Sprintf("%v\n  %.1000s", err, text))
	}
}

func (c *complaints) report(t *testing.T) {
	t.Helper()
	if n := len(c.found); n > 0 {
		t.Errorf("%d of %d:\n%s", n, c.checked, strings.Join(c.found[:min(n, shown)], "\n"))
	}
	t.Logf("%d checked", c.checked)
}

// TestVectors: lifting and lowering agree with the oracle, case by case, traps included.
func TestVectors(t *testing.T) {
	var ix index
	data, err := os.ReadFile(filepath.Join(folder(t), "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &ix); err != nil {
		t.Fatal(err)
	}
	h := newHost(t)
	c := new(carrier)
	var of component
	var all complaints
	lines(t, "vectors.jsonl", func(v vector, text []byte) {
		if c.name != v.C {
			c.close(t.Context())
			c = h.load(t, v.C)
			of = ix.Vectors[slices.IndexFunc(ix.Vectors, func(k component) bool { return k.Name == v.C })]
		}
		all.check(c.judge(t.Context(), &of, &v), text)
	})
	all.report(t)
	if all.checked < 20_000 {
		t.Errorf("%d vectors", all.checked)
	}
}

// judge runs one vector.
func (c *carrier) judge(ctx context.Context, of *component, v *vector) error {
	if v.New != nil || v.Hold != nil {
		c.drop(ctx) // handles are numbered from the start
	}
	if err := c.prepare(ctx, v.Mem); err != nil {
		return fmt.Errorf("before the call: %w", err)
	}
	var args []abi.Value
	for _, raw := range v.Flat {
		args = append(args, abi.Value{Bits: raw})
	}
	c.taken = nil
	if err := c.make(ctx, v.New); err != nil {
		return fmt.Errorf("before the call: %w", err)
	}
	if v.Hold != nil {
		if err := c.hold(ctx, v.F, v.Hold, v.Value); err != nil {
			return fmt.Errorf("before the call: %w", err)
		}
	}
	if v.Value != nil {
		c.give = *v.Value
		if strings.HasPrefix(v.F, "eat-") {
			args = []abi.Value{*v.Value}
		}
	}
	got, err := c.call(ctx, v.F, args...)
	if c.taken != nil {
		got = *c.taken
	}
	switch {
	case v.Trap != "" && err == nil:
		return fmt.Errorf("no trap, but %+v", got)
	case v.Trap != "":
		return violation(err)
	case err != nil:
		return fmt.Errorf("it traps: %w", err)
	case v.Value != nil:
		return c.left(ctx, of, v.Want)
	}
	var want abi.Value
	if err := json.Unmarshal(v.Want, &want); err != nil {
		return err
	}
	if v.New != nil {
		if err := c.numbers(ctx, v.F, &got); err != nil {
			return fmt.Errorf("after the call: %w", err)
		}
	}
	if !got.Equal(want) {
		return fmt.Errorf("it gives %+v", got)
	}
	return nil
}

// violation checks that an error blames the guest for breaking the ABI, and nobody for anything else.
func violation(err error) error {
	if e, ok := errors.AsType[*abi.Error](err); ok && e.Class == abi.Violation {
		return nil
	}
	if e, ok := errors.AsType[*engine.Trap](err); ok && e.Code == engine.ABI {
		return nil
	}
	return fmt.Errorf("another error: %w", err)
}

// left holds what a lowering left in the guest against the outcome for a host that writes strings at once in
// the guest's encoding.
func (c *carrier) left(ctx context.Context, of *component, outcomes json.RawMessage) error {
	var allowed []outcome
	if err := json.Unmarshal(outcomes, &allowed); err != nil {
		return err
	}
	i := slices.IndexFunc(allowed, func(o outcome) bool { return slices.Contains(o.From, "guest") })
	want := bytes.Repeat([]byte{of.Blank}, int(allowed[i].End-of.Dump))
	for _, piece := range allowed[i].Mem {
		copy(want[piece.at-of.Dump:], piece.bytes)
	}
	got, err := c.dump(ctx)
	if err != nil {
		return fmt.Errorf("after the call: %w", err)
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Errorf("byte %#x is %#x, not %#x", of.Dump+uint64(i), got[i], want[i])
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("the heap ends %d bytes later", len(got)-len(want))
	}
	return nil
}

// TestIdentity: values of random types come back as they were, flat, through memory and in lists.
func TestIdentity(t *testing.T) {
	h := newHost(t)
	c := new(carrier)
	var all complaints
	lines(t, "identity.jsonl", func(line struct {
		C      string
		N      int
		Values []abi.Value
	}, text []byte) {
		if c.name != line.C {
			c.close(t.Context())
			c = h.load(t, line.C)
		}
		for _, v := range line.Values {
			all.check(c.same(t.Context(), fmt.Sprintf("flat-%d", line.N), v), text)
		}
		all.check(c.same(t.Context(), fmt.Sprintf("list-%d", line.N), abi.Value{Items: line.Values}), text)
	})
	all.report(t)
	if all.checked == 0 {
		t.Error("there are no values")
	}
}

func (c *carrier) same(ctx context.Context, function string, v abi.Value) error {
	got, err := c.call(ctx, function, v)
	if err != nil {
		return fmt.Errorf("%s: %w", function, err)
	}
	if !got.Equal(v) {
		return fmt.Errorf("%s: %+v comes back as %+v", function, v, got)
	}
	return nil
}
