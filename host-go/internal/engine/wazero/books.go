package wazero

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// books are what one call of an instance may use and has used. The guest's countdown is part of them: what it had at the
// last tap less what it has now is used as well.
type books struct {
	engine.Meter
	started time.Duration // when the clock was first looked at, since epoch; 0: not yet
	tapped  time.Duration // when the guest got its last quantum, if nothing but the guest ran since; 0: not so
	used    uint64        // fuel used up to the last tap
	granted int64         // the countdown that the guest got last
	yielded time.Duration // when others were let run last, or the first tap; 0: not yet
	refused bool          // the guest did not get the memory that it asked for
}

// epoch is when time begins for books.
var epoch = time.Now()

// now is the time since epoch, never 0.
func now() time.Duration { return max(time.Since(epoch), 1) }

// Meter implements [engine.Instance].
func (i *instance) Meter() *engine.Meter { return &i.books.Meter }

// Begin implements [engine.Instance]. Without a budget the guest goes on with the countdown that it has.
func (i *instance) Begin(limits engine.Limits) {
	b := &i.books
	*b = books{Meter: engine.Meter{Limits: limits, Memory: b.Memory}}
	if limits.Fuel != 0 && i.countdown != nil {
		b.granted = int64(min(uint64(i.quantum), limits.Fuel))
		i.countdown.Set(uint64(b.granted))
	}
}

// open starts the books of a call that has begun since they were last looked at. Most calls are over before that.
func (b *books) open() {
	if b.Fresh {
		*b = books{Meter: engine.Meter{Limits: b.Limits, Memory: b.Memory}}
	}
}

// Spent implements [engine.Instance].
func (i *instance) Spent() uint64 {
	b := &i.books
	b.open()
	if b.Limits.Fuel == 0 || i.countdown == nil {
		return 0
	}
	return min(b.spent(int64(i.countdown.Get())), b.Limits.Fuel)
}

// spent is the fuel used when the countdown is at c.
func (b *books) spent(c int64) uint64 { return b.used + uint64(b.granted-c) }

// pay takes from the countdown what the host does for the guest, as the guest pays for what it does itself.
func (i *instance) pay(ctx context.Context, units int64) (err error) {
	if i.countdown == nil {
		return nil
	}
	left := int64(i.countdown.Get()) - units
	if left < 0 {
		if left, err = i.tap(ctx, left); err != nil {
			return err
		}
	}
	i.countdown.Set(uint64(left))
	return nil
}

// tap answers a guest whose countdown is below zero: with the next countdown, or with the reason to stop. A collection
// that waits for the guest is served on the way here, because it is a call of Go code.
func (i *instance) tap(ctx context.Context, countdown int64) (int64, error) {
	b := &i.books
	b.open()
	next := i.quantum
	if fuel := b.Limits.Fuel; fuel != 0 {
		// Before anything that depends on time: a budget ends at the same point always.
		if err := i.overspent(countdown); err != nil {
			return 0, err
		}
		used := b.spent(countdown)
		next = int64(min(uint64(next), fuel-used))
		b.used, b.granted = used, next
	}
	at := now()
	if b.tapped != 0 {
		i.adapt(at - b.tapped)
	}
	if b.yielded == 0 {
		b.yielded = at
	} else if at-b.yielded >= yieldsEvery {
		runtime.Gosched()
		at = now()
		b.yielded = at
	}
	b.tapped = at
	if err := i.overdue(ctx, at); err != nil {
		b.stop(b.used, i.countdown)
		return 0, err
	}
	return next, nil
}

// overspent is the trap of a guest that has used more fuel than it has.
func (i *instance) overspent(countdown int64) error {
	b := &i.books
	fuel := b.Limits.Fuel
	if b.spent(countdown) <= fuel {
		return nil
	}
	b.stop(fuel, i.countdown)
	return &engine.Trap{Code: engine.Fuel, Message: fmt.Sprintf("the call needs more than %d units of fuel", fuel)}
}

// settle looks whether a guest that returned had the fuel: a loop notices at its next turn only that it paid with
// fuel that was not there, and there may be none.
func (i *instance) settle() error {
	if i.books.Limits.Fuel == 0 || i.countdown == nil {
		return nil
	}
	err := i.overspent(int64(i.countdown.Get()))
	if err != nil {
		i.dead = true
	}
	return err
}

// stop closes the books of a guest that gets no further countdown.
func (b *books) stop(used uint64, countdown api.MutableGlobal) {
	if b.used = used; countdown != nil {
		b.granted = int64(countdown.Get())
	}
}

// overdue is the trap of a guest that has to stop now.
func (i *instance) overdue(ctx context.Context, at time.Duration) error {
	if err := ctx.Err(); err != nil {
		return canceled(err)
	}
	// Timers may be late while guests occupy every processor, so the deadline is compared as well.
	if d, ok := ctx.Deadline(); ok && time.Until(d) <= 0 {
		return canceled(context.DeadlineExceeded)
	}
	return i.books.late(at)
}

func canceled(err error) error {
	return &engine.Trap{Code: engine.Canceled, Message: "the context of the call ended", Err: err}
}

// late is the trap of a call that has had its time.
func (b *books) late(at time.Duration) error {
	b.open()
	switch timeout := b.Limits.Timeout; {
	case timeout <= 0:
	case b.started == 0:
		b.started = at
	case at-b.started > timeout:
		return &engine.Trap{Code: engine.Deadline, Message: fmt.Sprintf("the call ran longer than %v", timeout)}
	}
	return nil
}

// hosting looks at the clock before the host is at work, whose time counts, whatever the countdown says: the guest may
// do nothing but call slow functions of the host. What it does after the last of them ends at the next tap.
func (i *instance) hosting(ctx context.Context) error {
	if i.code.gate == nil {
		return nil
	}
	i.books.open()
	i.books.tapped = 0
	return i.overdue(ctx, now())
}

// How long a guest goes without being asked: some 60 microseconds of cheap instructions, a few hundred of dear ones. A
// unit takes from half a nanosecond to a hundred, when it is interpreted or misses every cache, so the quantum follows
// what the last one took. It is never more than what dear instructions get through in 6 ms, because a guest may do cheap
// work first.
const (
	tapsEvery    = 300 * time.Microsecond
	yieldsEvery  = time.Millisecond // a tenth of what Go leaves a goroutine when others wait
	leastQuantum = 5_000
	mostQuantum  = 180_000 // and the first one
	slowness     = 10      // of the interpreter
)

// adapt chooses the next quantum after one that took a while.
func (i *instance) adapt(took time.Duration) {
	least, most := int64(leastQuantum), int64(mostQuantum)
	if i.code.interpreted {
		least, most = least/slowness, most/slowness
	}
	switch {
	case took > 2*tapsEvery:
		i.quantum = max(i.quantum*int64(tapsEvery)/int64(took), least)
	case took < tapsEvery/2:
		i.quantum = min(2*i.quantum, most)
	}
}
