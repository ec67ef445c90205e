package fuzzyrank_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/fuzzyrank"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// failure is the golden cases' spelling of the contract's error.
type failure struct{ Query, Line *uint32 }

func (f *failure) value() error {
	switch {
	case f == nil:
		return nil
	case f.Query != nil:
		return fuzzyrank.FailureQuery(*f.Query)
	default:
		return fuzzyrank.FailureLine(*f.Line)
	}
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Func   string
		Args   []json.RawMessage
		Result json.RawMessage
		Error  *failure
	}
	decode := func(raw json.RawMessage, into any) {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
	}
	for _, c := range tenontest.Golden[goldenCase](t, "../../../wit/vectors/fuzzyrank.json", 40) {
		var query, text string
		decode(c.Args[0], &query)
		decode(c.Args[1], &text)
		for name, r := range sides(t) {
			if c.Func == "positions" {
				var want *[]uint32
				if c.Error == nil {
					decode(c.Result, &want)
				}
				got, err := r.Positions(t.Context(), query, text)
				places, some := got.Get()
				if err != c.Error.value() || some != (want != nil) || some && !slices.Equal(places, *want) {
					t.Errorf("%s: positions %.200s: got %v, %v, want %s", name, c.Args, got, err, c.Result)
				}
				continue
			}
			want := answer{err: c.Error.value()}
			if want.err == nil {
				decode(c.Result, &want.ranking)
			}
			var limit uint32
			decode(c.Args[2], &limit)
			once, kept := ask(t, r, text, []string{query}, limit)
			for _, got := range []answer{once[0], kept[0]} {
				if !equal(got, want) {
					t.Errorf("%s: rank %.200s: got %v, want %v", name, c.Args, got, want)
				}
			}
		}
	}
}
