package wazero_test

import (
	"errors"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// addNative adds a trampoline and a function of the plan that is nothing else; it gives the function's index.
func addNative(p *plan.Plan, t plan.Trampoline, signature string) int {
	k := len(p.Trampolines)
	t.Core = et.Sig(signature)
	p.Trampolines = append(p.Trampolines, t)
	p.Funcs = append(p.Funcs, plan.Func{Name: string(t.Kind), Callee: plan.Callee{Trampoline: &k}, Core: t.Core})
	return k
}

// nestedPlan has two component instances; the first defines resource 0, of which both have a table. Functions are
// what adapters between the two call.
func nestedPlan() *plan.Plan {
	p := et.Plan()
	zero, one := 0, 1
	p.Instances = 2
	p.Resources = []plan.Resource{{Name: "thing"}}
	p.Tables = []plan.Table{{Resource: &zero}, {Resource: &zero, ComponentInstance: 1}, {}}
	addNative(p, plan.Trampoline{Kind: plan.ResourceNew, Resource: &zero, Table: &zero}, "i:i")
	addNative(p, plan.Trampoline{Kind: plan.ResourceTransferOwn}, "iii:i")
	addNative(p, plan.Trampoline{Kind: plan.ResourceTransferBorrow}, "iii:i")
	addNative(p, plan.Trampoline{Kind: plan.EnterSyncCall}, "iii:")
	addNative(p, plan.Trampoline{Kind: plan.ExitSyncCall}, ":")
	addNative(p, plan.Trampoline{Kind: plan.ResourceDrop, Resource: &zero, Table: &one, ComponentInstance: 1}, "i:")
	addNative(p, plan.Trampoline{Kind: plan.ResourceRep, Resource: &zero, Table: &zero}, "i:i")
	addNative(p, plan.Trampoline{Kind: plan.TrapNow}, "i:")
	return p
}

const (
	newThing = iota
	transferOwn
	transferBorrow
	enterCall
	exitCall
	dropOther
	repThing
	trapNow
)

// TestTransfer moves and lends handles between the tables of two component instances.
func TestTransfer(t *testing.T) {
	code := compile(t, wazero.Config{}, nestedPlan())
	const mine, other = 0, 1 // tables
	inst := instantiate(t, code)
	call(t, inst.Func(newThing), 11)
	h := call(t, inst.Func(newThing), 12)
	moved := call(t, inst.Func(transferOwn), h, mine, other)
	if moved != 1 || inst.Handles().Live() != 2 {
		t.Errorf("moved to %d, %d live", moved, inst.Handles().Live())
	}
	back := call(t, inst.Func(transferOwn), moved, other, mine)
	if got := call(t, inst.Func(repThing), back); got != 12 {
		t.Errorf("rep %d", got)
	}
	// Lent to the other instance for a call, which drops what it borrowed.
	call(t, inst.Func(enterCall), 0, 0, 1)
	lent := call(t, inst.Func(transferBorrow), back, mine, other)
	call(t, inst.Func(dropOther), lent)
	call(t, inst.Func(exitCall))
	// Lent to the instance that defines it, it arrives as what it is.
	there := call(t, inst.Func(transferOwn), back, mine, other)
	call(t, inst.Func(enterCall), 1, 0, 0)
	if got := call(t, inst.Func(transferBorrow), there, other, mine); got != 12 {
		t.Errorf("the definer got %d", got)
	}
	call(t, inst.Func(exitCall))
	call(t, inst.Func(dropOther), there)

	faults := map[string]func(inst engine.Instance, h uint32) error{
		"moved twice": func(inst engine.Instance, h uint32) error {
			call(t, inst.Func(transferOwn), h, mine, other)
			return inst.Func(transferOwn).Call(t.Context(), []uint64{uint64(h), mine, other})
		},
		"moved while lent": func(inst engine.Instance, h uint32) error {
			call(t, inst.Func(enterCall), 0, 0, 1)
			call(t, inst.Func(transferBorrow), h, mine, other)
			return inst.Func(transferOwn).Call(t.Context(), []uint64{uint64(h), mine, other})
		},
		"kept": func(inst engine.Instance, h uint32) error {
			call(t, inst.Func(enterCall), 0, 0, 1)
			call(t, inst.Func(transferBorrow), h, mine, other)
			return inst.Func(exitCall).Call(t.Context(), []uint64{0})
		},
		"of the other instance": func(inst engine.Instance, h uint32) error {
			return inst.Func(dropOther).Call(t.Context(), []uint64{uint64(h)})
		},
		"forged": func(inst engine.Instance, _ uint32) error {
			return inst.Func(transferBorrow).Call(t.Context(), []uint64{77, mine, other})
		},
		"an adapter's trap": func(inst engine.Instance, _ uint32) error {
			return inst.Func(trapNow).Call(t.Context(), []uint64{3})
		},
	}
	for name, fault := range faults {
		inst := instantiate(t, code)
		h := call(t, inst.Func(newThing), 11)
		abiTrap(t, fault(inst, h), name)
		if err := inst.Func(newThing).Call(t.Context(), []uint64{1}); err == nil {
			t.Errorf("%s: the instance is used again", name)
		}
	}
	for _, table := range []uint64{2, 3, 1<<32 - 1} {
		inst := instantiate(t, code)
		h := call(t, inst.Func(newThing), 11)
		err := inst.Func(transferOwn).Call(t.Context(), []uint64{uint64(h), mine, table})
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Internal {
			t.Errorf("table %d: %v", table, err)
		}
	}
}

// TestTranscoder copies strings between the memories of two core instances.
func TestTranscoder(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		m := &et.Module{Memory: &et.Memory{Min: 1}, Exports: []et.Export{{Name: "m", Kind: et.KindMemory}}}
		p := et.Plan(m, m)
		et.AddMemory(p, 0, "m")
		et.AddMemory(p, 1, "m")
		to16 := addNative(p, plan.Trampoline{Kind: plan.Transcode, Transcode: "utf8-to-utf16", From: 0, To: 1}, "iii:i")
		to8 := addNative(p, plan.Trampoline{Kind: plan.Transcode, Transcode: "utf16-to-utf8", From: 1, To: 0}, "iiiii:ii")
		inst := instantiate(t, compile(t, config, p))
		copy(inst.Memory(0).Bytes()[100:], "é☃")
		if units := call(t, inst.Func(to16), 100, 5, 200); units != 2 {
			t.Errorf("%d code units", units)
		}
		if got := string(inst.Memory(1).Bytes()[200:204]); got != "\xe9\x00\x03\x26" {
			t.Errorf("got % x", got)
		}
		stack := []uint64{200, 2, 300, 6, 0}
		if err := inst.Func(to8).Call(t.Context(), stack); err != nil || uint32(stack[0]) != 2 || uint32(stack[1]) != 5 {
			t.Errorf("got %v, %v", stack, err)
		}
		if got := string(inst.Memory(0).Bytes()[300:305]); got != "é☃" {
			t.Errorf("got %q", got)
		}
		for name, args := range map[string][]uint64{
			"source outside":      {1<<16 - 2, 5, 0},
			"source wraps around": {1<<32 - 1, 2, 0},
			"destination outside": {100, 5, 1<<16 - 9},
			"not UTF-8":           {101, 4, 0},
		} {
			inst := instantiate(t, compile(t, config, p))
			copy(inst.Memory(0).Bytes()[100:], "é☃")
			abiTrap(t, inst.Func(to16).Call(t.Context(), args), name)
		}
	})
}
