package wazero_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

// TestRefusedGrowth: a guest that traps because it got no memory has a fault of memory, unless it was its own maximum.
func TestRefusedGrowth(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		config.MemoryLimit = 10 << 16
		code := compile(t, config, gatedPlan(false))
		trap := trapped(t, instantiate(t, code).Func(bomb).Call(t.Context(), []uint64{10}), engine.MemoryLimit)
		if trap.Message != "unreachable after the kernel was refused more memory" || len(trap.Backtrace) != 1 {
			t.Errorf("got %q in %q", trap.Message, trap.Backtrace)
		}
		trapped(t, instantiate(t, code).Func(bomb).Call(t.Context(), []uint64{1000}), engine.Unreachable)
		trapped(t, instantiate(t, code).Func(refused).Call(t.Context(), nil), engine.MemoryLimit)

		inst := instantiate(t, code)
		call(t, inst.Func(bomb), 9)
		if inst.Meter().Memory != 10<<16 {
			t.Errorf("%d bytes", inst.Meter().Memory)
		}

		// Another call, another reason.
		m := gatedKernel(false)
		m.Funcs[spin].Body = unreachable
		m.Funcs[bomb].Body = et.Cat(et.LocalGet(0), []byte{0x40, 0})
		p := gatedPlan(false)
		p.Modules[0].Code = m.Bytes()
		inst = instantiate(t, compile(t, config, p))
		inst.Begin(engine.Limits{})
		if got := call(t, inst.Func(bomb), 10); got != 1<<32-1 {
			t.Errorf("grew to %d", got)
		}
		inst.Begin(engine.Limits{})
		trapped(t, inst.Func(spin).Call(t.Context(), nil), engine.Unreachable)
	})
}

// TestTotalMemory: the instances of an engine share a budget, whichever code they are of.
func TestTotalMemory(t *testing.T) {
	e := wazero.New(wazero.Config{TotalMemory: 4 << 16})
	defer e.Close(t.Context())
	open := func() (engine.Instance, error) {
		code, err := e.Compile(t.Context(), gatedPlan(false))
		if err != nil {
			t.Fatal(err)
		}
		return code.Instantiate(t.Context(), nil, engine.Limits{})
	}
	var list []engine.Instance
	for range 3 {
		inst, err := open()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, inst)
	}
	call(t, list[0].Func(bomb), 1)
	if e.Memory() != 4<<16 {
		t.Errorf("%d bytes in use", e.Memory())
	}
	_, err := open()
	trap := trapped(t, err, engine.MemoryExhausted)
	if !strings.Contains(trap.Message, "262144 bytes") {
		t.Errorf("got %q", trap.Message)
	}
	trapped(t, list[1].Func(bomb).Call(t.Context(), []uint64{1}), engine.MemoryLimit)
	s, err := list[0].Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	trapped(t, list[2].Restore(s), engine.MemoryExhausted)
	for _, inst := range list[1:] {
		inst.Close(t.Context())
		inst.Close(t.Context())
	}
	if e.Memory() != 2<<16 {
		t.Errorf("%d bytes in use after two of three closed", e.Memory())
	}
	inst, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if err := inst.Restore(s); err != nil {
		t.Error(err)
	}
	list[0].Close(t.Context())
	inst.Close(t.Context())
	if e.Memory() != 0 {
		t.Errorf("%d bytes in use after all closed", e.Memory())
	}
}

// TestLaterInstancesStartWithRoom: what the first instance grew into is there from the start in the others, in capacity
// only, and a large growth is nobody's start.
func TestLaterInstancesStartWithRoom(t *testing.T) {
	for _, c := range []struct {
		first, then uint32 // pages that instances grow by
		moved       bool
	}{{3, 3, false}, {3, 4, false}, {3, 40, true}, {16, 3, true}} {
		e := wazero.New(wazero.Config{})
		defer e.Close(t.Context())
		code, err := e.Compile(t.Context(), gatedPlan(false))
		if err != nil {
			t.Fatal(err)
		}
		for at, pages := range []uint32{c.first, c.then} {
			inst := instantiate(t, code)
			if size := len(inst.Memory(0).Bytes()); size != 1<<16 || inst.Meter().Memory != 1<<16 {
				t.Errorf("starts with %d bytes, of which %d are counted", size, inst.Meter().Memory)
			}
			before := &inst.Memory(0).Bytes()[0]
			call(t, inst.Func(bomb), pages)
			if after := &inst.Memory(0).Bytes()[0]; at == 1 && (before != after) != c.moved {
				t.Errorf("after %d pages the growth by %d pages moves the memory: %v", c.first, pages, before != after)
			}
		}
	}
}

