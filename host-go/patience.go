package tenon

import (
	"runtime"
	"time"
)

// patience is how long a call waits for an instance, over all the pools that it tries.
type patience struct {
	bound time.Duration // negative: none
	timer *time.Timer
	grace bool // the bound has passed, and garbage was collected
}

// expired is sent to when the bound has passed, or when it is time to look for what was leaked.
func (w *patience) expired() <-chan time.Time {
	if w.timer == nil {
		bound := w.bound
		if bound < 0 {
			bound = sweepEvery
		}
		w.timer = time.NewTimer(bound)
	}
	return w.timer.C
}

// more reports whether to wait on after expired.
func (w *patience) more(p *pool) bool {
	swept := p.sweep()
	switch {
	case w.bound < 0:
		w.timer.Reset(sweepEvery)
		return true
	case swept && !w.grace:
		w.grace = true
		w.timer.Reset(sweepGrace)
		return true
	}
	return false
}

// A collection of garbage is dear, so it is rare; it takes what was leaked a moment to come back after one.
const (
	sweepEvery = 10 * time.Second
	sweepGrace = 20 * time.Millisecond
)

// sweep collects garbage where a leaked resource may keep an instance out, which nobody else may come to find. It
// reports whether that may help by now.
func (p *pool) sweep() bool {
	p.mu.Lock()
	since := time.Since(p.swept)
	due := p.held > 0 && since >= sweepEvery
	helped := p.held > 0 && since < sweepGrace
	if due {
		p.swept = time.Now()
	}
	p.mu.Unlock()
	if due {
		runtime.GC()
		p.mu.Lock()
		p.swept = time.Now()
		p.mu.Unlock()
	}
	return due || helped
}

func (w *patience) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
