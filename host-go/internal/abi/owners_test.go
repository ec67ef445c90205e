package abi

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// TestNumbersOfHostAndGuestAreApart: giving away the host's resource 1 leaves the guest's resource that the caller
// knows as 1 alone.
func TestNumbersOfHostAndGuestAreApart(t *testing.T) {
	var ts types
	own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	g := newGuest(importing(t, &ts, plan.UTF8, []int{own}, nil))
	c := g.caller()
	n := c.hold(resource{1, 1000})
	if _, err := c.Call(t.Context(), 0, bits(n)); err != nil {
		t.Fatal(err)
	}
	if rep, err := g.handles.LiftOwn(0, 0, 1); err != nil || uint64(rep) != n {
		t.Errorf("the guest was given %d, %v", rep, err)
	}
	if !reflect.DeepEqual(c.held, map[uint64]resource{n: {1, 1000}}) {
		t.Errorf("the guest's resource is forgotten: %v", c.held)
	}
	if err := c.Drop(t.Context(), bits(n)); err != nil {
		t.Errorf("drop: %v", err)
	}
}

// foreign are the representations of the host that somebody has to drop when the guest ends.
func (g *guest) foreign() []uint32 {
	var reps []uint32
	g.handles.Foreign(func(_ int, rep uint32) { reps = append(reps, rep) })
	slices.Sort(reps)
	return reps
}

// TestResourcesOfAnAnswerThatFails: whatever comes between the answer and the guest's table, the resources in it are
// the guest's, once each.
func TestResourcesOfAnAnswerThatFails(t *testing.T) {
	var ts types
	own, str := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)}), ts.add(plan.Type{Kind: plan.String})
	list := ts.add(plan.Type{Kind: plan.List, Element: ref(own)})
	option := ts.add(plan.Type{Kind: plan.Option, Element: ref(own)})
	record := ts.add(plan.Type{Kind: plan.Record, Fields: []plan.Field{
		{Name: "first", Type: own}, {Name: "list", Type: list}, {Name: "text", Type: str}, {Name: "option", Type: option}}})
	full := func(text string) Value {
		return Value{Items: []Value{bits(11), {Items: []Value{bits(12), bits(13)}}, {Text: text}, {Bits: 1, Items: []Value{bits(14)}}}}
	}
	refusing := func(at int) func(stack []uint64) error {
		return func(stack []uint64) error {
			if at--; at < 0 {
				return &engine.Trap{Code: engine.Unreachable}
			}
			stack[0] = 512
			return nil
		}
	}
	for name, c := range map[string]struct {
		answer  Value
		to      uint64
		realloc func(stack []uint64) error
	}{
		"an odd address":             {full("x"), 801, refusing(9)},
		"no memory for the list":     {full("x"), 800, refusing(0)},
		"no memory for the text":     {full("x"), 800, refusing(1)},
		"an answer of no such type":  {full("\xff"), 800, refusing(9)},
		"an answer with a field too": {Value{Items: append(full("x").Items, bits(1))}, 800, refusing(9)},
	} {
		g := newGuest(importing(t, &ts, plan.UTF8, nil, ref(record)))
		g.realloc = c.realloc
		if _, err := g.imported(t, answer(c.answer), c.to); err == nil {
			t.Errorf("%s: no trap", name)
		}
		if got := g.foreign(); !slices.Equal(got, []uint32{11, 12, 13, 14}) {
			t.Errorf("%s: to be dropped %v", name, got)
		}
		// The same values as an argument.
		g = newGuest(importing(t, &ts, plan.UTF8, []int{record}, nil))
		g.realloc = c.realloc
		_, err := g.caller().Call(t.Context(), 0, c.answer)
		want := []uint32{11, 12, 13, 14}
		if e, ok := errors.AsType[*Error](err); ok && e.Class == Argument {
			want = nil // refused: they are still the host's
		}
		if got := g.foreign(); !slices.Equal(got, want) {
			t.Errorf("%s, as an argument: %v, to be dropped %v", name, err, got)
		}
	}
}
