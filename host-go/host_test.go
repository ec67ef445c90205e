package tenon

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// The imports of the fake kernel, as trampolines.
func TestHostCalls(t *testing.T) {
	b := newSinks(t, Config{})
	if n, err := b.run(runWrites); n != 8 || err != nil {
		t.Errorf("run = %d, %v", n, err)
	}
	if s := b.made[0]; strings.Join(s.texts, " ") != "hello hel" || s.dropped != 1 {
		t.Errorf("the first sink: %+v", s)
	}
	if n, err := b.run(runName); n != 6 || err != nil {
		t.Errorf("a text of %d, %v", n, err)
	}
	if _, err := b.run(runGives); err != nil || b.made[1].dropped != 0 || len(b.made[1].texts) != 1 {
		t.Errorf("given back: %+v, %v", b.made[1], err)
	}
	if _, err := b.run(runKeeps); err != nil || b.made[2].dropped != 0 {
		t.Errorf("kept: %+v, %v", b.made[2], err)
	}
	if got := fmt.Sprint(b.slot.Kernel().Grants()); got != "["+sinkIface+"]" {
		t.Errorf("grants: %s", got)
	}
	if err := b.slot.Close(t.Context()); err != nil || b.made[2].dropped != 1 {
		t.Errorf("after the instance was closed: %+v, %v", b.made[2], err)
	}
}

func TestAResourceTakenInVainIsDropped(t *testing.T) {
	b := newSinks(t, Config{})
	b.spoil = func(f *Frame) { f.Invalid("a later argument", 7) }
	if _, err := b.run(runGives); !errors.Is(err, ErrABI) {
		t.Fatalf("a call with a spoilt argument: %v", err)
	}
	if s := b.made[0]; s.dropped != 1 || len(s.texts) != 0 {
		t.Errorf("the sink: %d times dropped, texts %q", s.dropped, s.texts)
	}
	// What the implementation has is its own, whatever becomes of the call.
	b.spoil = func(*Frame) {}
	if _, err := b.run(runGives); err != nil || b.made[1].dropped != 0 {
		t.Errorf("%v, %d times dropped", err, b.made[1].dropped)
	}
}

func TestHostCallsThatFail(t *testing.T) {
	full := errors.New("disk full")
	for name, c := range map[string]struct {
		run   uint32
		setup func(b *sinks)
		want  error
		text  string
	}{
		"an error":              {runName, func(b *sinks) { b.name = func(context.Context) (string, error) { return "", full } }, ErrTrap, "the host's " + sinkIface + "#name failed: disk full"},
		"an error's first line": {runName, func(b *sinks) { b.name = func(context.Context) (string, error) { return "", errors.New("one\ntwo") } }, ErrTrap, "failed: one"},
		"a panic":               {runName, func(b *sinks) { b.name = func(context.Context) (string, error) { panic("oh\nno") } }, ErrInternal, "the host's " + sinkIface + "#name panicked: oh"},
		"a nil resource": {runKeeps, func(b *sinks) {
			b.make = func(context.Context, uint32) (*sink, error) { return nil, full }
		}, ErrTrap, "disk full"},
		"an answer that is no text": {runName, func(b *sinks) { b.name = func(context.Context) (string, error) { return "\xff", nil } }, ErrABI, "#name: the host's answer: "},
		"a drop that fails": {runWrites, func(b *sinks) {
			b.make = func(context.Context, uint32) (*sink, error) { return &sink{fail: full}, nil }
		}, ErrTrap, "drop of " + sinkIface + "#sink failed: disk full"},
		"a forged handle":      {runForges, nil, ErrABI, "handle 99 does not exist"},
		"a text out of bounds": {runBadText, nil, ErrABI, sinkIface + "#[method]sink.write: the kernel gave a string of 5 bytes at address 0x80000000, outside"},
		"an odd address":       {runBadAddr, nil, ErrABI, "not aligned to 4"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newSinks(t, Config{})
			if c.setup != nil {
				c.setup(b)
			}
			_, err := b.run(c.run)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "goroutine") || strings.Contains(err.Error(), "\n") {
				t.Errorf("run = %v", err)
			}
			if c.want == ErrTrap && c.run != runName && !errors.Is(err, full) {
				t.Errorf("the cause is not in the chain of %v", err)
			}
			if fault, _ := asFault(err); fault == nil || fault.Export != "test:fake/calls@1.0.0#run" || fault.pure {
				t.Errorf("fault: %+v", fault)
			}
			if v := b.slot.Stats().Versions[0]; v.Poisoned != 1 || v.Instances != 0 {
				t.Errorf("version: %+v", v)
			}
		})
	}
}

// The budget bounds what one host call's arguments take; the calls of a loop are garbage one by one.
func TestHostCallBudget(t *testing.T) {
	b := newSinks(t, Config{AnswerLimit: 4000})
	if _, err := b.run(runHuge); !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), "the arguments need more than 4000 bytes") {
		t.Errorf("run = %v", err)
	}
}

func TestHostCallsGetTheCallersContext(t *testing.T) {
	type key struct{}
	b := newSinks(t, Config{})
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	var kept context.Context
	b.name = func(inner context.Context) (string, error) {
		kept = inner
		if inner.Value(key{}) != "value" {
			t.Error("the value is missing")
		}
		cancel()
		<-inner.Done()
		return "", fmt.Errorf("gave up: %w", inner.Err())
	}
	_, err := fakeClient{b.slot}.Run(ctx, runName)
	if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("run = %v", err)
	}
	if kept.Value(key{}) != "value" || kept.Err() == nil {
		t.Error("the context died with the call")
	}
}

