package tenon

import "time"

// upkeep is what a slot says of its instances between calls.
type upkeep struct {
	reset   Reset
	minimum int           // instances that stay when idle
	uses    uint64        // answers of one instance; 0: no bound
	memory  uint64        // bytes of one instance
	age     time.Duration // 0: no bound
	idle    time.Duration // 0: no bound
}

// shortestUpkeep is the shortest time that instances are looked at for.
const shortestUpkeep = 10 * time.Millisecond

// tenure is what the pool notes of an instance. It is under the pool's lock.
type tenure struct {
	born  time.Time
	used  time.Time // when the pool first saw the count of answers that it has seen last
	count uint64
}

// judge says why a frame that comes back shall not serve again; "" when it shall. The lock is held.
func (p *pool) judge(f *Frame, restored bool) Retirement {
	switch {
	case !restored || p.reset == ResetFresh && f.answers > 0:
		return RetiredReset
	case f.size > p.upkeep.memory || f.size > p.bytes || p.size > p.bytes && p.live > 1:
		return RetiredMemory
	case p.uses > 0 && f.answers >= p.uses:
		return RetiredUses
	case p.old(f):
		return RetiredAge
	}
	return ""
}

// stay sets how many instances stay when they are idle.
func (p *pool) stay(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.minimum = max(n, 1)
}

// old reports whether an instance has reached the slot's bound of age. The lock is held.
func (p *pool) old(f *Frame) bool {
	return p.age > 0 && p.now().Sub(p.all[f].born) >= p.age
}

// looksAfter is the count of answers at which a frame on a shelf is judged next. One that is too old is judged at once.
func (p *pool) looksAfter() uint64 {
	switch {
	case p.reset != ResetReuse:
		return 0
	case p.uses > 0:
		return p.uses
	}
	return 1 << 62
}

// renews reports whether another instance is made when one is closed for this reason. A pool whose bounds are too tight
// for one more, and a kernel that fails, are left to the next call.
func (p *pool) renews(f *Frame, why Retirement) bool {
	switch why {
	case RetiredReset, RetiredUses, RetiredAge:
		return true
	case RetiredMemory:
		return f.size <= p.bytes && p.size <= p.bytes
	}
	return false
}

// restored puts an instance back to its first state, if that is what the slot wants and a call has used it; false when it
// cannot be done.
func (p *pool) restored(f *Frame) bool {
	if p.restore == nil || f.answers == f.clean {
		return true
	}
	if p.restore(f) != nil {
		return false
	}
	f.clean = f.answers
	p.resets.Add(1)
	return true
}

// renew closes a frame that the caller has, and makes another in its place, on a goroutine that ends before the pool is
// drained. The lock is held, and given up.
func (p *pool) renew(f *Frame) {
	p.strike(f)
	booked := p.one
	p.size += booked
	p.size -= f.size
	p.renewing++
	p.mu.Unlock()
	go func() {
		defer p.rebuild(booked) // also when a host function ends the goroutine
		f.guest().close()
	}()
}

// rebuild makes the instance that renew booked.
func (p *pool) rebuild(booked uint64) {
	defer func() {
		p.mu.Lock()
		p.renewing--
		p.mu.Unlock()
	}()
	f, err := p.grow(p.ctx, booked, true)
	if err == nil {
		p.stow(f)
	} // else the next call finds out
}

// strike takes a frame that the caller has off the books, but for its size. The lock is held.
func (p *pool) strike(f *Frame) {
	p.answers += f.answers
	p.unshelve(f)
	delete(p.all, f)
}

// attend looks after instances from time to time, until the pool retires.
func (p *pool) attend() {
	every := time.Minute
	if p.age > 0 {
		every = min(every, p.age/4)
	}
	if p.idle > 0 {
		every = min(every, p.idle/4)
	}
	if p.age == 0 && p.idle == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attention.Load() >= retired {
		return
	}
	p.timer = time.AfterFunc(every, func() {
		defer func() { // also when a host function, told that an instance is closed, ends the goroutine
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.attention.Load() < retired {
				p.timer.Reset(every)
			}
		}()
		p.look()
	})
}

// look retires instances that are idle or too old.
func (p *pool) look() {
	var closing, renewing []*Frame
	p.mu.Lock()
	if p.attention.Load() >= retired {
		p.mu.Unlock()
		return
	}
	now := p.now()
	for i := range p.lanes {
		p.lanes[i].clear() // where few are at work they meet at the same instances again, and the others idle
	}
	back := p.listed
	p.listed = nil
	for i := range p.shelves {
		switch f := p.shelves[i].frame.Load(); {
		case f == nil:
		case f.seize():
			back = append(back, f)
		case p.old(f):
			f.due.Store(0) // judged when it comes back
		}
	}
	kept := back[:0]
	live := p.live
	for _, f := range back {
		t := p.all[f]
		if f.answers != t.count {
			t.count, t.used = f.answers, now
		}
		idle := p.idle > 0 && now.Sub(t.used) >= p.idle && live > p.minimum
		switch {
		case idle:
			p.count(RetiredIdle)
			live--
			closing = append(closing, f)
		case p.old(f):
			p.count(RetiredAge)
			renewing = append(renewing, f)
		default:
			kept = append(kept, f)
		}
	}
	p.mu.Unlock()
	for _, f := range renewing {
		p.mu.Lock()
		p.renew(f)
	}
	for _, f := range kept {
		p.keep(f)
	}
	p.dropAll(closing)
}
