package fuzzyrank_test

import (
	"strings"
	"testing"

	"github.com/sahilm/fuzzy"

	"github.com/tenon-dev/tenon/host-go/kernels/fuzzyrank"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// shown is how many lines a picker shows.
const shown = 20

// The numbers of lines.
var sizes = []int{10, 100, 1_000, 10_000, 60_000}

// each asks all the queries.
func each(ask func(query string) error) func() error {
	return func() error {
		for _, query := range queries {
			if err := ask(query); err != nil {
				return err
			}
		}
		return nil
	}
}

// BenchmarkRank ranks lines that cross with each query.
func BenchmarkRank(b *testing.B) {
	tenontest.Sweep(b, sizes, func(b *testing.B, size int) tenontest.Sides {
		lines := strings.Join(paths(b, size), "\n")
		side := func(r fuzzyrank.Ranker) func() error {
			return each(func(query string) error {
				_, err := r.Rank(b.Context(), query, lines, shown)
				return err
			})
		}
		return tenontest.Sides{Kernel: side(kernel(b)), Baseline: side(fuzzyrank.Baseline()), Operations: len(queries)}
	})
}

// indexed ranks the lines of an index.
func indexed(b *testing.B, r fuzzyrank.Ranker, lines []string) func() error {
	index, err := r.NewIndex(b.Context(), strings.Join(lines, "\n"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = index.Close(b.Context()) })
	return each(func(query string) error {
		_, err := index.Rank(b.Context(), query, shown)
		return err
	})
}

// BenchmarkIndex ranks lines that stay where they are, against fzf's algorithm.
func BenchmarkIndex(b *testing.B) {
	tenontest.Sweep(b, sizes, func(b *testing.B, size int) tenontest.Sides {
		lines := paths(b, size)
		return tenontest.Sides{
			Kernel:     indexed(b, kernel(b), lines),
			Baseline:   indexed(b, fuzzyrank.Baseline(), lines),
			Operations: len(queries),
		}
	})
}

// BenchmarkIndexSahilm does so against sahilm/fuzzy, whose scores are others.
func BenchmarkIndexSahilm(b *testing.B) {
	tenontest.Sweep(b, sizes, func(b *testing.B, size int) tenontest.Sides {
		lines := paths(b, size)
		return tenontest.Sides{
			Kernel:     indexed(b, kernel(b), lines),
			Baseline:   each(func(query string) error { fuzzy.Find(query, lines); return nil }),
			Operations: len(queries),
		}
	})
}
