package tenon

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

func TestCallAnswers(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	c := fakeClient{s}
	if n, err := c.Add(t.Context(), 40, 2); n != 42 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	for _, text := range []string{"", "a", "zwölf", "\x00", strings.Repeat("x", 100_000)} {
		if out, err := c.Echo(t.Context(), text); out != text || err != nil {
			t.Errorf("Echo of %d bytes = %d bytes, %v", len(text), len(out), err)
		}
	}
	st := s.Stats()
	if st.Answers != 6 || st.Baseline != 0 || len(st.Faults) != 0 {
		t.Errorf("Stats = %+v", st)
	}
	if v := st.Versions[0]; v.Instances != 1 || v.InUse != 0 || v.Label != "1.0.0" || !v.Serving {
		t.Errorf("Versions = %+v", st.Versions)
	}
}

func TestPostReturnRunsOnceACall(t *testing.T) {
	b := newBench(t, Config{})
	var seen *fakeInstance
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) { seen = i; return n, nil }
	c := fakeClient{b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})}
	for range 3 {
		if _, err := c.Echo(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Run(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if seen.posts != 3 || seen.heap != 64 {
		t.Errorf("post-return ran %d times, heap %d", seen.posts, seen.heap)
	}
}

func TestBaselineAlone(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Baseline: fakeBaseline{}})
	var note Call
	n, err := fakeClient{s}.Run(WithCall(t.Context(), &note), 1)
	if n != 1001 || err != nil || !note.Baseline || note.Fault != nil || note.Version != "" {
		t.Errorf("Run = %d, %v; %+v", n, err, note)
	}
	if st := s.Stats(); st.Baseline != 1 || st.Fallbacks != 0 || s.Kernel() != nil {
		t.Errorf("Stats = %+v", st)
	}
}

func TestTrapBecomesFault(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) {
		if n == 13 {
			i.panics = "no luck, at src/lib.rs:7:3"
			return 0, &engine.Trap{Code: engine.Unreachable, Backtrace: []string{"inner", "outer"}}
		}
		return n, nil
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})
	c := fakeClient{s}
	_, err := c.Run(t.Context(), 13)
	f, ok := errors.AsType[*Fault](err)
	if !ok || !errors.Is(err, ErrTrap) || errors.Is(err, ErrABI) || KindOf(err) != KindTrap {
		t.Fatalf("err = %v", err)
	}
	if f.Message != "no luck, at src/lib.rs:7:3" || f.Kernel != "fake" || f.Label != "1.0.0" || f.Version != "digest-1.0.0" ||
		f.Slot != "s" || f.Export != "test:fake/calls@1.0.0#run" || len(f.Backtrace) != 2 {
		t.Errorf("fault = %+v", f)
	}
	want := "tenon: trap: slot s: fake 1.0.0 (digest-1.0.0): test:fake/calls@1.0.0#run: no luck, at src/lib.rs:7:3"
	if err.Error() != want {
		t.Errorf("text = %s", err)
	}
	if n, err := c.Run(t.Context(), 5); n != 5 || err != nil {
		t.Errorf("after the trap: %d, %v", n, err)
	}
	v := s.Stats().Versions[0]
	if v.Poisoned != 1 || v.Built != 2 || v.Instances != 1 || v.Faults[KindTrap] != 1 {
		t.Errorf("version = %+v", v)
	}
}

func TestTrapKinds(t *testing.T) {
	for code, want := range map[engine.TrapCode]error{
		engine.Unreachable: ErrTrap, engine.DivideByZero: ErrTrap, engine.MemoryBounds: ErrTrap, engine.StackOverflow: ErrStack,
		engine.Deadline: ErrDeadline, engine.Canceled: ErrCanceled, engine.Fuel: ErrFuel, engine.ABI: ErrABI,
		engine.Internal: ErrInternal, engine.MemoryLimit: ErrMemory, engine.Link: ErrPolicy,
	} {
		b := newBench(t, Config{})
		b.engine.run = func(*fakeInstance, uint32) (uint32, error) { return 0, &engine.Trap{Code: code} }
		_, err := fakeClient{b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})}.Run(t.Context(), 1)
		if !errors.Is(err, want) {
			t.Errorf("%s gives %v", code, err)
		}
	}
}

