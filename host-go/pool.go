package tenon

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
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
	// restore puts an instance back to its first state; nil: calls find it as the one before has left it.
	restore func(f *Frame) error
	upkeep
	now    func() time.Time
	ctx    context.Context // of what is built off the call path; ends when the pool retires
	cancel context.CancelFunc

	attention atomic.Int32
	shelves   []shelf // a power of two
	lanes     lanes

	mu      sync.Mutex
	listed  []*Frame // idle, with no shelf
	all     map[*Frame]*tenure
	waiters []*waiter
	live    int       // instances that exist, are being built or being closed
	held    int       // those of them that leases keep out
	peak    int       // the highest live
	swept   time.Time // when sweep last collected garbage
	size    uint64    // bytes of all instances, with each one being built at its expected size
	one     uint64    // expected bytes of one instance
	drained chan struct{}
	timer   *time.Timer // of attend; nil: there is nothing to look after
	poolCounts
}

// poolCounts are a pool's counters, under its mutex.
type poolCounts struct {
	answers  uint64 // of instances that were closed
	built    uint64
	waits    uint64
	renewing int // instances that are closed to be made again
	retired  map[Retirement]uint64
	resets   atomic.Uint64 // not under the mutex
}

// count books why an instance is closed. The lock is held.
func (c *poolCounts) count(why Retirement) {
	if c.retired == nil {
		c.retired = make(map[Retirement]uint64)
	}
	c.retired[why]++
}

// errRetired asks the caller of acquire to look at the route again.
var errRetired = errors.New("tenon: the version was retired")

// errFull says that no instance came free in time.
var errFull = errors.New("tenon: the pool is full")

func newPool(limit int, bytes uint64) *pool {
	n := 1
	for n < runtime.GOMAXPROCS(0) && n < 64 {
		n *= 2
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &pool{
		upkeep:  upkeep{minimum: 1, memory: math.MaxUint64},
		now:     time.Now,
		ctx:     ctx,
		cancel:  cancel,
		limit:   limit,
		bytes:   bytes,
		shelves: make([]shelf, n),
		all:     make(map[*Frame]*tenure),
		drained: make(chan struct{}),
	}
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
	at := p.now()
	p.all[f] = &tenure{born: at, used: at}
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
