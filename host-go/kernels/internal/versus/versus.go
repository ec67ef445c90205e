// Package versus measures a kernel against the baseline that it replaces.
package versus

import (
	"testing"
	"time"
)

// round is how long one side runs before it is the other's turn.
const round = 100 * time.Microsecond

// Run lets the kernel and the baseline take turns, so that what else the machine does falls on both, and reports the
// quickest round of each and how many times the kernel's goes into the baseline's. One call of a side counts for so many
// operations.
func Run(b *testing.B, operations int, kernel, baseline func() error) {
	b.Helper()
	a, z := newSide(b, kernel), newSide(b, baseline)
	for b.Loop() {
		a.run(b, a.calls)
		z.run(b, z.calls)
	}
	b.ReportMetric(a.quickest/float64(operations), "ns/kernel")
	b.ReportMetric(z.quickest/float64(operations), "ns/baseline")
	b.ReportMetric(z.quickest/a.quickest, "x")
	b.ReportMetric(0, "ns/op") // of a round of both, which says nothing
}

type side struct {
	do       func() error
	calls    int     // in a round
	quickest float64 // nanoseconds of a call
}

// newSide finds out how many calls are a round.
func newSide(b *testing.B, do func() error) *side {
	s := &side{do: do, calls: 1}
	for s.run(b, s.calls) < round {
		s.calls *= 2
	}
	return s
}

func (s *side) run(b *testing.B, calls int) time.Duration {
	start := time.Now()
	for range calls {
		if err := s.do(); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(start)
	if each := float64(took.Nanoseconds()) / float64(calls); s.quickest == 0 || each < s.quickest {
		s.quickest = each
	}
	return took
}
