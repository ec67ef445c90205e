package tenon

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func TestSwap(t *testing.T) {
	var events []Event
	b := newBench(t, Config{Observer: ObserverFunc(func(e Event) { events = append(events, e) })})
	one, two := b.load("1.0.0"), b.load("1.1.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: one, Baseline: fakeBaseline{}})
	answer := func(want string) {
		t.Helper()
		var note Call
		if _, err := (fakeClient{s}).Add(WithCall(t.Context(), &note), 1, 1); err != nil || note.Label != want {
			t.Errorf("answered by %q, %v; want %q", note.Label, err, want)
		}
	}
	for _, step := range []struct {
		kernel *Kernel
		label  string
	}{{two, "1.1.0"}, {two, "1.1.0"}, {one, "1.0.0"}, {nil, ""}, {nil, ""}, {one, "1.0.0"}} {
		if err := s.Swap(t.Context(), step.kernel); err != nil {
			t.Fatal(err)
		}
		if s.Kernel() != step.kernel {
			t.Errorf("Kernel = %v", s.Kernel())
		}
		answer(step.label)
	}
	st := s.Stats()
	if st.LastFlip <= 0 {
		t.Errorf("the last flip took %v", st.LastFlip)
	}
	if st.Swaps != 4 || st.Answers != 4 || st.Baseline != 2 || len(st.Versions) != 1 {
		t.Errorf("Stats = %+v", st)
	}
	if n := b.engine.instances.Load(); n != 1 {
		t.Errorf("%d instances are open", n)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, string(e.Kind)+" "+e.Label)
	}
	want := "loaded 1.0.0,loaded 1.1.0,swapped 1.1.0,drained 1.0.0,swapped 1.0.0,drained 1.1.0,swapped ,drained 1.0.0,swapped 1.0.0"
	if got := strings.Join(kinds, ","); got != want {
		t.Errorf("events: %s", got)
	}
}

func TestSwapWarmsToTheOldPeak(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := b.blocked()
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 8})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { _, _ = fakeClient{s}.Run(context.Background(), 1) })
		<-entered
	}
	close(release)
	wg.Wait()
	if err := s.Swap(t.Context(), b.load("1.1.0")); err != nil {
		t.Fatal(err)
	}
	if v := s.Stats().Versions[0]; v.Label != "1.1.0" || v.Instances != 5 || v.InUse != 0 {
		t.Errorf("version = %+v", v)
	}
}

