package follow

import (
	"errors"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// The pauses between looks at what was refused.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// run looks whenever something may have changed. again is the pause after the first look; 0: none is due.
func (f *Follower) run(again time.Duration) {
	defer close(f.ended)
	defer f.rest()
	retry := time.NewTimer(again)
	defer retry.Stop()
	if again == 0 {
		retry.Stop()
	}
	tick := time.NewTicker(f.cfg.Poll)
	defer tick.Stop()
	for {
		select {
		case <-f.life.Done():
			return
		case <-tick.C:
			f.watchBreaker()
			continue
		case <-f.watcher.C:
			again = 0 // something changed: begin with short pauses
		case <-retry.C:
		}
		again = f.again(f.looked(f.life, false), again)
		retry.Stop()
		if again > 0 {
			retry.Reset(again)
		}
	}
}

// rest leaves nothing behind: no watcher, no kernels but the one that serves, which goes with the slot.
func (f *Follower) rest() {
	f.watcher.Close()
	f.turn <- struct{}{} // for good
	f.kernels.close()
}

// again is the pause before the next look, after one that gave err and came after the pause before; 0: none is due until
// something changes.
func (f *Follower) again(err error, before time.Duration) time.Duration {
	pause := time.Duration(0)
	switch {
	case err == nil || !passing(err):
	case before == 0:
		pause = min(firstPause, f.cfg.Poll)
	default:
		pause = min(2*before, lastPause)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.Retry = time.Time{}
	if pause > 0 {
		f.status.Retry = time.Now().Add(pause)
	}
	return pause
}

// passing reports whether another look may find it otherwise although nobody tells of a change. What can be read is
// cheap to look at; what the version does is not, and does not change.
func passing(err error) bool {
	e, ok := errors.AsType[*registry.Error](err)
	switch {
	case !ok:
		return true // the look was interrupted
	case e.Reason == registry.ReasonClosed:
		return false
	case e.Reason != registry.ReasonWarmFailed:
		return e.Reason.Passing() || e.Kind() == "integrity" || errors.Is(err, registry.ErrNotFound)
	}
	switch tenon.KindOf(err) {
	case tenon.KindMalformed, tenon.KindLimit, tenon.KindUnsupported, tenon.KindContract, tenon.KindPolicy:
		return false
	}
	return true
}
