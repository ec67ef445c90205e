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
	return r.base(ctx, function, err)
}

// base is the baseline.
func (r runaway) base(ctx context.Context, function string, fault error) (out uint32, err error) {
	_, turn, err := r.slot.Fallback(ctx, r.at[function], fault)
	if err != nil {
		return 0, err
	}
	if turn != nil {
		defer turn.Settle(ctx, turn.Await(&err))
	}
	return 4242, nil
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

// soon is when a runaway is stopped. Whatever is no runaway ends long before, on a machine that does something else, too.
const soon = 100 * time.Millisecond

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
		if n, err := r.call(t.Context(), "work", 0); n != 1 || err != nil { // so that there is an instance
			t.Errorf("work = %d, %v", n, err)
		}
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
	for until := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// A call that waits for the one instance gets another when the runaway in it is stopped, and a Close is done then.
func TestWhoWaitsForARunaway(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Deadline: soon, MaxInstances: 1, MaxWait: time.Minute})
	spinning := func() chan error {
		done := make(chan error, 1)
		go func() { done <- ignore(r.call(t.Context(), "spin", 0)) }()
		for len(done) == 0 && r.slot.Stats().Versions[0].InUse == 0 {
			time.Sleep(time.Millisecond)
		}
		return done
	}
	done := spinning()
	if n, err := r.call(t.Context(), "work", 0); n != 1 || err != nil {
		t.Errorf("work = %d, %v", n, err)
	}
	if err := <-done; !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("the runaway beside a call: %v", err)
	}
	done = spinning()
	if err := r.slot.Close(t.Context()); err != nil {
		t.Errorf("Close = %v", err)
	}
	if err := <-done; !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("the runaway beside Close: %v", err)
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
	// Nine moments in ten: a timer of the pool, or of a test before, may run for one of them.
	slices.Sort(seen)
	if most := seen[len(seen)*9/10]; most > before+callers {
		t.Errorf("%d goroutines with %d callers, %d before", most, callers, before)
	}
}
