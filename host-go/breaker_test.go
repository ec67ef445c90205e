package tenon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/names"
)

// handClock is a slot's clock that a test turns.
type handClock struct{ now atomic.Int64 }

func (c *handClock) pass(d time.Duration) { c.now.Add(int64(d)) }

// failing is a slot whose kernels fail while the test wants it, on a clock of the test's. All calls are of Run.
type failing struct {
	*bench
	*handClock
	slot  *Slot[fakeCalls]
	fails atomic.Bool
	ran   atomic.Int64 // calls that a kernel got
}

func newFailing(t testing.TB, b *bench, cfg SlotConfig[fakeCalls]) *failing {
	t.Helper()
	f := &failing{bench: b, handClock: &handClock{}}
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) {
		f.ran.Add(1)
		if f.fails.Load() {
			return 0, &engine.Trap{Code: engine.Unreachable}
		}
		return n, nil
	}
	if cfg.Baseline == nil {
		cfg.Baseline = fakeBaseline{}
	}
	f.slot = b.slot(cfg)
	f.slot.core.clock = func() time.Duration { return time.Duration(f.now.Load()) }
	f.pass(time.Hour)
	return f
}

// call makes a call and says who answered it, by the note of a call with a key.
func (f *failing) call(t *testing.T, key string) string {
	t.Helper()
	note := Call{Key: key}
	n, err := (fakeClient{f.slot}).Run(WithCall(t.Context(), &note), 1)
	if err != nil || n != 1 && n != 1001 || note.Baseline != (n == 1001) {
		t.Fatalf("Run = %d, %v; %+v", n, err, note)
	}
	if note.Baseline {
		return "baseline"
	}
	return note.Label
}

// trip has the version fail until it is turned off.
func (f *failing) trip(t *testing.T, faults int) {
	t.Helper()
	f.fails.Store(true)
	for i := range faults {
		if f.slot.Stats().Tripped {
			t.Fatalf("turned off after %d faults, want %d", i, faults)
		}
		f.call(t, "")
	}
	if st := f.slot.Stats(); !st.Tripped {
		t.Fatalf("not turned off after %d faults: %+v", faults, st)
	}
}

func TestBreaker(t *testing.T) {
	var events []string
	b := newBench(t, Config{Observer: ObserverFunc(func(e Event) {
		if e.Kind == EventTripped || e.Kind == EventRecovered {
			events = append(events, fmt.Sprint(e.Kind, " ", e.Label, " ", e.Fault != nil))
		}
	})})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 3, Window: 10 * time.Second, Pause: time.Second}})
	f.trip(t, 3)
	if f.slot.core.route.Load().pool != nil || f.slot.Kernel() == nil || states(f.slot) != "1.0.0 tripped" {
		t.Errorf("turned off: %s", states(f.slot))
	}
	asked := f.ran.Load()
	for range 10 {
		if got := f.call(t, ""); got != "baseline" {
			t.Errorf("%s answers", got)
		}
	}
	if st := f.slot.Stats(); f.ran.Load() != asked || st.Baseline != 13 || st.Fallbacks != 3 || st.Blamed != 3 || st.Trips != 1 {
		t.Errorf("%d calls reached the kernel; Stats = %+v", f.ran.Load()-asked, st)
	}
	// After the pause one call tries the version, fails, and the next try waits for twice as long, up to 32 times.
	pause := time.Second
	for i := range 8 {
		f.pass(pause - 1)
		if f.call(t, ""); f.ran.Load() != asked {
			t.Fatalf("pause %d of %v: tried before its end", i, pause)
		}
		f.pass(1)
		f.call(t, "")
		if f.call(t, ""); f.ran.Load() != asked+1 {
			t.Fatalf("pause %d of %v: %d tries", i, pause, f.ran.Load()-asked)
		}
		asked++
		pause = min(2*pause, 32*time.Second)
	}
	// Three good tries in a row bring it back; all calls reach it then.
	f.pass(pause)
	f.fails.Store(false)
	for i, want := range []string{"1.0.0", "1.0.0", "1.0.0", "1.0.0"} {
		if tripped := f.slot.Stats().Tripped; tripped != (i < 3) {
			t.Errorf("after %d good tries, turned off is %v", i, tripped)
		}
		if got := f.call(t, ""); got != want {
			t.Errorf("%s answers", got)
		}
	}
	if f.slot.core.route.Load().pool == nil || states(f.slot) != "1.0.0 serving" {
		t.Errorf("recovered: %s", states(f.slot))
	}
	// When it fails again soon, it stays off for twice the last pause; after a long good time for the first one.
	f.trip(t, 3)
	if got := f.slot.core.route.Load().version.standing.pause; got != 32*time.Second {
		t.Errorf("a pause of %v", got)
	}
	f.pass(32 * time.Second)
	f.fails.Store(false)
	for range 3 {
		f.call(t, "")
	}
	f.pass(33 * time.Second)
	f.trip(t, 3)
	if got := f.slot.core.route.Load().version.standing.pause; got != time.Second {
		t.Errorf("a pause of %v", got)
	}
	if got := strings.Join(events, ","); got != "tripped 1.0.0 true,recovered 1.0.0 false,tripped 1.0.0 true,recovered 1.0.0 false,tripped 1.0.0 true" {
		t.Errorf("events: %s", got)
	}
}

