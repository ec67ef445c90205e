package tenon

import (
	"runtime"
	"testing"
	"time"
	"unsafe"
)

// What calls write is on cache lines of its own, so that calls at the same time do not slow each other down.
func TestFramesHaveTheirOwnCacheLines(t *testing.T) {
	const line = lineWords * 8
	if size := unsafe.Sizeof(Frame{}); size%line != 0 {
		t.Errorf("a frame has %d bytes: pad it to whole lines of %d", size, line)
	}
	if size := unsafe.Sizeof(lane{}); size != line {
		t.Errorf("a lane has %d bytes", size)
	}
	if size := unsafe.Sizeof(shelf{}); size != line {
		t.Errorf("a shelf has %d bytes", size)
	}
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MinInstances: 3, MaxInstances: 3})
	for f := range s.core.route.Load().version.pool.all {
		if at := uintptr(unsafe.Pointer(&f.front[0])); at%line != 0 || cap(f.front)%lineWords != 0 {
			t.Errorf("a stack of %d words at %#x", cap(f.front), at)
		}
		if at := uintptr(unsafe.Pointer(f)); at%line != 0 {
			t.Errorf("a frame at %#x", at)
		}
	}
}

// Goroutines that run at the same time find a frame each, and stay with it.
func TestLanesLeadToDifferentFrames(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // a pool has a shelf for each processor
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MinInstances: 2, MaxInstances: 2})
	p := s.core.route.Load().pool
	const one = 1000
	other, apart := uint64(one+1), uint64(one+1)
	for p.lanes.pick(other) != p.lanes.pick(one) {
		other++
	}
	for p.lanes.pick(apart) == p.lanes.pick(one) {
		apart++
	}
	for _, second := range []uint64{other, apart} { // of the same lane, of another
		first := p.search(one)
		found := p.search(second)
		if first == nil || found == nil || first == found {
			t.Fatalf("found %p and %p", first, found)
		}
		if f := p.search(one); f != nil {
			t.Errorf("found %p where all were taken", f)
		}
		for range 3 {
			p.give(found, keep)
			p.give(first, keep)
			if again, f := p.search(second), p.search(one); again != found || f != first {
				t.Fatalf("%d found %p, then %p; %d found %p, then %p", one, first, f, second, found, again)
			}
		}
		p.give(found, keep)
		p.give(first, keep)
	}
	gone := p.search(one)
	p.give(gone, recycle)
	for i := range p.lanes {
		l := &p.lanes[i]
		if l.frame.Load() == gone || l.ways[0].frame.Load() == gone || l.ways[1].frame.Load() == gone || l.ways[2].frame.Load() == gone {
			t.Errorf("lane %d leads to a frame that is closed", i)
		}
	}
}

// Whoever frees a frame may not see a waiter of the same moment, nor that the pool retires: both look a second time.
func TestFramesFreedUnseenAreFound(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1, MaxWait: -1})
	r := s.core.route.Load()
	f := r.pool.take()
	if f == nil {
		t.Fatal("no frame")
	}
	got := make(chan *Frame)
	go func() {
		f, err := r.pool.acquire(t.Context(), &patience{bound: -1})
		if err != nil {
			t.Error(err)
		}
		got <- f
	}()
	for s.Stats().Versions[0].Waiting != 1 {
		time.Sleep(time.Millisecond)
	}
	f.free() // and no look at attention
	if g := <-got; g != f {
		t.Fatalf("the waiter got %p", g)
	}
	r.pool.retire()
	f.free()
	<-r.pool.drained
}
