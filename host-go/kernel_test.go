package tenon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// warming gives kernels metadata that ask for warm-up calls of these functions.
func warming(functions ...string) func(p *plan.Plan) {
	list := `"` + strings.Join(functions, `","`) + `"`
	return func(p *plan.Plan) {
		p.Metadata = []byte(`{"kernel":"fake","version":"1.0.0","warm":[` + list + `]}`)
	}
}

func TestTemplateIsWarmedOnce(t *testing.T) {
	b := newBench(t, Config{})
	var mu sync.Mutex
	calls := 0
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		return n, nil
	}
	b.planner.edit = warming("run", "echo")
	k := b.load("1.0.0")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := NewSlot(context.Background(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: k, MinInstances: 2}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if calls != 1 || b.engine.built.Load() != 8 {
		t.Errorf("%d warm-up calls, %d instances", calls, b.engine.built.Load())
	}
}

func TestWithoutTemplateWhatIsMadeAheadIsWarmed(t *testing.T) {
	b := newBench(t, Config{})
	calls := 0
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) { calls++; return n, nil }
	warm := warming("run")
	b.planner.edit = func(p *plan.Plan) { warm(p); p.Clone.Safe = false }
	b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MinInstances: 3})
	if calls != 3 {
		t.Errorf("%d warm-up calls", calls)
	}
}

func TestWarmUpThatFails(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(i *fakeInstance, _ uint32) (uint32, error) {
		i.panics = "src/lib.rs:1:1: not today"
		return 0, &engine.Trap{Code: engine.Unreachable}
	}
	b.planner.edit = warming("run")
	k := b.load("1.0.0")
	_, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: k})
	if !errors.Is(err, ErrTrap) || !strings.Contains(err.Error(), "test:fake/calls@1.0.0#run: warm-up: src/lib.rs:1:1: not today") {
		t.Errorf("err = %v", err)
	}
	if n := b.engine.instances.Load(); n != 0 {
		t.Errorf("%d instances are left", n)
	}
}

// Metadata are not trusted: what they ask for and nobody can do is passed over.
func TestWarmUpOfNothing(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	b.planner.edit = warming("no-such-function")
	b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	if !strings.Contains(log.String(), "no-such-function") {
		t.Errorf("log: %s", log.String())
	}
}

func TestKernelServesSeveralSlots(t *testing.T) {
	b := newBench(t, Config{})
	k := b.load("1.0.0")
	one, two := b.slot(SlotConfig[fakeCalls]{Kernel: k}), b.slot(SlotConfig[fakeCalls]{Kernel: k})
	k.Close()
	k.Close()
	for _, s := range []*Slot[fakeCalls]{one, two} {
		if b.engine.codes.Load() != 1 {
			t.Fatal("the code is freed while slots use it")
		}
		if n, err := (fakeClient{s}).Add(t.Context(), 1, 2); n != 3 || err != nil {
			t.Errorf("Add = %d, %v", n, err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if b.engine.codes.Load() != 0 || b.rt.Stats().Kernels != 0 {
		t.Error("the code is not freed")
	}
}

func TestRuntimeStats(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.interpreter = true // only since the runtime was opened
	k := b.load("1.0.0")
	for _, name := range []string{"b", "a"} {
		if _, err := NewSlot(t.Context(), b.rt, name, fakeContract, SlotConfig[fakeCalls]{Kernel: k, MinInstances: 2}); err != nil {
			t.Fatal(err)
		}
	}
	s := b.rt.Stats()
	if s.Kernels != 1 || s.Instances != 4 || s.Memory != 4*4096 || len(s.Slots) != 2 || s.Slots[0].Slot != "a" || s.Interpreted || !s.Slots[0].Versions[0].Interpreted {
		t.Errorf("Stats = %+v", s)
	}
}

func TestLoadThatFails(t *testing.T) {
	b := newBench(t, Config{})
	if _, err := b.rt.Load(t.Context(), "empty.wasm", nil); !errors.Is(err, ErrInternal) || !strings.Contains(err.Error(), "empty.wasm") {
		t.Errorf("err = %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.rt.Load(canceled, "x.wasm", []byte("x")); !errors.Is(err, ErrCanceled) {
		t.Errorf("err = %v", err)
	}
	if _, err := New(canceled, Config{}); !errors.Is(err, ErrCanceled) {
		t.Errorf("New = %v", err)
	}
	if s := b.rt.Stats(); s.Kernels != 0 {
		t.Errorf("Stats = %+v", s)
	}
}
