package wazero_test

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// The functions of gatedPlan.
const (
	spin    = iota // pays one unit at a time, for ever
	tally          // pays 7 and counts in memory at 0, for ever
	repeat         // pays 3, as often as its argument says
	descend        // calls itself for ever
	bomb           // grows by its argument, in pages; unreachable if that fails
	refused        // tells that it was refused; unreachable
	twice          // calls the import
)

var (
	unreachable = []byte{0x00}
	drop        = []byte{0x1a}
	increment   = et.Cat(et.I32Const(0), et.I32Const(0), []byte{0x28, 2, 0}, et.I32Const(1), []byte{0x6a, 0x36, 2, 0})
)

// looping repeats code as often as the function's first parameter says.
func looping(code []byte) []byte {
	return et.Cat([]byte{0x03, 0x40}, code, et.LocalGet(0), et.I32Const(1), []byte{0x6b, 0x22, 0, 0x0d, 0, 0x0b})
}

// gatedKernel has the functions above, except twice, on an import of type 2 if hosted.
func gatedKernel(hosted bool) *et.Module {
	m := et.Gated(true)
	m.Types = append(m.Types, i32i32, et.FuncType{Params: []byte{et.I32, et.I32, et.I32, et.I32}, Results: []byte{et.I32}})
	const narrow, realloc = 2, 3
	first := et.FirstFunc
	if hosted {
		m.Imports = append(m.Imports, et.Import{Module: "t", Name: "0", Kind: et.KindFunc, Index: narrow})
		first++
	}
	m.Memory = &et.Memory{Min: 1, Max: 1000}
	m.Exports = append(m.Exports, et.Export{Name: "memory", Kind: et.KindMemory})
	add := func(name string, typ uint32, body []byte) {
		m.Funcs = append(m.Funcs, et.Func{Type: typ, Name: name, Body: body})
		m.Exports = append(m.Exports, et.Export{Name: name, Kind: et.KindFunc, Index: first + uint32(len(m.Funcs)) - 1})
	}
	add("spin", et.TypeVoid, et.Forever(et.Pay(1)))
	add("tally", et.TypeVoid, et.Forever(et.Cat(et.Pay(7), increment)))
	add("repeat", narrow, et.Cat(looping(et.Pay(3)), et.LocalGet(0)))
	add("descend", et.TypeVoid, et.Descend(100, et.Call(first+3)))
	add("bomb", narrow, et.Cat(et.LocalGet(0), []byte{0x40, 0}, et.I32Const(-1), []byte{0x46, 0x04, 0x40}, unreachable, []byte{0x0b}, et.LocalGet(0)))
	add("refused", et.TypeVoid, et.Cat(et.Call(et.FuncRefused), unreachable))
	if hosted {
		add("twice", narrow, et.Cat(looping(et.Cat(et.LocalGet(0), et.Call(3), drop)), et.LocalGet(0)))
	}
	add("realloc", realloc, et.Cat(et.Forever(et.Pay(1)), et.I32Const(0)))
	return m
}

func gatedPlan(hosted bool) *plan.Plan {
	p := et.GatedPlan(gatedKernel(hosted))
	if hosted {
		et.AddImport(p, "a:b/c@1.0.0", "twice", "i:i")
	}
	for _, f := range []string{"spin:", "tally:", "repeat:i:i", "descend:", "bomb:i:i", "refused:"} {
		name, signature, _ := strings.Cut(f, ":")
		et.AddFunc(p, 0, name, signature)
	}
	if hosted {
		et.AddFunc(p, 0, "twice", "i:i")
	}
	et.AddMemory(p, 0, "memory")
	p.Clone = plan.Clone{Safe: true, Memories: []plan.CloneMemory{{Instance: 0, Export: "memory"}}}
	return p
}

