package wazero_test

import (
	"errors"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// resourcePlan defines a resource whose representation is the handle of another one, or 0: its destructor drops
// that, so that destructors nest. Functions: 0 new, 1 rep, 2 drop, 3 how often the destructor ran.
func resourcePlan() *plan.Plan {
	drop1 := et.FuncType{Params: []byte{et.I32}}
	definer := &et.Module{
		Types:   []et.FuncType{i32i32, drop1, toI32},
		Imports: []et.Import{{Module: "t", Name: "2", Kind: et.KindFunc, Index: 1}},
		Funcs: []et.Func{
			// destructor: count += 1; if rep != 0 drop(rep)
			{Type: 1, Name: "destructor", Body: et.Cat(
				[]byte{0x23, 0}, et.I32Const(1), []byte{0x6a, 0x24, 0},
				et.LocalGet(0), []byte{0x04, 0x40}, et.LocalGet(0), et.Call(0), []byte{0x0b})},
			{Type: 2, Body: []byte{0x23, 0}},
		},
		Globals: []et.Global{{}},
		Exports: []et.Export{{Name: "destructor", Kind: et.KindFunc, Index: 1}, {Name: "count", Kind: et.KindFunc, Index: 2}},
	}
	user := &et.Module{
		Types: []et.FuncType{i32i32, drop1, {Params: []byte{et.I32, et.I32, et.I32, et.I32}, Results: []byte{et.I32}}},
		Imports: []et.Import{
			{Module: "t", Name: "0", Kind: et.KindFunc, Index: 0},
			{Module: "t", Name: "1", Kind: et.KindFunc, Index: 0},
			{Module: "t", Name: "2", Kind: et.KindFunc, Index: 1},
		},
		Funcs: []et.Func{
			{Type: 0, Body: et.Cat(et.LocalGet(0), et.Call(0))},
			{Type: 0, Body: et.Cat(et.LocalGet(0), et.Call(1))},
			{Type: 1, Body: et.Cat(et.LocalGet(0), et.Call(2))},
			// realloc that makes a resource, which canonical functions may not do
			{Type: 2, Body: et.Cat(et.I32Const(0), et.Call(0))},
		},
		Exports: []et.Export{
			{Name: "new", Kind: et.KindFunc, Index: 3}, {Name: "rep", Kind: et.KindFunc, Index: 4},
			{Name: "drop", Kind: et.KindFunc, Index: 5}, {Name: "realloc", Kind: et.KindFunc, Index: 6},
		},
	}
	p := et.Plan(definer, user)
	zero := 0
	one := []plan.CoreType{plan.I32}
	trampoline := func(kind plan.TrampolineKind, core plan.CoreSig) {
		p.Trampolines = append(p.Trampolines, plan.Trampoline{Kind: kind, Core: core, Resource: &zero, Table: &zero})
	}
	trampoline(plan.ResourceNew, plan.CoreSig{Params: one, Results: one})
	trampoline(plan.ResourceRep, plan.CoreSig{Params: one, Results: one})
	trampoline(plan.ResourceDrop, plan.CoreSig{Params: one})
	p.Resources = []plan.Resource{{Name: "thing"}}
	p.Tables = []plan.Table{{Resource: &zero}}
	p.Steps = append(p.Steps,
		plan.Step{Op: plan.OpResource, Resource: 0, Destructor: &plan.Callee{Instance: 0, Export: "destructor"}},
		plan.Step{Op: plan.OpRealloc, Slot: 0, Instance: 1, Export: "realloc"},
	)
	p.Slots.Reallocs = 1
	et.AddFunc(p, 1, "new", "i:i")
	et.AddFunc(p, 1, "rep", "i:i")
	et.AddFunc(p, 1, "drop", "i:")
	et.AddFunc(p, 0, "count", ":i")
	return p
}

func abiTrap(t *testing.T, err error, what string) {
	t.Helper()
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.ABI {
		t.Errorf("%s: got %v, want a trap of the ABI", what, err)
	}
}

func TestResources(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, resourcePlan())
		inst := instantiate(t, code)
		inner := call(t, inst.Func(0), 0)
		middle := call(t, inst.Func(0), inner)
		outer := call(t, inst.Func(0), middle)
		if inner != 1 || middle != 2 || outer != 3 {
			t.Errorf("handles %d, %d, %d: the specification counts from 1", inner, middle, outer)
		}
		if got := call(t, inst.Func(1), outer); got != middle {
			t.Errorf("rep %d", got)
		}
		call(t, inst.Func(2), outer)
		if got := call(t, inst.Func(3)); got != 3 {
			t.Errorf("%d destructors ran, want 3 nested ones", got)
		}
		if live := inst.Handles().Live(); live != 0 {
			t.Errorf("%d handles live", live)
		}
		// Freed handles are used again, the last one first.
		if got := call(t, inst.Func(0), 0); got != outer && got != middle && got != inner {
			t.Errorf("a fresh handle %d", got)
		}
		for name, handle := range map[string]uint64{"zero": 0, "unknown": 9, "huge": 1<<32 - 1} {
			for f := 1; f <= 2; f++ {
				inst := instantiate(t, code)
				call(t, inst.Func(0), 0)
				abiTrap(t, inst.Func(f).Call(t.Context(), []uint64{handle}), name)
			}
		}
		twice := instantiate(t, code)
		h := call(t, twice.Func(0), 0)
		call(t, twice.Func(2), h)
		abiTrap(t, twice.Func(2).Call(t.Context(), []uint64{uint64(h)}), "double drop")
	})
}

