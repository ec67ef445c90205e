package follow_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

func TestTheActiveVersionServesFromTheStart(t *testing.T) {
	b := newBench(t, registry.Options{})
	d := b.publishAndActivate(1)
	f := b.follow(unsigned)
	b.serves(1)
	s := f.Status()
	if !s.InStep || s.Serving != d || s.Want != d || s.Label != "1.0.0" || s.WantLabel != "1.0.0" || s.Revision != 1 || s.Swaps != 1 || s.Reason != "" {
		t.Fatalf("%+v", s)
	}
	if s.Slot != "ledger" || s.Contract != contract || s.Since.IsZero() || s.Looked.IsZero() || !s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
	b.noted("swapped 1.0.0")
}

func TestWhereNothingWasEverActivatedTheSlotStaysAsItIs(t *testing.T) {
	b := newBench(t, registry.Options{})
	k, err := b.rt.Load(t.Context(), "ledger", component(t, 9, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.slot.Swap(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	f := b.follow(unsigned)
	b.publish(1)
	if err := f.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.serves(9)
	if s := f.Status(); !s.InStep || s.Serving != k.Digest() || s.Want != "" || s.Revision != 0 {
		t.Fatalf("%+v", s)
	}
	inStep(t, f, b.publishAndActivate(2))
	b.serves(2)
}

func TestABadVersionAtTheStartLeavesTheSlotAsItIs(t *testing.T) {
	b := newBench(t, registry.Options{})
	b.activate(b.publishAs("1.0.0", []byte("no component")))
	f := b.follow(unsigned)
	b.serves(0)
	s := f.Status()
	if s.InStep || s.Reason != registry.ReasonWarmFailed || s.Kind != "malformed" || s.Serving != "" || s.Want == "" || !s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
	lines := b.lines("version refused")
	if len(lines) != 1 || lines[0]["reason"] != "warm-failed" || lines[0]["kind"] != "malformed" || lines[0]["slot"] != "ledger" ||
		lines[0]["contract"] != contract || lines[0]["version"] != s.Want || lines[0]["label"] != "1.0.0" || lines[0]["error"] != s.Message {
		t.Fatal(lines)
	}
	inStep(t, f, b.publishAndActivate(2))
	b.serves(2)
	b.noted("refused 1.0.0 warm-failed", "swapped 2.0.0")
}

func TestChangesAreFollowed(t *testing.T) {
	for name, how := range map[string]follow.Swap{"straight": follow.Straight, "blue/green": follow.BlueGreen} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, registry.Options{})
			cfg := unsigned
			cfg.Swap = how
			f := b.follow(cfg)
			one, two := b.publish(1), b.publish(2)
			for _, step := range []struct {
				activate string
				serves   uint32
			}{{"1.0.0", 1}, {"2.0.0", 2}, {"1.0.0", 1}, {"baseline", 0}, {"1.0.0", 1}, {"baseline", 0}, {"2.0.0", 2}} {
				b.activate(step.activate)
				inStep(t, f, []string{"", one, two}[step.serves])
				b.serves(step.serves)
			}
			b.rollback()
			inStep(t, f, "")
			b.serves(0)
		})
	}
}

func TestABaselineThatIsNotThereIsRefused(t *testing.T) {
	b := newBench(t, registry.Options{})
	k, err := b.rt.Load(t.Context(), "ledger", component(t, 9, 0))
	if err != nil {
		t.Fatal(err)
	}
	bare, book := b.open("bare", tenon.SlotConfig[ledger.Book]{Kernel: k})
	b.publishAndActivate(1)
	f := b.followWith(bare, b.reg, unsigned)
	if got := b.asks(book); got != 1 {
		t.Fatal(got)
	}
	b.activate("baseline")
	if s := refused(t, f, registry.ReasonWarmFailed); s.Kind != "policy" || s.InStep {
		t.Fatalf("%+v", s)
	}
	if got := b.asks(book); got != 1 {
		t.Fatal(got)
	}
	b.activate("1.0.0")
	inStep(t, f, b.digest("1.0.0"))
}