func TestBreakerForgetsOldFaults(t *testing.T) {
	b := newBench(t, Config{})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 3, Window: time.Second}})
	f.fails.Store(true)
	for range 20 {
		f.call(t, "")
		f.pass(501 * time.Millisecond)
	}
	if f.slot.Stats().Tripped {
		t.Error("turned off by faults that are far apart")
	}
	f.call(t, "")
	f.pass(300 * time.Millisecond)
	f.call(t, "")
	if !f.slot.Stats().Tripped {
		t.Error("three faults within the window do nothing")
	}
}

func TestBreakerThatIsOff(t *testing.T) {
	b := newBench(t, Config{})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 1, Off: true}})
	f.fails.Store(true)
	for range 10 {
		f.call(t, "")
	}
	if st := f.slot.Stats(); st.Tripped || st.Blamed != 10 {
		t.Errorf("Stats = %+v", st)
	}
	for _, bad := range []Breaker{{Faults: -1}, {Faults: 10_001}, {Window: -1}, {Pause: -1}, {Pause: 25 * time.Hour}} {
		if _, err := NewSlot(t.Context(), b.rt, "bad", fakeContract, SlotConfig[fakeCalls]{Baseline: fakeBaseline{}, Breaker: bad}); !errors.Is(err, ErrPolicy) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// The baseline fails too, or the fault is of the caller or of the load: nobody is blamed, and nothing turned off.
func TestBreakerCountsOnlyWhatTheBaselineAnswers(t *testing.T) {
	b := newBench(t, Config{})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{err: context.DeadlineExceeded},
		Breaker: Breaker{Faults: 1}})
	f.fails.Store(true)
	if _, err := (fakeClient{f.slot}).Run(t.Context(), 1); err != context.DeadlineExceeded {
		t.Errorf("err = %v", err)
	}
	if _, err := (fakeClient{f.slot}).Echo(t.Context(), "\xff"); !errors.Is(err, ErrABI) {
		t.Errorf("err = %v", err)
	}
	if st := f.slot.Stats(); st.Tripped || st.Blamed != 0 {
		t.Errorf("Stats = %+v", st)
	}
}

// A try that says nothing, because its caller went away or gave a bad argument, leaves the next call to try at once.
func TestATryThatSaysNothing(t *testing.T) {
	b := newBench(t, Config{})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 1, Pause: time.Second}})
	f.trip(t, 1)
	f.pass(time.Second)
	if _, err := (fakeClient{f.slot}).Echo(t.Context(), "\xff"); !errors.Is(err, ErrABI) {
		t.Errorf("a bad argument: %v", err)
	}
	if _, err := f.slot.Enter(t.Context(), 99); !errors.Is(err, ErrInternal) {
		t.Errorf("a function that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) {
		f.ran.Add(1)
		cancel()
		return 0, &engine.Trap{Code: engine.Canceled}
	}
	if _, err := (fakeClient{f.slot}).Run(ctx, 1); !errors.Is(err, ErrCanceled) {
		t.Errorf("a caller that goes away: %v", err)
	}
	asked := f.ran.Load()
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) { f.ran.Add(1); return n, nil }
	if got := f.call(t, ""); got != "1.0.0" || f.ran.Load() != asked+1 {
		t.Errorf("%s answers", got)
	}
	// A pin tries nothing: it would be of a version that fails.
	p, err := f.slot.Pin(t.Context())
	if err != nil || p.hold != nil {
		t.Errorf("pinned an instance of a version that is turned off, %v", err)
	}
}

