package topk

import (
	"context"
	"math"
	"slices"
)

// Baseline is the Go implementation that the kernel replaces: loops over the rows, and the same order of hits.
func Baseline() Searcher { return baseline{} }

type baseline struct{}

// SearchInt8 implements Searcher.
func (baseline) SearchInt8(ctx context.Context, matrix []int8, dims uint32, query []int8, metric Metric, k uint32) ([]Hit, error) {
	return searchOnce(ctx, matrix, dims, query, metric, k, dotInt8)
}

// SearchFloat32 implements Searcher.
func (baseline) SearchFloat32(ctx context.Context, matrix []float32, dims uint32, query []float32, metric Metric, k uint32) ([]Hit, error) {
	return searchOnce(ctx, matrix, dims, query, metric, k, dotFloat32)
}

// NewInt8Index implements Searcher.
func (baseline) NewInt8Index(ctx context.Context, matrix []int8, dims uint32, metric Metric) (Int8Index, error) {
	x, err := newIndex(ctx, slices.Clone(matrix), dims, metric, dotInt8)
	if err != nil {
		return nil, err
	}
	return x, nil
}

// NewFloat32Index implements Searcher.
func (baseline) NewFloat32Index(ctx context.Context, matrix []float32, dims uint32, metric Metric) (Float32Index, error) {
	x, err := newIndex(ctx, slices.Clone(matrix), dims, metric, dotFloat32)
	if err != nil {
		return nil, err
	}
	return x, nil
}

// The most elements of a row.
const maxDims = 65_536

// dot is the dot product of two vectors of one length.
type dot[T any] func(a, b []T) float64

// index is a matrix with the lengths of its rows.
type index[T any] struct {
	matrix  []T
	dims    int
	dot     dot[T]
	lengths []float64 // nil for MetricDot
}

func newIndex[T any](ctx context.Context, matrix []T, dims uint32, metric Metric, dot dot[T]) (*index[T], error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if dims == 0 || dims > maxDims {
		return nil, FailureDims(dims)
	}
	if uint64(len(matrix)) > math.MaxUint32 || len(matrix)%int(dims) != 0 {
		return nil, FailureMatrix(clamp(len(matrix)))
	}
	x := &index[T]{matrix: matrix, dims: int(dims), dot: dot}
	if metric == MetricCosine {
		x.lengths = make([]float64, len(matrix)/x.dims)
		for row := range x.lengths {
			x.lengths[row] = x.length(x.row(row))
		}
	}
	return x, nil
}

// searchOnce searches a matrix that nobody keeps.
func searchOnce[T any](ctx context.Context, matrix []T, dims uint32, query []T, metric Metric, k uint32, dot dot[T]) ([]Hit, error) {
	x, err := newIndex(ctx, matrix, dims, metric, dot)
	if err != nil {
		return nil, err
	}
	return x.Search(ctx, query, k)
}

// Search implements Int8Index and Float32Index.
func (x *index[T]) Search(ctx context.Context, query []T, k uint32) ([]Hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(query) != x.dims {
		return nil, FailureQuery(clamp(len(query)))
	}
	rows := len(x.matrix) / x.dims
	if uint64(k) > uint64(rows) {
		return nil, FailureK(k)
	}
	best := best{k: int(k)}
	if x.lengths == nil {
		for row := range rows {
			best.offer(row, x.dot(x.row(row), query))
		}
	} else {
		ofQuery := x.length(query)
		for row := range rows {
			best.offer(row, cosine(x.dot(x.row(row), query), ofQuery, x.lengths[row]))
		}
	}
	return best.sorted(), nil
}

// Close implements Int8Index and Float32Index.
func (x *index[T]) Close(context.Context) error { return nil }

func (x *index[T]) row(i int) []T { return x.matrix[i*x.dims:][:x.dims] }

func (x *index[T]) length(v []T) float64 { return math.Sqrt(x.dot(v, v)) }

func cosine(dot, ofQuery, ofRow float64) float64 {
	if ofQuery == 0 || ofRow == 0 {
		return 0
	}
	return dot / (ofQuery * ofRow)
}

func clamp(n int) uint32 { return uint32(min(uint64(n), math.MaxUint32)) }