// The version before is compiled still: going back loads nothing. The one before that is gone.
func TestTheVersionBeforeIsKept(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	one := b.publishAndActivate(1)
	inStep(t, f, one)
	two := b.publishAndActivate(2)
	inStep(t, f, two)
	if s := f.Status(); s.Previous != one {
		t.Fatalf("%+v", s)
	}
	loads := b.loads.Load()
	b.rollback()
	inStep(t, f, one)
	b.activate(two)
	inStep(t, f, two)
	b.rollback()
	inStep(t, f, one)
	if got := b.loads.Load(); got != loads || b.rt.Stats().Kernels != 2 {
		t.Fatalf("%d loads for going back, %d kernels", got-loads, b.rt.Stats().Kernels)
	}
	inStep(t, f, b.publishAndActivate(3))
	if n := b.rt.Stats().Kernels; n != 2 {
		t.Fatalf("%d kernels, want the third and the one before it", n)
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.rt.Stats().Kernels; n != 1 {
		t.Fatalf("%d kernels after Close, want the one that serves", n)
	}
	b.serves(3)
	if err := b.slot.Swap(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n := b.rt.Stats().Kernels; n != 0 {
		t.Fatalf("%d kernels are left", n)
	}
}

// Blue/green: the version before has its instances still. Going back makes none.
func TestBlueGreenKeepsTheVersionBeforeWarm(t *testing.T) {
	b := newBench(t, registry.Options{})
	cfg := unsigned
	cfg.Swap = follow.BlueGreen
	f := b.follow(cfg)
	one := b.publishAndActivate(1)
	inStep(t, f, one)
	two := b.publishAndActivate(2)
	inStep(t, f, two)
	built := func() (n uint64) {
		for _, v := range b.slot.Stats().Versions {
			n += v.Built
		}
		return n
	}
	before := built()
	b.rollback()
	inStep(t, f, one)
	b.activate(two)
	inStep(t, f, two)
	if b.slot.Staged().Digest() != one || built() != before {
		t.Fatalf("staged %s; %d instances, %d before", b.slot.Staged().Digest(), built(), before)
	}
	three := b.publishAndActivate(3)
	inStep(t, f, three)
	if b.slot.Staged().Digest() != two || b.rt.Stats().Kernels != 2 {
		t.Fatalf("staged %s, %d kernels", b.slot.Staged().Digest(), b.rt.Stats().Kernels)
	}
	b.activate("baseline")
	inStep(t, f, "")
	eventually(t, "the version before the baseline is staged", func() bool {
		k := b.slot.Staged()
		return k != nil && k.Digest() == three
	})
	b.activate("3.0.0")
	inStep(t, f, three)
	b.serves(3)
}

// The slot began with a kernel of the program's own, which is staged while another version serves: going back is to that one.
func TestBlueGreenBackToTheProgramsOwnKernel(t *testing.T) {
	b := newBench(t, registry.Options{})
	own, err := b.rt.Load(t.Context(), "ledger", component(t, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	slot, book := b.open("own", tenon.SlotConfig[ledger.Book]{Kernel: own})
	cfg := unsigned
	cfg.Swap = follow.BlueGreen
	f := b.followWith(slot, b.reg, cfg)
	one, two := b.publish(1), b.publish(2)
	for range 2 {
		b.activate(two)
		inStep(t, f, two)
		b.activate(one)
		inStep(t, f, one)
		if slot.Kernel() != own || b.asks(book) != 1 {
			t.Fatal("another load of the same version serves")
		}
	}
	if s := f.Status(); s.Previous != two || b.rt.Stats().Kernels != 2 {
		t.Fatalf("%+v, %d kernels", s, b.rt.Stats().Kernels)
	}
}

// Who holds a resource of an old version holds up neither the way back nor the next version.
func TestAnOpenResourceHoldsUpNoChange(t *testing.T) {
	for name, how := range map[string]follow.Swap{"straight": follow.Straight, "blue/green": follow.BlueGreen} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, registry.Options{})
			cfg := unsigned
			cfg.Swap, cfg.SwapTimeout = how, time.Hour
			f := b.follow(cfg)
			one, two, three := b.publish(1), b.publish(2), b.publish(3)
			b.activate(one)
			inStep(t, f, one)
			page, err := b.book.NewPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer page.Close(context.Background()) // the runtime waits for it
			for _, step := range []struct {
				digest string
				serves uint32
			}{{two, 2}, {one, 1}, {two, 2}, {three, 3}, {"baseline", 0}, {three, 3}} {
				b.activate(step.digest)
				inStep(t, f, strings.TrimPrefix(step.digest, "baseline"))
				b.serves(step.serves)
			}
			entry, err := page.Enter(t.Context(), 7, []byte("held"))
			if err != nil {
				t.Fatal(err)
			}
			if n, err := ledger.Audit(entry, 7, []byte("held")); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			if err := page.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the version of the resource is gone", func() bool { return b.rt.Stats().Kernels <= 2 })
			if s := f.Status(); len(s.Refusals) > 0 || s.Swaps != 7 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// A runtime that is closed first is an end like another.
func TestARuntimeThatIsClosedFirst(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	inStep(t, f, b.publishAndActivate(1))
	if err := b.rt.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.publishAndActivate(2)
	refused(t, f, registry.ReasonClosed)
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Somebody who switches a slot by hand has it so until another version is activated, or the registry is asked. That the follower
// looks once more, at a change that does not concern what is active, makes no difference.
func TestASwitchByHand(t *testing.T) {
	b := newBench(t, registry.Options{})
	one := b.publishAndActivate(1)
	cfg := unsigned
	cfg.Swap = follow.BlueGreen
	f := b.follow(cfg)
	two := b.publishAndActivate(2)
	inStep(t, f, two)
	if err := b.slot.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	stands := func() {
		t.Helper()
		if s := f.Status(); s.Serving != one || s.Want != two || s.Label != "" || s.InStep || s.Reason != "" || !strings.Contains(s.Message, "past its follower") {
			t.Fatalf("%+v", s)
		}
		b.serves(1)
	}
	stands()
	looked, loads := f.Status().Looked, b.loads.Load()
	b.publish(3)
	eventually(t, "another look", func() bool { return f.Status().Looked.After(looked) })
	stands()
	if n := b.loads.Load(); n != loads {
		t.Errorf("%d loads", n-loads)
	}
	if err := f.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	inStep(t, f, two)
	b.serves(2)
	if err := b.slot.Swap(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	b.rollback()
	inStep(t, f, one)
	b.serves(1)
}

func TestCloseLeavesNothing(t *testing.T) {
	b := newBench(t, registry.Options{})
	b.publishAndActivate(1)
	eventually(t, "quiet", func() bool { runtime.GC(); return true })
	before := runtime.NumGoroutine()
	f := b.follow(unsigned)
	for range 3 {
		if err := f.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	must(t, f.Sync(t.Context()), registry.ReasonClosed)
	b.publishAndActivate(2)
	b.serves(1)
}

func TestAClosedSlotIsLeftAlone(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	if err := b.slot.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.publishAndActivate(1)
	if s := refused(t, f, registry.ReasonClosed); s.Kind != "closed" || !s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
}

func TestContextsThatEnd(t *testing.T) {
	b := newBench(t, registry.Options{})
	d := b.publishAndActivate(1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f, err := follow.Slot(ended, b.slot, b.reg, unsigned)
	if err != nil {
		t.Fatal(err)
	}
	inStep(t, f, d) // the first look is made up for
	if err := f.Sync(ended); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if s := f.Status(); !s.InStep || len(s.Refusals) > 0 {
		t.Fatalf("%+v", s)
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestConfigurationsThatCannotBeMeant(t *testing.T) {
	b := newBench(t, registry.Options{})
	var none *tenon.Slot[ledger.Book]
	for name, try := range map[string]func() (*follow.Follower, error){
		"no slot":  func() (*follow.Follower, error) { return follow.Slot(t.Context(), nil, b.reg, unsigned) },
		"nil slot": func() (*follow.Follower, error) { return follow.Slot(t.Context(), none, b.reg, unsigned) },
		"empty slot": func() (*follow.Follower, error) {
			return follow.Slot(t.Context(), new(tenon.Slot[ledger.Book]), b.reg, unsigned)
		},
		"no registry": func() (*follow.Follower, error) { return follow.Slot(t.Context(), b.slot, nil, unsigned) },
		"poll": func() (*follow.Follower, error) {
			return follow.Slot(t.Context(), b.slot, b.reg, follow.Config{Poll: -1})
		},
		"swap": func() (*follow.Follower, error) {
			return follow.Slot(t.Context(), b.slot, b.reg, follow.Config{Swap: 7})
		},
	} {
		if f, err := try(); f != nil || !errors.Is(err, tenon.ErrPolicy) || !strings.HasPrefix(err.Error(), "tenon: policy: follow: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a breaker does to the version in service is in the trail.
func TestTheBreakerIsInTheTrail(t *testing.T) {
	b := newBenchWith(t, registry.Options{}, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline(),
		Breaker: tenon.Breaker{Faults: 3, Pause: 20 * time.Millisecond}})
	f := b.follow(unsigned)
	d := b.publishAs("3.0.0", component(t, 3, 2)) // it traps at even numbers
	b.activate(d)
	inStep(t, f, d)
	for range 3 {
		if _, err := b.book.Enter(t.Context(), 2, nil); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "tripped", func() bool { return slices.Contains(b.events(), "tripped 3.0.0") })
	eventually(t, "recovered", func() bool {
		if _, err := b.book.Enter(t.Context(), 1, nil); err != nil {
			t.Fatal(err)
		}
		return slices.Contains(b.events(), "recovered 3.0.0")
	})
	b.noted("swapped 3.0.0", "tripped 3.0.0", "recovered 3.0.0")
}
