package tenon_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

const runawayFile = "testdata/runaway/runaway.wasm"

// runaway is a client of testdata/runaway/runaway.wat, whose functions say there what they do. A method with a baseline
// asks it as generated clients do.
type runaway struct {
	slot *tenon.Slot[any]
	at   map[string]int
}

// newRunaway serves the kernel in a runtime of its own.
func newRunaway(t testing.TB, cfg tenon.SlotConfig[any]) runaway {
	t.Helper()
	return runawayIn(t, newRuntime(t, tenon.Config{}), "runaway", cfg)
}

func runawayIn(t testing.TB, rt *tenon.Runtime, name string, cfg tenon.SlotConfig[any]) runaway {
	t.Helper()
	k, err := rt.LoadFile(t.Context(), runawayFile)
	if err != nil {
		t.Fatal(err)
	}
	contract := k.Contract()
	contract.Resources = []tenon.ResourceRef{{Interface: "test:runaway/calls@1.0.0", Name: "thing"}}
	r := runaway{at: map[string]int{}}
	for i, f := range contract.Funcs {
		r.at[f.Name] = i
	}
	cfg.Kernel = k
	if r.slot, err = tenon.NewSlot(t.Context(), rt, name, contract, cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

// call calls a function of at most one number, and of at most one number as its result.
func (r runaway) call(ctx context.Context, function string, n uint32) (uint32, error) {
	f, err := r.slot.Enter(ctx, r.at[function])
	if f != nil {
		switch function {
		case "spin", "fail":
		default:
			f.Arg(0, uint64(n))
		}
		f.Invoke()
		var out uint32
		switch function {
		case "work", "dive", "grow":
			out = uint32(f.Ret(0))
		case "tell":
			b := f.Block(uint32(f.Ret(0)), 8, 4)
			_ = f.LiftString(b.U32(0), b.U32(4))
		}
		if err = f.Leave(); err == nil {
			return out, nil
		}
	}
	if _, err := r.slot.Fallback(ctx, r.at[function], err); err != nil {
		return 0, err
	}
	r.slot.Settle(ctx, r.at[function], nil)
	return 4242, nil // the baseline
}

func (r runaway) take(ctx context.Context, text string) (uint32, error) {
	f, err := r.slot.Enter(ctx, r.at["take"])
	if err != nil {
		return 0, err
	}
	ptr, n := f.String(text)
	f.Arg(0, uint64(ptr))
	f.Arg(1, uint64(n))
	f.Invoke()
	out := uint32(f.Ret(0))
	return out, f.Leave()
}

func (r runaway) make(ctx context.Context, n uint32) (*tenon.Resource, error) {
	f, err := r.slot.Enter(ctx, r.at["make"])
	if err != nil {
		return nil, err
	}
	f.Arg(0, uint64(n))
	f.Invoke()
	thing := f.LiftOwn(0, uint32(f.Ret(0)))
	return thing, f.Leave()
}

const soon = 30 * time.Millisecond

// A kernel that never ends is stopped at its slot's deadline, wherever the host had entered it, and another instance takes
// its place.
func TestDeadline(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Deadline: soon, MaxInstances: 2})
	for what, run := range map[string]func() error{
		"the call":    func() error { _, err := r.call(t.Context(), "spin", 0); return err },
		"realloc":     func() error { _, err := r.take(t.Context(), "thirteen byte"); return err },
		"post-return": func() error { _, err := r.call(t.Context(), "tell", 1); return err },
		"a destructor": func() error {
			thing, err := r.make(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			// The caller's context ends the wait for the instance alone.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return thing.Close(ctx)
		},
		"a pinned call": func() error {
			p, err := r.slot.Pin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f, err := p.EnterWith(t.Context(), r.at["spin"])
			if err != nil {
				t.Fatal(err)
			}
			f.Invoke()
			return errors.Join(f.Leave(), p.Close(t.Context()))
		},
	} {
		err := run()
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindDeadline || fault.Code != tenon.TrapDeadline || !strings.Contains(fault.Message, "raise SlotConfig.Deadline") {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the context had not ended: %v", what, err)
		}
		if n, err := r.call(t.Context(), "work", 0); n != 1 || err != nil {
			t.Errorf("after %s: %d, %v", what, n, err)
		}
	}
	st := r.slot.Stats()
	if v := st.Versions[0]; st.Faults[tenon.KindDeadline] != 5 || v.Poisoned != 5 || v.Instances > 2 || v.Kept != 0 {
		t.Errorf("%+v", st)
	}
}

// The end of the caller's context interrupts a running kernel, and nobody answers in its place.
func TestCancel(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Deadline: -1, Baseline: "one"})
	for want, open := range map[error]func() (context.Context, func()){
		context.Canceled: func() (context.Context, func()) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(soon, cancel)
			return ctx, cancel
		},
		context.DeadlineExceeded: func() (context.Context, func()) {
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			return ctx, cancel
		},
	} {
		ctx, cancel := open()
		_, err := r.call(ctx, "spin", 0)
		cancel()
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindCanceled || fault.Code != tenon.TrapCanceled || !errors.Is(err, want) || errors.Is(err, tenon.ErrDeadline) {
			t.Errorf("%v: %v", want, err)
		}
	}
	if st := r.slot.Stats(); st.Faults[tenon.KindCanceled] != 2 || st.Baseline != 0 || st.Versions[0].Poisoned != 2 {
		t.Errorf("%+v", st)
	}
	if n, err := r.call(t.Context(), "work", 0); n != 1 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

