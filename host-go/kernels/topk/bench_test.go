package topk_test

import (
	"context"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/topk"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// The benchmarks search the ten best of rows of 768 elements. Those of an index have the matrix in place, the others bring it
// with each call. kernels/topk/benches/sweep.rs has the same matrices.

func BenchmarkInt8Index(b *testing.B)    { index(b, int8s, int8Of) }
func BenchmarkInt8Once(b *testing.B)     { once(b, int8s, int8Of) }
func BenchmarkFloat32Index(b *testing.B) { index(b, float32s, float32Of) }
func BenchmarkFloat32Once(b *testing.B)  { once(b, float32s, float32Of) }

const dims = 768

var rows = []int{1, 10, 100, 1_000, 10_000}

func int8Of(random uint64) int8 { return int8(random >> 56) }

func float32Of(random uint64) float32 { return float32(int32(random>>32)) / (1 << 31) }

// matrixOf has rows of pseudo-random elements: a linear congruential generator's, by Knuth.
func matrixOf[T any](rows int, of func(random uint64) T) []T {
	matrix, state := make([]T, rows*dims), uint64(1)
	for i := range matrix {
		state = state*6364136223846793005 + 1442695040888963407
		matrix[i] = of(state)
	}
	return matrix
}

func index[T any, I searching[T]](b *testing.B, of functions[T, I], element func(uint64) T) {
	sides := open(b)
	tenontest.Sweep(b, rows, func(b *testing.B, rows int) tenontest.Sides {
		matrix := matrixOf(rows, element)
		side := func(s topk.Searcher) func() error {
			index, err := of.open(s, b.Context(), matrix, dims, topk.MetricDot)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = index.Close(context.Background()) })
			return func() error { _, err := index.Search(b.Context(), matrix[:dims], uint32(min(rows, 10))); return err }
		}
		return tenontest.Sides{Kernel: side(sides["kernel"]), Baseline: side(sides["baseline"])}
	})
}

func once[T any, I searching[T]](b *testing.B, of functions[T, I], element func(uint64) T) {
	sides := open(b)
	tenontest.Sweep(b, rows, func(b *testing.B, rows int) tenontest.Sides {
		matrix := matrixOf(rows, element)
		side := func(s topk.Searcher) func() error {
			return func() error {
				_, err := of.once(s, b.Context(), matrix, dims, matrix[:dims], topk.MetricDot, uint32(min(rows, 10)))
				return err
			}
		}
		return tenontest.Sides{Kernel: side(sides["kernel"]), Baseline: side(sides["baseline"])}
	})
}
