package soak

import (
	"math/bits"
	"time"
)

// steps is how many equal parts each power of two has in a histogram: a figure is at most 1/16 too high.
const steps = 16

// histogram counts durations. It belongs to one goroutine.
type histogram struct {
	counts [64 * steps]uint64
	n      uint64
	top    time.Duration
}

func (h *histogram) add(d time.Duration) {
	h.counts[place(d)]++
	h.n++
	h.top = max(h.top, d)
}

func (h *histogram) merge(o *histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.n += o.n
	h.top = max(h.top, o.top)
}

// place is the index of a duration: below 16 ns its own, then its leading bit and the four behind it.
func place(d time.Duration) int {
	if d < steps {
		return int(max(d, 0))
	}
	shift := bits.Len64(uint64(d)) - 5
	return (shift+1)*steps + int(uint64(d)>>shift)&(steps-1)
}

// bound is the highest duration of a place.
func bound(i int) time.Duration {
	if i < steps {
		return time.Duration(i)
	}
	shift := i/steps - 1
	return time.Duration((uint64(steps+i%steps)+1)<<shift - 1)
}

// quantile is a duration that the given part of all are not above; 0 when there are none.
func (h *histogram) quantile(q float64) time.Duration {
	want := uint64(q * float64(h.n))
	var seen uint64
	for i, n := range h.counts {
		if seen += n; n > 0 && seen >= want {
			return min(bound(i), h.top)
		}
	}
	return h.top
}