func TestFallback(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) { return 0, &engine.Trap{Code: engine.Unreachable} }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}})
	var note Call
	n, err := fakeClient{s}.Run(WithCall(t.Context(), &note), 1)
	if n != 1001 || err != nil {
		t.Fatalf("Run = %d, %v", n, err)
	}
	if !note.Baseline || !errors.Is(note.Fault, ErrTrap) || note.Version != "" {
		t.Errorf("note = %+v", note)
	}
	if st := s.Stats(); st.Fallbacks != 1 || st.Baseline != 1 || st.Blamed != 1 || st.Faults[KindTrap] != 1 || st.Answers != 0 {
		t.Errorf("Stats = %+v", st)
	}
}

// A fault that the baseline could not answer either is not held against the version.
func TestFallbackThatFailsBlamesNobody(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) { return 0, &engine.Trap{Code: engine.Unreachable} }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{err: context.DeadlineExceeded}})
	if _, err := (fakeClient{s}).Run(t.Context(), 1); err != context.DeadlineExceeded {
		t.Errorf("err = %v", err)
	}
	if st := s.Stats(); st.Blamed != 0 || st.Fallbacks != 1 {
		t.Errorf("Stats = %+v", st)
	}
}

func TestNoFallback(t *testing.T) {
	trap := func(*fakeInstance, uint32) (uint32, error) { return 0, &engine.Trap{Code: engine.Unreachable} }
	t.Run("canceled", func(t *testing.T) {
		b := newBench(t, Config{})
		ctx, cancel := context.WithCancel(t.Context())
		b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) { cancel(); return trap(i, n) }
		s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}})
		_, err := fakeClient{s}.Run(ctx, 1)
		if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) || !errors.Is(err, ErrTrap) {
			t.Errorf("err = %v", err)
		}
		_, err = fakeClient{s}.Run(ctx, 1)
		if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) || errors.Is(err, ErrTrap) {
			t.Errorf("err = %v", err)
		}
		if st := s.Stats(); st.Baseline != 0 || st.Faults[KindCanceled] != 1 || st.Faults[KindTrap] != 1 {
			t.Errorf("Stats = %+v", st)
		}
	})
	t.Run("imports", func(t *testing.T) {
		b := newBench(t, Config{})
		b.engine.run = trap
		k := b.load("1.0.0")
		k.grants.imports = new(engine.Imports) // it can call the host
		s := b.slot(SlotConfig[fakeCalls]{Kernel: k, Baseline: fakeBaseline{}})
		if _, err := (fakeClient{s}).Run(t.Context(), 1); !errors.Is(err, ErrTrap) {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		b := newBench(t, Config{})
		s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}})
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := (fakeClient{s}).Run(t.Context(), 1); !errors.Is(err, ErrClosed) {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("bad argument", func(t *testing.T) {
		b := newBench(t, Config{})
		s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}, MaxInstances: 1})
		_, err := fakeClient{s}.Echo(t.Context(), "abc\xff")
		if !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), `argument "text": invalid UTF-8 at byte 3`) {
			t.Errorf("err = %v", err)
		}
		st := s.Stats()
		if v := st.Versions[0]; v.Poisoned != 0 || v.Built != 1 || len(st.Faults) != 0 || st.Refused != 1 || st.Blamed != 0 {
			t.Errorf("Stats = %+v", st)
		}
	})
}

func TestInstanceThatCannotBeMade(t *testing.T) {
	b := newBench(t, Config{})
	k := b.load("1.0.0")
	b.engine.instantiate = func() error { return &engine.Trap{Code: engine.Unreachable, Message: "start failed"} }
	_, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: k})
	if !errors.Is(err, ErrTrap) || !strings.Contains(err.Error(), "slot s: fake") || !strings.Contains(err.Error(), "start failed") {
		t.Errorf("err = %v", err)
	}
	b.engine.instantiate = nil
	s := b.slot(SlotConfig[fakeCalls]{Kernel: k, Baseline: fakeBaseline{}, MaxInstances: 1})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) { return 0, &engine.Trap{Code: engine.Unreachable} }
	for range 2 {
		if n, err := (fakeClient{s}).Run(t.Context(), 1); n != 1001 || err != nil {
			t.Errorf("Run = %d, %v", n, err)
		}
		// The poisoned instance cannot be replaced now; calls go on.
		b.engine.instantiate = func() error { return &engine.Trap{Code: engine.Internal} }
	}
	b.engine.instantiate = nil
	if n, err := (fakeClient{s}).Add(t.Context(), 1, 2); n != 3 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	if st := s.Stats(); st.Answers != 1 || st.Faults[KindTrap] != 1 || st.Faults[KindInternal] != 1 || st.Versions[0].Instances != 1 {
		t.Errorf("Stats = %+v", st)
	}
}

