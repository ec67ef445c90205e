package wazero_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// entryPlan has a function on one list, with an entry that answers with the mode, the length and the last word. hosted adds
// an import.
func entryPlan(hosted bool) *plan.Plan {
	i32, i64 := []byte{et.I32}, []byte{et.I64}
	m := &et.Module{
		Types: []et.FuncType{
			{Params: slices.Repeat(i32, 2), Results: i32},
			{Params: slices.Concat(slices.Repeat(i32, 3), slices.Repeat(i64, 8)), Results: slices.Concat(slices.Repeat(i32, 3), slices.Repeat(i64, 8))},
		},
		Funcs: []et.Func{
			{Type: 0, Body: et.LocalGet(1)},
			{Type: 1, Body: et.Cat(et.LocalGet(0), et.LocalGet(2), et.LocalGet(1), slices.Concat(slices.Repeat(et.LocalGet(10), 8)))},
		},
		Exports: []et.Export{{Name: "f", Kind: et.KindFunc}, {Name: "tenon:entry:0", Kind: et.KindFunc, Index: 1}},
	}
	p := et.Plan(m)
	list, element := 1, 0
	p.Types = []plan.Type{{Kind: plan.U8, Size: 1, Align: 1, Flat: []plan.CoreType{plan.I32}},
		{Kind: plan.List, Element: &element, Size: 8, Align: 4, Flat: []plan.CoreType{plan.I32, plan.I32}}}
	f := &p.Funcs[et.AddFunc(p, 0, "f", "ii:i")]
	f.Params, f.Result, f.SpillResult = []plan.Param{{Name: "list", Type: list}}, &list, true
	f.Entry = &plan.Entry{Export: "tenon:entry:0", Staged: []int{0}, Words: plan.EntryWords, Answer: plan.Text}
	if hosted {
		et.AddImport(p, "a:b/c", "nothing", "")
	}
	return p
}

func TestEntry(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		inst := instantiate(t, compile(t, config, entryPlan(false)))
		stack := make([]uint64, 12)
		stack[0], stack[1], stack[2], stack[10] = 1, 2, 3, 1<<63|4
		entry, bare := inst.Entry(0)
		if err := entry.Call(t.Context(), stack); err != nil {
			t.Fatal(err)
		}
		again := []uint64{1, 2, 3, 4: 0, 10: 1<<63 | 4, 11: 0}
		if err := bare.CallWithStack(t.Context(), again); err != nil || !slices.Equal(again[:11], stack[:11]) {
			t.Errorf("bare: %#x, %v", again, err)
		}
		if uint32(stack[0]) != 1 || uint32(stack[1]) != 3 || uint32(stack[2]) != 2 || stack[3] != 1<<63|4 || stack[10] != 1<<63|4 {
			t.Errorf("%#x", stack)
		}
	})
}

// An entry whose export is missing or has another signature is no reason to crash, and one in a component that may call the
// host is not used.
func TestEntriesThatAreNotBound(t *testing.T) {
	for name, edit := range map[string]func(e *plan.Entry){
		"another export": func(e *plan.Entry) { e.Export = "f" },
		"no export":      func(e *plan.Entry) { e.Export = "g" },
		"another answer": func(e *plan.Entry) { e.Answer = plan.Flat },
		"nothing staged": func(e *plan.Entry) { e.Staged = nil },
	} {
		p := entryPlan(false)
		edit(p.Funcs[0].Entry)
		_, err := compile(t, wazero.Config{}, p).Instantiate(t.Context(), nil, engine.Limits{})
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Link {
			t.Errorf("%s: %v", name, err)
		}
	}
	none := entryPlan(false)
	none.Funcs[0].Entry = nil
	if entry, bare := instantiate(t, compile(t, wazero.Config{}, none)).Entry(0); entry != nil || bare != nil {
		t.Error("an entry that the plan does not have")
	}
	inst := instantiateWith(t, compile(t, wazero.Config{}, entryPlan(true)), giving(func(context.Context, engine.Instance, []uint64) error { return nil }))
	if entry, bare := inst.Entry(0); entry != nil || bare != nil {
		t.Error("an entry in a component that may call the host")
	}
}
