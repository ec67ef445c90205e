package topk_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/topk"
)

// BenchmarkInt8 and BenchmarkFloat32 search the ten best of rows of 768 elements. "index" has the matrix in place, "once"
// brings it with each call. README.md beside the kernel's sources has the figures.
func BenchmarkInt8(b *testing.B) {
	run(b, int8s, func() int8 { return int8(rand.Int()) })
}

func BenchmarkFloat32(b *testing.B) {
	run(b, float32s, func() float32 { return float32(rand.NormFloat64()) })
}

func run[T any, I searching[T]](b *testing.B, of functions[T, I], element func() T) {
	const dims = 768
	ctx := context.Background()
	sides := open(b)
	for _, rows := range []int{1, 10, 100, 1_000, 10_000} {
		matrix := make([]T, rows*dims)
		for i := range matrix {
			matrix[i] = element()
		}
		query, k := matrix[:dims], uint32(min(rows, 10))
		for _, name := range []string{"kernel", "baseline"} {
			side := sides[name]
			b.Run(fmt.Sprintf("index/rows=%d/%s", rows, name), func(b *testing.B) {
				index, err := of.open(side, ctx, matrix, dims, topk.MetricDot)
				if err != nil {
					b.Fatal(err)
				}
				defer index.Close(ctx)
				for b.Loop() {
					if _, err := index.Search(ctx, query, k); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("once/rows=%d/%s", rows, name), func(b *testing.B) {
				for b.Loop() {
					if _, err := of.once(side, ctx, matrix, dims, query, topk.MetricDot, k); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
