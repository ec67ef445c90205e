package tenon

import (
	"context"
	"time"
)

// waiter is a goroutine that waits for an instance. It is sent a frame, or nil to look again.
type waiter struct{ frame chan *Frame }

// nextWaiter takes the longest waiter off the queue; nil when nobody waits. The lock is held.
func (p *pool) nextWaiter() *waiter {
	if len(p.waiters) == 0 {
		return nil
	}
	w := p.waiters[0]
	p.waiters = p.waiters[1:]
	p.attention.Add(-1)
	return w
}

// acquire gives a frame: an idle one, a new one while the bounds allow it, or the first that comes free. The
// error is errRetired, errFull, the context's, or what building said.
func (p *pool) acquire(ctx context.Context, wait *patience) (*Frame, error) {
	var scarce error // what building said when the runtime had no memory for one more
	for {
		p.mu.Lock()
		if p.attention.Load() >= retired {
			p.mu.Unlock()
			return nil, errRetired
		}
		if f := p.find(); f != nil {
			p.mu.Unlock()
			return f, nil
		}
		if scarce != nil && p.live == 0 {
			p.mu.Unlock()
			return nil, scarce // there is nothing to wait for
		}
		if scarce == nil && p.live < p.limit && (p.live == 0 || p.size+p.one <= p.bytes) {
			booked := p.reserve()
			p.mu.Unlock()
			f, err := p.grow(ctx, booked, false)
			if KindOf(err) != KindOverloaded {
				return f, err
			}
			scarce = err
			continue
		}
		w := &waiter{frame: make(chan *Frame, 1)}
		p.waiters = append(p.waiters, w)
		p.attention.Add(1)
		f := p.find() // one may have been shelved before attention was up
		if f != nil {
			p.forget(w)
			p.mu.Unlock()
			return f, nil
		}
		p.waits++
		p.mu.Unlock()
		f, err := p.await(ctx, w, wait)
		switch {
		case err == errFull && scarce != nil:
			return nil, scarce
		case f != nil || err != nil:
			return f, err
		}
		scarce = nil // an instance was closed: there may be room now
	}
}

// await blocks until the waiter is served; (nil, nil) means to look again.
func (p *pool) await(ctx context.Context, w *waiter, wait *patience) (*Frame, error) {
	var err error
	pause := lookAgain
	again := time.NewTimer(pause)
	defer again.Stop()
	for err == nil {
		select {
		case f := <-w.frame:
			return f, nil
		case <-again.C:
			if f := p.missed(w); f != nil {
				return f, nil
			}
			pause = longer(pause)
			again.Reset(pause)
		case <-ctx.Done():
			err = ctx.Err()
		case <-wait.expired():
			if !wait.more(p) {
				err = errFull
			}
		}
	}
	p.mu.Lock()
	waiting := p.forget(w)
	p.mu.Unlock()
	if waiting {
		return nil, err
	}
	// Served in the same moment. A frame goes on to the next in line; so does the news of free room.
	if f := <-w.frame; f != nil {
		p.stow(f)
	} else {
		p.mu.Lock()
		if next := p.nextWaiter(); next != nil {
			next.frame <- nil
		}
		p.mu.Unlock()
	}
	return nil, err
}

// lookAgain is when a waiter, and a pool that retires, look a second time for frames that have come free: whoever freed
// one may not have seen their attention, and they not that it was free (see release). What one processor stores the others
// see within a microsecond, so the later looks are for nothing but peace of mind, and rare.
const lookAgain = time.Millisecond

// longer is the pause before the look after the next.
func longer(pause time.Duration) time.Duration { return min(8*pause, time.Second) }

// missed is a frame that came free while nobody had seen the waiter; nil when there is none.
func (p *pool) missed(w *waiter) *Frame {
	p.mu.Lock()
	f := p.find()
	mine := f == nil || p.forget(w)
	p.mu.Unlock()
	if !mine { // it was served in the same moment
		p.stow(f)
		return nil
	}
	return f
}

// forget takes a waiter off the queue and reports whether it was still on it. The lock is held.
func (p *pool) forget(w *waiter) bool {
	for i, other := range p.waiters {
		if other == w {
			p.waiters = append(p.waiters[:i], p.waiters[i+1:]...)
			p.attention.Add(-1)
			return true
		}
	}
	return false
}
