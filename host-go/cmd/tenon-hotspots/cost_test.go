package main

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestARecursiveFunctionCountsOnceAStack(t *testing.T) {
	c := addUp(profileOf("main.a main.b main.a main.b main.a main.main"))
	if a := c.functions["main.a"]; a.cumulative != c.total || a.flat != c.total {
		t.Fatalf("a costs %d of %d, by itself %d", a.cumulative, c.total, a.flat)
	}
	if b := c.functions["main.b"]; b.cumulative != c.total || b.flat != 0 {
		t.Fatalf("b costs %d of %d, by itself %d", b.cumulative, c.total, b.flat)
	}
}

func TestAVeryDeepStackIsNoTrouble(t *testing.T) {
	c := addUp(profileOf(strings.Repeat("main.a main.b ", 50_000)))
	if a := c.functions["main.a"]; a.cumulative != c.total {
		t.Fatalf("a costs %d of %d", a.cumulative, c.total)
	}
}

func TestALiteralIsPartOfItsFunction(t *testing.T) {
	c := addUp(profileOf("strings.Index main.f.func1 main.f main.main", "main.f.func1 sync.(*WaitGroup).Go.func1"))
	if f := c.functions["main.f"]; f.cumulative != c.total || f.flat != c.total/2 {
		t.Fatalf("f costs %d of %d, by itself %d", f.cumulative, c.total, f.flat)
	}
	if from := c.functions["main.f"].callers; len(from) != 2 || from[c.functions["main.f"]] != nil {
		t.Fatalf("called by %v", from)
	}
}

func TestCostInALibraryIsItsCallers(t *testing.T) {
	c := addUp(profileOf("regexp.b regexp.a main.f main.main", "unicode.x regexp.a main.f main.main", "main.f main.main", "sort.a main.g main.main"))
	below := c.below(c.functions["main.f"])
	if len(below) != 1 || below[0].name != "regexp" || 3*below[0].cost != 2*c.functions["main.f"].cumulative {
		t.Fatalf("below f: %v", below)
	}
	by := c.brought(func(f *function) bool { return f.pkg == "regexp" })
	if len(by) != 1 || by[0].name != "main.f" {
		t.Fatalf("regexp is called by %v", by)
	}
	if all := c.libraries(); all[0].name != "regexp" || all[0].cost*2 != c.total {
		t.Fatalf("libraries: %v", all)
	}
}

func TestALibraryAroundTheProgramIsNotItsCost(t *testing.T) {
	c := addUp(profileOf("main.f sync.(*WaitGroup).Go.func1", "net/http.a main.f sync.(*WaitGroup).Go.func1"))
	if all := c.libraries(); len(all) != 1 || all[0].name != "net/http" {
		t.Fatalf("libraries: %v", all)
	}
}

func TestNamesOfAProfileDoNotReachTheTerminalAsTheyAre(t *testing.T) {
	p := profileOf("main.f main.main", "main.g main.main")
	p.Function[0].Name = "main.\x1b[2J\u202ef\n"
	p.Function[0].Filename = "a\x07/b.go"
	p.Function[2].Name = "main." + strings.Repeat("g", 1<<20)
	text := newReport(addUp(p), nil, plan{}, options{top: 5, sort: byFlat, profile: "it"}).text()
	if strings.ContainsAny(text, "\x1b\x07\u202e") || len(text) > 8<<10 {
		t.Fatalf("%d bytes: %.300q", len(text), text)
	}
	noted := plan{Functions: []entry{{Function: "main.main", Effort: 1, Note: "\x1b[2Ja\nnote"}}}
	text = newReport(addUp(p), nil, noted, options{top: 5, sort: byImpact, profile: "it"}).text()
	if strings.Contains(text, "\x1b") || !strings.Contains(text, "[2Ja note\n") {
		t.Fatalf("the plan's note: %q", text)
	}
	p.SampleType[1].Type = "\x1b[2J"
	if _, err := parseProfile("it", bytesOf(t, p)); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Fatalf("error %q", err)
	}
}

