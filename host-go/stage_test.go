package tenon

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// whoAnswers is the label of the version that answers a call of a key; "baseline" is the baseline's.
func whoAnswers(t *testing.T, s *Slot[fakeCalls], key string) string {
	t.Helper()
	note := Call{Key: key}
	if n, err := (fakeClient{s}).Add(WithCall(t.Context(), &note), 40, 2); n != 42 || err != nil {
		t.Fatalf("Add = %d, %v", n, err)
	}
	if note.Baseline {
		return "baseline"
	}
	return note.Label
}

// states are the versions of a slot with their states.
func states(s *Slot[fakeCalls]) string {
	var list []string
	for _, v := range s.Stats().Versions {
		list = append(list, v.Label+" "+string(v.State))
	}
	return strings.Join(list, ", ")
}

func TestPromote(t *testing.T) {
	var events []string
	b := newBench(t, Config{Observer: ObserverFunc(func(e Event) {
		if e.Kind != EventLoaded {
			events = append(events, string(e.Kind)+" "+e.Label+" "+strings.TrimPrefix(e.Previous, "digest-"))
		}
	})})
	one, two := b.load("1.0.0"), b.load("1.1.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: one})
	if err := s.Promote(t.Context()); !errors.Is(err, ErrPolicy) {
		t.Errorf("without a staged version: %v", err)
	}
	for range 2 { // the second is nothing
		if err := s.Stage(t.Context(), two); err != nil {
			t.Fatal(err)
		}
	}
	if s.Kernel() != one || s.Staged() != two || states(s) != "1.0.0 serving, 1.1.0 staged" || whoAnswers(t, s, "k") != "1.0.0" {
		t.Errorf("staged: %s", states(s))
	}
	if err := s.Stage(t.Context(), one); !errors.Is(err, ErrPolicy) || s.Staged() != two {
		t.Errorf("staged what serves: %v", err)
	}
	built := b.engine.built.Load()
	for _, want := range []string{"1.1.0", "1.0.0", "1.1.0"} {
		if err := s.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := whoAnswers(t, s, "k"); got != want || s.Kernel().Label() != want || s.Staged().Label() == want {
			t.Errorf("%s answers, want %s", got, want)
		}
	}
	if n := b.engine.built.Load(); n != built {
		t.Errorf("%d instances were made for the flips", n-built)
	}
	if err := s.Stage(t.Context(), nil); err != nil || s.Staged() != nil || states(s) != "1.1.0 serving" {
		t.Errorf("unstaged: %v, %s", err, states(s))
	}
	if n := b.engine.instances.Load(); n != 1 {
		t.Errorf("%d instances are open", n)
	}
	if st := s.Stats(); st.Swaps != 3 || st.SwapFailures != 2 || st.Answers != 4 {
		t.Errorf("Stats = %+v", st)
	}
	want := "swap-failed  1.0.0,staged 1.1.0 ,swap-failed 1.0.0 1.0.0,swapped 1.1.0 1.0.0,swapped 1.0.0 1.1.0,swapped 1.1.0 1.0.0," +
		"staged  1.0.0,drained 1.0.0 "
	if got := strings.Join(events, ","); got != want {
		t.Errorf("events: %s", got)
	}
}

// A version that is staged beside the baseline alone is tried by a share of the calls, and then serves.
func TestPromoteFromTheBaseline(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Baseline: fakeBaseline{}})
	if err := s.Stage(t.Context(), b.load("1.0.0")); err != nil {
		t.Fatal(err)
	}
	if got := whoAnswers(t, s, "k"); got != "baseline" {
		t.Errorf("%s answers", got)
	}
	if err := s.Divide(1); err != nil {
		t.Fatal(err)
	}
	if with, without := whoAnswers(t, s, "k"), whoAnswers(t, s, ""); with != "1.0.0" || without != "baseline" {
		t.Errorf("%s answers with a key, %s without", with, without)
	}
	if err := s.Promote(t.Context()); err != nil || s.Staged() != nil || whoAnswers(t, s, "") != "1.0.0" {
		t.Errorf("Promote = %v", err)
	}
	if err := s.Swap(t.Context(), nil); err != nil || whoAnswers(t, s, "k") != "baseline" {
		t.Errorf("Swap = %v", err)
	}
}

