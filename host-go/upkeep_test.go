package tenon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// counting is a guest that keeps count of its calls in its memory; it traps when it is asked for 13, and grows for 1000.
func counting(i *fakeInstance, n uint32) (uint32, error) {
	switch {
	case n == 13:
		return 0, &engine.Trap{Code: engine.Unreachable}
	case n >= 1000:
		i.memory = append(i.memory, make([]byte, n)...)
	}
	i.memory[100]++
	return uint32(i.memory[100]), nil
}

func countingBench(t *testing.T) *bench {
	b := newBench(t, Config{})
	b.engine.run = counting
	return b
}

// settled waits until the pool makes no instance any more, and gives its counters.
func settled(t *testing.T, s *Slot[fakeCalls]) VersionStats {
	t.Helper()
	p := s.core.route.Load().pool
	for {
		p.mu.Lock()
		busy := p.renewing
		p.mu.Unlock()
		if busy == 0 {
			return s.Stats().Versions[0]
		}
		time.Sleep(time.Millisecond)
	}
}

func TestResetModes(t *testing.T) {
	for _, c := range []struct {
		mode    Reset
		answers string
		built   uint64
		resets  uint64
		retired string
	}{
		{ResetReuse, "[1 2 3 4]", 1, 0, "map[]"},
		{ResetFresh, "[1 1 1 1]", 5, 0, "map[reset:4]"},
		{ResetSnapshot, "[1 1 1 1]", 1, 4, "map[]"},
	} {
		t.Run(c.mode.String(), func(t *testing.T) {
			b := countingBench(t)
			s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1, Reset: c.mode, MaxWait: -1})
			var answers []uint32
			for range 4 {
				n, err := fakeClient{s}.Run(t.Context(), 0)
				if err != nil {
					t.Fatal(err)
				}
				answers = append(answers, n)
			}
			v := settled(t, s)
			if got := fmt.Sprint(answers); got != c.answers || v.Built != c.built || v.Resets != c.resets || fmt.Sprint(v.Retired) != c.retired || v.Answers != 4 || v.Idle != 1 || v.InUse != 0 {
				t.Errorf("answers %v, %+v", got, v)
			}
			// An argument that is refused before the guest runs leaves nothing to reset.
			if _, err := (fakeClient{s}).Echo(t.Context(), "\xff"); err == nil {
				t.Error("no fault")
			}
			if w := settled(t, s); w.Built != v.Built || w.Resets != v.Resets {
				t.Errorf("a refused argument: %+v", w)
			}
			if _, err := (fakeClient{s}).Run(t.Context(), 13); !errors.Is(err, ErrTrap) {
				t.Errorf("a trap: %v", err)
			}
			if n, err := (fakeClient{s}).Run(t.Context(), 0); n != 1 || err != nil {
				t.Errorf("after a trap: %d, %v", n, err)
			}
			if w := settled(t, s); w.Retired[RetiredFault] != 1 || w.Poisoned != 1 || w.Instances != 1 {
				t.Errorf("after a trap: %+v", w)
			}
		})
	}
}

// No call is lost, and none finds what another has left, whatever happens around it.
func TestResetModesUnderSwaps(t *testing.T) {
	for _, mode := range []Reset{ResetReuse, ResetFresh, ResetSnapshot} {
		t.Run(mode.String(), func(t *testing.T) {
			b := countingBench(t)
			kernels := []*Kernel{b.load("1.0.0"), b.load("1.1.0")}
			s := b.slot(SlotConfig[fakeCalls]{Kernel: kernels[0], MaxInstances: 3, Reset: mode, MaxUses: 7, MaxWait: -1, MaxAge: time.Hour})
			var wg sync.WaitGroup
			var done atomic.Bool
			var answers, faults atomic.Uint64
			for g := range 4 {
				wg.Go(func() {
					for i := 0; !done.Load() || i < 50; i++ {
						arg := uint32(0)
						if g == 0 && i%5 == 0 {
							arg = 13
						}
						n, err := fakeClient{s}.Run(context.Background(), arg)
						switch {
						case arg == 13 && errors.Is(err, ErrTrap):
							faults.Add(1)
						case err != nil:
							t.Errorf("a call was lost: %v", err)
							return
						case mode != ResetReuse && n != 1, n > 7:
							t.Errorf("a call found %d calls before it", n-1)
						default:
							answers.Add(1)
						}
					}
				})
			}
			for i := range 20 {
				if err := s.Swap(context.Background(), kernels[(i+1)%2]); err != nil {
					t.Error(err)
				}
				s.core.route.Load().pool.look()
			}
			done.Store(true)
			wg.Wait()
			if st := s.Stats(); st.Answers != answers.Load() || st.Faults[KindTrap] != faults.Load() {
				t.Errorf("%d answers and %d faults: %+v", answers.Load(), faults.Load(), st)
			}
		})
	}
}