// After the slot's own deadline the baseline answers, as long as the caller is there.
func TestBaselineAfterTheDeadline(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Deadline: soon, Baseline: "one"})
	var note tenon.Call
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	n, err := r.call(tenon.WithCall(ctx, &note), "spin", 0)
	if n != 4242 || err != nil || !note.Baseline || !errors.Is(note.Fault, tenon.ErrDeadline) {
		t.Errorf("%d, %v, noted %+v", n, err, note)
	}
	if st := r.slot.Stats(); st.Fallbacks != 1 || st.Blamed != 1 || st.Faults[tenon.KindDeadline] != 1 {
		t.Errorf("%+v", st)
	}
}

// The same call takes the same fuel, fails at the same point, and a fault of fuel says what was spent.
func TestFuel(t *testing.T) {
	took := func(budget uint64, n uint32) (uint64, error) {
		t.Helper()
		r := newRunaway(t, tenon.SlotConfig[any]{Fuel: budget})
		var first uint64
		var failed error
		for i := range 5 {
			var note tenon.Call
			_, err := r.call(tenon.WithCall(t.Context(), &note), "work", n)
			if i == 0 {
				first, failed = note.Fuel, err
			}
			if note.Fuel != first || (err == nil) != (failed == nil) {
				t.Errorf("budget %d, work %d: %d and %v, then %d and %v", budget, n, first, failed, note.Fuel, err)
			}
		}
		return first, failed
	}
	const plenty = 1 << 40
	hundred, err := took(plenty, 100)
	if hundred == 0 || err != nil {
		t.Fatalf("%d, %v", hundred, err)
	}
	million, err := took(plenty, 1_000_000)
	if perStep := float64(million-hundred) / 999_900; perStep < 1 || perStep > 100 || err != nil {
		t.Errorf("%g units a step, %v", perStep, err)
	}
	if exact, err := took(million, 1_000_000); exact != million || err != nil {
		t.Errorf("a budget of %d for a call of as much: %d, %v", million, exact, err)
	}
	for _, budget := range []uint64{1, hundred, million - 1} {
		spent, err := took(budget, 1_000_000)
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindFuel || fault.Code != tenon.TrapFuel || spent != budget || !strings.Contains(fault.Message, "raise SlotConfig.Fuel") {
			t.Errorf("a budget of %d: %d spent, %v", budget, spent, err)
		}
	}
	// Without a budget nothing is counted.
	if free, err := took(0, 1_000_000); free != 0 || err != nil {
		t.Errorf("%d, %v", free, err)
	}
}

// Where a loop stops for want of fuel shows in its results: the largest n that the budget lets through is always the same.
func TestFuelEndsAtTheSamePoint(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Fuel: 100_000})
	var ends []uint32
	for range 3 {
		low, high := uint32(0), uint32(1_000_000)
		for low+1 < high {
			if mid := (low + high) / 2; ignore(r.call(t.Context(), "work", mid)) == nil {
				low = mid
			} else {
				high = mid
			}
		}
		ends = append(ends, low)
	}
	if ends[0] == 0 || ends[0] != ends[1] || ends[0] != ends[2] {
		t.Errorf("the last that is done: %v", ends)
	}
}