func TestFrameMisuse(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})
	f, err := s.Enter(t.Context(), fakeAdd)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Leave(); err != nil {
		t.Errorf("a call that was not made: %v", err)
	}
	// After Leave, nothing works and nothing breaks.
	f.Arg(0, 1)
	f.Param(3)
	f.Invoke()
	f.StoreU32(0, 1)
	if f.OK() || f.Ret(0) != 0 || f.Alloc(1, 1) != 0 || f.LiftString(0, 1) != "" || f.Block(0, 1, 1).U8(0) != 0 {
		t.Error("a frame worked after Leave")
	}
	if err := f.Leave(); !errors.Is(err, ErrInternal) {
		t.Errorf("second Leave = %v", err)
	}
	if v := s.Stats().Versions[0]; v.Instances != 1 || v.InUse != 0 {
		t.Errorf("version = %+v", v)
	}
	for _, i := range []int{-1, 3, math.MaxInt} {
		if f, err := s.Enter(t.Context(), i); f != nil || !errors.Is(err, ErrInternal) {
			t.Errorf("Enter(%d) = %v", i, err)
		}
	}
	f, _ = s.Enter(t.Context(), fakeAdd)
	f.Arg(2, 0)
	if err := f.Leave(); !errors.Is(err, ErrInternal) {
		t.Errorf("a flat parameter that is not there: %v", err)
	}
	f, _ = s.Enter(t.Context(), fakeAdd)
	if f.Ret(0); f.OK() {
		t.Error("a result before the call")
	}
	_ = f.Leave()
	var none Slot[fakeCalls]
	if f, err := none.Enter(t.Context(), 0); f != nil || !errors.Is(err, ErrClosed) {
		t.Errorf("the zero slot: %v", err)
	}
	if err := none.Swap(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("the zero slot: %v", err)
	}
	if err := none.Close(t.Context()); err != nil {
		t.Errorf("the zero slot: %v", err)
	}
}

func TestWithCallTellsTheVersion(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	note := Call{Key: "k", Baseline: true, Fault: ErrTrap}
	if _, err := (fakeClient{s}).Add(WithCall(t.Context(), &note), 1, 1); err != nil {
		t.Fatal(err)
	}
	if note != (Call{Key: "k", Version: "digest-1.0.0", Label: "1.0.0"}) {
		t.Errorf("note = %+v", note)
	}
}

func TestOverloaded(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := b.blocked()
	k := b.load("1.0.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: k, MaxInstances: 1, MaxWait: time.Millisecond})
	with := b.slot(SlotConfig[fakeCalls]{Kernel: k, MaxInstances: 1, MaxWait: time.Millisecond, Baseline: fakeBaseline{}})
	done := make(chan error)
	for _, c := range []fakeClient{{s}, {with}} {
		go func() { _, err := c.Run(context.Background(), 1); done <- err }()
		<-entered
	}
	if _, err := (fakeClient{s}).Run(t.Context(), 1); !errors.Is(err, ErrOverloaded) {
		t.Errorf("err = %v", err)
	}
	if n, err := (fakeClient{with}).Run(t.Context(), 1); n != 1001 || err != nil {
		t.Errorf("Run = %d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	patient := b.slot(SlotConfig[fakeCalls]{Kernel: k, MaxInstances: 1, MaxWait: -1, Baseline: fakeBaseline{}})
	go func() { _, err := fakeClient{patient}.Run(context.Background(), 1); done <- err }()
	<-entered
	if _, err := (fakeClient{patient}).Run(ctx, 1); !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if st := with.Stats(); st.Faults[KindOverloaded] != 1 || st.Blamed != 0 || st.Fallbacks != 1 || st.Versions[0].Waits != 1 {
		t.Errorf("Stats = %+v", st)
	}
	close(release)
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
