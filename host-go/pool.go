package tenon

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// pool holds the instances of one version. A checked-out frame belongs to one goroutine.
//
// The hot path takes no lock: a small array of shelves, each with one frame that is seized and freed by its own
// word, stands in front of a last-in-first-out list under a mutex. Whoever needs more than that (a waiter, a
// pool that retires) raises attention before it looks for frames, and whoever frees a frame looks at attention
// after it has freed it; so one of the two sees the other.
type pool struct {
	limit  int                                                   // instances
	bytes  uint64                                                // of linear memory over all instances
	build  func(ctx context.Context, ahead bool) (*Frame, error) // makes an instance; called without the lock
	closed func()                                                // called once, when the pool is retired and its last instance closed

	shelves   []shelf // a power of two
	attention atomic.Int32

	mu      sync.Mutex
	idle    []*Frame
	all     map[*Frame]struct{}
	waiters []*waiter
	live    int       // instances that exist, are being built or being closed
	held    int       // those of them that leases keep out
	peak    int       // the highest live
	swept   time.Time // when sweep last collected garbage
	size    uint64    // bytes of all instances, with each one being built at its expected size
	one     uint64    // expected bytes of one instance
	drained chan struct{}
	poolCounts
}

// poolCounts are a pool's counters, under its mutex.
type poolCounts struct {
	answers  uint64 // of instances that were closed
	built    uint64
	poisoned uint64
	recycled uint64
	waits    uint64
}

// retired is the bit of attention that says that the pool takes no more calls; the bits below count waiters.
const retired = 1 << 30

// errRetired asks the caller of acquire to look at the route again.
var errRetired = errors.New("tenon: the version was retired")

// errFull says that no instance came free in time.
var errFull = errors.New("tenon: the pool is full")

// waiter is a goroutine that waits for an instance. It is sent a frame, or nil to look again.
type waiter struct{ frame chan *Frame }

func newPool(limit int, bytes uint64) *pool {
	n := 1
	for n < runtime.GOMAXPROCS(0) && n < 64 {
		n *= 2
	}
	return &pool{
		limit:   limit,
		bytes:   bytes,
		shelves: make([]shelf, n),
		all:     make(map[*Frame]struct{}),
		drained: make(chan struct{}),
	}
}

// home picks a shelf by the address of the goroutine's stack: goroutines that run at the same time mostly get
// different ones, and one goroutine mostly meets the instance that it used last.
func (p *pool) home() int {
	var here byte
	at := uint64(uintptr(unsafe.Pointer(&here)) >> 11)
	return int(at*0x9E3779B97F4A7C15>>58) & (len(p.shelves) - 1)
}

// take gives an idle frame without waiting; nil when no frame on a shelf is free.
func (p *pool) take() *Frame {
	home := p.home()
	for i := range p.shelves {
		f := p.shelves[(home+i)&(len(p.shelves)-1)].frame.Load()
		if f == nil || !f.seize() {
			continue
		}
		if p.attention.Load() >= retired {
			p.drop(f)
			return nil
		}
		return f
	}
	return nil
}

// fate is what becomes of an instance after a call.
type fate int

const (
	keep    fate = iota // it serves again
	recycle             // it is closed, through no fault of the kernel
	poison              // it is closed, because the call failed
)

// give takes a frame back. One that is not kept is closed, and so is any of a retired pool.
func (p *pool) give(f *Frame, then fate) {
	if then == keep && f.shelved && f.lean() {
		f.free()
		// Somebody may have begun to wait, or the pool to retire, before the frame was to be seen free: serve them.
		if p.attention.Load() == 0 || !f.seize() {
			return
		}
	}
	if then == keep {
		p.stow(f)
		return
	}
	p.mu.Lock()
	if then == poison {
		p.poisoned++
	} else {
		p.recycled++
	}
	p.mu.Unlock()
	p.drop(f)
}

// stow hands a fit frame to the first waiter, or keeps it.
func (p *pool) stow(f *Frame) {
	p.mu.Lock()
	f.publish()
	p.size += f.grown()
	switch {
	case p.attention.Load() >= retired:
	case f.size > p.bytes || p.size > p.bytes && p.live > 1:
		p.recycled++
	default:
		if w := p.nextWaiter(); w != nil {
			w.frame <- f
		} else if !p.shelve(f) {
			p.idle = append(p.idle, f)
		}
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.drop(f)
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
		f.free()
	}
	return f.shelved
}

// unshelve takes a frame that the caller has off its shelf. The lock is held.
func (p *pool) unshelve(f *Frame) {
	for i := range p.shelves {
		if s := &p.shelves[i]; f.shelved && s.frame.Load() == f {
			s.frame.Store(nil)
			f.shelved = false
		}
	}
}

// drop closes a frame that nobody can reach any more, and makes room for another.
func (p *pool) drop(f *Frame) {
	p.mu.Lock()
	p.answers += f.answers
	p.unshelve(f)
	delete(p.all, f)
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
	for err == nil {
		select {
		case f := <-w.frame:
			return f, nil
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

// find takes an idle frame from the list or a shelf; nil when there is none. The lock is held.
func (p *pool) find() *Frame {
	if n := len(p.idle); n > 0 {
		f := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		return f
	}
	for i := range p.shelves {
		if f := p.shelves[i].frame.Load(); f != nil && f.seize() {
			return f
		}
	}
	return nil
}

// reserve books one instance before it is built, and gives the bytes that it booked. The lock is held.
func (p *pool) reserve() uint64 {
	p.live++
	p.peak = max(p.peak, p.live)
	p.size += p.one
	return p.one
}

// grow builds the instance that reserve booked, ahead of traffic or on the call path.
func (p *pool) grow(ctx context.Context, booked uint64, ahead bool) (*Frame, error) {
	var f *Frame
	defer func() {
		if f == nil { // also when a host function that the guest calls ends the goroutine
			p.gone(booked)
		}
	}()
	f, err := p.build(ctx, ahead)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.size += f.size - booked
	p.one = f.size
	p.all[f] = struct{}{}
	p.built++
	late := p.attention.Load() >= retired
	p.mu.Unlock()
	if late {
		p.drop(f)
		return nil, errRetired
	}
	return f, nil
}

// fill builds instances until n exist, as far as the bounds allow; the runtime's memory must do for one. It is not
// for the call path.
func (p *pool) fill(ctx context.Context, n int) error {
	for made := 0; ; made++ {
		p.mu.Lock()
		if p.attention.Load() >= retired {
			p.mu.Unlock()
			return errRetired
		}
		if p.live >= min(n, p.limit) || p.live > 0 && p.size+p.one > p.bytes {
			p.mu.Unlock()
			return nil
		}
		booked := p.reserve()
		p.mu.Unlock()
		f, err := p.grow(ctx, booked, true)
		switch {
		case made > 0 && KindOf(err) == KindOverloaded:
			return nil
		case err != nil:
			return err
		}
		p.stow(f)
	}
}

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

// retire makes the pool refuse calls, sends its waiters to look at the route again, and closes what is idle.
// Instances that are out close when they come back; drained is closed after the last one.
func (p *pool) retire() {
	p.mu.Lock()
	if p.attention.Load() >= retired {
		p.mu.Unlock()
		return
	}
	p.attention.Add(retired)
	for w := p.nextWaiter(); w != nil; w = p.nextWaiter() {
		w.frame <- nil
	}
	var idle []*Frame
	for f := p.find(); f != nil; f = p.find() {
		idle = append(idle, f)
	}
	empty := p.live == 0
	p.mu.Unlock()
	if empty {
		p.finish()
		return
	}
	p.dropAll(idle)
}