// A kernel whose state cannot be put back is refused, and the version that serves serves on.
func TestSnapshotsThatCannotBe(t *testing.T) {
	b := countingBench(t)
	good := b.load("1.0.0")
	b.planner.edit = func(p *plan.Plan) { p.Clone = plan.Clone{Reason: "it uses resources"} }
	bad := b.load("2.0.0")
	_, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: bad, Reset: ResetSnapshot})
	if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "it uses resources: use another SlotConfig.Reset") {
		t.Errorf("NewSlot: %v", err)
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: good, Reset: ResetSnapshot})
	if err := s.Swap(t.Context(), bad); !errors.Is(err, ErrUnsupported) {
		t.Errorf("Swap: %v", err)
	}
	if n, err := (fakeClient{s}).Run(t.Context(), 0); n != 1 || err != nil || s.Kernel() != good {
		t.Errorf("after a swap that failed: %d, %v", n, err)
	}
}

// An instance whose memory has grown cannot be put back: another one takes its place.
func TestSnapshotsOfWhatGrew(t *testing.T) {
	b := countingBench(t)
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1, Reset: ResetSnapshot, MaxWait: -1})
	for range 3 {
		if n, err := (fakeClient{s}).Run(t.Context(), 5000); n != 1 || err != nil {
			t.Fatalf("Run = %d, %v", n, err)
		}
	}
	if v := settled(t, s); v.Retired[RetiredReset] != 3 || v.Built != 4 || v.Resets != 0 || v.Memory != 4096 {
		t.Errorf("%+v", v)
	}
}

func TestMaxUses(t *testing.T) {
	b := countingBench(t)
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1, MaxUses: 3, MaxWait: -1})
	var got []uint32
	for range 10 {
		n, err := fakeClient{s}.Run(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if v := settled(t, s); fmt.Sprint(got) != "[1 2 3 1 2 3 1 2 3 1]" || v.Retired[RetiredUses] != 3 || v.Recycled != 3 || v.Built != 4 || v.Instances != 1 {
		t.Errorf("%v: %+v", got, v)
	}
}

func TestMaxInstanceMemory(t *testing.T) {
	b := countingBench(t)
	k := b.load("1.0.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: k, MaxInstances: 1, MaxInstanceMemory: 8192, MaxWait: -1})
	for i, c := range []struct{ ask, calls uint32 }{{1000, 1}, {1000, 2}, {4000, 3}, {0, 1}} {
		if n, err := (fakeClient{s}).Run(t.Context(), c.ask); n != c.calls || err != nil {
			t.Errorf("call %d: %d, %v", i, n, err)
		}
	}
	if v := settled(t, s); v.Retired[RetiredMemory] != 1 || v.Built != 2 || v.Instances != 1 || v.Memory != 4096 {
		t.Errorf("%+v", v)
	}
	_, err := NewSlot(t.Context(), b.rt, "small", fakeContract, SlotConfig[fakeCalls]{Kernel: k, MaxInstanceMemory: 100})
	if !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), "SlotConfig.MaxInstanceMemory") {
		t.Errorf("an instance that is too large from the start: %v", err)
	}
}

// held makes n instances by being in as many calls at once.
func held(t *testing.T, s *Slot[fakeCalls], n int) {
	t.Helper()
	var frames []*Frame
	for range n {
		f, err := s.Enter(t.Context(), fakeAdd)
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	for _, f := range frames {
		if err := f.Leave(); err != nil {
			t.Error(err)
		}
	}
}

// clock sets the time of the slot's pool.
func clock(s *Slot[fakeCalls], at time.Time) *pool {
	p := s.core.route.Load().pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = func() time.Time { return at }
	return p
}

func TestMaxAge(t *testing.T) {
	b := countingBench(t)
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 4, MinInstances: 2, MaxAge: time.Hour, IdleAfter: -1, MaxWait: -1})
	began := time.Now()
	clock(s, began.Add(30*time.Minute)).look()
	if v := settled(t, s); v.Built != 2 || len(v.Retired) != 0 {
		t.Errorf("young: %+v", v)
	}
	out, err := s.Enter(t.Context(), fakeAdd)
	if err != nil {
		t.Fatal(err)
	}
	clock(s, began.Add(2*time.Hour)).look()
	if v := settled(t, s); v.Retired[RetiredAge] != 1 || v.Built != 3 || v.InUse != 1 || v.Instances != 2 {
		t.Errorf("an old one that is idle, and one that is out: %+v", v)
	}
	if err := out.Leave(); err != nil {
		t.Error(err)
	}
	if v := settled(t, s); v.Retired[RetiredAge] != 2 || v.Built != 4 || v.Instances != 2 || v.Idle != 2 {
		t.Errorf("when it has come back: %+v", v)
	}
}

