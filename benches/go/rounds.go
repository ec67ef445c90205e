package main

import (
	"fmt"
	"runtime"
	"time"
)

// A side does its operation n times.
type side func(n int) error

// A bench is one row: two sides, or only a.
type bench struct {
	a, b side
	undo []func()
	// pending runs after a side's time is taken: what an operation leaves behind is not a part of it.
	pending []func()
	// countAllocations has the allocations of side a counted.
	countAllocations bool
	// single runs a side once a round: for operations of milliseconds.
	single bool
}

// afterwards registers a step that cleans up after an operation, off the clock.
func (b *bench) afterwards(step func()) { b.pending = append(b.pending, step) }

// atEnd registers a step that undoes a part of the set-up.
func (b *bench) atEnd(undo func()) { b.undo = append(b.undo, undo) }

type round struct {
	A float64 `json:"a_ns"`
	B float64 `json:"b_ns,omitempty"`
}

type result struct {
	Name        string   `json:"name"`
	Rounds      []round  `json:"rounds"`
	Allocations *float64 `json:"allocations,omitempty"`
}

const (
	fullRounds  = 41
	quickRounds = 9
	// aRound is how long one side works in one round.
	aRound = 25 * time.Millisecond
)

func (b *bench) run(quick bool) (result, error) {
	rounds := fullRounds
	if quick {
		rounds = quickRounds
	}
	na, err := b.calibrate(b.a)
	if err != nil {
		return result{}, err
	}
	nb := 0
	if b.b != nil {
		if nb, err = b.calibrate(b.b); err != nil {
			return result{}, err
		}
	}
	var out result
	for i := range rounds {
		var r round
		first, second := func() error { return b.timed(&r.A, b.a, na) }, func() error { return b.timed(&r.B, b.b, nb) }
		if i%2 == 1 {
			// Neither side always runs on the caches that the other left.
			first, second = second, first
		}
		if err := first(); err != nil {
			return result{}, err
		}
		if err := second(); err != nil {
			return result{}, err
		}
		out.Rounds = append(out.Rounds, r)
	}
	if b.countAllocations {
		found, err := allocations(b.a, 10_000)
		if err != nil {
			return result{}, err
		}
		out.Allocations = &found
	}
	return out, nil
}

// calibrate finds how many operations fill a round, and warms the side up on the way.
func (b *bench) calibrate(s side) (int, error) {
	if b.single {
		var warm float64
		return 1, b.timed(&warm, s, 1)
	}
	for n := 1; ; n *= 2 {
		start := time.Now()
		if err := s(n); err != nil {
			return 0, err
		}
		if spent := time.Since(start); spent >= aRound/4 {
			return max(1, int(float64(n)*float64(aRound)/float64(spent))), nil
		}
		if n > 1<<30 {
			return 0, fmt.Errorf("an operation takes no time: nothing is measured")
		}
	}
}

func (b *bench) timed(ns *float64, s side, n int) error {
	if s == nil {
		return nil
	}
	start := time.Now()
	err := s(n)
	*ns = float64(time.Since(start).Nanoseconds()) / float64(n)
	for _, step := range b.pending {
		step()
	}
	b.pending = b.pending[:0]
	return err
}

// allocations counts the heap objects an operation, as testing.AllocsPerRun does.
func allocations(s side, n int) (float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if err := s(1); err != nil {
		return 0, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := s(n)
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / uint64(n)), err
}