func TestDestroy(t *testing.T) {
	inst := instantiate(t, compile(t, wazero.Config{}, resourcePlan()))
	if err := inst.Destroy(t.Context(), 0, 0); err != nil {
		t.Fatal(err)
	}
	if got := call(t, inst.Func(3)); got != 1 {
		t.Errorf("%d destructors ran", got)
	}
}

// TestDestructorsAreBounded drops a list whose elements drop each other. The list is no longer than what Go's own
// stack can hold, so that the test fails and the process lives on where nothing bounds them.
func TestDestructorsAreBounded(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, resourcePlan())
		drop := func(elements int) (engine.Instance, error) {
			inst := instantiate(t, code)
			list := uint32(0)
			for range elements {
				list = call(t, inst.Func(0), list)
			}
			return inst, inst.Func(2).Call(t.Context(), []uint64{uint64(list)})
		}
		inst, err := drop(100)
		if err != nil {
			t.Fatal(err)
		}
		if got := call(t, inst.Func(3)); got != 100 {
			t.Errorf("%d destructors ran", got)
		}
		for _, elements := range []int{101, 5000} {
			inst, err := drop(elements)
			trap, ok := errors.AsType[*engine.Trap](err)
			if !ok || trap.Code != engine.StackOverflow {
				t.Fatalf("%d elements: %v", elements, err)
			}
			if len(trap.Backtrace) > 100 {
				t.Errorf("%d elements: %d frames", elements, len(trap.Backtrace))
			}
			if err := inst.Destroy(t.Context(), 0, 0); err == nil {
				t.Errorf("%d elements: the instance lives on", elements)
			}
		}
		inst = instantiate(t, code)
		list := uint32(0)
		for range 101 {
			list = call(t, inst.Func(0), list)
		}
		err = inst.Destroy(t.Context(), 0, list)
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.StackOverflow {
			t.Errorf("dropped by the host: %v", err)
		}
	})
}

func TestBuiltinsInRealloc(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		inst := instantiate(t, compile(t, config, resourcePlan()))
		abiTrap(t, inst.Realloc(0).Call(t.Context(), make([]uint64, 4)), "resource.new in realloc")
	})
}

// TestNativeTrampoline calls a built-in that a component exports itself.
func TestNativeTrampoline(t *testing.T) {
	p := resourcePlan()
	zero, two := 0, 2
	one := []plan.CoreType{plan.I32}
	p.Funcs = append(p.Funcs,
		plan.Func{Name: "new", Callee: plan.Callee{Trampoline: &zero}, Core: plan.CoreSig{Params: one, Results: one}},
		plan.Func{Name: "drop", Callee: plan.Callee{Trampoline: &two}, Core: plan.CoreSig{Params: one}})
	inst := instantiate(t, compile(t, wazero.Config{}, p))
	h := call(t, inst.Func(4), 0)
	call(t, inst.Func(5), h)
	if got := call(t, inst.Func(3)); got != 1 {
		t.Errorf("%d destructors ran", got)
	}
	abiTrap(t, inst.Func(5).Call(t.Context(), []uint64{uint64(h)}), "double drop")
}