func ignore(_ uint32, err error) error { return err }

func TestEndlessRecursion(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{})
	for range 3 {
		_, err := r.call(t.Context(), "dive", 0)
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindStack || fault.Code != tenon.TrapStackOverflow || !strings.Contains(fault.Message, "bound the kernel's recursion") {
			t.Errorf("%v", err)
		} else if len(fault.Backtrace) == 0 || !strings.HasSuffix(fault.Backtrace[0], "dive") {
			t.Errorf("backtrace %q", fault.Backtrace)
		}
	}
	if n, err := r.call(t.Context(), "work", 0); n != 1 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

// What an instance, a version and a runtime may have of memory, each by itself. A page is 64 KiB.
func TestMemoryBudgets(t *testing.T) {
	const page = 64 << 10
	refused := ^uint32(0)
	t.Run("instance", func(t *testing.T) {
		r := runawayIn(t, newRuntime(t, tenon.Config{MemoryLimit: 4 * page}), "s", tenon.SlotConfig[any]{MaxInstances: 1})
		if n, err := r.call(t.Context(), "grow", 4); n != refused || err != nil {
			t.Errorf("5 pages: %d, %v", n, err)
		}
		// The refusal was of another call, and has nothing to do with this trap.
		if _, err := r.call(t.Context(), "fail", 0); !errors.Is(err, tenon.ErrTrap) {
			t.Errorf("a trap after a call that was refused memory: %v", err)
		}
		if n, err := r.call(t.Context(), "grow", 3); n != 1 || err != nil {
			t.Errorf("4 pages: %d, %v", n, err)
		}
		_, err := r.call(t.Context(), "need", 1)
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindMemory || fault.Code != tenon.TrapMemoryLimit || !strings.Contains(fault.Message, "unreachable after the kernel was refused more memory: raise Config.MemoryLimit") {
			t.Errorf("one more: %v", err)
		}
	})
	t.Run("version", func(t *testing.T) {
		r := runawayIn(t, newRuntime(t, tenon.Config{}), "s", tenon.SlotConfig[any]{MaxMemory: 8 * page, MaxInstances: 1})
		// An instance that outgrows the version's memory does not come back: at once after a call that passes values
		// through memory, soon after any other.
		if n, err := r.call(t.Context(), "grow", 10); n != 1 || err != nil {
			t.Errorf("grow = %d, %v", n, err)
		}
		if _, err := r.call(t.Context(), "tell", 0); err != nil {
			t.Error(err)
		}
		if v := r.slot.Stats().Versions[0]; v.Recycled != 1 || v.Instances != 0 || v.Memory != 0 {
			t.Errorf("%+v", v)
		}
		for range 1000 {
			if n, err := r.call(t.Context(), "grow", 1); n == refused || err != nil {
				t.Fatalf("grow = %d, %v", n, err)
			}
		}
		if v := r.slot.Stats().Versions[0]; v.Recycled != 16 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("runtime", func(t *testing.T) {
		rt := newRuntime(t, tenon.Config{TotalMemory: 8 * page})
		a := runawayIn(t, rt, "a", tenon.SlotConfig[any]{MaxInstances: 1})
		if n, err := a.call(t.Context(), "grow", 6); n != 1 || err != nil {
			t.Errorf("7 pages of 8: %d, %v", n, err)
		}
		if st := rt.Stats(); st.Memory != 7*page || st.MemoryLimit != 8*page {
			t.Errorf("%d of %d bytes", st.Memory, st.MemoryLimit)
		}
		if _, err := a.call(t.Context(), "need", 2); !errors.Is(err, tenon.ErrMemory) {
			t.Errorf("9 pages of 8: %v", err)
		}
		if n, err := a.call(t.Context(), "grow", 6); n != 1 || err != nil {
			t.Errorf("what the lost instance had is not free: %d, %v", n, err)
		}
		b := runawayIn(t, rt, "b", tenon.SlotConfig[any]{MaxInstances: 2, MaxWait: soon})
		if n, err := b.call(t.Context(), "work", 0); n != 1 || err != nil {
			t.Errorf("the last page: %d, %v", n, err)
		}
		_, err := a.slot.Kernel().Open(t.Context())
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindOverloaded || fault.Code != tenon.TrapMemoryExhausted || !strings.Contains(fault.Message, "raise Config.TotalMemory") {
			t.Errorf("one instance more: %v", err)
		}
		if err := a.slot.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n, err := b.call(t.Context(), "grow", 7); n != 1 || err != nil {
			t.Errorf("what the closed slot had is not free: %d, %v", n, err)
		}
	})
}

// A start function that never ends keeps a kernel out of service, and does not keep anybody waiting for long.
func TestEndlessStart(t *testing.T) {
	rt := newRuntime(t, tenon.Config{StartTimeout: soon})
	k, err := rt.LoadFile(t.Context(), "testdata/runaway/start.wasm")
	if err != nil {
		t.Fatal(err)
	}
	slot := func(ctx context.Context) error {
		_, err := tenon.NewSlot(ctx, rt, "s", k.Contract(), tenon.SlotConfig[any]{Kernel: k})
		return err
	}
	if err := slot(t.Context()); !errors.Is(err, tenon.ErrDeadline) || !strings.Contains(err.Error(), "raise Config.StartTimeout") {
		t.Errorf("NewSlot = %v", err)
	}
	if _, err := k.Call(t.Context(), "work", tenon.Value{Bits: 1}); !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("Call = %v", err)
	}
	patient := newRuntime(t, tenon.Config{StartTimeout: -1})
	if k, err = patient.LoadFile(t.Context(), "testdata/runaway/start.wasm"); err != nil {
		t.Fatal(err)
	}
	rt = patient
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := slot(ctx); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("NewSlot under a context = %v", err)
	}
}

