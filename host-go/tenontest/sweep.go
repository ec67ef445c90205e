package tenontest

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// RoundsVariable is the environment variable that says how many rounds [Sweep] runs; without it there is one. `tenon bench`
// sets it.
const RoundsVariable = "TENON_BENCH_ROUNDS"

// Sides is a kernel and what it replaces, doing the same work.
type Sides struct {
	// Kernel is one call of the kernel.
	Kernel func() error
	// Baseline is one call of the Go code that the kernel replaces; nil where Go has none.
	Baseline func() error
	// Operations is how many operations one call stands for: all figures are for one of them. 0 is 1.
	Operations int
}

// Sweep measures a kernel against its baseline at each size of the input. at makes the sides for one size.
//
// It makes sub-benchmarks "size=64/round=1/side=kernel" and "size=64/round=1/side=baseline", which take turns, each the first
// in every other round, so that what else the machine does falls on both. Names are keys and values, as benchstat reads
// them. Beside ns/op, B/op and allocs/op each reports gcs/op, the garbage collections, and gc-ns/op, the nanoseconds that
// they stopped the world for.
func Sweep(b *testing.B, sizes []int, at func(b *testing.B, size int) Sides) {
	b.Helper()
	rounds := 1
	if text := os.Getenv(RoundsVariable); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			b.Fatalf("%s=%q: not a number of rounds; give one from 1 up", RoundsVariable, text)
		}
	}
	for _, size := range sizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			sides := at(b, size)
			for round := range rounds {
				b.Run(fmt.Sprintf("round=%d", round+1), func(b *testing.B) {
					first, second := side{"kernel", sides.Kernel}, side{"baseline", sides.Baseline}
					if round%2 == 1 {
						first, second = second, first
					}
					sides.measure(b, first)
					sides.measure(b, second)
				})
			}
		})
	}
}

// side is one of two.
type side struct {
	name string
	call func() error
}

// measure runs one side, if there is such a one.
func (s Sides) measure(b *testing.B, of side) {
	if of.call == nil {
		return
	}
	b.Run("side="+of.name, func(b *testing.B) {
		if err := of.call(); err != nil { // also the first, which loads what is lazy
			b.Fatal(err)
		}
		b.ReportAllocs()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for b.Loop() {
			if err := of.call(); err != nil {
				b.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		operations := float64(b.N) * float64(max(s.Operations, 1))
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/operations, "ns/op")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/operations, "B/op")
		b.ReportMetric(float64(after.Mallocs-before.Mallocs)/operations, "allocs/op")
		b.ReportMetric(float64(after.NumGC-before.NumGC)/operations, "gcs/op")
		b.ReportMetric(float64(after.PauseTotalNs-before.PauseTotalNs)/operations, "gc-ns/op")
	})
}