// trapped fails unless err is a trap with that code and gives the trap.
func trapped(t *testing.T, err error, want engine.TrapCode) *engine.Trap {
	t.Helper()
	trap, ok := errors.AsType[*engine.Trap](err)
	if !ok || trap.Code != want {
		t.Fatalf("got %v, want a trap: %s", err, want)
	}
	return trap
}

// TestGate has guests that never end stopped for each reason there is.
func TestGate(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		config.MemoryLimit = 10 << 16
		for _, hosted := range []bool{false, true} {
			code := compile(t, config, gatedPlan(hosted))
			begin := func(limits engine.Limits) engine.Instance {
				inst := instantiateWith(t, code, giving(func(context.Context, engine.Instance, []uint64) error { return nil }))
				inst.Begin(limits)
				return inst
			}

			inst := begin(engine.Limits{Timeout: 20 * time.Millisecond})
			trap := trapped(t, inst.Func(spin).Call(t.Context(), nil), engine.Deadline)
			if trap.Message != "the call ran longer than 20ms" || !slices.Equal(trap.Backtrace, []string{"spin"}) {
				t.Errorf("got %q in %q", trap.Message, trap.Backtrace)
			}
			lost(t, inst)

			ctx, cancel := context.WithCancel(t.Context())
			inst = begin(engine.Limits{})
			time.AfterFunc(5*time.Millisecond, cancel)
			if trap := trapped(t, inst.Func(spin).Call(ctx, nil), engine.Canceled); !errors.Is(trap, context.Canceled) {
				t.Errorf("the cause is %v", trap.Err)
			}

			ctx, cancel = context.WithTimeout(t.Context(), 5*time.Millisecond)
			inst = begin(engine.Limits{Timeout: time.Hour})
			if trap := trapped(t, inst.Func(spin).Call(ctx, nil), engine.Canceled); !errors.Is(trap, context.DeadlineExceeded) {
				t.Errorf("the cause is %v", trap.Err)
			}
			cancel()

			inst = begin(engine.Limits{Fuel: 1000})
			trap = trapped(t, inst.Func(spin).Call(t.Context(), nil), engine.Fuel)
			if trap.Message != "the call needs more than 1000 units of fuel" || inst.Spent() != 1000 {
				t.Errorf("%q, %d spent", trap.Message, inst.Spent())
			}

			inst = begin(engine.Limits{})
			trap = trapped(t, inst.Func(descend).Call(t.Context(), nil), engine.StackOverflow)
			if trap.Message != "calls nest too deep" && !config.Interpreter { // which is not that deep
				t.Errorf("got %q", trap.Message)
			}
		}
	})
}

// timeless is a context that is never done, so that its deadline is all that there is.
type timeless struct {
	context.Context
	deadline time.Time
}

func (c timeless) Deadline() (time.Time, bool) { return c.deadline, true }

// TestDeadlineOfTheContext does not wait for a timer, which may be late.
func TestDeadlineOfTheContext(t *testing.T) {
	inst := instantiate(t, compile(t, wazero.Config{}, gatedPlan(false)))
	ctx := timeless{context.Background(), time.Now().Add(time.Millisecond)}
	if trap := trapped(t, inst.Func(spin).Call(ctx, nil), engine.Canceled); !errors.Is(trap, context.DeadlineExceeded) {
		t.Errorf("the cause is %v", trap.Err)
	}
}

