package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A ledger holds what became of every call while versions were swapped.
type ledger struct {
	swaps    atomic.Int64
	calls    atomic.Int64
	lost     atomic.Int64 // calls without an answer
	wrong    atomic.Int64 // answers that the version which claims them does not give
	telling  atomic.Int64 // calls on records that tell the versions apart
	baseline atomic.Int64 // calls that the baseline answered

	watching atomic.Bool  // a swap is going on
	last     atomic.Int64 // when a call completed last, in nanoseconds since began
	gap      atomic.Int64 // the longest time without a completed call while watching
	began    time.Time
}

func newLedger() *ledger { return &ledger{began: time.Now()} }

// completed books the end of a call. The gap that it ends counts if a swap was going on.
func (l *ledger) completed() {
	now := int64(time.Since(l.began))
	gap := now - l.last.Swap(now)
	if l.watching.Load() {
		l.found(gap)
	}
	l.calls.Add(1) // last: around watches until it sees another call
}

// found keeps a gap if it is the longest.
func (l *ledger) found(gap int64) {
	for {
		longest := l.gap.Load()
		if gap <= longest || l.gap.CompareAndSwap(longest, gap) {
			return
		}
	}
}

// around runs a swap under watch, and watches on until a call has completed after it.
func (l *ledger) around(swap func() error) error {
	l.watching.Store(true)
	err := swap()
	for calls, waited := l.calls.Load(), time.Now(); l.calls.Load() == calls && time.Since(waited) < time.Second; {
		time.Sleep(100 * time.Microsecond)
	}
	l.watching.Store(false)
	if err == nil {
		l.swaps.Add(1)
	}
	return err
}

func (l *ledger) failed() bool { return l.lost.Load() > 0 || l.wrong.Load() > 0 }

func (l *ledger) String() string {
	return fmt.Sprintf("demo: swaps %d calls %d lost %d wrong %d max-gap %v", l.swaps.Load(), l.calls.Load(),
		l.lost.Load(), l.wrong.Load(), time.Duration(l.gap.Load()).Round(time.Microsecond))
}
