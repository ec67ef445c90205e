package tenon

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestResourceKeepsItsInstance(t *testing.T) {
	_, s := newThings(t, SlotConfig[any]{MaxInstances: 2, MaxWait: time.Millisecond})
	ctx := t.Context()
	a := must[thing](t)(s.make(ctx, 7))
	b := must[thing](t)(s.make(ctx, 8))
	if n, err := a.get(ctx); n != 7 || err != nil {
		t.Errorf("get = %d, %v", n, err)
	}
	if n, err := b.get(ctx); n != 8 || err != nil {
		t.Errorf("get = %d, %v", n, err)
	}
	if v := s.Stats().Versions[0]; v.Kept != 2 || v.InUse != 2 || v.Resources != 2 || v.Instances != 2 {
		t.Errorf("two resources: %+v", v)
	}
	if _, err := s.make(ctx, 9); !errors.Is(err, ErrOverloaded) || !strings.Contains(err.Error(), "2 instances are kept by open resources") {
		t.Errorf("a third: %v", err)
	}
	for range 2 {
		if err := a.r.Close(ctx); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if _, err := a.get(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed one: %v", err)
	}
	if v := s.Stats().Versions[0]; v.Kept != 1 || v.InUse != 1 || v.Resources != 1 || v.Answers != 4 {
		t.Errorf("one resource: %+v", v)
	}
	c := must[thing](t)(s.make(ctx, 9))
	if n, err := c.get(ctx); n != 9 || err != nil {
		t.Errorf("get = %d, %v", n, err)
	}
	for _, r := range []*Resource{b.r, c.r, nil} {
		if err := r.Close(ctx); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if v := s.Stats().Versions[0]; v.Kept != 0 || v.InUse != 0 || v.Resources != 0 || v.Poisoned != 0 || v.Built != 2 {
		t.Errorf("none: %+v", v)
	}
}

func TestResourceThatWasGivenAway(t *testing.T) {
	_, s := newThings(t, SlotConfig[any]{})
	ctx := t.Context()
	p := must[*Pin[any]](t)(s.Pin(ctx))
	open := func(n uint32) *Resource {
		f, err := p.EnterWith(ctx, thingNew)
		return must[thing](t)(make1(f, err, n)).r
	}
	a, b := open(3), open(4)
	if n, err := s.join(ctx, a, b); n != 7 || err != nil {
		t.Errorf("join = %d, %v", n, err)
	}
	if _, err := (thing{a}).get(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("after it was given away: %v", err)
	}
	if err := a.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
	for name, c := range map[string]struct {
		a, b *Resource
		text string
	}{
		"the same twice":        {b, b, "given to the kernel"},
		"closed":                {b, a, "closed"},
		"one that is nil":       {b, nil, "nil or belongs to another implementation"},
		"of another instance":   {b, must[thing](t)(s.make(ctx, 1)).r, "open both in one Pin"},
		"of a pin, without one": {nil, nil, "nil or belongs to another"},
	} {
		_, err := s.join(ctx, c.a, c.b)
		if err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := s.Fallback(ctx, thingJoin, err); err == nil {
			t.Errorf("%s: the baseline may answer", name)
		}
	}
	// A refusal takes back what was given.
	if n, err := (thing{b}).get(ctx); n != 4 || err != nil {
		t.Errorf("after refusals: %d, %v", n, err)
	}
	if err := errors.Join(b.Close(ctx), p.Close(ctx), p.Close(ctx)); err != nil {
		t.Errorf("Close = %v", err)
	}
	if _, err := p.EnterWith(ctx, thingNew); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed pin: %v", err)
	}
	st := s.Stats()
	if st.Versions[0].Poisoned != 0 || st.Refused == 0 {
		t.Errorf("stats: %+v", st)
	}
}

func TestResourceOfAnotherSlotOrNone(t *testing.T) {
	b, s := newThings(t, SlotConfig[any]{Baseline: "a baseline"})
	ctx := t.Context()
	two, err := NewSlot(ctx, b.rt, "two", thingContract, SlotConfig[any]{Baseline: "a baseline"})
	if err != nil {
		t.Fatal(err)
	}
	a := must[thing](t)(s.make(ctx, 1))
	defer a.r.Close(ctx)
	if _, err := two.EnterWith(ctx, thingGet, a.r); !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), "another slot") {
		t.Errorf("of another slot: %v", err)
	}
	if f, err := two.EnterWith(ctx, thingJoin, nil, nil); f != nil || err != nil {
		t.Errorf("the baseline's own: %v, %v", f, err)
	}
	if base, _, err := two.Fallback(ctx, thingJoin, nil); base != "a baseline" || err != nil {
		t.Errorf("Fallback = %v, %v", base, err)
	}
	p := must[*Pin[any]](t)(two.Pin(ctx))
	if f, err := p.EnterWith(ctx, thingNew); f != nil || err != nil {
		t.Errorf("a pin of the baseline: %v, %v", f, err)
	}
	if _, err := p.EnterWith(ctx, thingGet, a.r); !errors.Is(err, ErrPolicy) {
		t.Errorf("a kernel's resource at a pin of the baseline: %v", err)
	}
	if err := errors.Join(p.Close(ctx), two.Close(ctx)); err != nil {
		t.Errorf("Close = %v", err)
	}
	for name, enter := range map[string]func() (*Frame, error){
		"a pin":          func() (*Frame, error) { return p.EnterWith(ctx, thingNew) },
		"the baseline's": func() (*Frame, error) { return two.EnterWith(ctx, thingJoin, nil, nil) },
		"no resources":   func() (*Frame, error) { return two.EnterWith(ctx, thingNew) },
	} {
		if _, err := enter(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s of a closed slot: %v", name, err)
		}
	}
	if _, err := two.Pin(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("Pin of a closed slot: %v", err)
	}
	if _, err := (*Resource)(nil).Enter(ctx, thingGet); !errors.Is(err, ErrPolicy) {
		t.Errorf("nil: %v", err)
	}
}

