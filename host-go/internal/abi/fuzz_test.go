package abi

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"math/rand/v2"
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

// memories is how many hostile memories the ordinary run tries; hours of them are for `go test -fuzz=FuzzTypes`.
var memories = flag.Int("memories", 3_000, "hostile memories to lift from")

// FuzzTypes lifts values of random types, of resources too, out of a memory that the fuzzer writes. What was lifted is
// lowered into an honest guest, and comes back as it was.
func FuzzTypes(f *testing.F) {
	f.Add(uint64(1), make([]byte, 64))
	f.Add(uint64(2), bytes.Repeat([]byte{0, 0, 0, 0, 2, 0, 0, 0}, 40))
	f.Add(uint64(3), bytes.Repeat([]byte{255}, 200))
	f.Fuzz(func(t *testing.T, seed uint64, memory []byte) { liftHostile(t, seed, memory) })
}

// TestHostileMemories is FuzzTypes with memories made of numbers that point into it, of text, and of anything.
func TestHostileMemories(t *testing.T) {
	lifted := 0
	for seed := range uint64(*memories) {
		r := rand.New(rand.NewPCG(seed, 1))
		memory := make([]byte, 64*r.IntN(8))
		for at := 0; at < len(memory); at += 4 {
			switch r.IntN(4) {
			case 0:
				binary.LittleEndian.PutUint32(memory[at:], uint32(r.IntN(len(memory))&^3))
			case 1:
				binary.LittleEndian.PutUint32(memory[at:], uint32(r.IntN(3)))
			case 2:
				copy(memory[at:], "é𝄞ab"[r.IntN(5):])
			default:
				binary.LittleEndian.PutUint32(memory[at:], r.Uint32())
			}
		}
		if liftHostile(t, seed, memory) {
			lifted++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if lifted < *memories/20 {
		t.Errorf("only %d of %d memories held a value", lifted, *memories)
	}
}

// liftHostile reports whether the memory held a value.
func liftHostile(t *testing.T, seed uint64, memory []byte) bool {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var ts types
	typ := randomType(r, &ts, 4)
	enc := encodings[r.IntN(3)]
	resources := r.IntN(4) == 0
	if resources {
		own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(r.IntN(2))})
		list := ts.add(plan.Type{Kind: plan.List, Element: ref(own)})
		typ = ts.add(plan.Type{Kind: plan.Record, Fields: []plan.Field{{Name: "x", Type: typ}, {Name: "own", Type: own}, {Name: "list", Type: list}}})
	}
	p := planOf(t, &ts, enc, nil, ref(typ))
	g := newGuest(p)
	g.memory = memory
	results := []uint64{uint64(r.IntN(len(memory)+8)) &^ 7, uint64(r.IntN(300)), r.Uint64()}
	result := results[r.IntN(3)]
	g.run = func(_ int, stack []uint64) error { stack[0] = result; return nil }
	for i := range 2 {
		if _, err := g.handles.New(i, 0, 5); err != nil {
			t.Fatal(err)
		}
	}
	c := g.caller()
	c.Budget = 1 << 16
	v, err := c.Call(t.Context(), 0)
	if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Class == Argument) {
		t.Fatalf("got %v", err)
	}
	if (err != nil) != c.Poisoned() {
		t.Fatalf("error %v, poisoned %t", err, c.Poisoned())
	}
	if err != nil || resources {
		return err == nil
	}
	// An honest guest that answers with its argument: both go by address in a record of more than sixteen fields.
	pad := ts.add(plan.Type{Kind: plan.U8})
	fields := []plan.Field{{Name: "x", Type: typ}}
	for range 17 {
		fields = append(fields, plan.Field{Name: "pad", Type: pad})
	}
	rec := ts.add(plan.Type{Kind: plan.Record, Fields: fields})
	honest := newGuest(planOf(t, &ts, enc, []int{rec}, ref(rec)))
	again, err := honest.caller().Call(t.Context(), 0, padded(v))
	if err != nil || !again.Items[0].Equal(v) {
		t.Fatalf("lifted %+v, then %+v, %v", v, again, err)
	}
	return true
}
