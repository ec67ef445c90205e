package main

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// latencyRound is how long the callers call in one round.
const latencyRound = 150 * time.Millisecond

// measureLatency times each call of a caller for each core, while one goroutine allocates and one collects garbage all the
// time. A round has the median in a, the 99th percentile in b and that of 99.9 % in c. A caller begins its next call when
// the last is over; each time includes one reading of the clock.
func measureLatency(ctx context.Context, b *bench, d *definitions, row *definedRow) error {
	opened, err := d.open(ctx, b, row.Call, row.Sides["a"].Engine)
	if err != nil {
		return err
	}
	callers := make([]side, runtime.GOMAXPROCS(0))
	for i := range callers {
		callers[i] = opened.side()
	}
	b.sample = func(quick bool) ([]round, error) {
		rounds := make([]round, max(b.rounds, 1))
		if quick {
			rounds = rounds[:min(len(rounds), 3)]
		}
		stop := litter()
		defer stop()
		for i := range rounds {
			times, err := timeEach(callers)
			if err != nil {
				return nil, err
			}
			rounds[i] = round{A: times.quantile(0.5), B: times.quantile(0.99), C: times.quantile(0.999)}
		}
		return rounds, nil
	}
	return nil
}

// timeEach lets the callers call for a round, and has the time of each call.
func timeEach(callers []side) (*histogram, error) {
	found, errs := make([]histogram, len(callers)), make([]error, len(callers))
	var done sync.WaitGroup
	for i, call := range callers {
		done.Go(func() {
			start := time.Now()
			for last := time.Duration(0); last < latencyRound && errs[i] == nil; {
				errs[i] = call(1)
				now := time.Since(start)
				found[i].add(uint64(now - last))
				last = now
			}
		})
	}
	done.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, err
		}
		if i > 0 {
			found[0].merge(&found[i])
		}
	}
	if found[0].count == 0 {
		return nil, fmt.Errorf("no call was made in %v", latencyRound)
	}
	return &found[0], nil
}

// litter keeps the collector busy until stop is called: it allocates objects of which a few thousand stay reachable, and
// begins a collection whenever the last is over.
func litter() (stop func()) {
	var ended atomic.Bool
	var done sync.WaitGroup
	done.Go(func() {
		type object struct {
			next *object
			_    [56]byte
		}
		for !ended.Load() {
			var list *object
			for range 4096 {
				list = &object{next: list}
			}
			runtime.KeepAlive(list)
		}
	})
	done.Go(func() {
		for !ended.Load() {
			runtime.GC()
		}
	})
	return func() {
		ended.Store(true)
		done.Wait()
	}
}

// histogram counts nanoseconds in buckets of a width of at most 1/32 of their value.
type histogram struct {
	buckets [64 * perOctave]uint64
	count   uint64
}

const (
	octaveBits = 5
	perOctave  = 1 << octaveBits
)

func (h *histogram) add(ns uint64) {
	h.buckets[bucketOf(ns)]++
	h.count++
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
}

// quantile is the least value that so large a part of all values does not exceed, to the width of a bucket.
func (h *histogram) quantile(part float64) float64 {
	left := uint64(part * float64(h.count))
	for i, n := range h.buckets {
		if n > left {
			return highestOf(i)
		}
		left -= n
	}
	return highestOf(len(h.buckets) - 1)
}

// bucketOf numbers the buckets: values below perOctave have one each, and each doubling from there perOctave.
func bucketOf(ns uint64) int {
	if ns < perOctave {
		return int(ns)
	}
	shift := bits.Len64(ns) - octaveBits - 1
	return shift*perOctave + int(ns>>shift)
}

func highestOf(bucket int) float64 {
	if bucket < 2*perOctave {
		return float64(bucket)
	}
	shift := bucket/perOctave - 1
	low := uint64(bucket%perOctave+perOctave) << shift
	return float64(low + 1<<shift - 1)
}