// A fault costs the instance and its resources, and nothing else.
func TestFaultEndsTheResources(t *testing.T) {
	_, s := newThings(t, SlotConfig[any]{Baseline: "a baseline"})
	ctx := t.Context()
	a, b := must[thing](t)(s.make(ctx, 1)), must[thing](t)(s.make(ctx, 2))
	err := a.fail(ctx)
	if !errors.Is(err, ErrTrap) {
		t.Errorf("fail = %v", err)
	}
	if _, _, err := s.Fallback(ctx, thingFail, err); !errors.Is(err, ErrTrap) {
		t.Errorf("the baseline may answer for a resource: %v", err)
	}
	if _, err := a.get(ctx); !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "open it again") {
		t.Errorf("after the fault: %v", err)
	}
	if err := a.r.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
	if n, err := b.get(ctx); n != 2 || err != nil {
		t.Errorf("another's: %d, %v", n, err)
	}
	if err := b.r.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
	f, err := s.Enter(ctx, thingBad)
	if _, err := make1(f, err, 0); !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), "handle 77 does not exist") {
		t.Errorf("a forged handle: %v", err)
	} else if _, _, err := s.Fallback(ctx, thingBad, err); err != nil {
		t.Errorf("the baseline may not answer: %v", err)
	}
	c := must[thing](t)(s.make(ctx, 666))
	if err := c.r.Close(ctx); !errors.Is(err, ErrTrap) || !strings.Contains(err.Error(), "#thing: the destructor failed: a bad destructor") {
		t.Errorf("a destructor that traps: %v", err)
	}
	if err := c.r.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
	if v := s.Stats().Versions[0]; v.Poisoned != 3 || v.Kept != 0 || v.Resources != 0 || v.Faults[KindTrap] != 2 || v.Faults[KindABI] != 1 {
		t.Errorf("stats: %+v", v)
	}
}