// A try that never comes back keeps others from trying for one pause.
func TestATryThatHangs(t *testing.T) {
	b := newBench(t, Config{})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 2, Breaker: Breaker{Faults: 1, Pause: time.Second}})
	f.trip(t, 1)
	f.pass(time.Second)
	hanging, err := f.slot.Enter(t.Context(), fakeRun)
	if hanging == nil {
		t.Fatalf("no try: %v", err)
	}
	f.fails.Store(false)
	if got := f.call(t, ""); got != "baseline" {
		t.Errorf("%s answers beside a try", got)
	}
	f.pass(time.Second)
	if got := f.call(t, ""); got != "1.0.0" {
		t.Errorf("%s answers", got)
	}
	if err := hanging.Leave(); err != nil {
		t.Error(err)
	}
}

// The share of a staged version that is turned off goes to the one that serves.
func TestBreakerOfAStagedVersion(t *testing.T) {
	b := newBench(t, Config{})
	two := "digest-1.1.0"
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 2, Pause: time.Second}})
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) {
		if i.code.plan.Component.Digest == two && f.fails.Load() {
			return 0, &engine.Trap{Code: engine.Unreachable}
		}
		return n, nil
	}
	if err := f.slot.Stage(t.Context(), b.load("1.1.0")); err != nil {
		t.Fatal(err)
	}
	if err := f.slot.Divide(1); err != nil {
		t.Fatal(err)
	}
	f.fails.Store(true)
	if got := f.call(t, "k") + f.call(t, "k"); got != "baselinebaseline" {
		t.Errorf("%s answer", got)
	}
	if got := f.call(t, "k"); got != "1.0.0" || states(f.slot) != "1.0.0 serving, 1.1.0 tripped" || !f.slot.Stats().Tripped {
		t.Errorf("%s answers; %s", got, states(f.slot))
	}
	f.fails.Store(false)
	f.pass(time.Second)
	for range 4 {
		if got := f.call(t, "k"); got != "1.1.0" {
			t.Errorf("%s answers", got)
		}
	}
	if states(f.slot) != "1.0.0 serving, 1.1.0 staged" {
		t.Error(states(f.slot))
	}
}

