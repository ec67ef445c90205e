package main

import (
	"cmp"
	"fmt"
	"runtime"
	"time"
)

// A side does its operation n times.
type side func(n int) error

// sides take turns, so that the machine's noise falls on all of them. b and c may be nil.
type sides struct {
	a, b, c side
	// countAllocations has the allocations of sides a and c counted.
	countAllocations bool
	// single runs a side once a round: for operations of milliseconds.
	single bool
	// rounds are how many there are; 0 is fullRounds.
	rounds int
	// slice is how long one side works in one round; 0 is aSlice.
	slice time.Duration
	// sample measures rounds by itself, where turns would not do.
	sample func(quick bool) ([]round, error)
	// pending runs after a side's time is taken: what an operation leaves behind is not a part of it.
	pending []func()
}

// A bench is one row. It is measured as one, with sides of its own, or in parts.
type bench struct {
	sides
	parts []*part
	undo  []func()
}

// A part is one of many things that a row is about.
type part struct {
	name string
	sides
}

// part adds a part to the row.
func (b *bench) part(name string) *part {
	p := &part{name: name}
	b.parts = append(b.parts, p)
	return p
}

// afterwards registers a step that cleans up after an operation, off the clock.
func (s *sides) afterwards(step func()) { s.pending = append(s.pending, step) }

// atEnd registers a step that undoes a part of the set-up.
func (b *bench) atEnd(undo func()) { b.undo = append(b.undo, undo) }

// A round is what an operation took: time, or memory, of which nothing takes none.
type round struct {
	A     float64 `json:"a_ns,omitempty"`
	B     float64 `json:"b_ns,omitempty"`
	C     float64 `json:"c_ns,omitempty"`
	Bytes float64 `json:"a_bytes,omitempty"`
}

type result struct {
	Name              string   `json:"name"`
	Rounds            []round  `json:"rounds,omitempty"`
	Parts             []result `json:"parts,omitempty"`
	Allocations       *float64 `json:"allocations,omitempty"`
	BesideAllocations *float64 `json:"beside_allocations,omitempty"`
}

const (
	fullRounds  = 41
	quickRounds = 9
	// aSlice is how long one side works in one round.
	aSlice = 25 * time.Millisecond
	// besideEvery is in how many rounds side c works once: no claim is made of it.
	besideEvery = 4
)

func (b *bench) run(quick bool) (result, error) {
	if len(b.parts) == 0 {
		return b.sides.run(quick)
	}
	var out result
	for _, p := range b.parts {
		found, err := p.run(quick)
		if err != nil {
			return result{}, fmt.Errorf("%s: %w", p.name, err)
		}
		found.Name = p.name
		out.Parts = append(out.Parts, found)
	}
	return out, nil
}

func (s *sides) run(quick bool) (result, error) {
	if s.sample != nil {
		rounds, err := s.sample(quick)
		return result{Rounds: rounds}, err
	}
	rounds := cmp.Or(s.rounds, fullRounds)
	if quick {
		rounds = min(rounds, quickRounds)
	}
	if s.slice == 0 {
		s.slice = aSlice
	}
	var counts [3]int
	for i, side := range []side{s.a, s.b, s.c} {
		if side == nil {
			continue
		}
		var err error
		if counts[i], err = s.calibrate(side); err != nil {
			return result{}, err
		}
	}
	var out result
	for i := range rounds {
		var r round
		first, second := func() error { return s.timed(&r.A, s.a, counts[0]) }, func() error { return s.timed(&r.B, s.b, counts[1]) }
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
		if i%besideEvery == 0 {
			if err := s.timed(&r.C, s.c, counts[2]); err != nil {
				return result{}, err
			}
		}
		out.Rounds = append(out.Rounds, r)
	}
	if s.countAllocations {
		found, err := allocations(s.a, 10_000)
		if err != nil {
			return result{}, err
		}
		out.Allocations = &found
		if s.c != nil {
			beside, err := allocations(s.c, 10_000)
			if err != nil {
				return result{}, err
			}
			out.BesideAllocations = &beside
		}
	}
	return out, nil
}

// eachOf is a side that goes round the inputs. Both sides of a row start at the first and do not share the place.
func eachOf[T any](inputs []T, do func(T) error) side {
	place := 0
	return func(n int) error {
		next := place // where several callers go round, their places may share a cache line
		for range n {
			if err := do(inputs[next]); err != nil {
				return fmt.Errorf("input %d: %w", next, err)
			}
			if next++; next == len(inputs) {
				next = 0
			}
		}
		place = next
		return nil
	}
}

// calibrate finds how many operations fill a round, and warms the side up on the way.
func (s *sides) calibrate(side side) (int, error) {
	if s.single {
		var warm float64
		return 1, s.timed(&warm, side, 1)
	}
	for n := 1; ; n *= 2 {
		start := time.Now()
		if err := side(n); err != nil {
			return 0, err
		}
		if spent := time.Since(start); spent >= s.slice/4 {
			return max(1, int(float64(n)*float64(s.slice)/float64(spent))), nil
		}
		if n > 1<<30 {
			return 0, fmt.Errorf("an operation takes no time: nothing is measured")
		}
	}
}

func (s *sides) timed(ns *float64, side side, n int) error {
	if side == nil {
		return nil
	}
	start := time.Now()
	err := side(n)
	*ns = float64(time.Since(start).Nanoseconds()) / float64(n)
	for _, step := range s.pending {
		step()
	}
	s.pending = s.pending[:0]
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