func TestDivide(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	for _, share := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1), 0.5} { // the last one for want of a version
		if err := s.Divide(share); !errors.Is(err, ErrPolicy) {
			t.Errorf("Divide(%v) = %v", share, err)
		}
	}
	if err := s.Divide(0); err != nil {
		t.Error(err)
	}
	if err := s.Stage(t.Context(), b.load("1.1.0")); err != nil {
		t.Fatal(err)
	}
	staged := map[string]bool{}
	for _, share := range []float64{0, 0.1, 0.5, 1} {
		if err := s.Divide(share); err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := range 500 {
			key := fmt.Sprint("user-", i)
			is := whoAnswers(t, s, key) == "1.1.0"
			if is != (KeyPosition(key) < share) || staged[key] && !is {
				t.Errorf("share %v: %s at %v is of the staged version: %v", share, key, KeyPosition(key), is)
			}
			if staged[key] = is; is {
				n++
			}
		}
		if at := float64(n) / 500; math.Abs(at-share) > 0.1 {
			t.Errorf("%v of the keys go to a share of %v", at, share)
		}
		if whoAnswers(t, s, "") != "1.0.0" || s.Stats().Share != share {
			t.Errorf("share %v: Stats has %v", share, s.Stats().Share)
		}
	}
	// What is taken for more than one call goes by the key, too.
	p, err := s.Pin(WithCall(t.Context(), &Call{Key: "k"}))
	if err != nil {
		t.Fatal(err)
	}
	if label := p.hold.grip.lease.version.kernel.Label(); label != "1.1.0" {
		t.Errorf("pinned an instance of %s", label)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Promote(t.Context()); err != nil || s.Stats().Share != 0 || whoAnswers(t, s, "k") != "1.1.0" {
		t.Errorf("Promote = %v, share %v", err, s.Stats().Share)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Divide(0.5); !errors.Is(err, ErrClosed) {
		t.Errorf("Divide of a closed slot = %v", err)
	}
	if err := s.Stage(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Stage of a closed slot = %v", err)
	}
	if err := s.Promote(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Promote of a closed slot = %v", err)
	}
	var none Slot[fakeCalls]
	for _, err := range []error{none.Divide(0), none.Stage(t.Context(), nil), none.Promote(t.Context())} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("the zero slot: %v", err)
		}
	}
	if none.Staged() != nil {
		t.Error("the zero slot has a staged version")
	}
}

// A swap to the staged kernel uses its instances; a swap to another one leaves it staged, with its share.
func TestSwapBesideAStagedVersion(t *testing.T) {
	b := newBench(t, Config{})
	one, two, three := b.load("1.0.0"), b.load("1.1.0"), b.load("1.2.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: one})
	if err := s.Stage(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	if err := s.Divide(0.5); err != nil {
		t.Fatal(err)
	}
	if err := s.Swap(t.Context(), three); err != nil || states(s) != "1.2.0 serving, 1.1.0 staged" || s.Stats().Share != 0.5 {
		t.Errorf("Swap = %v; %s", err, states(s))
	}
	built := b.engine.built.Load()
	if err := s.Swap(t.Context(), two); err != nil || states(s) != "1.1.0 serving" || s.Stats().Share != 0 {
		t.Errorf("Swap = %v; %s", err, states(s))
	}
	if n := b.engine.built.Load(); n != built {
		t.Errorf("%d instances were made for a version that was warm", n-built)
	}
}

// A staged version is as large as the one that serves ever was, also when that grew afterwards, and does not shrink while it
// waits.
func TestStagedVersionIsWarm(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := b.blocked()
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 8})
	busy := func(n int) {
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() { _, _ = fakeClient{s}.Run(context.Background(), 1) })
			<-entered
		}
		for range n {
			release <- struct{}{}
		}
		wg.Wait()
	}
	busy(3)
	if err := s.Stage(t.Context(), b.load("1.1.0")); err != nil {
		t.Fatal(err)
	}
	if v := s.Stats().Versions[1]; v.Instances != 3 || v.State != StateStaged {
		t.Errorf("staged: %+v", v)
	}
	busy(5)
	staged := s.core.route.Load().staged.pool
	if staged.minimum < 1<<30 {
		t.Errorf("all but %d idle instances are closed", staged.minimum)
	}
	if err := s.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := s.Stats().Versions[0]; v.Instances != 5 || !v.Serving || staged.minimum != 1 {
		t.Errorf("promoted: %+v, at least %d", v, staged.minimum)
	}
	// The way back is at once, however busy the version was, and though no instance can be made.
	busy(8)
	b.engine.instantiate = func() error { return &engine.Trap{Code: engine.Unreachable} }
	if err := s.Promote(t.Context()); err != nil || s.Kernel().Label() != "1.0.0" || s.Stats().Versions[0].Instances != 5 {
		t.Errorf("the way back: %v, %+v", err, s.Stats().Versions[0])
	}
}

