package wazero_test

import (
	"runtime"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// deepDestructorPlan defines a resource whose representation is the handle of another one, or 0. Its destructor drops that
// from the bottom of 3000 calls, of 100 bytes each. Functions: 0 new, 1 drop.
func deepDestructorPlan() *plan.Plan {
	m := et.Gated(true)
	m.Types = append(m.Types, i32i32, et.FuncType{Params: []byte{et.I32}}, et.FuncType{Params: []byte{et.I32, et.I32}})
	m.Imports = append(m.Imports,
		et.Import{Module: "t", Name: "0", Kind: et.KindFunc, Index: 2},
		et.Import{Module: "t", Name: "1", Kind: et.KindFunc, Index: 3})
	const opIf, opElse, opEnd, empty, i32Sub = 0x04, 0x05, 0x0b, 0x40, 0x6b
	resourceNew, resourceDrop, destructor, deep := et.FirstFunc, et.FirstFunc+1, et.FirstFunc+2, et.FirstFunc+3
	m.Funcs = []et.Func{
		{Type: 3, Name: "destructor", Body: et.Cat(et.LocalGet(0), et.I32Const(3000), et.Call(deep))},
		{Type: 4, Name: "deep", Body: et.Descend(100, et.Cat(
			et.LocalGet(1), []byte{opIf, empty},
			et.LocalGet(0), et.LocalGet(1), et.I32Const(1), []byte{i32Sub}, et.Call(deep),
			[]byte{opElse}, et.LocalGet(0), []byte{opIf, empty}, et.LocalGet(0), et.Call(resourceDrop), []byte{opEnd, opEnd}))},
		{Type: 2, Body: et.Cat(et.LocalGet(0), et.Call(resourceNew))},
		{Type: 3, Body: et.Cat(et.LocalGet(0), et.Call(resourceDrop))},
	}
	m.Exports = append(m.Exports,
		et.Export{Name: "destructor", Kind: et.KindFunc, Index: destructor},
		et.Export{Name: "new", Kind: et.KindFunc, Index: destructor + 2},
		et.Export{Name: "drop", Kind: et.KindFunc, Index: destructor + 3})
	p := et.GatedPlan(m)
	zero := 0
	p.Resources = []plan.Resource{{Name: "thing"}}
	p.Tables = []plan.Table{{Resource: &zero}}
	p.Trampolines = []plan.Trampoline{
		{Kind: plan.ResourceNew, Core: et.Sig("i:i"), Resource: &zero, Table: &zero},
		{Kind: plan.ResourceDrop, Core: et.Sig("i:"), Resource: &zero, Table: &zero},
	}
	p.Steps = append(p.Steps, plan.Step{Op: plan.OpResource, Resource: 0, Destructor: &plan.Callee{Instance: 0, Export: "destructor"}})
	et.AddFunc(p, 0, "new", "i:i")
	et.AddFunc(p, 0, "drop", "i:")
	return p
}

// TestDestructorsShareOneStack: each destructor within another runs on a stack of its own, but all count as one.
func TestDestructorsShareOneStack(t *testing.T) {
	code := compile(t, wazero.Config{}, deepDestructorPlan())
	chain := func(n int) (engine.Instance, uint64) {
		inst := instantiate(t, code)
		h := uint32(0)
		for range n {
			h = call(t, inst.Func(0), h)
		}
		return inst, uint64(h)
	}
	inst, h := chain(3)
	if err := inst.Func(1).Call(t.Context(), []uint64{h}); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	inst, h = chain(90)
	trap := trapped(t, inst.Func(1).Call(t.Context(), []uint64{h}), engine.StackOverflow)
	runtime.ReadMemStats(&after)
	if trap.Message != "calls nest too deep" {
		t.Errorf("got %q", trap.Message)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("%d bytes were allocated on the way", took)
	}
}
