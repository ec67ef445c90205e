package tenon

import (
	"sync/atomic"
	"unsafe"
)

// lane is where some goroutines look first, one cache line. It leads to the shelved frame that was found from there. When
// that is taken by somebody else, the goroutine gets a way of its own in the lane: goroutines that run at the same time
// soon have a frame each, and then neither write a line that others read, nor read one that others write.
type lane struct {
	frame atomic.Pointer[Frame]
	split atomic.Uint64 // not 0: some goroutines have ways of their own
	ways  [3]struct {
		owner atomic.Uint64 // the goroutine's stack
		frame atomic.Pointer[Frame]
	}
}

// lanes are many more than processors, so that goroutines at work at the same time seldom share one.
type lanes [64]lane

// stackHere is the place of the goroutine's stack, which no other has at this time. Stacks are 2 KiB at least.
func stackHere() uint64 {
	var here byte
	return uint64(uintptr(unsafe.Pointer(&here)) >> 11)
}

// pick gives the lane of a goroutine.
func (l *lanes) pick(stack uint64) *lane { return &l[stack*0x9E3779B97F4A7C15>>58] }

// first is the frame to try first, unless the lane is split.
func (l *lane) first() *Frame {
	if l.split.Load() != 0 {
		return nil
	}
	return l.frame.Load()
}

// clear makes the lane lead nowhere.
func (l *lane) clear() {
	l.split.Store(0)
	l.frame.Store(nil)
	for i := range l.ways {
		l.ways[i].owner.Store(0)
		l.ways[i].frame.Store(nil)
	}
}

// take gives an idle frame without waiting; nil when no frame on a shelf is free.
func (p *pool) take() *Frame {
	stack := stackHere()
	if f := p.lanes.pick(stack).first(); f != nil && f.seize() {
		return f
	}
	return p.search(stack)
}

// search is take where the first look was in vain. What it finds is taken, so whoever closes it takes it off the lane after
// this has put it there.
func (p *pool) search(stack uint64) *Frame {
	l := p.lanes.pick(stack)
	for i := range l.ways {
		w := &l.ways[i]
		if w.owner.Load() != stack {
			continue
		}
		f := w.frame.Load()
		if f == nil || !f.seize() {
			if f = p.scan(stack); f != nil {
				w.frame.Store(f)
			}
		}
		return f
	}
	f := l.frame.Load()
	if f != nil && l.split.Load() != 0 && f.seize() {
		return f
	}
	if f == nil { // few goroutines shall keep few instances busy, so they begin at the same shelf
		if f = p.scan(0); f != nil {
			l.frame.Store(f)
		}
		return f
	}
	if f = p.scan(stack); f != nil {
		w := &l.ways[stack%uint64(len(l.ways))]
		w.frame.Store(f)
		w.owner.Store(stack)
		l.split.Store(1)
	}
	return f
}

// scan takes a free frame off any shelf, beginning somewhere.
func (p *pool) scan(from uint64) *Frame {
	n := uint64(len(p.shelves))
	for i := range n {
		if f := p.shelves[(from+i)&(n-1)].frame.Load(); f != nil && f.seize() {
			return f
		}
	}
	return nil
}

// forgetFrame lets no lane lead to a frame that leaves its shelf.
func (l *lanes) forgetFrame(f *Frame) {
	for i := range l {
		l[i].frame.CompareAndSwap(f, nil)
		for k := range l[i].ways {
			l[i].ways[k].frame.CompareAndSwap(f, nil)
		}
	}
}
