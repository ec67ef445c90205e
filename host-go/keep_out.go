package tenon

// keepOut books a frame that stays with a lease between calls.
func (p *pool) keepOut(l *lease) {
	f := l.frame
	p.mu.Lock()
	defer p.mu.Unlock()
	if !l.out {
		l.out = true
		p.held++
		p.unshelve(f)
	}
	f.publish()
	p.size += f.grown()
}

// endLease books that a lease keeps nothing any more.
func (p *pool) endLease(l *lease) {
	if !l.out {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held--
}

// kept is the number of instances that leases keep out.
func (p *pool) kept() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}
