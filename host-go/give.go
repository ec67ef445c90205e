package tenon

// fate is what becomes of an instance after a call.
type fate int

const (
	keep    fate = iota // it serves again
	recycle             // it is closed, through no fault of the kernel
	poison              // it is closed, because the call failed
)

// give takes a frame back. One that is not kept is closed, and so is any of a retired pool.
func (p *pool) give(f *Frame, then fate) {
	if then == keep {
		p.keep(f)
		return
	}
	why := RetiredArgument
	if then == poison {
		why = RetiredFault
	}
	p.mu.Lock()
	p.count(why)
	p.mu.Unlock()
	p.drop(f)
}

// keep takes back a frame that may serve again.
func (p *pool) keep(f *Frame) {
	if f.lean() {
		f.free()
		// Somebody may have begun to wait, or the pool to retire, before the frame was to be seen free: serve them.
		if p.attention.Load() == 0 || !f.seize() {
			return
		}
	}
	p.stow(f)
}

// stow hands a fit frame to the first waiter, or keeps it.
func (p *pool) stow(f *Frame) {
	restored := p.restored(f)
	p.mu.Lock()
	f.publish()
	p.size += f.grown()
	if p.attention.Load() >= retired {
		p.mu.Unlock()
		p.drop(f)
		return
	}
	why := p.judge(f, restored)
	switch {
	case why == "":
		if w := p.nextWaiter(); w != nil {
			w.frame <- f
		} else if !p.shelve(f) {
			p.listed = append(p.listed, f)
		}
		p.mu.Unlock()
	case p.renews(f, why):
		p.count(why)
		p.renew(f)
	default:
		p.count(why)
		p.mu.Unlock()
		p.drop(f)
	}
}

// shelve frees a frame on a shelf, its own or an empty one; false when all are occupied. The lock is held.
func (p *pool) shelve(f *Frame) bool {
	for i := range p.shelves {
		if f.shelved {
			break
		}
		if s := &p.shelves[i]; s.frame.Load() == nil {
			f.shelved = true
			s.frame.Store(f)
		}
	}
	if f.shelved {
		f.due.Store(p.looksAfter())
		f.free()
	}
	return f.shelved
}

// unshelve takes a frame that the caller has off its shelf. The lock is held.
func (p *pool) unshelve(f *Frame) {
	if !f.shelved {
		return
	}
	f.shelved = false
	f.due.Store(0)
	for i := range p.shelves {
		p.shelves[i].frame.CompareAndSwap(f, nil)
	}
	p.lanes.forgetFrame(f)
}

// find takes an idle frame from the list or a shelf; nil when there is none. The lock is held.
func (p *pool) find() *Frame {
	if n := len(p.listed); n > 0 {
		f := p.listed[n-1]
		p.listed[n-1] = nil
		p.listed = p.listed[:n-1]
		return f
	}
	for i := range p.shelves {
		if f := p.shelves[i].frame.Load(); f != nil && f.seize() {
			return f
		}
	}
	return nil
}
