package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	var err error
	if cacheDir, err = os.MkdirTemp("", "tenon-bench-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(cacheDir)
	os.Exit(code)
}

func TestEveryRowIsOneThatThisProgramCanMeasure(t *testing.T) {
	defined, err := readDefinitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range defined.Rows {
		if row.Driver != "go" || row.Call == "" {
			continue
		}
		call, in, err := defined.call(row.Call)
		if err != nil {
			t.Fatalf("%s: %v", row.Name, err)
		}
		function, err := call.function()
		if err != nil {
			t.Fatalf("%s: %v", row.Name, err)
		}
		if measures[row.Measure] == nil {
			t.Errorf("%s: no way to measure is called %q", row.Name, row.Measure)
		}
		if _, err := function.load(in, nil); err != nil {
			t.Errorf("%s: %v", row.Name, err)
		}
		if row.Measure == "load-cached-code" {
			if _, err := function.loadCode(nil); err != nil {
				t.Errorf("%s: %v", row.Name, err)
			}
		}
		for _, side := range row.Sides {
			if !slices.Contains(function.names(), side.Engine) {
				t.Errorf("%s: %s.%s is not written for the engine %s", row.Name, call.Kernel, call.Function, side.Engine)
			}
		}
	}
}

// The rows without a call are those whose parameters are this program's own.
func TestRowsWithoutACallAreKnownByName(t *testing.T) {
	defined, err := readDefinitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range defined.Rows {
		name := row.Name
		if row.Of != "" {
			name = row.Of
		}
		if row.Driver == "go" && row.Call == "" && special[name] == nil {
			t.Errorf("%s has no call, and is not known here by name", name)
		}
	}
}

func TestEveryEngineAnswersAsExpected(t *testing.T) {
	if raceDetector {
		t.Skip("the kernels take minutes to compile under the race detector")
	}
	defined, err := readDefinitions()
	if err != nil {
		t.Fatal(err)
	}
	type use struct{ call, engine string }
	done := map[use]bool{}
	for _, row := range defined.Rows {
		for _, side := range row.Sides {
			use := use{row.Call, side.Engine}
			if row.Driver != "go" || done[use] {
				continue
			}
			done[use] = true
			t.Run(use.call+"/"+use.engine, func(t *testing.T) {
				b := &bench{}
				defer b.close()
				opened, err := defined.open(t.Context(), b, use.call, use.engine)
				if errors.Is(err, errNotBuiltIn) {
					t.Skip(err)
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := opened.side()(3); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func TestAWrongAnswerIsTold(t *testing.T) {
	o := &opened{answers: func(int) ([]string, error) { return []string{"3"}, nil }}
	if err := o.check(definedCall{Kernel: "k", Function: "f", Expect: "3"}); err != nil {
		t.Fatal(err)
	}
	err := o.check(definedCall{Kernel: "k", Function: "f", Expect: "2"})
	if err == nil || !strings.Contains(err.Error(), "k.f answers 3, and 2 is expected") {
		t.Fatal(err)
	}
}

func TestCallersAtOnceShareNoPlace(t *testing.T) {
	var places []*int
	o := &opened{side: func() side {
		place := new(int)
		places = append(places, place)
		return func(n int) error { *place += n; return nil }
	}}
	if err := atOnce(o, 4)(10); err != nil {
		t.Fatal(err)
	}
	for _, place := range places {
		if *place != 10 {
			t.Errorf("a caller did %d of 10 operations", *place)
		}
	}
	if len(places) != 4 {
		t.Errorf("there were %d callers", len(places))
	}
}

func TestAHistogramKnowsItsQuantiles(t *testing.T) {
	for bucket := range 1900 {
		if high := highestOf(bucket); high < 1<<50 && bucketOf(uint64(high)) != bucket {
			t.Fatalf("%v is the highest of bucket %d, and lies in %d", high, bucket, bucketOf(uint64(high)))
		}
	}
	var h, other histogram
	for ns := range uint64(900) {
		h.add(ns + 1)
	}
	for range 100 {
		other.add(1e9)
	}
	h.merge(&other)
	for part, want := range map[float64]float64{0.5: 500, 0.89: 890, 0.99: 1e9, 0.999: 1e9} {
		if got := h.quantile(part); got < want || got > want*33/32 {
			t.Errorf("quantile %v is %v, want %v", part, got, want)
		}
	}
}
