package editdistance_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/versus"
)

// candidates is how many texts there are of each size, and in a list.
const candidates = 64

// excerpts are pieces of the given size from all over the bundled access log.
func excerpts(t testing.TB, size int) []string {
	log := strings.Join(realinput.AccessLog(t), " ")
	random := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, candidates)
	for i := range texts {
		at := random.IntN(len(log) - size)
		texts[i] = log[at : at+size]
	}
	return texts
}

// compare measures a function, by the time for each pair of texts, at every size of the texts.
func compare(b *testing.B, pairs int, do func(c editdistance.Comparer, texts []string, lines string, i int) error) {
	for _, size := range []int{8, 16, 32, 64, 128} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			texts := excerpts(b, size)
			lines := strings.Join(texts, "\n")
			side := func(c editdistance.Comparer) func() error {
				next := 0
				return func() error {
					next++
					return do(c, texts, lines, next%candidates)
				}
			}
			versus.Run(b, pairs, side(kernel(b)), side(editdistance.Baseline()))
		})
	}
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
