package abi

import (
	"errors"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// payingPlan is a component with f(text: string) -> u32, which answers with the length. Its allocator, the function
// itself and post-return pay what they are told to.
func payingPlan(realloc, call, post []byte) *plan.Plan {
	m := et.Gated(true)
	m.Types = append(m.Types,
		et.FuncType{Params: []byte{et.I32, et.I32}, Results: []byte{et.I32}},
		et.FuncType{Params: []byte{et.I32, et.I32, et.I32, et.I32}, Results: []byte{et.I32}},
		et.FuncType{Params: []byte{et.I32}})
	m.Funcs = []et.Func{
		{Type: 2, Name: "f", Body: et.Cat(call, et.LocalGet(1))},
		{Type: 3, Name: "r", Body: et.Cat(realloc, et.I32Const(64))},
		{Type: 4, Name: "p", Body: post},
	}
	m.Memory = &et.Memory{Min: 1}
	for i, name := range []string{"f", "r", "p"} {
		m.Exports = append(m.Exports, et.Export{Name: name, Kind: et.KindFunc, Index: et.FirstFunc + uint32(i)})
	}
	m.Exports = append(m.Exports, et.Export{Name: "m", Kind: et.KindMemory})
	p := et.GatedPlan(m)
	var ts types
	text, u32 := ts.add(plan.Type{Kind: plan.String}), ts.add(plan.Type{Kind: plan.U32})
	p.Types = ts.list
	memory, slot := et.AddMemory(p, 0, "m"), et.AddRealloc(p, 0, "r")
	et.AddFunc(p, 0, "f", "ii:i")
	p.Funcs[0].Params, p.Funcs[0].Result = []plan.Param{{Name: "text", Type: text}}, &u32
	p.Funcs[0].Memory, p.Funcs[0].Realloc, p.Funcs[0].PostReturn = &memory, &slot, ref(0)
	p.Slots.PostReturns = 1
	p.Steps = append(p.Steps, plan.Step{Op: plan.OpPostReturn, Export: "p"})
	return p
}

// TestOneBudgetForACall: whatever the guest does for a call is charged to it, and stopped by it.
func TestOneBudgetForACall(t *testing.T) {
	start := func(p *plan.Plan, limits engine.Limits) (*Caller, engine.Instance) {
		e := wazero.New(wazero.Config{})
		t.Cleanup(func() { e.Close(t.Context()) })
		code, err := e.Compile(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		inst, err := code.Instantiate(t.Context(), nil, engine.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		inst.Begin(limits)
		return NewCaller(p, inst), inst
	}
	text := Value{Text: "abc"}
	p := payingPlan(et.Pay(5), et.Pay(7), et.Pay(11))
	c, inst := start(p, engine.Limits{Fuel: 23})
	if got, err := c.Call(t.Context(), 0, text); err != nil || got.Bits != 3 || inst.Spent() != 23 {
		t.Errorf("got %v, %v, %d spent", got, err, inst.Spent())
	}
	c, _ = start(p, engine.Limits{Fuel: 22})
	_, err := c.Call(t.Context(), 0, text)
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Fuel || !c.Poisoned() {
		t.Errorf("got %v", err)
	}
	forever := et.Forever(et.Pay(1))
	for name, p := range map[string]*plan.Plan{
		"realloc": payingPlan(forever, nil, nil), "call": payingPlan(nil, forever, nil), "post-return": payingPlan(nil, nil, forever),
	} {
		c, _ := start(p, engine.Limits{Timeout: 5 * time.Millisecond})
		_, err := c.Call(t.Context(), 0, text)
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Deadline || !c.Poisoned() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