func TestSwapDrains(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := b.blocked()
	one, two := b.load("1.0.0"), b.load("1.1.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: one})
	call := make(chan Call)
	go func() {
		var note Call
		if n, err := (fakeClient{s}).Run(WithCall(context.Background(), &note), 7); n != 7 || err != nil {
			t.Errorf("Run = %d, %v", n, err)
		}
		call <- note
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // which the call takes, and the swap itself must not
	defer cancel()
	err := s.Swap(ctx, two)
	if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the swap is in force") {
		t.Errorf("err = %v", err)
	}
	if s.Kernel() != two {
		t.Error("the swap is not in force")
	}
	if n, err := (fakeClient{s}).Add(t.Context(), 1, 1); n != 2 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	if st := s.Stats(); len(st.Versions) != 2 || !st.Versions[0].Serving || st.Versions[1].Serving || st.Versions[1].InUse != 1 {
		t.Errorf("Stats = %+v", st)
	}
	one.Close() // the old version is still in a call, and keeps its code
	close(release)
	if note := <-call; note.Label != "1.0.0" {
		t.Errorf("the call ran on %q", note.Label)
	}
	if err := s.Swap(t.Context(), one); !errors.Is(err, ErrClosed) || s.Kernel() != two {
		t.Errorf("swap to a closed kernel: %v", err)
	}
	if b.rt.Stats().Kernels != 1 {
		t.Errorf("the old kernel is not freed: %+v", b.rt.Stats())
	}
}

func TestSwapThatFailsChangesNothing(t *testing.T) {
	b := newBench(t, Config{})
	one := b.load("1.0.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: one})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	other := newBench(t, Config{})
	stranger := other.load("1.1.0")
	closed := b.load("1.2.0")
	closed.Close()
	b.planner.edit = func(p *plan.Plan) {
		p.Contract = &plan.Contract{Package: "test:other", Version: "1.0.0", Hash: "other"}
	}
	misfit := b.load("1.3.0")
	b.planner.edit = nil
	good, sick := b.load("1.4.0"), b.load("1.5.0")
	for _, c := range []struct {
		name   string
		ctx    context.Context
		kernel *Kernel
		start  error
		want   error
	}{
		{"a context that ended", canceled, good, nil, ErrCanceled},
		{"a kernel of another runtime", t.Context(), stranger, nil, ErrPolicy},
		{"a closed kernel", t.Context(), closed, nil, ErrClosed},
		{"another contract", t.Context(), misfit, nil, ErrContract},
		{"a start function that traps", t.Context(), sick, &engine.Trap{Code: engine.Unreachable}, ErrTrap},
		{"nothing to answer", t.Context(), nil, nil, ErrPolicy},
	} {
		b.engine.instantiate = func() error { return c.start }
		if c.start == nil {
			b.engine.instantiate = nil
		}
		if err := s.Swap(c.ctx, c.kernel); !errors.Is(err, c.want) || !strings.Contains(err.Error(), "slot s") {
			t.Errorf("%s: %v", c.name, err)
		}
		if s.Kernel() != one {
			t.Fatalf("%s: the old version is gone", c.name)
		}
		if n, err := (fakeClient{s}).Add(t.Context(), 1, 1); n != 2 || err != nil {
			t.Errorf("%s: Add = %d, %v", c.name, n, err)
		}
	}
	if st := s.Stats(); st.Swaps != 0 || len(st.Versions) != 1 {
		t.Errorf("Stats = %+v", st)
	}
}

func TestCloseDrains(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := b.blocked()
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1, MaxWait: -1})
	done := make(chan error, 2)
	go func() { _, err := fakeClient{s}.Run(context.Background(), 1); done <- err }()
	<-entered
	waiting := make(chan error)
	go func() { _, err := fakeClient{s}.Run(context.Background(), 1); waiting <- err }()
	for s.Stats().Versions[0].Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); !errors.Is(err, ErrCanceled) {
		t.Errorf("Close = %v", err)
	}
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Errorf("a waiting call: %v", err)
	}
	if err := b.rt.Close(ctx); !errors.Is(err, ErrCanceled) {
		t.Errorf("Runtime.Close = %v", err)
	}
	if err := s.Swap(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Swap = %v", err)
	}
	if _, err := b.rt.Load(t.Context(), "late.wasm", []byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("Load = %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the call in flight: %v", err)
	}
	for range 2 {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A slot that is closed while a swap makes its version ready ends that version too.
func TestCloseDuringSwap(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}})
	two := b.load("1.1.0")
	entered, release := make(chan struct{}), make(chan struct{})
	b.engine.instantiate = func() error { entered <- struct{}{}; <-release; return nil }
	swapped := make(chan error)
	go func() { swapped <- s.Swap(context.Background(), two) }()
	<-entered
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Swap(canceled, two); !errors.Is(err, ErrCanceled) {
		t.Errorf("a second swap: %v", err)
	}
	closed := make(chan error)
	go func() { closed <- s.Close(context.Background()) }()
	for s.core.route.Load() == nil || !s.core.route.Load().closed {
		time.Sleep(time.Millisecond)
	}
	close(release)
	if err := <-swapped; !errors.Is(err, ErrClosed) {
		t.Errorf("Swap = %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close = %v", err)
	}
}

func TestNewSlotRefuses(t *testing.T) {
	b := newBench(t, Config{})
	if _, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{}); !errors.Is(err, ErrPolicy) {
		t.Errorf("nothing to serve: %v", err)
	}
	if _, err := NewSlot(t.Context(), nil, "s", fakeContract, SlotConfig[fakeCalls]{}); !errors.Is(err, ErrPolicy) {
		t.Errorf("no runtime: %v", err)
	}
	k := b.load("1.0.0")
	if _, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: k, MaxMemory: 100}); !errors.Is(err, ErrMemory) {
		t.Errorf("too little memory: %v", err)
	}
	if err := b.rt.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Baseline: fakeBaseline{}}); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed runtime: %v", err)
	}
	if _, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: k}); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed kernel: %v", err)
	}
}