func TestResourceWaitsForItsTurn(t *testing.T) {
	b, s := newThings(t, SlotConfig[any]{})
	entered, release := make(chan struct{}), make(chan struct{})
	b.engine.call = func(i *fakeInstance, f int, stack []uint64) error {
		if f == thingGet && i.things[uint32(stack[0])] == 1 {
			entered <- struct{}{}
			<-release
		}
		return thingGuest(i, f, stack)
	}
	a := must[thing](t)(s.make(t.Context(), 1))
	got := make(chan uint32)
	go func() { n, _ := a.get(context.Background()); got <- n }()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := a.get(ctx); !errors.Is(err, ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call in line: %v", err)
	}
	if err := a.r.Close(ctx); !errors.Is(err, ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close in line: %v", err)
	}
	closed := make(chan error)
	go func() { closed <- a.r.Close(context.Background()) }()
	close(release)
	if n := <-got; n != 1 {
		t.Errorf("get = %d", n)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close = %v", err)
	}
	// A context that has ended does not keep a resource open that nobody uses.
	c := must[thing](t)(s.make(t.Context(), 2))
	if _, err := c.get(ctx); !errors.Is(err, ErrCanceled) {
		t.Errorf("a call with a context that has ended: %v", err)
	}
	if err := c.r.Close(ctx); err != nil || s.Stats().Versions[0].Resources != 0 {
		t.Errorf("Close = %v, %+v", err, s.Stats().Versions[0])
	}
}

// collect runs the garbage collector until done, or for ten seconds.
func collect(done func() bool) bool {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
		if done() {
			return true
		}
	}
	return false
}

func TestLeakedResourcesAreClosed(t *testing.T) {
	b, s := newThings(t, SlotConfig[any]{MaxInstances: 8})
	var destroyed atomic.Int64
	b.engine.destroy = func(i *fakeInstance, resource int, rep uint32) error {
		destroyed.Add(1)
		return thingDestructor(i, resource, rep)
	}
	ctx := t.Context()
	for n := range uint32(5) {
		must[thing](t)(s.make(ctx, n))
	}
	must[*Pin[any]](t)(s.Pin(ctx))
	kept := must[thing](t)(s.make(ctx, 1))
	closed := func() bool {
		v := s.Stats().Versions[0]
		return v.Resources == 1 && v.Kept == 1 && destroyed.Load() == 5
	}
	if !collect(closed) {
		t.Fatalf("leaked resources stay open: %d destroyed, %+v", destroyed.Load(), s.Stats())
	}
	if st := s.Stats(); st.Leaked != 6 {
		t.Errorf("stats: %+v", st)
	}
	if err := kept.r.Close(ctx); err != nil {
		t.Error(err)
	}
	// A leaked one whose destructor traps costs its instance.
	must[thing](t)(s.make(ctx, 666))
	lost := func() bool {
		st := s.Stats()
		return st.Versions[0].Poisoned == 1 && st.Faults[KindTrap] == 1
	}
	if !collect(lost) {
		t.Errorf("stats: %+v", s.Stats())
	}
	if st := s.Stats(); st.Leaked != 7 || st.Versions[0].Resources != 0 {
		t.Errorf("stats: %+v", st)
	}
}

