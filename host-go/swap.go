package tenon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
)

// swap is Slot.Swap.
func (c *core) swap(ctx context.Context, k *Kernel) error {
	if c.route.Load() == nil {
		return c.unserved(ctx, nil, -1)
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return c.fault(KindCanceled, "the context ended while another swap was at work: nothing was changed", ctx.Err())
	}
	old, err := c.inTurn(ctx, k)
	if old == nil || err != nil {
		return err
	}
	if err := drained(ctx, old); err != nil {
		return c.fault(KindCanceled, fmt.Sprintf(
			"the context ended while version %s was draining: the swap is in force, and the old version closes with its last call",
			versionName(old.kernel.Label(), old.kernel.Digest())), err)
	}
	return nil
}

// inTurn is flip, and ends the turn: also when a host function that the new version calls ends the goroutine.
func (c *core) inTurn(ctx context.Context, k *Kernel) (*version, error) {
	defer func() { <-c.turn }()
	return c.flip(ctx, k)
}

// flip makes the kernel ready, directs new calls to it, and retires the version that it replaces. It gives that
// version; nil when there was none, or when nothing had to change.
func (c *core) flip(ctx context.Context, k *Kernel) (*version, error) {
	r := c.route.Load()
	old := r.version
	if r.closed {
		return nil, c.fault(KindClosed, "the slot is closed", nil)
	}
	if fault := c.servable(k); fault != nil {
		return nil, fault
	}
	if old == nil && k == nil || k != nil && old != nil && old.kernel.same(k) {
		return nil, nil
	}
	var next *version
	if k != nil {
		instances := c.minimum
		if old != nil {
			instances = max(instances, old.pool.highest())
		}
		var err error
		if next, err = c.ready(ctx, k, instances); err != nil {
			return nil, err
		}
	}
	if err := c.point(ctx, next); err != nil {
		if next != nil {
			next.retire()
		}
		return nil, err
	}
	c.swaps.Add(1)
	c.report(ctx, old, next)
	if old != nil {
		old.retire()
	}
	return old, nil
}

// point stores the new route unless the slot was closed, or the context ended, in the meantime.
func (c *core) point(ctx context.Context, next *version) error {
	if err := ctx.Err(); err != nil {
		return c.fault(KindCanceled, "the context ended before the swap: nothing was changed", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.route.Load().closed {
		return c.fault(KindClosed, "the slot was closed during the swap", nil)
	}
	c.route.Store(routeTo(next))
	return nil
}

// report tells the log and the observer of a swap.
func (c *core) report(ctx context.Context, old, next *version) {
	e := Event{Kind: EventSwapped, Slot: c.name}
	attrs := []slog.Attr{slog.String("slot", c.name)}
	if next != nil {
		e.Kernel, e.Version, e.Label = next.kernel.name, next.kernel.Digest(), next.kernel.Label()
		attrs = append(attrs, slog.String("kernel", e.Kernel), slog.String("version", e.Version), slog.String("label", e.Label))
	}
	if old != nil {
		e.Previous = old.kernel.Digest()
		attrs = append(attrs, slog.String("previous", e.Previous))
	}
	c.rt.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "slot swapped", attrs...)
	c.rt.observe(e)
}

// fault is a fault of the slot itself.
func (c *core) fault(kind Kind, message string, cause error) *Fault {
	return &Fault{Kind: kind, Slot: c.name, Message: message, Err: cause}
}

// drained waits until the last instance of a retired version is closed.
func drained(ctx context.Context, v *version) error {
	select {
	case <-v.pool.drained:
		return nil
	default:
	}
	if v.pool.kept() > 0 {
		runtime.GC() // nobody else may come to close what was leaked
	}
	select {
	case <-v.pool.drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close is Slot.Close.
func (c *core) close(ctx context.Context) error {
	c.mu.Lock()
	if r := c.route.Load(); r == nil {
		c.mu.Unlock()
		return nil
	} else if !r.closed {
		c.route.Store(&route{closed: true})
	}
	var open []*version
	for v := range c.versions { // a version that a swap is making ready ends as well
		open = append(open, v)
	}
	c.mu.Unlock()
	for _, v := range open {
		v.retire()
	}
	var errs []error
	for _, v := range open {
		if err := drained(ctx, v); err != nil {
			errs = append(errs, c.fault(KindCanceled, fmt.Sprintf(
				"the context ended while version %s was draining: the slot is closed, and the version closes with its last call",
				versionName(v.kernel.Label(), v.kernel.Digest())), err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	c.rt.disown(c)
	return nil
}

// forget takes a version that is gone off the slot's books, and keeps its counts.
func (c *core) forget(v *version) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.versions, v)
	c.past.add(v)
}
