package abi

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// everything is a record with a value of every kind that a guest can get wrong.
func everything(ts *types) int {
	str := ts.add(plan.Type{Kind: plan.String})
	char := ts.add(plan.Type{Kind: plan.Char})
	vari := joined(ts)
	list := ts.add(plan.Type{Kind: plan.List, Element: ref(vari)})
	lists := ts.add(plan.Type{Kind: plan.List, Element: ref(list)})
	own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	res := ts.add(plan.Type{Kind: plan.Result, OK: ref(own), Err: ref(lists)})
	flags := ts.add(plan.Type{Kind: plan.Flags, Flags: []plan.Label{{Name: "a"}}})
	return ts.add(plan.Type{Kind: plan.Record, Fields: []plan.Field{
		{Name: "s", Type: str}, {Name: "c", Type: char}, {Name: "l", Type: lists}, {Name: "r", Type: res}, {Name: "f", Type: flags}}})
}

// FuzzLift lifts the result of an export out of a memory that the fuzzer writes.
func FuzzLift(f *testing.F) {
	var ts types
	rec := everything(&ts)
	f.Add(uint32(0), uint8(0), make([]byte, 64))
	f.Add(uint32(8), uint8(1), bytes.Repeat([]byte{0, 0, 0, 0, 4, 0, 0, 0}, 40))
	f.Add(uint32(0), uint8(2), binary.LittleEndian.AppendUint32(nil, 1<<31))
	f.Fuzz(func(t *testing.T, at uint32, enc uint8, memory []byte) {
		g := newGuest(planOf(t, &ts, encodings[enc%3], nil, ref(rec)))
		g.memory = memory
		g.run = func(_ int, stack []uint64) error { stack[0] = uint64(at); return nil }
		if _, err := g.handles.New(0, 0, 5); err != nil {
			t.Fatal(err)
		}
		c := g.caller()
		c.Budget = 1 << 20
		_, err := c.Call(context.Background(), 0)
		if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Class == Argument) {
			t.Fatalf("got %v", err)
		}
		if (err != nil) != c.Poisoned() {
			t.Fatalf("error %v, poisoned %t", err, c.Poisoned())
		}
	})
}

// FuzzHostFunc hands arguments out of a memory that the fuzzer writes to a host function, and its answer back
// into it: the addresses of arguments, result and allocations are the fuzzer's too. What was lifted must be fit
// to be lowered.
func FuzzHostFunc(f *testing.F) {
	var ts types
	rec := everything(&ts)
	f.Add(uint32(0), uint32(128), uint32(256), uint8(0), make([]byte, 512))
	f.Add(uint32(8), uint32(8), uint32(8), uint8(1), bytes.Repeat([]byte{0, 0, 0, 0, 4, 0, 0, 0}, 40))
	f.Add(uint32(0), uint32(1<<32-1), uint32(0), uint8(2), binary.LittleEndian.AppendUint32(nil, 1<<31))
	f.Fuzz(func(t *testing.T, args, result, allocated uint32, enc uint8, memory []byte) {
		p := importing(t, &ts, encodings[enc%3], []int{rec, rec}, ref(rec))
		g := newGuest(p)
		g.memory = memory
		g.realloc = func(stack []uint64) error { stack[0] = uint64(allocated); return nil }
		if _, err := g.handles.LowerOwn(0, 0, 5); err != nil {
			t.Fatal(err)
		}
		g.handles.Enter()
		called := false
		err := HostFuncWithin(1<<20, p, 0, func(_ context.Context, args []Value) (Value, error) {
			called = true
			return args[1], nil
		})(t.Context(), g, []uint64{uint64(args), uint64(result)})
		trap, ok := errors.AsType[*engine.Trap](err)
		if err != nil && (!ok || trap.Code != engine.ABI && trap.Code != engine.MemoryLimit) {
			t.Fatalf("got %v", err)
		}
		if err == nil && !called {
			t.Fatal("nobody was called")
		}
	})
}