func TestIdleAfter(t *testing.T) {
	b := countingBench(t)
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 6, MinInstances: 2})
	held(t, s, 5)
	began := time.Now()
	p := clock(s, began.Add(time.Minute))
	p.look()
	held(t, s, 1)
	clock(s, began.Add(5*time.Minute)).look()
	if v := s.Stats().Versions[0]; v.Instances != 5 || v.Idle != 5 {
		t.Errorf("not idle for long enough: %+v", v)
	}
	out, err := s.Enter(t.Context(), fakeAdd)
	if err != nil {
		t.Fatal(err)
	}
	clock(s, began.Add(7*time.Minute)).look()
	if v := s.Stats().Versions[0]; v.Retired[RetiredIdle] != 3 || v.Instances != 2 || v.InUse != 1 || v.Peak != 5 {
		t.Errorf("idle: %+v", v)
	}
	clock(s, began.Add(time.Hour)).look()
	if err := out.Leave(); err != nil {
		t.Error(err)
	}
	if v := s.Stats().Versions[0]; v.Instances != 2 || v.Idle != 2 {
		t.Errorf("the least stay: %+v", v)
	}
	held(t, s, 4)
	if v := s.Stats().Versions[0]; v.Instances != 4 {
		t.Errorf("demand grew: %+v", v)
	}
}

// The instances that a version begins with go like any other ones.
func TestWarmInstancesGoWhenIdle(t *testing.T) {
	b := countingBench(t)
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 6, MinInstances: 2, WarmInstances: 5})
	clock(s, time.Now().Add(6*time.Minute)).look()
	if v := s.Stats().Versions[0]; v.Peak != 5 || v.Instances != 2 || v.Retired[RetiredIdle] != 3 {
		t.Errorf("%+v", v)
	}
}

// What is made off the call path ends with the slot, and when it cannot be made the next call tells why.
func TestRenewalsThatFail(t *testing.T) {
	b := countingBench(t)
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1, Reset: ResetFresh, MaxWait: -1})
	var fail atomic.Bool
	b.engine.instantiate = func() error {
		if fail.Load() {
			return &engine.Trap{Code: engine.Unreachable}
		}
		return nil
	}
	fail.Store(true)
	if n, err := (fakeClient{s}).Run(t.Context(), 0); n != 1 || err != nil {
		t.Fatalf("Run = %d, %v", n, err)
	}
	if v := settled(t, s); v.Instances != 0 {
		t.Errorf("%+v", v)
	}
	if _, err := (fakeClient{s}).Run(t.Context(), 0); !errors.Is(err, ErrTrap) {
		t.Errorf("Run: %v", err)
	}
	fail.Store(false)
	if n, err := (fakeClient{s}).Run(t.Context(), 0); n != 1 || err != nil {
		t.Errorf("Run = %d, %v", n, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := b.engine.instances.Load(); n > 1 { // the template may be there
		t.Errorf("%d instances are open after Close", n)
	}
}

func TestUpkeepThatCannotBeMeant(t *testing.T) {
	b := newBench(t, Config{})
	k := b.load("1.0.0")
	for field, cfg := range map[string]SlotConfig[fakeCalls]{
		"MaxUses":   {MaxUses: -1},
		"MaxAge is": {MaxAge: time.Nanosecond},
		"MaxAge":    {MaxAge: -1},
		"IdleAfter": {IdleAfter: 50},
		"Reset":     {Reset: 3},
	} {
		cfg.Kernel = k
		if _, err := NewSlot(t.Context(), b.rt, "s", fakeContract, cfg); !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), "SlotConfig."+field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if names := fmt.Sprint(ResetReuse, ResetFresh, ResetSnapshot, Reset(9)); names != "reuse fresh snapshot unknown" {
		t.Error(names)
	}
}