// A frame that is kept after its host call does nothing.
func TestHostFrameAfterItsCall(t *testing.T) {
	b := newSinks(t, Config{})
	var kept *Frame
	k, err := b.rt.LoadWith(t.Context(), "two", []byte("2.0.0"), LoadOptions{Imports: []Import{func() Import {
		i := grantSinks(b.make, b.name, b.spoil)
		i.Funcs[sinkNew].Call = func(_ context.Context, f *Frame) {
			f.HostBorrow(0, 1)
			kept = f
		}
		return i
	}()}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSlot(t.Context(), b.rt, "two", fakeContract, SlotConfig[fakeCalls]{Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (fakeClient{s}).Run(t.Context(), runKeeps); !errors.Is(err, ErrInternal) || !strings.Contains(err.Error(), "a borrow in the answer") {
		t.Errorf("run = %v", err)
	}
	kept.Return(0, 1)
	kept.Failed(errors.New("late"))
	if kept.In(0) != 0 || kept.OK() || kept.HostTake(0, 1) != nil || kept.HostOwn(0, 1) != 0 || kept.LiftOwn(0, 1) != nil {
		t.Error("a frame works after its call")
	}
	if err := kept.Leave(); err != left {
		t.Errorf("Leave = %v", err)
	}
}

// What a refused call has lent is taken back: the guest never saw it.
func TestRefusalTakesLoansBack(t *testing.T) {
	b := newSinks(t, Config{})
	contract := fakeContract
	contract.Resources = []ResourceRef{{Interface: sinkIface, Name: "sink", Imported: true}}
	s, err := NewSlot(t.Context(), b.rt, "lends", contract, SlotConfig[fakeCalls]{Kernel: b.slot.Kernel(), MaxInstances: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		f, err := s.Enter(t.Context(), fakeEcho)
		if err != nil {
			t.Fatal(err)
		}
		lent, owned := f.HostBorrow(0, new(sink)), f.HostBorrow(0, new(sink))
		f.String("\xff")
		inst, values := f.inst.(*fakeInstance), &f.host.values
		if err := f.Leave(); !errors.Is(err, ErrABI) || lent == 0 || owned == 0 {
			t.Errorf("%d, %d, %v", lent, owned, err)
		}
		if n := inst.handles.Live(); n != 0 || inst.handles.Exit() == nil || len(values.free) != len(values.entries) {
			t.Errorf("%d handles, %d of %d values free", n, len(values.free), len(values.entries))
		}
	}
	if v := s.Stats().Versions[0]; v.Poisoned+v.Recycled != 0 || v.Built != 1 {
		t.Errorf("an instance was lost: %+v", v)
	}
}

// A host function that ends its goroutine costs the instance, and nothing hangs.
func TestGoexitInAHostFunction(t *testing.T) {
	b := newSinks(t, Config{})
	b.name = func(context.Context) (string, error) { runtime.Goexit(); return "", nil }
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = b.run(runName)
		t.Error("run returned")
	}()
	<-done
	if v := b.slot.Stats().Versions[0]; v.Poisoned != 1 || v.Instances != 0 || v.InUse != 0 || v.Faults[KindInternal] != 1 {
		t.Errorf("version: %+v", v)
	}
	b.name = func(context.Context) (string, error) { return "fine", nil }
	if n, err := b.run(runName); n != 4 || err != nil {
		t.Errorf("run = %d, %v", n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.slot.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// A start function may end the goroutine of whoever needs an instance, also of a swap.
func TestGoexitWhileAnInstanceIsMade(t *testing.T) {
	b := newSinks(t, Config{})
	k := b.load1("2.0.0")
	b.engine.instantiate = func() error { runtime.Goexit(); return nil }
	var wg sync.WaitGroup
	wg.Go(func() { _ = b.slot.Swap(context.Background(), k) })
	wg.Go(func() {
		hold, _ := b.slot.Enter(context.Background(), fakeAdd)
		defer func() { _ = hold.Leave() }()
		_, _ = b.run(runName)
	})
	wg.Wait()
	b.engine.instantiate = nil
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.slot.Swap(ctx, k); err != nil {
		t.Errorf("Swap = %v", err)
	}
	if err := b.slot.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// load1 loads another version with the same grants.
func (b *sinks) load1(name string) *Kernel {
	b.t.Helper()
	k, err := b.rt.LoadWith(b.t.Context(), name, []byte(name), LoadOptions{Imports: []Import{grantSinks(b.make, b.name, b.spoil)}})
	if err != nil {
		b.t.Fatal(err)
	}
	return k
}

// A kernel that is granted imports is never cloned from a template whose making called the host.
func TestNoCloneOfWhatTheHostHasTouched(t *testing.T) {
	for _, touch := range []bool{false, true} {
		b := newSinks(t, Config{})
		k := b.load1("2.0.0")
		k.metadata.Warm = []string{"run"}
		b.engine.call = func(i *fakeInstance, f int, stack []uint64) error {
			if !touch {
				return nil
			}
			return sinkGuest(i, f, stack)
		}
		s, err := NewSlot(t.Context(), b.rt, "two", fakeContract, SlotConfig[fakeCalls]{Kernel: k, MinInstances: 3})
		if err != nil {
			t.Fatal(err)
		}
		clones := 0
		for f := range s.core.route.Load().version.pool.all {
			if f.inst.(*fakeInstance).restored {
				clones++
			}
		}
		if want := map[bool]int{false: 2, true: 0}[touch]; clones != want || k.metadata.Warm == nil {
			t.Errorf("host called %t: %d clones, want %d", touch, clones, want)
		}
		if touch && len(b.made) != 3 {
			t.Errorf("%d warm-ups, want one an instance", len(b.made))
		}
	}
}