func TestStageThatFailsChangesNothing(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	if err := s.Stage(t.Context(), b.load("1.1.0")); err != nil {
		t.Fatal(err)
	}
	b.engine.instantiate = func() error { return &engine.Trap{Code: engine.Unreachable} }
	if err := s.Stage(t.Context(), b.load("1.2.0")); !errors.Is(err, ErrTrap) || states(s) != "1.0.0 serving, 1.1.0 staged" {
		t.Errorf("Stage = %v; %s", err, states(s))
	}
	b.engine.instantiate = nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Promote(ctx); !errors.Is(err, ErrCanceled) || whoAnswers(t, s, "") != "1.0.0" {
		t.Errorf("Promote = %v", err)
	}
	if st := s.Stats(); st.SwapFailures != 2 || st.Swaps != 0 {
		t.Errorf("Stats = %+v", st)
	}
}

// Calls with keys go on while versions are staged, divided, promoted and swapped; each is answered by one version, and none
// is lost.
func TestHammerOfStaging(t *testing.T) {
	b := newBench(t, Config{})
	kernels := []*Kernel{b.load("1.0.0"), b.load("1.1.0"), b.load("1.2.0")}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: kernels[0], Baseline: fakeBaseline{}, MaxInstances: 4, MaxWait: -1})
	var stop atomic.Bool
	var wg sync.WaitGroup
	var calls atomic.Int64
	for g := range 4 {
		wg.Go(func() {
			for i := 0; !stop.Load(); i++ {
				note := Call{Key: fmt.Sprint(g, "-", i)}
				if n, err := (fakeClient{s}).Add(WithCall(context.Background(), &note), 40, 2); n != 42 || err != nil {
					t.Errorf("Add = %d, %v", n, err)
					return
				}
				if note.Version == "" && !note.Baseline || note.Fault != nil {
					t.Errorf("nobody answered: %+v", note)
				}
				calls.Add(1)
			}
		})
	}
	for i := range 150 {
		k := kernels[i%len(kernels)]
		if err := s.Stage(t.Context(), k); err != nil && !errors.Is(err, ErrPolicy) {
			t.Fatal(err)
		}
		_ = s.Divide(float64(i%11) / 10)
		switch i % 4 {
		case 0, 1:
			if err := s.Promote(t.Context()); err != nil && !errors.Is(err, ErrPolicy) {
				t.Fatal(err)
			}
		case 2:
			if err := s.Swap(t.Context(), kernels[(i+1)%len(kernels)]); err != nil {
				t.Fatal(err)
			}
		case 3:
			if err := s.Swap(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop.Store(true)
	wg.Wait()
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	st := s.Stats()
	if st.Answers+st.Baseline != uint64(calls.Load()) || len(st.Faults) != 0 || len(st.Versions) != 0 || b.engine.instances.Load() != 0 {
		t.Errorf("%d calls; Stats = %+v", calls.Load(), st)
	}
}

// A version that takes no other's place has WarmInstances, or MinInstances if that is more; one that does has the other's peak.
func TestWarmInstances(t *testing.T) {
	for _, c := range []struct{ minimum, warm, most, want int }{{0, 0, 8, 1}, {2, 0, 8, 2}, {0, 5, 8, 5}, {6, 5, 8, 6}, {0, 5, 3, 3}, {-1, -1, 8, 1}} {
		b := newBench(t, Config{})
		s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}, MinInstances: c.minimum, WarmInstances: c.warm, MaxInstances: c.most})
		check := func(what string) {
			t.Helper()
			if v := s.Stats().Versions[0]; v.Instances != c.want || v.Peak != c.want {
				t.Errorf("%+v: %s has %d instances", c, what, v.Instances)
			}
		}
		check("the first version")
		swap := func(k *Kernel) {
			t.Helper()
			if err := s.Swap(t.Context(), k); err != nil {
				t.Fatal(err)
			}
		}
		swap(b.load("1.1.0"))
		check("the second")
		swap(nil)
		if err := s.Stage(t.Context(), b.load("1.2.0")); err != nil {
			t.Fatal(err)
		}
		check("one that is staged beside the baseline")
		if err := s.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("one that is promoted beside the baseline")
	}
}
