package tenon

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// lease keeps an instance out of its pool for as long as resources of it are open, or a pin. Calls into the
// instance take turns.
type lease struct {
	version *version
	frame   *Frame        // whoever has the turn has it
	turn    chan struct{} // full while somebody is in the instance
	out     bool          // the pool knows of the lease; by turn
	stale   bool          // the instance shall not serve again afterwards; by turn

	mu      sync.Mutex
	open    int  // resources and pins
	lost    bool // the lease has ended: the instance is closed or back in its pool
	leaked  []*grip
	reaping bool
}

// grip is the host's hold on one resource, or on a pinned instance. It outlives the [Resource] that stands for it.
// Its fields are of whoever has the lease's turn.
type grip struct {
	lease    *lease
	resource int // in Plan.Resources; -1: a pin
	rep      uint32
	gone     bool // closed or given away
	lent     bool // in the call in progress
}

// errLost says that the instance behind a resource is gone.
var errLost = errors.New("tenon: the instance is gone")

// newLease makes a lease on a frame that the caller has; the caller has its first turn.
func newLease(f *Frame) *lease {
	l := &lease{version: f.version, frame: f, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

// take waits for the instance's turn, as long as ctx allows. A turn that can be had at once is had also when ctx
// has ended.
func (l *lease) take(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
	default:
		select {
		case l.turn <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	l.mu.Lock()
	lost := l.lost
	l.mu.Unlock()
	if lost {
		<-l.turn // for the next in line, who shall find out too
		return errLost
	}
	return nil
}

// pass ends a turn. While anything is open the instance stays out of its pool, unless it is poisoned.
func (l *lease) pass(then fate) {
	f, p := l.frame, l.version.pool
	if then == recycle {
		l.stale = true
	}
	l.mu.Lock()
	if l.open > 0 && then != poison {
		l.mu.Unlock()
		p.keepOut(l)
		<-l.turn
		return
	}
	l.lost = true
	l.version.open.Add(-int64(l.open))
	l.leaked = nil
	l.mu.Unlock()
	if then == keep && l.stale {
		then = recycle
	}
	p.endLease(l)
	f.held = nil
	<-l.turn
	p.give(f, then)
}

// grab adds a hold on the instance. The turn is the caller's.
func (l *lease) grab(resource int, rep uint32) *grip {
	l.mu.Lock()
	l.open++
	l.mu.Unlock()
	l.version.open.Add(1)
	return &grip{lease: l, resource: resource, rep: rep}
}

// loosen ends a hold; what it held is gone. The turn is the caller's.
func (l *lease) loosen(g *grip) {
	g.gone = true
	l.mu.Lock()
	l.open--
	l.mu.Unlock()
	l.version.open.Add(-1)
}

// close ends a hold and runs the resource's destructor, in a turn of its own. It waits for that as long as ctx
// allows, and is done at once when the hold has ended before.
func (l *lease) close(ctx context.Context, g *grip, stop runtime.Cleanup) error {
	v := l.version
	if l.inside(ctx) {
		return v.slot.busy(g.name())
	}
	switch err := l.take(ctx); {
	case err == errLost:
		return nil
	case err != nil:
		return v.fault(KindCanceled, "the context ended while another call was in the instance: close it again", err)
	}
	if g.gone {
		l.pass(keep)
		return nil
	}
	stop.Stop()
	if fault := l.destroy(ctx, g); fault != nil {
		return fault
	}
	return nil
}

// destroy ends a hold and the turn. A destructor that fails costs the instance, and is reported when the turn has
// passed: an observer may call what it likes.
func (l *lease) destroy(ctx context.Context, g *grip) *Fault {
	fault := l.destruct(ctx, g)
	if fault != nil {
		l.version.slot.faulted(ctx, l.version, fault)
	}
	return fault
}

// destruct runs the destructor.
func (l *lease) destruct(ctx context.Context, g *grip) *Fault {
	l.loosen(g)
	if g.resource < 0 {
		l.pass(keep)
		return nil
	}
	then := poison // also when a host function ends the goroutine
	defer func() { l.pass(then) }()
	// Only the slot's limits end the destructor, whatever becomes of ctx.
	err := l.frame.destroy(context.WithoutCancel(ctx), g.resource, g.rep)
	if err == nil {
		then = keep
		return nil
	}
	t := trapFault(err, l.frame.inst, bySlot)
	fault := l.version.fault(t.Kind, "the destructor failed: "+t.Message, t.Err)
	fault.Code, fault.Export, fault.Backtrace, fault.pure = t.Code, g.name(), t.Backtrace, false
	return fault
}

// name is the resource's name, for faults.
func (g *grip) name() string {
	if g.resource < 0 {
		return ""
	}
	return resourceName(g.lease.version.kernel.plan, g.resource)
}

// leak is the cleanup of a resource, or of a pin, that was forgotten instead of closed. Its destructor runs on a
// goroutine of its own, because a cleanup must not wait; the pool is not drained before that has ended.
func (g *grip) leak() {
	l := g.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return
	}
	l.version.leaked.Add(1)
	l.leaked = append(l.leaked, g)
	if !l.reaping {
		l.reaping = true
		go l.reap()
	}
}

// reap closes what was leaked.
func (l *lease) reap() {
	ctx := context.Background() // nobody's call
	for {
		if l.take(ctx) != nil {
			return
		}
		l.mu.Lock()
		if len(l.leaked) == 0 {
			l.reaping = false
			l.mu.Unlock()
			l.pass(keep)
			return
		}
		g := l.leaked[0]
		l.leaked = l.leaked[1:]
		l.mu.Unlock()
		if l.destroy(ctx, g) != nil {
			return // counted and logged; the instance is gone
		}
	}
}

// insideKey marks the context of a host call that a leased instance waits for. Its value is an *atomic.Bool that is
// true until the host call has returned.
type insideKey struct{ lease *lease }

// inside reports whether ctx comes from a host call of this instance that is in progress: waiting for its turn would
// not end.
func (l *lease) inside(ctx context.Context) bool {
	if !l.version.kernel.hosted() {
		return false
	}
	waiting, _ := ctx.Value(insideKey{l}).(*atomic.Bool)
	return waiting != nil && waiting.Load()
}
