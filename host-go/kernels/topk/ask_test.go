package topk_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/topk"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// open gives every test the same implementations: the kernel is compiled once.
func open(t testing.TB) map[string]topk.Searcher {
	kernel := tenontest.Client(t, topk.Contract, topk.Component(), topk.New)
	return map[string]topk.Searcher{"kernel": kernel, "baseline": topk.Baseline()}
}

// searching is what Int8Index and Float32Index have in common.
type searching[T any] interface {
	Search(ctx context.Context, query []T, k uint32) ([]topk.Hit, error)
	Close(ctx context.Context) error
}

// functions are those of the contract for one type of element.
type functions[T any, I searching[T]] struct {
	open func(s topk.Searcher, ctx context.Context, matrix []T, dims uint32, metric topk.Metric) (I, error)
	once func(s topk.Searcher, ctx context.Context, matrix []T, dims uint32, query []T, metric topk.Metric, k uint32) ([]topk.Hit, error)
}

var (
	int8s    = functions[int8, topk.Int8Index]{topk.Searcher.NewInt8Index, topk.Searcher.SearchInt8}
	float32s = functions[float32, topk.Float32Index]{topk.Searcher.NewFloat32Index, topk.Searcher.SearchFloat32}
)

// question is what is asked of a searcher.
type question[T any] struct {
	matrix []T
	dims   uint32
	query  []T
	metric topk.Metric
	k      uint32
}

// answer is what it says.
type answer struct {
	hits []topk.Hit
	err  error
}

// equal tells whether two answers are the same, scores to the bit.
func (a answer) equal(b answer) bool {
	return a.err == b.err && slices.EqualFunc(a.hits, b.hits, func(a, b topk.Hit) bool {
		return a.Row == b.Row && math.Float64bits(a.Score) == math.Float64bits(b.Score)
	})
}

// ask gives the answers to a question of a matrix that travels and of one that stays.
func (f functions[T, I]) ask(ctx context.Context, s topk.Searcher, q question[T]) map[string]answer {
	hits, err := f.once(s, ctx, q.matrix, q.dims, q.query, q.metric, q.k)
	once := answer{hits, err}
	index, err := f.open(s, ctx, q.matrix, q.dims, q.metric)
	if err != nil {
		return map[string]answer{"once": once, "index": {nil, err}}
	}
	hits, err = index.Search(ctx, q.query, q.k)
	if closing := index.Close(ctx); err == nil {
		err = closing
	}
	return map[string]answer{"once": once, "index": {hits, err}}
}
