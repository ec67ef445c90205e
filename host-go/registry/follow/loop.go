package follow

import (
	"errors"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// lastPause is the longest pause between two looks at what was refused, where Config.Poll is not longer. The first one is
// Config.Poll, each further one twice the one before.
const lastPause = time.Minute

// run looks whenever something may have changed; at once, if the first look was not made.
func (f *Follower) run(looked bool) {
	defer close(f.ended)
	defer f.rest()
	if !looked {
		_ = f.looked(f.life, changed) // settled, as all looks are
	}
	tick := time.NewTicker(f.cfg.Poll)
	defer tick.Stop()
	for {
		why := changed
		select {
		case <-f.life.Done():
			return
		case <-f.watcher.C:
		case <-tick.C:
			f.watchBreaker()
			if retry := f.Status().Retry; retry.IsZero() || time.Now().Before(retry) {
				continue
			}
			why = due
		}
		_ = f.looked(f.life, why)
	}
}

// rest leaves nothing behind: no watcher, no kernels but the one that serves, which goes with the slot.
func (f *Follower) rest() {
	f.watcher.Close()
	f.turn <- struct{}{} // for good
	f.kernels.close()
}

// again is the pause before another look after a refusal; 0: none before something changes. It grows only while nothing
// happens: a file that was put right just when it was read as wrong may look to the watcher as it did before. The turn is held.
func (f *Follower) again(err error) time.Duration {
	switch {
	case err == nil || !passing(err):
		f.pause = 0
	case f.pause == 0 || f.why != due:
		f.pause = f.cfg.Poll
	default:
		f.pause = min(2*f.pause, max(lastPause, f.cfg.Poll))
	}
	return f.pause
}

// passing reports whether another look may find it otherwise although nobody tells of a change. What can be read is
// cheap to look at; what the version does is not, and does not change.
func passing(err error) bool {
	reason := registry.ReasonOf(err)
	if reason != registry.ReasonWarmFailed {
		return reason.Passing() || reason.Kind() == "integrity" || errors.Is(err, registry.ErrNotFound)
	}
	switch tenon.KindOf(err) {
	case tenon.KindMalformed, tenon.KindLimit, tenon.KindUnsupported, tenon.KindContract, tenon.KindPolicy:
		return false
	}
	return true
}
