package tenon

import (
	"context"
	"log/slog"
	"math"
	"strconv"
)

// Stage makes a second version ready beside the one that serves: checked, with as many instances as that one ever had at
// a time, and no calls. [Slot.Promote] has it serve, [Slot.Divide] gives it some calls before. It takes the place of a
// version that was staged before, whose calls, resources and pins are waited for as [Slot.Swap] waits; it begins without
// a share of the calls. nil stages none.
//
// Its instances stay, whatever [SlotConfig.IdleAfter] says, so that it can serve at once. Staging the staged version
// does nothing; one that serves already cannot be staged: a fault of kind policy. When Stage fails, everything stays as
// it was, but for a context that ends while the old staged version drains.
func (s *Slot[B]) Stage(ctx context.Context, k *Kernel) error { return s.core.stage(ctx, k) }

// Promote directs new calls to the staged version with one store, all of them. The version that served is staged in its
// place, warm as it is: Promote again flips back at once. When the baseline has served alone, nothing is staged
// afterwards, and [Slot.Swap] to nil leads back.
//
// A staged version that has not served yet is first given as many instances as the one that serves ever had. When
// Promote fails, everything stays as it was; without a staged version it is a fault of kind policy.
func (s *Slot[B]) Promote(ctx context.Context) error { return s.core.promote(ctx) }

// Divide sends a share of the calls to the staged version, from 0 for none to 1 for all that have a key: those whose
// [Call.Key] has a [KeyPosition] below the share. Calls without a key, and all others, go to the version that serves, or
// to the baseline where that serves alone. Calls with one key go to one version as long as the share stays.
//
// Stage and Promote set the share to 0. A fault of kind policy says that nothing is staged, or that share is no share.
func (s *Slot[B]) Divide(share float64) error { return s.core.divide(share) }

// Staged is the kernel that is staged; nil when none is.
func (s *Slot[B]) Staged() *Kernel {
	if r := s.core.route.Load(); r != nil && r.staged != nil {
		return r.staged.kernel
	}
	return nil
}

// stage is Slot.Stage.
func (c *core) stage(ctx context.Context, k *Kernel) error {
	old, err := c.inTurn(ctx, k, func() (*version, error) { return c.restage(ctx, k) })
	if old == nil || err != nil {
		return err
	}
	return c.await(ctx, old, "the other version is staged, and this one closes with its last call")
}

// restage stages the kernel, and gives the version that was staged before, retired; nil if there was none.
func (c *core) restage(ctx context.Context, k *Kernel) (*version, error) {
	r := c.route.Load()
	old := r.staged
	switch {
	case r.closed:
		return nil, c.fault(KindClosed, "the slot is closed", nil)
	case old == nil && k == nil || k != nil && old != nil && old.kernel.same(k):
		return nil, nil
	case k != nil && r.version != nil && r.version.kernel.same(k):
		return nil, c.fault(KindPolicy, "kernel "+k.name+" "+versionName(k.Label(), k.Digest())+" serves already: stage another version", nil)
	}
	var next *version
	if k != nil {
		var err error
		if next, err = c.ready(ctx, k, c.peak(r.version)); err != nil {
			return nil, err
		}
		next.pool.stay(math.MaxInt)
	}
	if err := c.point(ctx, func(r *route) { r.staged, r.share = next, 0 }); err != nil {
		if next != nil {
			next.retire()
		}
		return nil, err
	}
	e := Event{Kind: EventStaged}
	if old != nil {
		e.Previous = old.kernel.Digest()
	}
	c.tell(ctx, slog.LevelInfo, "version staged", e, next)
	if old != nil {
		old.retire()
	}
	return old, nil
}

// promote is Slot.Promote.
func (c *core) promote(ctx context.Context) error {
	_, err := c.inTurn(ctx, nil, func() (*version, error) {
		r := c.route.Load()
		switch {
		case r.closed:
			return nil, c.fault(KindClosed, "the slot is closed", nil)
		case r.staged == nil:
			return nil, c.fault(KindPolicy, "no version is staged: call Stage before", nil)
		}
		return nil, c.exchange(ctx, r.version, r.staged, r.version)
	})
	return err
}

// exchange has next, which is staged, serve in the place of old, and another version staged in its place.
func (c *core) exchange(ctx context.Context, old, next, staged *version) error {
	if !next.served {
		if err := next.fill(ctx, c.peak(old)); err != nil {
			return err
		}
	}
	if err := c.point(ctx, func(r *route) { r.version, r.staged, r.share = next, staged, 0 }); err != nil {
		return err
	}
	next.served = true
	next.pool.stay(c.minimum)
	if staged != nil {
		staged.pool.stay(math.MaxInt)
	}
	c.swaps.Add(1)
	c.report(ctx, old, next)
	return nil
}

// peak is how many instances a version needs that shall take the calls of another.
func (c *core) peak(of *version) int {
	if of == nil {
		return c.first
	}
	return max(c.minimum, of.pool.highest())
}

// divide is Slot.Divide.
func (c *core) divide(share float64) error {
	c.mu.Lock()
	r := c.route.Load()
	fault := c.indivisible(r, share)
	if fault != nil || r.share == share {
		c.mu.Unlock()
		if fault != nil {
			return fault
		}
		return nil
	}
	c.reroute(func(r *route) { r.share = share })
	c.mu.Unlock()
	// The program's own doing, and nobody's call.
	c.tell(context.Background(), slog.LevelInfo, "calls divided", Event{Kind: EventDivided}, r.staged, slog.Float64("share", share))
	return nil
}

// indivisible says why a slot's calls cannot be divided so.
func (c *core) indivisible(r *route, share float64) *Fault {
	switch {
	case r == nil:
		return &Fault{Kind: KindClosed, Message: "the slot was not made by NewSlot"}
	case r.closed:
		return c.fault(KindClosed, "the slot is closed", nil)
	case !(share >= 0 && share <= 1):
		return c.fault(KindPolicy, "a share of "+strconv.FormatFloat(share, 'g', -1, 64)+" is none: give one from 0 to 1", nil)
	case share > 0 && r.staged == nil:
		return c.fault(KindPolicy, "no version is staged that could have a share: call Stage before", nil)
	}
	return nil
}
