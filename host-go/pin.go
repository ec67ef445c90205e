package tenon

import (
	"context"
	"runtime"
	"sync/atomic"
)

// Pin is one instance of a slot, set aside so that several resources are made in it and can meet in one call. It
// counts against [SlotConfig.MaxInstances] until it and all of its resources are closed. It is safe for
// concurrent use; calls take turns. While the baseline alone serves, the pin is of the baseline.
type Pin[B any] struct {
	slot *Slot[B]
	hold *pinned // nil: the baseline
}

// pinned is a hold on an instance as such.
type pinned struct {
	grip    *grip
	cleanup runtime.Cleanup
	closed  atomic.Bool
}

// Pin takes an instance out of the slot's pool until the pin is closed. The error is a *Fault.
func (s *Slot[B]) Pin(ctx context.Context) (*Pin[B], error) {
	h, err := s.core.pin(ctx)
	if err != nil {
		return nil, err
	}
	return &Pin[B]{slot: s, hold: h}, nil
}

func (c *core) pin(ctx context.Context) (*pinned, error) {
	f, err := c.checkOut(ctx)
	if f == nil {
		return nil, err
	}
	l := newLease(f)
	f.held = &holding{lease: l}
	h := &pinned{grip: l.grab(-1, 0)}
	h.cleanup = runtime.AddCleanup(h, (*grip).leak, h.grip)
	l.pass(keep)
	return h, nil
}

// EnterWith starts a call of the contract's function i in the pinned instance, for generated clients. rs are the
// resources that it takes; see [Slot.EnterWith]. Without a frame and an error, ask [Slot.Fallback].
func (p *Pin[B]) EnterWith(ctx context.Context, i int, rs ...*Resource) (*Frame, error) {
	c := &p.slot.core
	if p.hold == nil {
		for _, r := range rs {
			if r != nil {
				return nil, c.refuse(ctx, i, &Fault{Kind: KindPolicy, Message: "a resource belongs to a kernel, and the pin to the baseline"})
			}
		}
		return nil, c.baselineTurn(ctx, i)
	}
	defer runtime.KeepAlive(p.hold)
	if p.hold.closed.Load() {
		return nil, c.refused(ctx, i, KindClosed, "the pin is closed", nil)
	}
	l := p.hold.grip.lease
	if fault := l.foreign(rs); fault != nil {
		return nil, c.refuse(ctx, i, fault)
	}
	f, err := l.enter(ctx, i, nil, rs)
	runtime.KeepAlive(rs)
	return f, err
}

// Close lets go of the instance; resources that are open keep it. ctx bounds the wait for a call that is in it.
// It is idempotent.
func (p *Pin[B]) Close(ctx context.Context) error {
	h := p.hold
	if h == nil {
		return nil
	}
	defer runtime.KeepAlive(h)
	h.closed.Store(true)
	return h.grip.lease.close(ctx, h.grip, h.cleanup)
}
