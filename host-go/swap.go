package tenon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"
)

// swap is Slot.Swap.
func (c *core) swap(ctx context.Context, k *Kernel) error {
	old, err := c.inTurn(ctx, k, func() (*version, error) { return c.flip(ctx, k) })
	if old == nil || err != nil {
		return err
	}
	return c.await(ctx, old, "the swap is in force, and the old version closes with its last call")
}

// inTurn changes what the slot serves, one change at a time. It gives the version that is retired by it. A change that
// fails is told to who looks on, with the kernel that it was about.
func (c *core) inTurn(ctx context.Context, k *Kernel, change func() (*version, error)) (*version, error) {
	if c.route.Load() == nil {
		return nil, c.unserved(ctx, nil, -1)
	}
	old, err := c.alone(ctx, change)
	if err != nil {
		c.unchanged(ctx, k, err)
	}
	return old, err
}

// alone waits for the turn, and ends it: also when a host function that a new version calls ends the goroutine.
func (c *core) alone(ctx context.Context, change func() (*version, error)) (*version, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, c.fault(KindCanceled, "the context ended while another swap was at work: nothing was changed", ctx.Err())
	}
	defer func() { <-c.turn }()
	return change()
}

// unchanged counts and tells that a change failed.
func (c *core) unchanged(ctx context.Context, k *Kernel, err error) {
	c.swapFailures.Add(1)
	fault, ok := asFault(err)
	if !ok {
		fault = c.fault(KindInternal, err.Error(), err)
	}
	e := Event{Kind: EventSwapFailed, Slot: c.name, Kernel: fault.Kernel, Version: fault.Version, Label: fault.Label, Fault: fault}
	attrs := fault.attrs()
	if k != nil && fault.Kernel == "" {
		e.Kernel, e.Version, e.Label = k.name, k.Digest(), k.Label()
		attrs = append(attrs, k.attrs()...)
	}
	if r := c.route.Load(); r.version != nil {
		e.Previous = r.version.kernel.Digest()
		attrs = append(attrs, slog.String("previous", e.Previous))
	}
	c.rt.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "swap failed", attrs...)
	c.rt.observe(e)
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
	if err := c.replace(ctx, r, k); err != nil {
		return nil, err
	}
	if old != nil {
		old.retire()
	}
	return old, nil
}

// replace directs new calls to a kernel, the staged one or another, or to the baseline.
func (c *core) replace(ctx context.Context, r *route, k *Kernel) error {
	if k != nil && r.staged != nil && r.staged.kernel.same(k) {
		return c.exchange(ctx, r.version, r.staged, nil)
	}
	var next *version
	if k != nil {
		var err error
		if next, err = c.ready(ctx, k, c.peak(r.version)); err != nil {
			return err
		}
		next.served = true
	}
	if err := c.point(ctx, func(r *route) { r.version = next }); err != nil {
		if next != nil {
			next.retire()
		}
		return err
	}
	c.swaps.Add(1)
	c.report(ctx, r.version, next)
	return nil
}

// point stores a new route unless the slot was closed, or the context ended, in the meantime.
func (c *core) point(ctx context.Context, edit func(next *route)) error {
	if err := ctx.Err(); err != nil {
		return c.fault(KindCanceled, "the context ended before the swap: nothing was changed", err)
	}
	began := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.route.Load().closed {
		return c.fault(KindClosed, "the slot was closed during the swap", nil)
	}
	c.reroute(edit)
	c.lastFlip.Store(int64(time.Since(began)))
	return nil
}

// report tells the log and the observer of a swap.
func (c *core) report(ctx context.Context, old, next *version) {
	e := Event{Kind: EventSwapped}
	if old != nil {
		e.Previous = old.kernel.Digest()
	}
	c.tell(ctx, slog.LevelInfo, "slot swapped", e, next)
}

// fault is a fault of the slot itself.
func (c *core) fault(kind Kind, message string, cause error) *Fault {
	return &Fault{Kind: kind, Slot: c.name, Message: message, Err: cause}
}

// await waits until a retired version is drained. now says what holds when the context ends before.
func (c *core) await(ctx context.Context, old *version, now string) error {
	if err := drained(ctx, old); err != nil {
		return c.fault(KindCanceled, fmt.Sprintf("the context ended while version %s was draining: %s",
			versionName(old.kernel.Label(), old.kernel.Digest()), now), err)
	}
	return nil
}

// leakPatience is how long a version that drains waits for its resources before it looks for those that nobody has.
const leakPatience = 20 * time.Millisecond

// drained waits until the last instance of a retired version is closed.
func drained(ctx context.Context, v *version) error {
	select {
	case <-v.pool.drained:
		return nil
	default:
	}
	// Nobody else may come to close what was leaked; but what is only in use shall not cost a collection at each swap.
	if v.pool.kept() > 0 {
		wait := time.NewTimer(leakPatience)
		defer wait.Stop()
		select {
		case <-v.pool.drained:
			return nil
		case <-wait.C:
			runtime.GC()
		case <-ctx.Done():
			return ctx.Err()
		}
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
		if err := c.await(ctx, v, "the slot is closed, and the version closes with its last call"); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	c.rt.disown(c)
	return nil
}

// forget takes a version that is gone off the slot's books, and keeps its counts. With its last version a closed slot is gone as
// well: close may have given up waiting for it.
func (c *core) forget(v *version) {
	c.mu.Lock()
	delete(c.versions, v)
	v.standing.gone = true
	c.past.add(v)
	r := c.route.Load()
	over := r != nil && r.closed && len(c.versions) == 0
	c.mu.Unlock()
	if over {
		c.rt.disown(c)
	}
}
