package tenon

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A resource that was forgotten does not keep others from the pool's only instance until a collection happens to come.
func TestLeakedResourceInFullPool(t *testing.T) {
	_, s := newThings(t, SlotConfig[any]{MaxInstances: 1, MaxWait: time.Millisecond})
	ctx := t.Context()
	func() { must[thing](t)(s.make(ctx, 7)) }()
	a, err := s.make(ctx, 8)
	// What was found comes back a little later where the processor is not there for it in the moment of grace.
	for end := time.Now().Add(time.Minute); errors.Is(err, ErrOverloaded) && time.Now().Before(end); a, err = s.make(ctx, 8) {
	}
	if err != nil {
		t.Fatalf("a full pool with a leaked resource: %v", err)
	}
	if n := s.Stats().Leaked; n != 1 {
		t.Errorf("%d leaked", n)
	}
	// Once is enough for a while: where nothing was leaked, the wait is the bound.
	if _, err := s.make(ctx, 9); !errors.Is(err, ErrOverloaded) {
		t.Errorf("a full pool: %v", err)
	}
	if err := a.r.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestSweepIsRare(t *testing.T) {
	p := newPool(1, 1)
	if p.sweep() {
		t.Error("a sweep of a pool that keeps nothing out")
	}
	p.held = 1
	if !p.sweep() {
		t.Error("no sweep")
	}
	p.swept = p.swept.Add(-time.Second)
	if p.sweep() {
		t.Error("a sweep a second after another")
	}
	p.swept = p.swept.Add(-sweepEvery)
	if !p.sweep() {
		t.Error("no other sweep")
	}
	// A wait without a bound looks again and again, one with a bound once more than it had to.
	endless, bounded := patience{bound: -1}, patience{bound: time.Millisecond}
	defer endless.stop()
	defer bounded.stop()
	endless.expired()
	bounded.expired()
	for range 3 {
		if !endless.more(p) {
			t.Error("an endless wait ended")
		}
	}
	p.swept = time.Now().Add(time.Hour)
	if !bounded.more(p) || bounded.more(p) {
		t.Error("a bounded wait has one grace")
	}
}

// Whoever is told of a destructor's fault may use the instance's other resources: it is nobody's turn.
func TestDestructorFaultIsReportedAfterTheTurn(t *testing.T) {
	var other thing
	told := make(chan error, 1)
	b := newBench(t, Config{Observer: ObserverFunc(func(e Event) {
		if e.Kind != EventFault || e.Fault.Export == "" || other.r == nil {
			return
		}
		r := other
		other = thing{}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := r.get(ctx)
		told <- err
	})})
	b.planner.edit = thingPlan
	b.engine.call, b.engine.destroy = thingGuest, thingDestructor
	s := b.things(SlotConfig[any]{Kernel: b.load("1.0.0")})
	ctx := t.Context()
	p, err := s.Pin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	open := func(n uint32) thing {
		f, err := p.EnterWith(ctx, thingNew)
		return must[thing](t)(make1(f, err, n))
	}
	bad := open(666)
	other = open(1)
	if err := bad.r.Close(ctx); !errors.Is(err, ErrTrap) {
		t.Errorf("Close = %v", err)
	}
	select {
	case err := <-told:
		if !errors.Is(err, ErrClosed) {
			t.Errorf("a call in the observer: %v", err)
		}
	default:
		t.Error("nobody was told")
	}
	_ = p.Close(ctx)
}
