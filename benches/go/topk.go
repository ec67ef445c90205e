package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/topk"
)

// The rows of this file search an index for the ten best of rows of 768 elements: the kernel's (side a), and the Go loop's
// (side b). There is a part for each number of rows.

const (
	topkDims = 768
	topkBest = 10
)

var topkRows = []int{100, 1_000, 10_000}

// setUpTopkInt8 searches vectors of int8.
func setUpTopkInt8(ctx context.Context, b *bench) error {
	return setUpTopk(ctx, b, topk.Searcher.NewInt8Index, func(r *rand.Rand) int8 { return int8(r.Uint32()) })
}

// setUpTopkFloat32 searches vectors of float32.
func setUpTopkFloat32(ctx context.Context, b *bench) error {
	return setUpTopk(ctx, b, topk.Searcher.NewFloat32Index, func(r *rand.Rand) float32 { return float32(r.NormFloat64()) })
}

// searching is what topk's indexes have in common.
type searching[T any] interface {
	Search(ctx context.Context, query []T, k uint32) ([]topk.Hit, error)
	Close(ctx context.Context) error
}

func setUpTopk[T any, I searching[T]](
	ctx context.Context, b *bench,
	open func(s topk.Searcher, ctx context.Context, matrix []T, dims uint32, metric topk.Metric) (I, error),
	element func(*rand.Rand) T,
) error {
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return err
	}
	b.atEnd(func() { _ = rt.Close(ctx) })
	slot, err := client[topk.Searcher](ctx, rt, topk.Contract, topk.Component())
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, rows := range topkRows {
		matrix := make([]T, rows*topkDims)
		for i := range matrix {
			matrix[i] = element(random)
		}
		queries := slices.Collect(slices.Chunk(matrix[:16*topkDims], topkDims))
		p := b.part(fmt.Sprintf("%d rows", rows))
		var first [2][]topk.Hit
		for i, s := range []topk.Searcher{topk.New(slot), topk.Baseline()} {
			index, err := open(s, ctx, matrix, topkDims, topk.MetricCosine)
			if err != nil {
				return err
			}
			b.atEnd(func() { _ = index.Close(ctx) })
			if first[i], err = index.Search(ctx, queries[0], topkBest); err != nil {
				return err
			}
			*[]*side{&p.a, &p.b}[i] = eachOf(queries, func(query []T) error {
				_, err := index.Search(ctx, query, topkBest)
				return err
			})
		}
		if !slices.Equal(first[0], first[1]) {
			return fmt.Errorf("%d rows: the kernel answers %v, the baseline %v", rows, first[0], first[1])
		}
	}
	return nil
}
