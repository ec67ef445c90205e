package soak

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/internal/race"
)

var (
	swaps  = flag.Int("swaps", 1000, "changes of version under load")
	cycles = flag.Int("cycles", 200, "versions to load, call and retire")
)

// amount is what the flag says, or a small part of it under the race detector, where loading a version takes seconds.
func amount(n int) int {
	if race.Enabled {
		return n / 20
	}
	return n
}

func TestNothingIsLost(t *testing.T) {
	// Short stretches, so that few changes are of all kinds, too.
	r, err := Run(t.Context(), Options{Changes: amount(*swaps), Segment: max(4, min(20, amount(*swaps)/50)&^1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + text.String())
	// In the few changes under the race detector it may be that nobody asks what traps.
	if r.Calls == 0 || r.Baseline == 0 || r.Pages == 0 || r.Stats.Fallbacks == 0 && !race.Enabled {
		t.Errorf("the callers have not done everything: %+v, %d fallbacks", r.Counts, r.Stats.Fallbacks)
	}
	for _, k := range r.Kinds {
		if k.Changes == 0 || k.Steady.Calls == 0 || k.During.Calls == 0 || k.FlipP99 == 0 {
			t.Errorf("%v was not measured: %+v", k.Kind, k)
		}
	}
	if r.All.Changes != r.Changes {
		t.Errorf("the figures of all kinds are of %d changes, not %d", r.All.Changes, r.Changes)
	}
	if !strings.HasSuffix(text.String(), " lost 0 wrong 0 torn 0\n") {
		t.Error("the last line is no verdict")
	}
}

// A caller that was overtaken between the end of its call and the booking of it has found no gap, and makes none.
func TestGapsOfCallersThatOvertakeEachOther(t *testing.T) {
	l := new(load)
	for _, c := range []struct{ ended, gap time.Duration }{{5, 5}, {3, 0}, {5, 0}, {7, 2}} {
		if got := l.gap(c.ended); got != c.gap {
			t.Errorf("a call that ended at %d ends a gap of %d, not of %d", c.ended, got, c.gap)
		}
	}
}

func TestCyclesLeaveNothingBehind(t *testing.T) {
	samples, err := Cycle(t.Context(), CycleOptions{Cycles: amount(*cycles), Samples: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		t.Logf("%+v", s)
	}
	if len(samples) == 0 || samples[len(samples)-1].Cycle != amount(*cycles) {
		t.Errorf("%d samples", len(samples))
	}
	if err := Grown(samples); err != nil {
		t.Error(err)
	}
}

// liar is a baseline with a fault of its own.
type liar struct {
	ledger.Book
	enter func(e *ledger.Entry) error
}

func (l liar) Enter(ctx context.Context, sequence uint64, payload []byte) (ledger.Entry, error) {
	e, err := l.Book.Enter(ctx, sequence, payload)
	return e, errors.Join(err, l.enter(&e))
}

// What goes wrong is seen: here in the baseline, which is in force.
func TestCallersSee(t *testing.T) {
	rt, err := tenon.New(t.Context(), tenon.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rt.Close(context.Background()) }()
	none := func(*ledger.Entry) error { return nil }
	for name, c := range map[string]struct {
		enter func(e *ledger.Entry) error
		force Version
		want  Counts
	}{
		"nothing":         {none, Version{}, Counts{}},
		"no answer":       {func(*ledger.Entry) error { return errors.New("on purpose") }, Version{}, Counts{Lost: 1}},
		"two versions":    {func(e *ledger.Entry) error { e.Kept = 7; return nil }, Version{}, Counts{Torn: 1}},
		"other questions": {func(e *ledger.Entry) error { e.Sequence++; return nil }, Version{}, Counts{Wrong: 1}},
		"another version": {none, Version{Number: 7}, Counts{Wrong: 1}},
		"an unannounced":  {none, Version{Digest: "abc"}, Counts{Wrong: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			slot, err := tenon.NewSlot(t.Context(), rt, "ledger", ledger.Contract,
				tenon.SlotConfig[ledger.Book]{Baseline: liar{ledger.Baseline(), c.enter}})
			if err != nil {
				t.Fatal(err)
			}
			l := newLoad(slot, newBooks(c.force, 1, func() string { return "" }), 2)
			l.callers[0].call(t.Context(), false)
			l.callers[1].call(t.Context(), true)
			got := l.counts()
			if got.Calls != 2 || got.Lost != 2*c.want.Lost || got.Wrong != 2*c.want.Wrong || got.Torn != 2*c.want.Torn {
				t.Errorf("counts are %+v, want twice %+v", got, c.want)
			}
			if bad := got.Lost+got.Wrong+got.Torn > 0; bad != (len(l.traces) > 0) {
				t.Errorf("traces: %q", l.traces)
			}
			r := Report{Counts: got, Traces: l.traces}
			if bad := got.Lost+got.Wrong+got.Torn > 0; bad != (r.Err() != nil) {
				t.Errorf("the verdict is %v", r.Err())
			}
			if err := slot.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBooks(t *testing.T) {
	one, two, trap := Version{1, 0, "1"}, Version{2, 0, "2"}, Version{3, TrapAt, "3"}
	serving := "1"
	b := newBooks(one, 10, func() string { return serving })
	window := func(want ...int64) (first, last int64) {
		t.Helper()
		first, known := b.first()
		last, still := b.last()
		if !known || !still || first != want[0] || last != want[1] {
			t.Errorf("in force are %d to %d, %v, %v; want %v", first, last, known, still, want)
		}
		return first, last
	}
	allowed := func(first, last int64, want ...uint32) {
		t.Helper()
		for number := range uint32(4) {
			found := false
			for _, w := range want {
				found = found || w == number
			}
			if b.allowed(number, first, last) != found {
				t.Errorf("version %d in generations %d to %d: %v", number, first, last, !found)
			}
		}
	}
	allowed(0, 0, 1)
	window(0, 0)
	b.announce(generation{Version: two})
	window(0, 0) // not flipped yet
	serving = "2"
	window(1, 1)
	b.settle()
	first, last := window(1, 1)
	allowed(first, last, 2)
	allowed(0, last, 1, 2)
	b.announce(generation{Version: one})
	b.announce(generation{Version: two})
	window(1, 3) // there and back: which of the two, nobody can tell
	b.withdraw()
	serving = "1"
	window(4, 4)
	b.announce(generation{Version: trap})
	serving = "3"
	first, last = window(5, 5)
	allowed(first, last, 0, 3) // the baseline, where it traps
	b.announce(generation{Version: one, beside: two, shared: true})
	allowed(6, 6, 1, 2)
	if b.known(2, "1", 6, 6) || !b.known(2, "2", 6, 6) {
		t.Error("the digest of what is beside")
	}
	serving = "4"
	if _, ok := b.first(); ok {
		t.Error("a version that nobody announced is in force")
	}
}

func TestHistogram(t *testing.T) {
	var h, other histogram
	for i := range 1000 {
		h.add(time.Duration(i+1) * time.Microsecond)
	}
	other.add(3 * time.Second)
	h.merge(&other)
	for q, want := range map[float64]time.Duration{0.001: time.Microsecond, 0.5: 500 * time.Microsecond, 0.99: 990 * time.Microsecond, 1: 3 * time.Second} {
		if got := h.quantile(q); got < want || got > want+want/steps+time.Microsecond {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	for _, d := range []time.Duration{0, 1, 15, 16, 17, 1000, time.Hour, 1<<63 - 1} {
		if i := place(d); bound(i) < d || i > 0 && bound(i-1) >= d {
			t.Errorf("%d is at place %d, which ends at %d", d, i, bound(i))
		}
	}
	if (&histogram{}).quantile(0.99) != 0 {
		t.Error("a quantile of nothing")
	}
}

func TestGrown(t *testing.T) {
	at := func(goroutines, mappings int, resident uint64) Sample {
		return Sample{Holdings: Holdings{Goroutines: goroutines, Mappings: mappings, Resident: resident << 20}}
	}
	first := at(10, 100, 64)
	for _, c := range []struct {
		last Sample
		want string
	}{
		{at(18, 118, 80), ""}, {at(19, 100, 64), "goroutines 10 → 19"}, {at(10, 119, 64), "mappings"}, {at(10, 100, 81), "resident"},
	} {
		if race.Enabled && !strings.HasPrefix(c.want, "goroutines") {
			c.want = ""
		}
		err := Grown([]Sample{first, at(99, 999, 999), c.last})
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.last.Holdings, err)
		}
	}
	if Grown([]Sample{first}) != nil {
		t.Error("one sample")
	}
}
