package topk_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/topk"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// failure is the golden cases' spelling of the contract's error.
type failure struct{ Dims, Matrix, Query, K *uint32 }

func (f *failure) value() error {
	switch {
	case f == nil:
		return nil
	case f.Dims != nil:
		return topk.FailureDims(*f.Dims)
	case f.Matrix != nil:
		return topk.FailureMatrix(*f.Matrix)
	case f.Query != nil:
		return topk.FailureQuery(*f.Query)
	default:
		return topk.FailureK(*f.K)
	}
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Func   string
		Args   [5]json.RawMessage
		Result []topk.Hit
		Error  *failure
	}
	cases := tenontest.Golden[goldenCase](t, "../../../wit/vectors/topk.json", 30)
	sides := open(t)
	for _, c := range cases {
		if c.Func == "search-int8" {
			golden(t, sides, int8s, c.Args, c.Result, c.Error.value())
		} else {
			golden(t, sides, float32s, c.Args, c.Result, c.Error.value())
		}
	}
}

func golden[T any, I searching[T]](
	t *testing.T, sides map[string]topk.Searcher, of functions[T, I], args [5]json.RawMessage, want []topk.Hit, wantErr error,
) {
	var q question[T]
	var metric string
	for i, into := range []any{&q.matrix, &q.dims, &q.query, &metric, &q.k} {
		if err := json.Unmarshal(args[i], into); err != nil {
			t.Fatalf("%s: %v", args[i], err)
		}
	}
	if metric == "cosine" {
		q.metric = topk.MetricCosine
	}
	for name, side := range sides {
		for way, a := range of.ask(context.Background(), side, q) {
			if !a.equal(answer{want, wantErr}) {
				t.Errorf("%s, %s: %+v:\n got %+v\nwant %+v", name, way, q, a, answer{want, wantErr})
			}
		}
	}
}
