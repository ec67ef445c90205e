package follow

import (
	"context"
	"sync"
	"time"
)

// Once a change of the slot is in force, its old version's calls are waited for that long: enough for calls, not for
// resources and pins, which can be held for any time and must not hold up the next version, or the way back. The old
// version closes with its last call whether or not somebody waits.
const (
	drainPatience = 100 * time.Millisecond
	drainInterval = 5 * time.Millisecond // between two looks whether the change is in force
)

// within makes a change of the slot in Config.SwapTimeout, which is each change's own, and does not wait long for the old
// version once inForce is true. The error says nothing of whether the change is in force.
func (f *Follower) within(ctx context.Context, change func(context.Context) error, inForce func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.SwapTimeout)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() {
		tick := time.NewTicker(drainInterval)
		defer tick.Stop()
		for patience := drainPatience; patience > 0; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if inForce() {
				patience -= drainInterval
			}
		}
		cancel()
	})
	return change(ctx)
}
