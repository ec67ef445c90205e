package oracle

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// chunk is a piece of a guest's memory: [address, "hex"].
type chunk struct {
	at    uint64
	bytes []byte
}

func (c *chunk) UnmarshalJSON(data []byte) error {
	var digits string
	if err := json.Unmarshal(data, &[]any{&c.at, &digits}); err != nil {
		return err
	}
	var err error
	c.bytes, err = hex.DecodeString(digits)
	return err
}

// host is what all components of a test share.
type host struct {
	plans  *transpile.Transpiler
	engine engine.Engine
}

func newHost(t testing.TB) *host {
	h := &host{plans: transpile.New(transpile.Config{}), engine: wazero.New(wazero.Config{MemoryLimit: 16 << 20})}
	t.Cleanup(func() {
		h.engine.Close(context.Background())
		h.plans.Close(context.Background())
	})
	return h
}

// carrier is a component of the oracle, and an instance of it that is replaced after every trap.
type carrier struct {
	name    string
	plan    *plan.Plan
	code    engine.Code
	imports *engine.Imports
	funcs   map[string]int
	inst    engine.Instance
	caller  *abi.Caller
	give    abi.Value  // what the import give-N gives
	taken   *abi.Value // what the import take-N got
}

func (h *host) load(t testing.TB, name string) *carrier {
	t.Helper()
	component, err := os.ReadFile(filepath.Join(folder(t), name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	c := &carrier{name: name, funcs: map[string]int{}}
	if c.plan, err = h.plans.Plan(t.Context(), component); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if c.code, err = h.engine.Compile(t.Context(), c.plan); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i := range c.plan.Funcs {
		c.funcs[c.plan.Funcs[i].Name] = i
	}
	c.imports = &engine.Imports{Funcs: make([]engine.HostFunc, len(c.plan.Trampolines))}
	for i := range c.plan.Trampolines {
		if c.plan.Trampolines[i].Kind == plan.LowerImport {
			c.imports.Funcs[i] = abi.HostFunc(c.plan, i, c.imported)
		}
	}
	return c
}

// imported is take-N, which has an argument, and give-N, which has none.
func (c *carrier) imported(_ context.Context, args []abi.Value) (abi.Value, error) {
	if len(args) == 1 {
		c.taken = &args[0]
		return abi.Value{}, nil
	}
	return c.give, nil
}

func (c *carrier) call(ctx context.Context, function string, args ...abi.Value) (abi.Value, error) {
	f, ok := c.funcs[function]
	if !ok {
		return abi.Value{}, fmt.Errorf("%s has no function %s", c.name, function)
	}
	if c.caller == nil {
		inst, err := c.code.Instantiate(ctx, c.imports, engine.Limits{})
		if err != nil {
			return abi.Value{}, err
		}
		c.inst, c.caller = inst, abi.NewCaller(c.plan, inst)
	}
	result, err := c.caller.Call(ctx, f, args...)
	if err != nil {
		c.drop(ctx)
	}
	return result, err
}

// drop ends the instance; the next call makes another one.
func (c *carrier) drop(ctx context.Context) {
	if c.caller != nil {
		c.inst.Close(ctx)
		c.caller = nil
	}
}

func (c *carrier) close(ctx context.Context) {
	if c.code != nil {
		c.code.Close(ctx)
	}
}

// prepare makes the guest blank and writes an image into it.
func (c *carrier) prepare(ctx context.Context, image []chunk) error {
	if _, err := c.call(ctx, "reset"); err != nil {
		return err
	}
	for _, piece := range image {
		bytes := make([]abi.Value, len(piece.bytes))
		for i, b := range piece.bytes {
			bytes[i].Bits = uint64(b)
		}
		if _, err := c.call(ctx, "poke", abi.Value{Bits: piece.at}, abi.Value{Items: bytes}); err != nil {
			return err
		}
	}
	return nil
}

// dump gives the guest's memory as far as it tells.
func (c *carrier) dump(ctx context.Context) ([]byte, error) {
	words, err := c.call(ctx, "dump")
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, word := range words.Items {
		out = binary.LittleEndian.AppendUint64(out, word.Bits)
	}
	return out, nil
}