// TestDeadlineWherever has guests run for ever where the host calls them by itself.
func TestDeadlineWherever(t *testing.T) {
	limits := engine.Limits{Timeout: 5 * time.Millisecond}
	both(t, func(t *testing.T, config wazero.Config) {
		forever := et.Gated(true)
		forever.Types = append(forever.Types,
			et.FuncType{Params: []byte{et.I32, et.I32, et.I32, et.I32}, Results: []byte{et.I32}},
			et.FuncType{Params: []byte{et.I32}})
		forever.Funcs = []et.Func{
			{Type: 2, Body: et.Cat(et.Forever(et.Pay(1)), et.I32Const(0))},
			{Type: 3, Body: et.Forever(et.Pay(1))},
			{Type: et.TypeVoid, Body: nil},
		}
		forever.Exports = append(forever.Exports,
			et.Export{Name: "realloc", Kind: et.KindFunc, Index: et.FirstFunc},
			et.Export{Name: "drop", Kind: et.KindFunc, Index: et.FirstFunc + 1},
			et.Export{Name: "f", Kind: et.KindFunc, Index: et.FirstFunc + 2})
		p := et.GatedPlan(forever)
		et.AddRealloc(p, 0, "realloc")
		et.AddFunc(p, 0, "f", "")
		post := 0
		p.Funcs[0].PostReturn, p.Slots.PostReturns = &post, 1
		p.Funcs[0].Core.Results = nil
		p.Steps = append(p.Steps,
			plan.Step{Op: plan.OpPostReturn, Slot: 0, Instance: 0, Export: "f"},
			plan.Step{Op: plan.OpResource, Resource: 0, Destructor: &plan.Callee{Instance: 0, Export: "drop"}})
		p.Resources = []plan.Resource{{Name: "thing"}}
		code := compile(t, config, p)

		inst := instantiate(t, code)
		inst.Begin(limits)
		trapped(t, inst.Realloc(0).Call(t.Context(), make([]uint64, 4)), engine.Deadline)
		inst = instantiate(t, code)
		inst.Begin(limits)
		trapped(t, inst.Destroy(t.Context(), 0, 1), engine.Deadline)

		p.Funcs[0].Callee.Export = "drop"
		p.Funcs[0].Core = et.Sig("i:")
		forever.Funcs[2] = et.Func{Type: et.TypeVoid, Body: et.Forever(et.Pay(1))}
		p.Modules[0].Code = forever.Bytes()
		inst = instantiate(t, compile(t, config, p))
		inst.Begin(limits)
		trapped(t, inst.PostReturn(0).Call(t.Context(), nil), engine.Deadline)

		// Start functions run before the instance is known to the gate, of the owner and of others.
		for _, owner := range []bool{true, false} {
			starter := et.Gated(owner)
			start := et.FirstFunc
			starter.Funcs, starter.Start = []et.Func{{Type: et.TypeVoid, Body: et.Forever(et.Pay(1))}}, &start
			modules := []*et.Module{starter}
			if !owner {
				modules = []*et.Module{et.Gated(true), starter}
			}
			code := compile(t, config, et.GatedPlan(modules...))
			_, err := code.Instantiate(t.Context(), nil, limits)
			trapped(t, err, engine.Deadline)
			_, err = code.Instantiate(t.Context(), nil, engine.Limits{Fuel: 100})
			trapped(t, err, engine.Fuel)
		}
	})
}

// TestInstancesTakeTime: core instances without a start function count as well, since there may be thousands.
func TestInstancesTakeTime(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, et.GatedPlan(et.Gated(true), et.Gated(false)))
		_, err := code.Instantiate(t.Context(), nil, engine.Limits{Timeout: 1})
		trapped(t, err, engine.Deadline)
	})
}

// TestStartLimitsEnd: what bounds the start functions does not bound the calls that follow.
func TestStartLimitsEnd(t *testing.T) {
	inst, err := compile(t, wazero.Config{}, gatedPlan(false)).Instantiate(t.Context(), nil, engine.Limits{Fuel: 10, Timeout: 1})
	if err != nil {
		t.Fatal(err)
	}
	if call(t, inst.Func(repeat), 1_000_000); inst.Spent() != 0 {
		t.Errorf("%d spent of no budget", inst.Spent())
	}
}

