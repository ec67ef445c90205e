package editdistance_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// candidates is how many texts there are of each size, and in a list.
const candidates = 64

// excerpts are pieces of the given size from all over the bundled access log; kernels/editdistance/benches/sweep.rs cuts the
// same.
func excerpts(t testing.TB, size int) []string {
	log := strings.Join(realinput.AccessLog(t), " ")
	texts := make([]string, candidates)
	for i := range texts {
		at := i * 37_199 % (len(log) - size)
		texts[i] = log[at : at+size]
	}
	return texts
}

// compare measures a function, by the time for each pair of texts, at every size of the texts.
func compare(b *testing.B, pairs int, do func(c editdistance.Comparer, texts []string, lines string, i int) error) {
	kernel := kernel(b)
	tenontest.Sweep(b, []int{8, 16, 32, 64, 128}, func(b *testing.B, size int) tenontest.Sides {
		texts := excerpts(b, size)
		lines := strings.Join(texts, "\n")
		side := func(c editdistance.Comparer) func() error {
			next := 0
			return func() error {
				next++
				return do(c, texts, lines, next%candidates)
			}
		}
		return tenontest.Sides{Kernel: side(kernel), Baseline: side(editdistance.Baseline()), Operations: pairs}
	})
}

func BenchmarkDistance(b *testing.B) {
	compare(b, 1, func(c editdistance.Comparer, texts []string, _ string, i int) error {
		_, err := c.Distance(context.Background(), texts[i], texts[(i+7)%candidates])
		return err
	})
}

func BenchmarkDistances(b *testing.B) {
	compare(b, candidates, func(c editdistance.Comparer, texts []string, _ string, i int) error {
		_, err := c.Distances(context.Background(), texts[i], texts)
		return err
	})
}

func BenchmarkNearest(b *testing.B) {
	compare(b, candidates, func(c editdistance.Comparer, texts []string, _ string, i int) error {
		_, err := c.Nearest(context.Background(), texts[i], texts, 2)
		return err
	})
}

func BenchmarkNearestLines(b *testing.B) {
	compare(b, candidates, func(c editdistance.Comparer, texts []string, lines string, i int) error {
		_, err := c.NearestLines(context.Background(), texts[i], lines, 2)
		return err
	})
}
