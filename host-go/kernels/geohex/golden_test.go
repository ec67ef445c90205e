package geohex_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// grid is the same for every test: the kernel is compiled once.
func grid(t testing.TB) geohex.Grid {
	return tenontest.Client(t, geohex.Contract, geohex.Component(), geohex.New)
}

// failure is the golden cases' spelling of the contract's error.
type failure struct {
	LatLng     *uint32 `json:"lat-lng"`
	Resolution *uint8
	Cell       *uint64
	K          *uint32
}

func (f *failure) value() error {
	switch {
	case f == nil:
		return nil
	case f.LatLng != nil:
		return geohex.FailureLatLng(*f.LatLng)
	case f.Resolution != nil:
		return geohex.FailureResolution(*f.Resolution)
	case f.Cell != nil:
		return geohex.FailureCell(*f.Cell)
	default:
		return geohex.FailureK(*f.K)
	}
}

// functions are the contract's, by its names.
func functions(g geohex.Grid) map[string]any {
	return map[string]any{
		"lat-lng-to-cell":   g.LatLngToCell,
		"lat-lngs-to-cells": g.LatLngsToCells,
		"cell-to-lat-lng":   g.CellToLatLng,
		"cell-to-boundary":  g.CellToBoundary,
		"cell-to-parent":    g.CellToParent,
		"cells-to-parents":  g.CellsToParents,
		"grid-disk":         g.GridDisk,
	}
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Func   string
		Args   []json.RawMessage
		Result json.RawMessage
		Error  *failure
	}
	cases := tenontest.Golden[goldenCase](t, "../../../wit/vectors/geohex.json", 80)
	decode := func(raw json.RawMessage, of reflect.Type) reflect.Value {
		into := reflect.New(of)
		if err := json.Unmarshal(raw, into.Interface()); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		return into.Elem()
	}
	called := map[string]bool{}
	all := functions(grid(t))
	for _, c := range cases {
		called[c.Func] = true
		f := reflect.ValueOf(all[c.Func])
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for i, raw := range c.Args {
			args = append(args, decode(raw, f.Type().In(i+1)))
		}
		out := f.Call(args)
		if err, _ := out[1].Interface().(error); err != c.Error.value() {
			t.Errorf("%s%s: %v, want %v", c.Func, c.Args, err, c.Error.value())
			continue
		}
		if c.Error != nil {
			continue
		}
		if want := decode(c.Result, f.Type().Out(0)); !close(out[0].Interface(), want.Interface()) {
			t.Errorf("%s%s:\n got %v\nwant %v", c.Func, c.Args, out[0], want)
		}
	}
	if len(called) != len(all) {
		t.Errorf("%d cases of %d functions", len(cases), len(called))
	}
}

// close tells whether two answers are equal, places within a tenth of a millimetre: the cases have the reference library's,
// whose trigonometry is the machine's.
func close(a, b any) bool {
	near := func(a, b geohex.LatLng) bool {
		return math.Abs(a.Lat-b.Lat) <= 1e-9 && math.Abs(a.Lng-b.Lng) <= 1e-9
	}
	switch a := a.(type) {
	case geohex.LatLng:
		return near(a, b.(geohex.LatLng))
	case []geohex.LatLng:
		b := b.([]geohex.LatLng)
		if len(a) != len(b) {
			return false
		}
		for i := range a {
			if !near(a[i], b[i]) {
				return false
			}
		}
		return true
	case []uint64:
		return len(a) == 0 && len(b.([]uint64)) == 0 || reflect.DeepEqual(a, b)
	default:
		return a == b
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := grid(t).LatLngToCell(ctx, geohex.LatLng{}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
