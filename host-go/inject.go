package tenon

import (
	"context"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/inject"
)

func init() { inject.Hook = injected }

// injectable is every Slot.
type injectable interface{ injectable() *core }

func (s *Slot[B]) injectable() *core {
	if s == nil {
		return nil
	}
	return &s.core
}

// injected is inject.Hook.
func injected(slot any, next func() inject.Verdict) (stop func(), err error) {
	var c *core
	if s, ok := slot.(injectable); ok {
		c = s.injectable()
	}
	if c == nil {
		return nil, &Fault{Kind: KindPolicy, Message: "faults are injected into a *tenon.Slot that is there: make one with NewSlot"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r := c.route.Load(); {
	case r == nil || r.closed:
		return nil, c.fault(KindClosed, "the slot is closed", nil)
	case r.inject != nil:
		return nil, c.fault(KindPolicy, "faults are injected into the slot already: stop that before", nil)
	}
	c.reroute(func(r *route) { r.inject = &injection{next} })
	mine := c.route.Load().inject
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if r := c.route.Load(); r.inject == mine {
			c.reroute(func(r *route) { r.inject = nil })
		}
	}, nil
}

// injection is what a test has become of calls.
type injection struct{ next func() inject.Verdict }

// meet does to a call of a version what the test wants; the fault is nil when the call may go on. A nil injection lets it.
func (j *injection) meet(ctx context.Context, v *version) *Fault {
	if j == nil {
		return nil
	}
	verdict := j.next()
	if verdict.Delay > 0 {
		wait := time.NewTimer(verdict.Delay)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return v.fault(KindCanceled, "the context ended in an injected delay", ctx.Err())
		}
	}
	if verdict.Kind == "" {
		return nil
	}
	fault := v.fault(Kind(verdict.Kind), "injected by a test", nil)
	if verdict.Lost {
		if f := v.pool.take(); f != nil {
			v.pool.give(f, poison)
		}
		fault.Code = TrapUnreachable
		fault.Message = "a panic injected by a test"
	}
	return fault
}