// TestFailedInstancesLeaveNothing: wazero forgets the memory of a core instance that could not be made.
func TestFailedInstancesLeaveNothing(t *testing.T) {
	start := uint32(1)
	m := &et.Module{
		Types:  []et.FuncType{void, i32i32},
		Funcs:  []et.Func{{Type: 1, Body: et.Cat(et.LocalGet(0), []byte{0x40, 0})}, {Type: 0, Body: et.Cat(et.I32Const(2), et.Call(0), drop, unreachable)}},
		Memory: &et.Memory{Min: 1},
		Start:  &start,
	}
	fits := &et.Module{Memory: &et.Memory{Min: 1}}
	e := wazero.New(wazero.Config{MemoryLimit: 5 << 16})
	defer e.Close(t.Context())
	for _, c := range []struct {
		modules []*et.Module
		want    engine.TrapCode
	}{
		{[]*et.Module{m}, engine.Unreachable},
		{[]*et.Module{fits, m}, engine.Unreachable},
		{[]*et.Module{fits, {Memory: &et.Memory{Min: 5}}}, engine.MemoryLimit},
		{[]*et.Module{fits, fits, fits, m}, engine.MemoryLimit},
	} {
		code, err := e.Compile(t.Context(), et.Plan(c.modules...))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, err = code.Instantiate(t.Context(), nil, engine.Limits{})
			trapped(t, err, c.want)
			if e.Memory() != 0 {
				t.Fatalf("%d bytes in use", e.Memory())
			}
		}
	}
}

// TestLargeMinimum: a module that starts with more than an instance may have does not even compile.
func TestLargeMinimum(t *testing.T) {
	for _, limit := range []uint64{0, 3 << 16} {
		e := wazero.New(wazero.Config{MemoryLimit: limit})
		defer e.Close(t.Context())
		_, err := e.Compile(t.Context(), et.Plan(&et.Module{}, &et.Module{Memory: &et.Memory{Min: 1 << 16}}))
		if refused, ok := err.(*engine.CompileError); !ok || refused.Code != engine.MemoryLimit || refused.Module != 1 {
			t.Errorf("got %v", err)
		}
	}
}

// TestTotalMemoryHammer makes, grows and closes instances at once; the race detector watches, and in the end
// nothing is in use.
func TestTotalMemoryHammer(t *testing.T) {
	const limit = 20 << 16
	e := wazero.New(wazero.Config{TotalMemory: limit, MemoryLimit: 6 << 16})
	defer e.Close(t.Context())
	code, err := e.Compile(t.Context(), gatedPlan(false))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for seed := range uint64(8) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 100 {
				inst, err := code.Instantiate(t.Context(), nil, engine.Limits{})
				if err != nil {
					if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.MemoryExhausted {
						t.Errorf("got %v", err)
						return
					}
					continue
				}
				for range 3 {
					if err := inst.Func(bomb).Call(t.Context(), []uint64{r.Uint64N(4)}); err != nil {
						break // refused, as it happens
					}
				}
				if used := e.Memory(); used > limit {
					t.Errorf("%d bytes in use", used)
				}
				inst.Close(t.Context())
			}
		})
	}
	wg.Wait()
	if e.Memory() != 0 {
		t.Errorf("%d bytes in use in the end", e.Memory())
	}
}

// TestGrowthLooksAtTheClock: a memory that moves is copied for long, without a tap.
func TestGrowthLooksAtTheClock(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		inst := instantiate(t, compile(t, config, gatedPlan(false)))
		call(t, inst.Func(bomb), 100)
		inst.Begin(engine.Limits{Timeout: 1})
		trapped(t, inst.Func(bomb).Call(t.Context(), []uint64{100}), engine.Deadline)
		lost(t, inst)
	})
}