// TestSlowHost: time that the guest spends in functions of the host counts, although the guest itself hardly runs.
func TestSlowHost(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, gatedPlan(true))
		calls := 0
		inst := instantiateWith(t, code, giving(func(context.Context, engine.Instance, []uint64) error {
			calls++
			time.Sleep(10 * time.Millisecond)
			return nil
		}))
		inst.Begin(engine.Limits{Timeout: 25 * time.Millisecond})
		trapped(t, inst.Func(twice).Call(t.Context(), []uint64{1000}), engine.Deadline)
		if calls > 3 {
			t.Errorf("the host was called %d times", calls)
		}
	})
}

// TestFuelRepeats: a budget ends at the same point each time, whatever ran before and however often the guest was asked
// in between.
func TestFuelRepeats(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, gatedPlan(false))
		for fuel, times := range map[uint64]int{1: 10, 6: 10, 7: 10, 1000: 67, 700_007: 3} {
			for n := range times {
				inst := instantiate(t, code)
				if n > 0 {
					call(t, inst.Func(repeat), uint32(1+n%10)*2_011)
				}
				inst.Begin(engine.Limits{Fuel: fuel})
				trapped(t, inst.Func(tally).Call(t.Context(), nil), engine.Fuel)
				if got := uint64(binary.LittleEndian.Uint32(inst.Memory(0).Bytes())); got != fuel/7 {
					t.Fatalf("%d units end after %d rounds of 7", fuel, got)
				}
				if inst.Spent() != fuel {
					t.Fatalf("%d of %d spent", inst.Spent(), fuel)
				}
			}
		}
	})
}

// TestSpent: one budget for several calls, to the unit.
func TestSpent(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, gatedPlan(false))
		inst := instantiate(t, code)
		for range 3 {
			inst.Begin(engine.Limits{Fuel: 1 << 40})
			if inst.Spent() != 0 {
				t.Errorf("%d spent by nothing", inst.Spent())
			}
			want := uint64(0)
			for _, n := range []uint32{1, 10, 200_000} {
				call(t, inst.Func(repeat), n)
				if want += 3 * uint64(n); inst.Spent() != want {
					t.Errorf("%d spent, want %d", inst.Spent(), want)
				}
			}
			canceled, cancel := context.WithCancel(t.Context())
			cancel()
			other := instantiate(t, code)
			other.Begin(engine.Limits{Fuel: 1 << 40})
			trapped(t, other.Func(spin).Call(canceled, nil), engine.Canceled)
			if n := other.Spent(); n == 0 || n > 1_000_000 {
				t.Errorf("%d spent up to the first tap", n)
			}
			inst.Begin(engine.Limits{Fuel: 30}) // exactly enough
			if call(t, inst.Func(repeat), 10); inst.Spent() != 30 {
				t.Errorf("%d of 30 spent", inst.Spent())
			}
			inst.Begin(engine.Limits{})
			if call(t, inst.Func(repeat), 10); inst.Spent() != 0 {
				t.Errorf("%d spent without a budget", inst.Spent())
			}
		}
	})
}

// TestSharedCountdown: the core instances of a component have one budget together, and one stack.
func TestSharedCountdown(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		owner := et.Gated(true)
		owner.Funcs = []et.Func{{Type: et.TypeVoid, Body: et.Pay(10)}}
		owner.Exports = append(owner.Exports, et.Export{Name: "ten", Kind: et.KindFunc, Index: et.FirstFunc})
		member := et.Gated(false)
		member.Imports = append(member.Imports, et.Import{Module: "i0", Name: "ten", Kind: et.KindFunc, Index: et.TypeVoid})
		member.Types = append(member.Types, i32i32)
		member.Funcs = []et.Func{
			{Type: 2, Body: et.Cat(looping(et.Cat(et.Pay(1), et.Call(et.FirstFunc))), et.LocalGet(0))},
			{Type: et.TypeVoid, Body: et.Descend(1000, et.Call(et.FirstFunc+2))},
		}
		member.Exports = append(member.Exports,
			et.Export{Name: "eleven", Kind: et.KindFunc, Index: et.FirstFunc + 1},
			et.Export{Name: "descend", Kind: et.KindFunc, Index: et.FirstFunc + 2})
		p := et.GatedPlan(owner, member)
		et.AddFunc(p, 1, "eleven", "i:i")
		et.AddFunc(p, 1, "descend", "")
		code := compile(t, config, p)
		inst := instantiate(t, code)
		inst.Begin(engine.Limits{Fuel: 11 * 100_000})
		if call(t, inst.Func(0), 100_000); inst.Spent() != 11*100_000 {
			t.Errorf("%d spent", inst.Spent())
		}
		trapped(t, inst.Func(0).Call(t.Context(), []uint64{1}), engine.Fuel)
		trapped(t, instantiate(t, code).Func(1).Call(t.Context(), nil), engine.StackOverflow)
	})
}