// A version that is turned off stays so when it is staged and promoted again; another one begins anew.
func TestSwapWhileTripped(t *testing.T) {
	b := newBench(t, Config{})
	one, two := b.load("1.0.0"), b.load("1.1.0")
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: one, Breaker: Breaker{Faults: 1, Pause: time.Second}})
	f.trip(t, 1)
	f.pass(time.Second)
	trying, err := f.slot.Enter(t.Context(), fakeRun)
	if trying == nil {
		t.Fatalf("no try: %v", err)
	}
	f.fails.Store(false)
	if err := f.slot.Stage(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	if err := f.slot.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.call(t, ""); got != "1.1.0" || states(f.slot) != "1.1.0 serving, 1.0.0 tripped" {
		t.Errorf("%s answers; %s", got, states(f.slot))
	}
	if err := f.slot.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.call(t, ""); got != "baseline" || states(f.slot) != "1.0.0 tripped, 1.1.0 staged" {
		t.Errorf("%s answers; %s", got, states(f.slot))
	}
	if err := f.slot.Swap(t.Context(), one); err != nil || !f.slot.Stats().Tripped {
		t.Errorf("a swap to the version in service: %v", err)
	}
	// The try ends after its version was swapped out.
	done := make(chan error)
	go func() { done <- f.slot.Swap(context.Background(), two) }()
	for f.slot.Kernel() != two {
		time.Sleep(time.Millisecond)
	}
	if err := trying.Leave(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if st := f.slot.Stats(); st.Tripped || st.Trips != 1 || f.call(t, "") != "1.1.0" {
		t.Errorf("Stats = %+v", st)
	}
	// Closed while turned off, with a try at work.
	f.trip(t, 1)
	f.pass(time.Second)
	if trying, err = f.slot.Enter(t.Context(), fakeRun); trying == nil {
		t.Fatalf("no try: %v", err)
	}
	go func() { done <- f.slot.Close(context.Background()) }()
	for !f.slot.core.route.Load().closed {
		time.Sleep(time.Millisecond)
	}
	if err := trying.Leave(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Calls, faults, swaps and promotions beside each other: every call is answered, and the books agree.
func TestHammerOfTheBreaker(t *testing.T) {
	b := newBench(t, Config{})
	kernels := []*Kernel{b.load("1.0.0"), b.load("1.1.0")}
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: kernels[0], MaxInstances: 4, MaxWait: -1,
		Breaker: Breaker{Faults: 2, Window: time.Second, Pause: time.Millisecond}})
	var stop atomic.Bool
	var wg sync.WaitGroup
	var calls atomic.Int64
	for range 4 {
		wg.Go(func() {
			for i := 0; !stop.Load(); i++ {
				note := Call{Key: fmt.Sprint(i)}
				n, err := (fakeClient{f.slot}).Run(WithCall(context.Background(), &note), 1)
				if err != nil || n != 1 && n != 1001 {
					t.Errorf("Run = %d, %v", n, err)
					return
				}
				calls.Add(1)
				f.pass(100 * time.Microsecond)
			}
		})
	}
	for i := range 200 {
		f.fails.Store(i%3 == 0)
		if err := f.slot.Stage(t.Context(), kernels[(i+1)%2]); err != nil && !errors.Is(err, ErrPolicy) {
			t.Fatal(err)
		}
		_ = f.slot.Divide(0.5)
		if i%4 == 0 {
			_ = f.slot.Promote(t.Context())
		} else if i%4 == 2 {
			if err := f.slot.Swap(t.Context(), kernels[i%2]); err != nil {
				t.Fatal(err)
			}
		}
		for before := calls.Load(); calls.Load() < before+50 && !t.Failed(); {
			time.Sleep(50 * time.Microsecond)
		}
	}
	stop.Store(true)
	wg.Wait()
	st := f.slot.Stats()
	if st.Answers+st.Baseline != uint64(calls.Load()) || st.Trips == 0 || st.Blamed > st.Fallbacks {
		t.Errorf("%d calls; Stats = %+v", calls.Load(), st)
	}
}

// The lines of the log have the words of the table.
func TestChangesInLogs(t *testing.T) {
	table := names.Read(t)
	var out bytes.Buffer
	b := newBench(t, Config{Logger: slog.New(slog.NewJSONHandler(&out, nil))})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 1, Pause: time.Second}})
	f.trip(t, 1)
	f.pass(time.Second)
	f.fails.Store(false)
	for range 3 {
		f.call(t, "")
	}
	for _, err := range []error{f.slot.Stage(t.Context(), b.load("1.1.0")), f.slot.Divide(0.25), f.slot.Promote(t.Context()), f.slot.Stage(t.Context(), nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b.engine.instantiate = func() error { return &engine.Trap{Code: engine.Unreachable} }
	if err := f.slot.Swap(t.Context(), b.load("1.2.0")); err == nil {
		t.Fatal("swapped")
	}
	seen := map[string]map[string]any{}
	for text := range bytes.Lines(out.Bytes()) {
		var line map[string]any
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatal(err)
		}
		seen[line["msg"].(string)] = line
	}
	for _, l := range table.Logs {
		line := seen[l.Message]
		for _, key := range l.Keys {
			switch {
			case line == nil || key == "those of fault" || key == "owner":
			case line[key] == nil && (l.Message != "version staged" || len(line) > 6):
				t.Errorf("%q has no %q: %v", l.Message, key, line)
			}
		}
	}
	for _, want := range []string{"version tripped", "version recovered", "version staged", "calls divided", "slot swapped", "swap failed"} {
		if seen[want] == nil {
			t.Errorf("nothing says %q", want)
		}
	}
	if line := seen["swap failed"]; line["kind"] != "trap" || line["label"] != "1.2.0" || line["previous"] != "digest-1.1.0" {
		t.Errorf("swap failed: %v", line)
	}
	if line := seen["version tripped"]; line["faults"] != 1.0 || line["pause_ms"] != 1000.0 || line["slot"] != "s" {
		t.Errorf("version tripped: %v", line)
	}
}