func TestTheCollectorsWorkIsOnAccountOfWhoAllocates(t *testing.T) {
	c := addUp(profileOf(
		"runtime.mallocgc main.f main.main", "runtime.mallocgc main.f main.main", "runtime.mallocgc main.f main.main",
		"runtime.mallocgc main.g main.main",
		"runtime.scanobject runtime.gcBgMarkWorker", "runtime.scanobject runtime.gcBgMarkWorker",
		"runtime.futex runtime.findRunnable runtime.schedule"))
	unit := c.total / 7
	if c.collector != 2*unit || c.allocator != 4*unit || c.idle != unit {
		t.Fatalf("collector %d, allocator %d, scheduler %d", c.collector, c.allocator, c.idle)
	}
	if f, g := c.functions["main.f"].collecting, c.functions["main.g"].collecting; f != 3*unit/2 || g != unit/2 {
		t.Fatalf("f %d, g %d of %d", f, g, c.collector)
	}
}

func TestTheOrderIsTheSameEachTime(t *testing.T) {
	p := profileOf("main.c main.main", "main.b main.main", "main.a main.b main.main", "main.d main.main")
	for _, by := range []order{byCumulative, byFlat} {
		var names []string
		for _, f := range addUp(p).ranked(by, func(f *function) bool { return true }) {
			names = append(names, f.function)
		}
		want := []string{"main", "b", "a", "c", "d"}
		if by == byFlat {
			want = []string{"b", "a", "c", "d", "main"}
		}
		if !slices.Equal(names, want) {
			t.Errorf("by %s: %v", by, names)
		}
	}
}

func TestPlansAreReadAndFit(t *testing.T) {
	p, err := parsePlan([]byte(`{"functions": [{"function": "b.(*T).M", "effort": 2, "risk": "low", "speedup": 4}, {"function": "b.*", "effort": 1, "risk": 0.5}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if e := p.of("github.com/a/b.(*T).M"); e == nil || e.Effort != 2 {
		t.Fatalf("entry %v", e)
	}
	if e := p.of("github.com/a/b.F"); e == nil || e.Effort != 1 {
		t.Fatalf("entry %v", e)
	}
	if e := p.of("github.com/a/bb.F"); e != nil {
		t.Fatalf("entry %v", e)
	}
	// Half of the time, of which three quarters can be saved, at 90 %, in two days.
	if got := p.Functions[0].impact(0.5); math.Abs(got-100*0.5*0.75*0.9/2) > 1e-9 {
		t.Fatalf("impact %v", got)
	}
	if got := p.Functions[1].impact(0.5); math.Abs(got-25) > 1e-9 {
		t.Fatalf("impact %v", got)
	}
}

func TestPlansThatSayNothingUsefulAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		``:                   "EOF",
		`[]`:                 "cannot unmarshal",
		`{"functions": []}x`: "something follows",
		`{"function": []}`:   "unknown field",
		`{"functions": [{"function": "a", "effort": 1, "days": 2}]}`:       "unknown field",
		`{"functions": [{"function": "*", "effort": 1}]}`:                  "names no function",
		`{"functions": [{"function": "a"}]}`:                               "the effort is 0 days",
		`{"functions": [{"function": "a", "effort": -1}]}`:                 "the effort is -1 days",
		`{"functions": [{"function": "a", "effort": 1, "risk": "some"}]}`:  "neither a number",
		`{"functions": [{"function": "a", "effort": 1, "risk": 2}]}`:       "neither a number",
		`{"functions": [{"function": "a", "effort": 1, "calls": -2}]}`:     "cannot be negative",
		`{"functions": [{"function": "a", "effort": 1e-320}]}`:             "from 0.01 to 10000",
		`{"functions": [{"function": "a", "effort": 1, "speedup": 1e-9}]}`: "from 0.01 up",
	} {
		if _, err := parsePlan([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestKnownCallsTellHowCoarseAFunctionIs(t *testing.T) {
	for calls, want := range map[int64]string{10: "coarse: 1ms a call", 20_000: "fine: 500ns a call"} {
		p := plan{Functions: []entry{{Function: "main.f", Effort: 1, Calls: calls}}}
		c := addUp(profileOf("main.f main.main"))
		if v := c.judge(c.functions["main.f"], nil, p); !strings.HasPrefix(v.Coarseness, want) {
			t.Errorf("%d calls: %q", calls, v.Coarseness)
		}
	}
	for ns, want := range map[float64]string{999: "999ns", 1_234_567: "1.23ms", math.MaxInt64: "1280555h33m20s"} {
		if got := round(ns); got.String() != want {
			t.Errorf("%v ns: %v", ns, got)
		}
	}
}