// TestHostSeesOneBudget: an allocator that a host function calls is paid for by the call that it is part of.
func TestHostSeesOneBudget(t *testing.T) {
	p := gatedPlan(true)
	et.AddRealloc(p, 0, "realloc")
	code := compile(t, wazero.Config{}, p)
	inst := instantiateWith(t, code, giving(func(ctx context.Context, inst engine.Instance, stack []uint64) error {
		return inst.Realloc(0).Call(ctx, make([]uint64, 4))
	}))
	inst.Begin(engine.Limits{Fuel: 100_000})
	trapped(t, inst.Func(twice).Call(t.Context(), []uint64{1}), engine.Fuel)
	if inst.Spent() != 100_000 {
		t.Errorf("%d spent", inst.Spent())
	}
}

// endless starts a call that ends with its context, and gives what waits for it.
func endless(t *testing.T, code engine.Code, ctx context.Context) (wait func()) {
	inst := instantiate(t, code)
	done := make(chan error, 1)
	go func() { done <- inst.Func(spin).Call(ctx, nil) }()
	return func() {
		t.Helper()
		trapped(t, <-done, engine.Canceled)
	}
}

// TestCollectionProceeds: a collection does not wait for a guest that never ends.
func TestCollectionProceeds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	wait := endless(t, compile(t, wazero.Config{}, gatedPlan(false)), ctx)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		runtime.GC()
	}
	runtime.ReadMemStats(&after)
	cancel()
	wait()
	if n := after.NumGC - before.NumGC; n < 20 {
		t.Errorf("%d collections", n)
	}
}

// TestHeartbeat: other goroutines run while guests have every processor, and the context's deadline is kept.
func TestHeartbeat(t *testing.T) {
	for _, processors := range []int{1, 2} {
		t.Run("", func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			code := compile(t, wazero.Config{}, gatedPlan(false))
			ctx, cancel := context.WithCancel(t.Context())
			var waits []func()
			for range processors + 1 {
				waits = append(waits, endless(t, code, ctx))
			}
			for range 20 {
				time.Sleep(time.Millisecond)
			}
			brief, end := context.WithTimeout(t.Context(), 5*time.Millisecond)
			endless(t, code, brief)()
			end()
			cancel()
			for _, wait := range waits {
				wait()
			}
		})
	}
}

// TestCallsCostNothing: neither an allocation nor a goroutine for limits, nor for asking the host.
func TestCallsCostNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for _, hosted := range []bool{false, true} {
		inst := instantiateWith(t, compile(t, wazero.Config{}, gatedPlan(hosted)), giving(func(context.Context, engine.Instance, []uint64) error { return nil }))
		stack := make([]uint64, 1)
		before := runtime.NumGoroutine()
		for name, limits := range map[string]engine.Limits{"none": {}, "all": {Timeout: time.Hour, Fuel: 1 << 40}} {
			n := testing.AllocsPerRun(100, func() {
				inst.Begin(limits)
				stack[0] = 300_000
				if err := inst.Func(repeat).Call(ctx, stack); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 || runtime.NumGoroutine() > before {
				t.Errorf("limits %s: %v allocations, %d goroutines more", name, n, runtime.NumGoroutine()-before)
			}
		}
	}
}