// An observer that is told that a version is back may call it: the try's instance is free by then.
func TestObserverCallsTheVersionThatIsBack(t *testing.T) {
	var s *Slot[fakeCalls]
	answered := ""
	b := newBench(t, Config{Observer: ObserverFunc(func(e Event) {
		if e.Kind == EventRecovered {
			answered = whoAnswers(t, s, "")
		}
	})})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1, MaxWait: time.Millisecond,
		Breaker: Breaker{Faults: 1, Pause: time.Second}})
	s = f.slot
	f.trip(t, 1)
	f.pass(time.Second)
	f.fails.Store(false)
	for range 3 {
		f.call(t, "")
	}
	if answered != "1.0.0" {
		t.Errorf("%q answers the observer", answered)
	}
	if v := f.slot.Stats().Versions[0]; v.InUse != 0 || v.Instances != 1 {
		t.Errorf("version %+v", v)
	}
}

// An answer that is shown, and one that is a resource, are answers of a try as any.
func TestTriesOfAllForms(t *testing.T) {
	b := newBench(t, Config{})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 1, Pause: time.Second}})
	f.trip(t, 1)
	f.pass(time.Second)
	for i := range breakerTries {
		if !f.slot.Stats().Tripped {
			t.Errorf("back after %d tries", i)
		}
		err := viewEcho(fakeClient{f.slot}, t.Context(), "abc", letters, func(text string) View[string] {
			t.Error("the baseline answered")
			return ViewOf([]string{text})
		}, func(v View[string]) error { return nil })
		if err != nil {
			t.Error(err)
		}
	}
	if f.slot.Stats().Tripped {
		t.Error("not back after answers that were shown")
	}

	_, s := newThings(t, SlotConfig[any]{Baseline: "a baseline", Breaker: Breaker{Faults: 1, Pause: 1}})
	v := s.core.route.Load().version
	s.core.mu.Lock()
	v.standing.tripped.Store(true)
	s.core.reroute(func(*route) {})
	s.core.mu.Unlock()
	for i := range breakerTries {
		thing, err := s.make(t.Context(), uint32(i))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := thing.get(t.Context()); n != uint32(i) || err != nil { // no try of its own
			t.Errorf("get = %d, %v", n, err)
		}
		if tripped := s.Stats().Tripped; tripped != (i < breakerTries-1) {
			t.Errorf("after %d resources, turned off is %v", i+1, tripped)
		}
		if err := thing.r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Faults of calls from before the version was turned off make no pause longer, and a try that fails begins the count of good
// ones anew.
func TestWhatComesLateAndWhatComesBetween(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	b := newBench(t, Config{})
	f := newFailing(t, b, SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 1, Pause: time.Second},
		Baseline: does{run: func(_ context.Context, n uint32) (uint32, error) {
			if n == 7 {
				asked <- struct{}{}
				<-answer
			}
			return 1000 + n, nil
		}}})
	f.fails.Store(true)
	done := make(chan error)
	go func() { _, err := fakeClient{f.slot}.Run(context.Background(), 7); done <- err }()
	<-asked
	f.trip(t, 1)
	close(answer)
	if err := <-done; err != nil {
		t.Error(err)
	}
	standing := f.slot.core.route.Load().version.standing
	if standing.pause != time.Second || f.slot.Stats().Blamed != 2 {
		t.Errorf("a pause of %v after a late fault", standing.pause)
	}
	f.pass(time.Second)
	f.fails.Store(false)
	f.call(t, "")
	f.call(t, "") // two good ones
	f.fails.Store(true)
	if f.call(t, ""); standing.pause != 2*time.Second {
		t.Errorf("a pause of %v after a try that failed", standing.pause)
	}
	f.pass(2 * time.Second)
	f.fails.Store(false)
	for i := range breakerTries {
		if !f.slot.Stats().Tripped {
			t.Fatalf("back after %d good tries", i)
		}
		f.call(t, "")
	}
	if f.slot.Stats().Tripped {
		t.Error("not back")
	}
}