// A swap leaves resources on their version, which is drained when the last one is closed.
func TestSwapWaitsForResources(t *testing.T) {
	b, s := newThings(t, SlotConfig[any]{})
	ctx := t.Context()
	old := s.Kernel()
	a := must[thing](t)(s.make(ctx, 1))
	next := b.load("1.1.0")
	short, cancel := context.WithTimeout(ctx, time.Second) // which the resource takes, and the swap itself must not
	defer cancel()
	if err := s.Swap(short, next); !errors.Is(err, ErrCanceled) || s.Kernel() != next {
		t.Errorf("Swap = %v", err)
	}
	var note Call
	if n, err := a.get(WithCall(ctx, &note)); n != 1 || err != nil || note.Version != old.Digest() {
		t.Errorf("get = %d, %v, by %s", n, err, note.Label)
	}
	c := must[thing](t)(s.make(WithCall(ctx, &note), 2))
	if note.Version != next.Digest() {
		t.Errorf("made by %s", note.Label)
	}
	if _, err := s.join(ctx, a.r, c.r); !errors.Is(err, ErrPolicy) {
		t.Errorf("resources of two versions: %v", err)
	}
	if err := a.r.Close(ctx); err != nil {
		t.Error(err)
	}
	if st := s.Stats(); len(st.Versions) != 1 || !st.Versions[0].Serving {
		t.Errorf("the old version stays: %+v", st)
	}
	// Close waits likewise, and finds leaked ones by itself.
	if err := s.Close(short); !errors.Is(err, ErrCanceled) {
		t.Errorf("Close = %v", err)
	}
	if n, err := c.get(ctx); n != 2 || err != nil {
		t.Errorf("while the slot closes: %d, %v", n, err)
	}
	c = thing{}
	if err := s.Close(ctx); err != nil || s.Stats().Leaked != 1 {
		t.Errorf("Close = %v, %+v", err, s.Stats())
	}
}

// A constructor is not called to warm up: nobody would close what it makes.
func TestConstructorsDoNotWarmUp(t *testing.T) {
	b, s := newThings(t, SlotConfig[any]{})
	made := 0
	b.engine.call = func(i *fakeInstance, f int, stack []uint64) error { made++; return thingGuest(i, f, stack) }
	k := b.load("1.1.0")
	k.metadata.Warm = []string{"[constructor]thing"}
	if err := s.Swap(t.Context(), k); err != nil || made != 0 {
		t.Errorf("%d made, %v", made, err)
	}
}

// Many goroutines make, use, give away, close and leak resources while versions are swapped.
func TestHammerOfResources(t *testing.T) {
	b, s := newThings(t, SlotConfig[any]{MaxInstances: 5, MaxWait: -1})
	versions := []*Kernel{s.Kernel(), b.load("1.1.0"), b.load("1.2.0")}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg, swaps sync.WaitGroup
	swaps.Go(func() {
		for i := 1; ctx.Err() == nil; i++ {
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			_ = s.Swap(short, versions[i%3])
			cancel()
			runtime.GC() // for the leaked
		}
	})
	for g := range uint32(6) {
		wg.Go(func() {
			for i := range uint32(150) {
				hammer(t, s, g*1000+i)
			}
		})
	}
	wg.Wait()
	cancel()
	swaps.Wait()
	if !collect(func() bool {
		for _, v := range s.Stats().Versions {
			if v.Resources != 0 || v.Kept != 0 || v.InUse != 0 {
				return false
			}
		}
		return true
	}) {
		t.Errorf("stats: %+v", s.Stats())
	}
	if st := s.Stats(); st.Leaked == 0 || st.Faults[KindTrap] == 0 {
		t.Errorf("nothing leaked or failed: %+v", st)
	}
}

// hammer does one of several things with a resource of its own.
func hammer(t *testing.T, s thingSlot, n uint32) {
	ctx := context.Background()
	a, err := s.make(ctx, n)
	if err != nil {
		t.Errorf("make = %v", err)
		return
	}
	if got, err := a.get(ctx); got != n || err != nil {
		t.Errorf("get = %d, %v", got, err)
	}
	switch n % 5 {
	case 0: // leaked
		return
	case 1:
		if err := a.fail(ctx); !errors.Is(err, ErrTrap) {
			t.Errorf("fail = %v", err)
		}
	case 2: // closed while in use
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if got, err := a.get(ctx); (err == nil && got != n) || (err != nil && !errors.Is(err, ErrClosed)) {
					t.Errorf("get = %d, %v", got, err)
				}
			})
			wg.Go(func() {
				if err := a.r.Close(ctx); err != nil {
					t.Errorf("Close = %v", err)
				}
			})
		}
		wg.Wait()
	}
	if err := a.r.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
}
