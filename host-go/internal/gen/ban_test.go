package gen_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/gen"
)

// banned is what generated code must not hold, and why.
var banned = []struct {
	pattern *regexp.Regexp
	reason  string
}{
	{regexp.MustCompile(`\bpanic\(`), "a client never panics"},
	{regexp.MustCompile(`\brecover\(`), "a client has nothing to recover from"},
	{regexp.MustCompile(`context\.(Background|TODO)\(`), "the caller's context is the one"},
	{regexp.MustCompile(`"(reflect|unsafe|sync/atomic)"`), "a client is plain code"},
	{regexp.MustCompile(`\bmap\[|\binterface\{|\bany\b`), "no look-up and no dynamic type on the call path"},
	{regexp.MustCompile(`\bgo func|\bdefer\b`), "a client starts nothing and leaves nothing for later"},
}

// settles is the one thing that is left for later, where a kernel has failed already.
var settles = regexp.MustCompile(`^\t*defer \w+\.Settle\(ctx, \w+\.Await\(&\w+(, new\(\w+\))?\)\)$`)

// raw finds reads of the stack, narrowed the reads that cut the slot to the value's width.
var (
	raw      = regexp.MustCompile(`\.(Ret|In)\(`)
	narrowed = regexp.MustCompile(`\bu?int(32|64)\(f\.(Ret|In)\((i|\d+|i ?\+ ?\d+)\)\)`)
)

// violations lists what is wrong with generated source, by line.
func violations(source []byte) []string {
	var list []string
	for i, line := range bytes.Split(source, []byte("\n")) {
		code, _, _ := bytes.Cut(line, []byte("//"))
		for _, b := range banned {
			if b.pattern.Match(code) && !settles.Match(code) {
				list = append(list, fmt.Sprintf("line %d: %s: %s", i+1, bytes.TrimSpace(line), b.reason))
			}
		}
		if len(raw.FindAll(code, -1)) != len(narrowed.FindAll(code, -1)) {
			list = append(list, fmt.Sprintf("line %d: %s: a raw stack slot has stale upper bits", i+1, bytes.TrimSpace(line)))
		}
	}
	return list
}

func TestGeneratedCodeHoldsNothingBanned(t *testing.T) {
	seen := 0
	for _, g := range goldens(t) {
		for _, name := range gen.FileNames() {
			source, err := os.ReadFile(filepath.Join(g.dir, name))
			if err != nil {
				continue // TestGolden says which files there must be
			}
			seen++
			for _, v := range violations(source) {
				t.Errorf("%s: %s", filepath.Join(g.dir, name), v)
			}
		}
	}
	if seen < len(goldens(t)) {
		t.Errorf("only %d generated files were looked at", seen)
	}
}

func TestViolationsAreFound(t *testing.T) {
	for _, bad := range []string{
		`panic("x")`,
		`ctx = context.Background()`,
		`import "reflect"`,
		`x := map[string]int{}`,
		`v := f.Ret(0)`,
		`v := uint8(f.Ret(0))`,
		`v := f.In(i)`,
		`v := uint8(f.In(i+1))`,
		`v := uint32(f.Ret(0)) + uint32(f.Ret(1)+1)`,
		`defer f.Leave()`,
		`defer turn.Settle(ctx, turn.Await(&err)); panic("x")`,
	} {
		if len(violations([]byte(bad))) == 0 {
			t.Errorf("%s passes", bad)
		}
	}
	for _, good := range []string{`v := uint32(f.Ret(0))`, `v := int64(f.Ret(0)) // not panic("x")`, `x := uint16(uint32(f.Ret(0)))`,
		`x := f.LiftString(uint32(f.In(i+1)), uint32(f.In(12)))`, "\t\tdefer turn.Settle(ctx, turn.Await(&err, new(Refusal)))"} {
		if v := violations([]byte(good)); len(v) != 0 {
			t.Errorf("%s: %q", good, v)
		}
	}
}
