package tenon

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Breaker says when a slot turns a failing version off, and how it tries it again. Faults count that the baseline could
// answer in place of the kernel; a slot without a baseline has no breaker. The zero value is a breaker with the defaults.
//
// While a version is turned off, the baseline answers, and for the share of a staged one the version that serves. After
// the pause single calls try the version: as soon as three have been answered in a row it has all of its calls again;
// when one fails, whose caller gets the baseline's answer, the next try waits for twice the pause, at most 32 times.
// Nothing runs in between: without calls there are no tries.
type Breaker struct {
	// Faults within Window turn a version off. 0: 20.
	Faults int
	// Window is how long a fault counts. 0: 10 seconds.
	Window time.Duration
	// Pause is how long a version is turned off before a call tries it. One that fails again soon after it has come back
	// has twice the pause of before. 0: 5 seconds.
	Pause time.Duration
	// Off is for no breaker: a version serves, whatever it does.
	Off bool
}

// The breaker's defaults and bounds.
const (
	breakerFaults = 20
	breakerWindow = 10 * time.Second
	breakerPause  = 5 * time.Second
	breakerTries  = 3      // in a row, which bring a version back
	breakerLonger = 32     // times Pause, at most
	breakerMost   = 10_000 // faults, whose times are kept
)

// check is the fault of a breaker that cannot be meant.
func (b *Breaker) check() *Fault {
	switch {
	case b.Faults < 0 || b.Faults > breakerMost:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf(
			"SlotConfig.Breaker.Faults is %d: give 1 to %d, 0 for %d, or set Off", b.Faults, breakerMost, breakerFaults)}
	case b.Window < 0:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf("SlotConfig.Breaker.Window is %v: give 0 for %v, or set Off", b.Window, breakerWindow)}
	case b.Pause < 0 || b.Pause > breakerLongest:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf(
			"SlotConfig.Breaker.Pause is %v: give at most %v, 0 for %v, or set Off", b.Pause, breakerLongest, breakerPause)}
	}
	return nil
}

// breakerLongest is the longest Pause.
const breakerLongest = 24 * time.Hour

// withDefaults fills in what is zero.
func (b Breaker) withDefaults() Breaker {
	if b.Faults == 0 {
		b.Faults = breakerFaults
	}
	if b.Window == 0 {
		b.Window = breakerWindow
	}
	if b.Pause == 0 {
		b.Pause = breakerPause
	}
	return b
}

// standing is what a slot holds against a version. It is apart from the version because faults know it, which callers
// keep for as long as they like. But for what is atomic it is under the slot's lock.
//
// Times are on the slot's clock.
type standing struct {
	blamed  atomic.Uint64 // faults whose input the baseline answered
	tripped atomic.Bool   // turned off
	next    atomic.Int64  // from when a call may try the version, while that is turned off

	gone   bool            // the version is closed, and its counts were added up
	recent []time.Duration // when it was blamed last, at most Breaker.Faults times; a ring
	oldest int             // in recent
	good   int             // tries in a row that were answered
	pause  time.Duration   // the last one
	back   time.Duration   // when it came back from it
}

// trial is a call that tries a version which is turned off. Its fault knows it, and so it knows no version.
type trial struct {
	*standing
	until int64 // what next was set to: then somebody else may try
}

// try gives the trial that a call may be of a version that is turned off; nil when it is not the time.
func (c *core) try(v *version) *trial {
	s := v.standing
	now, next := int64(c.clock()), s.next.Load()
	if now < next {
		return nil
	}
	// Others wait for as long as a pause, should this one never come back.
	t := &trial{standing: s, until: now + int64(c.breaker.Pause)}
	if !s.next.CompareAndSwap(next, t.until) || !s.tripped.Load() {
		return nil
	}
	return t
}

// open ends a trial that says nothing about the version: another call may try at once. A nil trial is none.
func (t *trial) open() {
	if t != nil {
		t.next.CompareAndSwap(t.until, 0)
	}
}

// passed books a trial that was answered. The last one that it takes turns the version on again.
func (c *core) passed(ctx context.Context, t *trial) {
	s := t.standing
	c.mu.Lock()
	if !s.tripped.Load() {
		c.mu.Unlock()
		return
	}
	if s.good++; s.good < breakerTries {
		c.mu.Unlock()
		t.open()
		return
	}
	s.good, s.recent, s.oldest = 0, s.recent[:0], 0
	s.back = c.clock()
	s.tripped.Store(false)
	v := c.judged(s)
	if v != nil {
		c.reroute(func(*route) {})
	}
	c.mu.Unlock()
	if v != nil {
		c.tell(ctx, slog.LevelInfo, "version recovered", Event{Kind: EventRecovered}, v)
	}
}

// blame holds a fault, whose input the baseline has answered, against its version, and turns that off when it is one
// too many.
func (c *core) blame(ctx context.Context, f *Fault) {
	s := f.standing
	if s == nil {
		return
	}
	c.mu.Lock()
	s.blamed.Add(1)
	if s.gone {
		c.past.blamed++
	}
	v := c.judged(s)
	if v == nil || c.breaker.Off {
		c.mu.Unlock()
		return
	}
	now := c.clock()
	faults := 0
	switch {
	case s.tripped.Load() && f.trial == nil:
		c.mu.Unlock() // a call from before
		return
	case s.tripped.Load():
		s.pause = min(2*s.pause, breakerLonger*c.breaker.Pause)
	case !s.tooMany(now, &c.breaker):
		c.mu.Unlock()
		return
	default:
		faults = len(s.recent)
		if s.back > 0 && now-s.back < breakerLonger*c.breaker.Pause {
			s.pause = min(2*s.pause, breakerLonger*c.breaker.Pause)
		} else {
			s.pause = c.breaker.Pause
		}
	}
	s.good = 0
	s.next.Store(int64(now + s.pause))
	if faults > 0 {
		s.tripped.Store(true)
		c.trips.Add(1)
		c.reroute(func(*route) {})
	}
	pause := s.pause
	c.mu.Unlock()
	if faults > 0 {
		c.tell(ctx, slog.LevelWarn, "version tripped", Event{Kind: EventTripped, Fault: f}, v,
			slog.Int("faults", faults), slog.Int64("pause_ms", pause.Milliseconds()))
	}
}

// tooMany books that the version was blamed now, and reports whether it was too often.
func (s *standing) tooMany(now time.Duration, b *Breaker) bool {
	if len(s.recent) < b.Faults {
		s.recent = append(s.recent, now)
	} else {
		s.recent[s.oldest] = now
		s.oldest = (s.oldest + 1) % b.Faults
	}
	return len(s.recent) == b.Faults && now-s.recent[s.oldest] <= b.Window
}

// judged is the version that a standing is of, if calls may go to it. The lock is held.
func (c *core) judged(s *standing) *version {
	r := c.route.Load()
	for _, v := range [2]*version{r.version, r.staged} {
		if v != nil && v.standing == s && !r.closed {
			return v
		}
	}
	return nil
}
