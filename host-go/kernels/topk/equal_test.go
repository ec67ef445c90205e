package topk_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/topk"
)

// check compares the kernel and the baseline, whose answers are equal to the bit; no difference is accepted.
func check[T any, I searching[T]](t *testing.T, of functions[T, I], q question[T]) answer {
	t.Helper()
	sides := open(t)
	want := of.ask(t.Context(), sides["baseline"], q)["once"]
	for name, side := range sides {
		for way, got := range of.ask(t.Context(), side, q) {
			if !got.equal(want) {
				t.Errorf("%s, %s: %d elements of %d dims, query %.300v, metric %v, k %d:\n got %.600v\nwant %.600v",
					name, way, len(q.matrix), q.dims, q.query, q.metric, q.k, got, want)
			}
		}
	}
	return want
}

// compare asks about matrices of every remainder of rows and elements that the kernel treats by itself.
func compare[T any, I searching[T]](t *testing.T, of functions[T, I], element func(*rand.Rand) T) {
	random := rand.New(rand.NewPCG(1, 2))
	some := func(n int) []T {
		all := make([]T, n)
		for i := range all {
			all[i] = element(random)
		}
		return all
	}
	for _, metric := range []topk.Metric{topk.MetricDot, topk.MetricCosine} {
		for _, dims := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 100, 384, 768, 1536} {
			for _, rows := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 60} {
				q := question[T]{some(rows * dims), uint32(dims), some(dims), metric, uint32(random.IntN(rows + 1))}
				if a := check(t, of, q); a.err != nil {
					t.Fatal(a.err)
				}
			}
		}
	}
}

func TestEqualOnInt8(t *testing.T) {
	compare(t, int8s, func(r *rand.Rand) int8 { return int8(r.Uint32()) })
}

func TestEqualOnEqualScores(t *testing.T) {
	compare(t, int8s, func(r *rand.Rand) int8 { return int8(r.IntN(3) - 1) })
}

func TestEqualOnFloat32(t *testing.T) {
	compare(t, float32s, func(r *rand.Rand) float32 { return float32(r.NormFloat64()) })
}

func TestEqualBeyondNumbers(t *testing.T) {
	odd := []float32{0, float32(math.Copysign(0, -1)), -1, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)),
		math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-38}
	compare(t, float32s, func(r *rand.Rand) float32 {
		if r.IntN(50) == 0 {
			return odd[r.IntN(len(odd))]
		}
		return float32(r.NormFloat64())
	})
}

func TestEqualOnTheLargestProducts(t *testing.T) {
	const dims = 65_536
	row := make([]int8, dims)
	for i := range row {
		row[i] = -128
	}
	if a := check(t, int8s, question[int8]{row, dims, row, topk.MetricDot, 1}); len(a.hits) != 1 || a.hits[0].Score != 1<<30 {
		t.Errorf("got %+v", a)
	}
	check(t, int8s, question[int8]{row, dims, row, topk.MetricCosine, 1})
}

func TestSizesThatNobodyMeans(t *testing.T) {
	for name, c := range map[string]struct {
		elements, query int
		dims, k         uint32
		want            topk.Failure
	}{
		"no dims":                  {0, 0, 0, 0, topk.FailureDims(0)},
		"too many dims":            {65_537, 65_537, 65_537, 1, topk.FailureDims(65_537)},
		"as many dims as can be":   {1, 1, math.MaxUint32, 1, topk.FailureDims(math.MaxUint32)},
		"half a row":               {5, 2, 2, 1, topk.FailureMatrix(5)},
		"a longer query":           {4, 3, 2, 1, topk.FailureQuery(3)},
		"no query":                 {4, 0, 2, 1, topk.FailureQuery(0)},
		"more hits than rows":      {4, 2, 2, 3, topk.FailureK(3)},
		"hits of no rows":          {0, 2, 2, 1, topk.FailureK(1)},
		"as many hits as can be":   {4, 2, 2, math.MaxUint32, topk.FailureK(math.MaxUint32)},
		"dims before anything":     {5, 9, 0, 9, topk.FailureDims(0)},
		"the matrix before others": {5, 9, 2, 9, topk.FailureMatrix(5)},
	} {
		t.Run(name, func(t *testing.T) {
			ints := question[int8]{make([]int8, c.elements), c.dims, make([]int8, c.query), topk.MetricCosine, c.k}
			if a := check(t, int8s, ints); a.err != c.want {
				t.Errorf("got %v, want %v", a.err, c.want)
			}
			floats := question[float32]{make([]float32, c.elements), c.dims, make([]float32, c.query), topk.MetricDot, c.k}
			if a := check(t, float32s, floats); a.err != c.want {
				t.Errorf("got %v, want %v", a.err, c.want)
			}
		})
	}
}

// An index has its own copy of the matrix.
func TestIndexKeepsItsMatrix(t *testing.T) {
	for name, side := range open(t) {
		matrix := []int8{1, 2, 3}
		index, err := side.NewInt8Index(t.Context(), matrix, 1, topk.MetricDot)
		if err != nil {
			t.Fatal(err)
		}
		defer index.Close(context.Background())
		matrix[0] = 100
		for range 2 {
			if hits, err := index.Search(t.Context(), []int8{1}, 1); err != nil || hits[0] != (topk.Hit{Row: 2, Score: 3}) {
				t.Errorf("%s: %v, %v", name, hits, err)
			}
		}
	}
}

func TestCanceledContext(t *testing.T) {
	index, err := topk.Baseline().NewInt8Index(t.Context(), []int8{1}, 1, topk.MetricDot)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := index.Search(ctx, []int8{1}, 1); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	if _, err := topk.Baseline().SearchInt8(ctx, nil, 1, []int8{1}, topk.MetricDot, 0); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
