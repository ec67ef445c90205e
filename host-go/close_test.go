package tenon

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// The runtime closes while a swap warms its kernel: the code must outlive the guest that runs, and Close must wait.
func TestCodeOutlivesTheWarmUpOfASwap(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}})
	two := b.load("1.1.0")
	entered, release := make(chan struct{}), make(chan struct{})
	b.engine.instantiate = func() error { entered <- struct{}{}; <-release; return nil }
	swapped := make(chan error)
	go func() { swapped <- s.Swap(context.Background(), two) }()
	<-entered
	closed := make(chan error)
	go func() { closed <- b.rt.Close(context.Background()) }()
	for !s.core.route.Load().closed {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-closed:
		t.Errorf("Close = %v while an instance was being made", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if err := <-swapped; !errors.Is(err, ErrClosed) {
		t.Errorf("Swap = %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close = %v", err)
	}
}

// A kernel that a load finishes after Close began is closed too; Close does not wait for it for ever.
func TestCloseWaitsForALoadAndClosesItsKernel(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := make(chan struct{}), make(chan struct{})
	b.planner.edit = func(*plan.Plan) { entered <- struct{}{}; <-release }
	loaded := make(chan error)
	go func() {
		_, err := b.rt.Load(context.Background(), "late.wasm", []byte("late"))
		loaded <- err
	}()
	<-entered
	closed := make(chan error)
	go func() { closed <- b.rt.Close(context.Background()) }()
	for open := true; open; time.Sleep(time.Millisecond) {
		b.rt.mu.Lock()
		open = !b.rt.closed
		b.rt.mu.Unlock()
	}
	close(release)
	<-loaded
	select {
	case err := <-closed:
		if err != nil {
			t.Errorf("Close = %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Close hangs on a kernel that nobody closes")
	}
}

// The last call of a version that was swapped out traps: the fault stays in the slot's counts.
func TestTheFaultOfADrainedVersionIsCounted(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := make(chan struct{}), make(chan struct{})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) {
		entered <- struct{}{}
		<-release
		return 0, errors.New("trap")
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})
	called := make(chan error)
	go func() {
		_, err := fakeClient{s}.Run(context.Background(), 1)
		called <- err
	}()
	<-entered
	swapped := make(chan error)
	go func() { swapped <- s.Swap(context.Background(), b.load("1.1.0")) }()
	for s.Kernel().Label() != "1.1.0" {
		time.Sleep(time.Millisecond)
	}
	if served := s.Stats().Versions[0]; !served.Serving || served.Label != "1.1.0" {
		t.Errorf("the first version is %+v, want the new one, serving", served)
	}
	close(release)
	if err := <-called; err == nil {
		t.Error("the call did not fail")
	}
	if err := <-swapped; err != nil {
		t.Fatal(err)
	}
	total := uint64(0)
	for _, n := range s.Stats().Faults {
		total += n
	}
	if total != 1 {
		t.Errorf("%d faults are counted, want 1", total)
	}
}

// The runtime closes while Open makes an instance: it is closed with the runtime, though the runtime could not know it.
func TestOpenWhileTheRuntimeCloses(t *testing.T) {
	b := newBench(t, Config{})
	k := b.load("1.0.0")
	entered, release := make(chan struct{}), make(chan struct{})
	b.engine.instantiate = func() error { entered <- struct{}{}; <-release; return nil }
	opened := make(chan error)
	go func() {
		_, err := k.Open(context.Background())
		opened <- err
	}()
	<-entered
	closed := make(chan error)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go func() { closed <- b.rt.Close(ctx) }()
	for !b.rt.ended() {
		time.Sleep(time.Millisecond)
	}
	close(release)
	if err := <-opened; !errors.Is(err, ErrClosed) {
		t.Errorf("Open = %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close = %v", err)
	}
}

// Whoever closes a slot may give up waiting for its calls: the runtime forgets the slot with the last one.
func TestASlotThatDrainsAfterCloseGaveUp(t *testing.T) {
	drained := make(chan struct{}, 1)
	b := newBench(t, Config{Observer: ObserverFunc(func(e Event) {
		if e.Kind == EventDrained {
			drained <- struct{}{}
		}
	})})
	entered, release := make(chan struct{}), make(chan struct{})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) { entered <- struct{}{}; <-release; return 0, nil }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	called := make(chan error)
	go func() {
		_, err := fakeClient{s}.Run(context.Background(), 1)
		called <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, ErrCanceled) {
		t.Errorf("Close = %v", err)
	}
	if n := len(b.rt.Stats().Slots); n != 1 {
		t.Errorf("%d slots while a call is in flight", n)
	}
	close(release)
	if err := <-called; err != nil {
		t.Error(err)
	}
	<-drained
	if n := len(b.rt.Stats().Slots); n != 0 {
		t.Errorf("the runtime still has %d slots", n)
	}
}
