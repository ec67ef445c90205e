package abi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// forwarder is a core module that exports f, which hands its spilled parameters to the spilled import g and
// answers with what g stored at 1024. Its allocator grows the memory each time, so that every view dies; realloc
// may be replaced by other code. Its post-return function counts in a global.
func forwarder(realloc []byte) *et.Module {
	if realloc == nil {
		realloc = et.Cat(
			// old = (next + align - 1) & -align; next = old + size
			[]byte{0x23, 0}, et.LocalGet(2), []byte{0x6a}, et.I32Const(1), []byte{0x6b},
			et.I32Const(0), et.LocalGet(2), []byte{0x6b, 0x71, 0x22, 0},
			et.LocalGet(3), []byte{0x6a, 0x24, 0},
			// grow by a page, and on until next is inside
			[]byte{0x02, 0x40, 0x03, 0x40}, et.I32Const(1), []byte{0x40, 0, 0x1a},
			[]byte{0x23, 0, 0x3f, 0}, et.I32Const(16), []byte{0x74, 0x4d, 0x0d, 1, 0x0c, 0, 0x0b, 0x0b},
			et.LocalGet(0))
	}
	return &et.Module{
		Types: []et.FuncType{
			{Params: []byte{et.I32}, Results: []byte{et.I32}},
			{Params: []byte{et.I32, et.I32}},
			{Params: []byte{et.I32, et.I32, et.I32, et.I32}, Results: []byte{et.I32}},
			{Params: []byte{et.I32}},
			{Results: []byte{et.I32}},
		},
		Imports: []et.Import{{Module: "t", Name: "0", Kind: et.KindFunc, Index: 1}},
		Funcs: []et.Func{
			{Type: 0, Name: "f", Body: et.Cat(et.LocalGet(0), et.I32Const(1024), et.Call(0), et.I32Const(1024))},
			{Type: 2, Name: "realloc", Body: realloc},
			{Type: 3, Body: et.Cat([]byte{0x23, 1}, et.I32Const(1), []byte{0x6a, 0x24, 1})},
			{Type: 4, Body: []byte{0x23, 1}},
		},
		Globals: []et.Global{{Init: 4096}, {}},
		Memory:  &et.Memory{Min: 1},
		Exports: []et.Export{
			{Name: "f", Kind: et.KindFunc, Index: 1}, {Name: "r", Kind: et.KindFunc, Index: 2},
			{Name: "post", Kind: et.KindFunc, Index: 3}, {Name: "posts", Kind: et.KindFunc, Index: 4},
			{Name: "m", Kind: et.KindMemory},
		},
	}
}

// forwarding makes the plan of a component out of a forwarder: f and g take and give x of one type, which fields
// beside it make spill. Function 1 tells how often post-return ran.
func forwarding(t *testing.T, ts *types, enc plan.Encoding, x int, realloc []byte) *plan.Plan {
	t.Helper()
	pad := ts.add(plan.Type{Kind: plan.U8})
	fields := []plan.Field{{Name: "x", Type: x}}
	for i := range 17 {
		fields = append(fields, plan.Field{Name: fmt.Sprintf("pad%d", i), Type: pad})
	}
	rec := ts.add(plan.Type{Kind: plan.Record, Fields: fields})
	p := importing(t, ts, enc, []int{rec}, ref(rec))
	code := forwarder(realloc).Bytes()
	p.Modules = []plan.Module{{Size: len(code), Code: code}}
	p.Funcs[0].PostReturn = ref(0)
	p.Slots.PostReturns = 1
	p.Steps = append(p.Steps, plan.Step{Op: plan.OpPostReturn, Export: "post"})
	et.AddFunc(p, 0, "posts", ":i")
	return p
}

func padded(x Value) Value {
	v := items(x)
	for range 17 {
		v.Items = append(v.Items, bits(7))
	}
	return v
}

