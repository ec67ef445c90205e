package tenon

import "time"

// retired is the bit of attention that says that the pool takes no more calls; the bits below count waiters.
const retired = 1 << 30

// drop closes a frame that nobody can reach any more, and makes room for another.
func (p *pool) drop(f *Frame) {
	p.mu.Lock()
	p.strike(f)
	p.mu.Unlock()
	defer p.gone(f.size) // also when a host function ends the goroutine
	f.guest().close()
}

// dropAll drops several frames.
func (p *pool) dropAll(frames []*Frame) {
	done := 0
	defer func() {
		if done < len(frames) { // a host function ends the goroutine
			p.dropAll(frames[done:])
		}
	}()
	for _, f := range frames {
		done++
		p.drop(f)
	}
}

// gone takes one instance of the given size off the books. The last one of a retired pool ends it.
func (p *pool) gone(size uint64) {
	p.mu.Lock()
	p.live--
	p.size -= size
	if w := p.nextWaiter(); w != nil {
		w.frame <- nil
	}
	last := p.live == 0 && p.attention.Load() >= retired
	p.mu.Unlock()
	if last {
		p.finish()
	}
}

func (p *pool) finish() {
	defer close(p.drained) // also when a host function ends the goroutine
	if p.closed != nil {
		p.closed()
	}
}

// retire makes the pool refuse calls, sends its waiters to look at the route again, and closes what is idle.
// Instances that are out close when they come back; drained is closed after the last one.
func (p *pool) retire() {
	p.mu.Lock()
	if p.attention.Load() >= retired {
		p.mu.Unlock()
		return
	}
	p.attention.Add(retired)
	p.cancel()
	if p.timer != nil {
		p.timer.Stop()
	}
	for w := p.nextWaiter(); w != nil; w = p.nextWaiter() {
		w.frame <- nil
	}
	idle := p.findAll()
	empty := p.live == 0
	if p.live > len(idle) {
		time.AfterFunc(lookAgain, func() { p.reap(lookAgain) })
	}
	p.mu.Unlock()
	if empty {
		p.finish()
		return
	}
	p.dropAll(idle)
}

// reap closes frames that came free without a look at attention, and comes back after a longer pause while there are
// others.
func (p *pool) reap(pause time.Duration) {
	p.mu.Lock()
	idle := p.findAll()
	if p.live > len(idle) {
		pause = longer(pause)
		time.AfterFunc(pause, func() { p.reap(pause) })
	}
	p.mu.Unlock()
	p.dropAll(idle)
}

// findAll takes all idle frames. The lock is held.
func (p *pool) findAll() []*Frame {
	var all []*Frame
	for f := p.find(); f != nil; f = p.find() {
		all = append(all, f)
	}
	return all
}
