package tenon

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func TestPoolStaysInItsBounds(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) { time.Sleep(50 * time.Microsecond); return n, nil }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 3, MaxWait: -1})
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			for n := range uint32(50) {
				if out, err := (fakeClient{s}).Run(context.Background(), n); out != n || err != nil {
					t.Errorf("Run = %d, %v", out, err)
				}
			}
		})
	}
	wg.Wait()
	v := s.Stats().Versions[0]
	if v.Peak > 3 || v.Instances > 3 || v.InUse != 0 || v.Waiting != 0 || v.Answers != 600 || v.Built > 3 {
		t.Errorf("version = %+v", v)
	}
}

func TestPoolIsBoundedByBytes(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.memory = 1 << 20
	entered, release := make(chan struct{}, 8), make(chan struct{})
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) {
		entered <- struct{}{}
		<-release
		return n, nil
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 8, MaxMemory: 5 << 19, MaxWait: -1}) // 2.5 instances
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { _, _ = fakeClient{s}.Run(context.Background(), 1) })
	}
	<-entered
	<-entered
	for s.Stats().Versions[0].Waiting < 4 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	wg.Wait()
	if v := s.Stats().Versions[0]; v.Peak != 2 || v.Memory != 2<<20 {
		t.Errorf("version = %+v", v)
	}
}

// An instance that grew past the pool's bound is closed when it comes back; the next call gets a fresh one.
func TestPoolRecyclesWhatGrew(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) {
		i.memory = append(i.memory, make([]byte, n)...)
		return n, nil
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxMemory: 1 << 20})
	for _, n := range []uint32{1000, 2 << 20, 0} {
		if _, err := (fakeClient{s}).Run(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if v := s.Stats().Versions[0]; v.Recycled != 1 || v.Built != 2 || v.Instances != 1 || v.Memory != 4096 || v.Poisoned != 0 {
		t.Errorf("version = %+v", v)
	}
}

func TestPoolPrewarms(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MinInstances: 3, MaxInstances: 4})
	if v := s.Stats().Versions[0]; v.Instances != 3 || v.InUse != 0 {
		t.Errorf("version = %+v", v)
	}
	for f := range s.core.route.Load().version.pool.all {
		if i := f.inst.(*fakeInstance); !i.restored && i.code.engine.built.Load() == 1 {
			t.Error("an instance was not made of the template")
		}
	}
	if n := b.engine.built.Load(); n != 3 { // the template's own instance serves
		t.Errorf("%d instances were made", n)
	}
}

func TestKernelThatCannotBeCloned(t *testing.T) {
	b := newBench(t, Config{})
	b.planner.edit = func(p *plan.Plan) { p.Clone = plan.Clone{Reason: "two tables"} }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MinInstances: 2})
	if n, err := (fakeClient{s}).Add(t.Context(), 1, 1); n != 2 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	for f := range s.core.route.Load().version.pool.all {
		if f.inst.(*fakeInstance).restored {
			t.Error("an instance was cloned")
		}
	}
}

// Waiters get every instance that comes free, whether it came back well, poisoned or too large.
func TestNoWaiterIsForgotten(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) {
		time.Sleep(10 * time.Microsecond)
		switch n % 3 {
		case 1:
			return 0, &engine.Trap{Code: engine.Unreachable}
		case 2:
			i.memory = append(i.memory, make([]byte, 1<<20)...)
		}
		return n, nil
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 2, MaxMemory: 1 << 20, MaxWait: -1})
	var wg sync.WaitGroup
	for g := range uint32(8) {
		wg.Go(func() {
			for n := range uint32(60) {
				ctx := context.Background()
				if (g+n)%7 == 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 20*time.Microsecond)
					defer cancel()
				}
				_, _ = fakeClient{s}.Run(ctx, g+n)
			}
		})
	}
	wg.Wait()
	if v := s.Stats().Versions[0]; v.InUse != 0 || v.Waiting != 0 || v.Instances > 2 || v.Poisoned == 0 || v.Recycled == 0 {
		t.Errorf("version = %+v", v)
	}
	if p := s.core.route.Load().version.pool; p.attention.Load() != 0 {
		t.Errorf("attention = %d", p.attention.Load())
	}
}