// engines runs a test on the compiler and on the interpreter.
func engines(t *testing.T, test func(t *testing.T, start func(p *plan.Plan, f call) engine.Instance)) {
	for name, config := range map[string]wazero.Config{"compiler": {}, "interpreter": {Interpreter: true}} {
		t.Run(name, func(t *testing.T) {
			e := wazero.New(config)
			defer e.Close(t.Context())
			test(t, func(p *plan.Plan, f call) engine.Instance {
				code, err := e.Compile(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				inst, err := code.Instantiate(t.Context(), &engine.Imports{Funcs: []engine.HostFunc{HostFunc(p, 0, f)}}, engine.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				return inst
			})
		})
	}
}

// TestOnTheEngine sends random values through a guest to a host function and back, on the real engine.
func TestOnTheEngine(t *testing.T) {
	engines(t, func(t *testing.T, start func(p *plan.Plan, f call) engine.Instance) {
		for seed := range uint64(15) {
			r := rand.New(rand.NewPCG(seed, 5))
			var ts types
			typ := randomType(r, &ts, 4)
			p := forwarding(t, &ts, encodings[seed%3], typ, nil)
			var lifted Value
			inst := start(p, func(_ context.Context, args []Value) (Value, error) {
				lifted = args[0]
				return args[0], nil
			})
			c := NewCaller(p, inst)
			for n := range 3 {
				want := padded(randomValue(r, p, typ, 3))
				got, err := c.Call(t.Context(), 0, want)
				if err != nil || !got.Equal(want) || !lifted.Equal(want) {
					t.Fatalf("seed %d: got %+v, %v\nwant %+v", seed, got, err, want)
				}
				if posts := postReturns(t, inst); posts != n+1 {
					t.Fatalf("post-return ran %d times in %d calls", posts, n+1)
				}
			}
		}
	})
}

// postReturns asks a forwarder how often its post-return function ran.
func postReturns(t *testing.T, inst engine.Instance) int {
	t.Helper()
	stack := make([]uint64, 1)
	if err := inst.Func(1).Call(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	return int(uint32(stack[0]))
}

// TestAbnormalEndsOnTheEngine: whatever goes wrong on the way, the instance is lost.
func TestAbnormalEndsOnTheEngine(t *testing.T) {
	var ts types
	str := ts.add(plan.Type{Kind: plan.String})
	cause := errors.New("cause")
	same := func(_ context.Context, args []Value) (Value, error) { return args[0], nil }
	allocate := et.Cat(et.I32Const(8), et.I32Const(8), et.Call(0)) // calls the import
	cases := []struct {
		name    string
		realloc []byte
		f       call
		code    engine.TrapCode // "": an *Error of class Violation
	}{
		{"realloc outside", et.I32Const(1<<16 - 2), same, ""},
		{"realloc misaligned", et.I32Const(4097), same, ""},
		{"realloc traps", []byte{0x00}, same, engine.Unreachable},
		{"realloc calls the import", et.Cat(allocate, et.I32Const(64)), same, engine.ABI},
		{"realloc never ends its recursion", et.Cat(et.LocalGet(0), et.LocalGet(0), et.LocalGet(0), et.LocalGet(0), et.Call(2)), same, engine.StackOverflow},
		{"host fails", nil, func(context.Context, []Value) (Value, error) { return Value{}, cause }, engine.Host},
		{"host answers wrong", nil, func(context.Context, []Value) (Value, error) { return Value{}, nil }, engine.Host},
		{"host panics", nil, func(context.Context, []Value) (Value, error) { panic(cause) }, engine.Host},
	}
	engines(t, func(t *testing.T, start func(p *plan.Plan, f call) engine.Instance) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				ts := types{list: append([]plan.Type(nil), ts.list...)}
				p := forwarding(t, &ts, plan.UTF8, str, c.realloc)
				inst := start(p, c.f)
				caller := NewCaller(p, inst)
				_, err := caller.Call(t.Context(), 0, padded(text("abc")))
				if trap, ok := errors.AsType[*engine.Trap](err); c.code != "" && (!ok || trap.Code != c.code) {
					t.Errorf("got %v, want code %s", err, c.code)
				}
				if e, ok := errors.AsType[*Error](err); c.code == "" && (!ok || e.Class != Violation) {
					t.Errorf("got %v, want a violation", err)
				}
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("several lines: %q", err)
				}
				if _, err := caller.Call(t.Context(), 1); !errors.Is(err, ErrPoisoned) {
					t.Errorf("the instance is used again: %v", err)
				}
			})
		}
	})
}

// TestReenterOnTheEngine: a host function that calls its caller's instance is refused before its arguments are
// lowered.
func TestReenterOnTheEngine(t *testing.T) {
	engines(t, func(t *testing.T, start func(p *plan.Plan, f call) engine.Instance) {
		var ts types
		p := forwarding(t, &ts, plan.UTF8, ts.add(plan.Type{Kind: plan.String}), nil)
		var c *Caller
		var inst engine.Instance
		var before []byte
		inst = start(p, func(ctx context.Context, args []Value) (Value, error) {
			before = bytes.Clone(inst.Memory(0).Bytes())
			_, err := c.Call(ctx, 0, args[0])
			if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.ABI {
				t.Errorf("within: %v", err)
			}
			if !bytes.Equal(before, inst.Memory(0).Bytes()) {
				t.Error("the guest was entered")
			}
			return args[0], nil
		})
		c = NewCaller(p, inst)
		if _, err := c.Call(t.Context(), 0, padded(text("abc"))); err == nil || !c.Poisoned() {
			t.Errorf("got %v", err)
		}
	})
}