// asks serves testdata/runaway/asks.wat over a function of the host.
func asks(t *testing.T, cfg tenon.SlotConfig[any], ask func(ctx context.Context) (uint32, error)) func(ctx context.Context) (uint32, error) {
	t.Helper()
	rt := newRuntime(t, tenon.Config{})
	k, err := rt.LoadFileWith(t.Context(), "testdata/runaway/asks.wasm", tenon.LoadOptions{Imports: []tenon.Import{{
		Name: "test:runaway/host@1.0.0",
		Funcs: []tenon.ImportFunc{{Name: "ask", Call: func(ctx context.Context, f *tenon.Frame) {
			n, err := ask(ctx)
			if err != nil {
				f.Failed(err)
				return
			}
			f.Return(0, uint64(n))
		}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Kernel = k
	slot, err := tenon.NewSlot(t.Context(), rt, "asks", k.Contract(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (uint32, error) {
		f, err := slot.Enter(ctx, 0)
		if err != nil {
			return 0, err
		}
		f.Invoke()
		n := uint32(f.Ret(0))
		return n, f.Leave()
	}
}

// A kernel that calls its host again and again, or runs away after it, is stopped as any other; the time that the host
// takes counts.
func TestDeadlineOverHostCalls(t *testing.T) {
	for what, answer := range map[string]uint32{"calls for ever": 0, "runs away": 1} {
		call := asks(t, tenon.SlotConfig[any]{Deadline: soon}, func(context.Context) (uint32, error) { return answer, nil })
		if n, err := call(t.Context()); !errors.Is(err, tenon.ErrDeadline) {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	sleepy := asks(t, tenon.SlotConfig[any]{Deadline: 4 * soon}, func(context.Context) (uint32, error) { time.Sleep(soon); return 0, nil })
	if n, err := sleepy(t.Context()); !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("a host that takes its time: %d, %v", n, err)
	}
}

// A host function that goes on with the context that it was given: to another slot with limits of its own, as long as
// the caller is there.
func TestHostCallsOnWithItsContext(t *testing.T) {
	inner := newRunaway(t, tenon.SlotConfig[any]{Deadline: soon})
	call := asks(t, tenon.SlotConfig[any]{Deadline: -1}, func(ctx context.Context) (uint32, error) {
		return 7, ignore(inner.call(ctx, "spin", 0))
	})
	// The inner slot's deadline is the host function's error: the outer kernel had all the time in the world.
	if n, err := call(t.Context()); !errors.Is(err, tenon.ErrTrap) || !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("%d, %v", n, err)
	}
	patient := newRunaway(t, tenon.SlotConfig[any]{Deadline: -1})
	call = asks(t, tenon.SlotConfig[any]{Deadline: -1}, func(ctx context.Context) (uint32, error) {
		return 7, ignore(patient.call(ctx, "spin", 0))
	})
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	_, err := call(ctx)
	var fault *tenon.Fault
	if !errors.As(err, &fault) || fault.Kind != tenon.KindCanceled || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's time was up: %v", err)
	}
	// A slot may be called from its own host function: the call has another instance.
	var again func(ctx context.Context) (uint32, error)
	depth := 0
	again = asks(t, tenon.SlotConfig[any]{Deadline: time.Minute, MaxInstances: 4}, func(ctx context.Context) (uint32, error) {
		if depth++; depth < 3 {
			n, err := again(ctx)
			return n + 1, err
		}
		return 5, nil
	})
	if n, err := again(t.Context()); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// Calls by name are under limits too, 10 seconds unless SetLimits says otherwise.
func TestInstanceLimits(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	k, err := rt.LoadFile(t.Context(), runawayFile)
	if err != nil {
		t.Fatal(err)
	}
	spin := func(ctx context.Context, l tenon.CallLimits) error {
		i, err := k.OpenWith(t.Context(), tenon.OpenOptions{Limits: l})
		if err != nil {
			t.Fatal(err)
		}
		defer i.Close(t.Context())
		_, err = i.Call(ctx, "spin")
		if _, after := i.Call(t.Context(), "work", tenon.Value{}); !errors.Is(after, tenon.ErrClosed) {
			t.Errorf("the instance goes on after %v: %v", err, after)
		}
		return err
	}
	if err := spin(t.Context(), tenon.CallLimits{Deadline: soon}); !errors.Is(err, tenon.ErrDeadline) || !strings.Contains(err.Error(), "raise CallLimits.Deadline") {
		t.Errorf("%v", err)
	}
	if err := spin(t.Context(), tenon.CallLimits{Fuel: 1000}); !errors.Is(err, tenon.ErrFuel) || !strings.Contains(err.Error(), "raise CallLimits.Fuel") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := spin(ctx, tenon.CallLimits{Deadline: -1}); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	// A destructor of a thing that is dropped by name.
	i, err := k.OpenWith(t.Context(), tenon.OpenOptions{Limits: tenon.CallLimits{Deadline: soon}})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(t.Context())
	thing, err := i.Call(t.Context(), "make", tenon.Value{Bits: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Drop(t.Context(), thing); !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("Drop = %v", err)
	}
}

// Beside a kernel on every processor that never ends, other goroutines run, other kernels answer, and garbage is
// collected; when their contexts end, so do the kernels, and no goroutine stays behind.
func TestRunawaysHoldUpNobody(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Deadline: -1, MaxInstances: 8})
	c, _ := openScalar(t, tenon.SlotConfig[scalar.Calls]{})
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range runtime.GOMAXPROCS(0) + 1 {
		running.Go(func() {
			if _, err := r.call(ctx, "spin", 0); !errors.Is(err, tenon.ErrCanceled) {
				t.Errorf("%v", err)
			}
		})
	}
	var was, is runtime.MemStats
	runtime.ReadMemStats(&was)
	for beat := range uint32(20) {
		time.Sleep(time.Millisecond)
		if n, err := c.Add(t.Context(), beat, 1); n != beat+1 || err != nil {
			t.Errorf("Add = %d, %v", n, err)
		}
		if beat%4 == 0 {
			runtime.GC()
		}
	}
	runtime.ReadMemStats(&is)
	if is.NumGC-was.NumGC < 5 {
		t.Errorf("%d collections", is.NumGC-was.NumGC)
	}
	cancel()
	running.Wait()
	for until := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// Deadlines need no goroutine and no timer of their own: while calls run, there are as many goroutines as callers.
func TestNoGoroutineACall(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Deadline: time.Minute})
	before := runtime.NumGoroutine()
	const callers = 4
	var seen []int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range 50 {
				if _, err := r.call(t.Context(), "work", 100_000); err != nil {
					t.Error(err)
				}
				mu.Lock()
				seen = append(seen, runtime.NumGoroutine())
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if most := slices.Max(seen); most > before+callers {
		t.Errorf("%d goroutines with %d callers, %d before", most, callers, before)
	}
}
