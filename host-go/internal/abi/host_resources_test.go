package abi

import (
	"context"
	"reflect"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func TestHostFuncResources(t *testing.T) {
	var ts types
	own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	borrow := ts.add(plan.Type{Kind: plan.Borrow, Resource: ref(0)})
	p := importing(t, &ts, plan.UTF8, []int{borrow}, ref(own))
	g := newGuest(p)
	var lent uint32
	f := func(_ context.Context, args []Value) (Value, error) {
		if args[0].Bits != 4711 {
			t.Errorf("lent %d", args[0].Bits)
		}
		if _, _, err := g.handles.Drop(0, 0, lent); err == nil {
			t.Error("dropped while it is lent")
		}
		return bits(4712), nil
	}
	lent, err := g.handles.LowerOwn(0, 0, 4711)
	if err != nil {
		t.Fatal(err)
	}
	stack, err := g.imported(t, f, uint64(lent))
	if err != nil {
		t.Fatal(err)
	}
	if rep, err := g.handles.LiftOwn(0, 0, uint32(stack[0])); err != nil || rep != 4712 {
		t.Errorf("the guest was given %d, %v", rep, err)
	}
	for name, handle := range map[string]uint64{"zero": 0, "forged": 77, "huge": 1<<32 - 1} {
		t.Log(name)
		_, err = g.imported(t, f, handle)
		failed(t, err, engine.ABI, Violation, "a:b/host#g: param p0")
	}
	other, _ := g.handles.New(0, 1, 1)
	_, err = g.imported(t, f, uint64(other))
	failed(t, err, engine.ABI, Violation, "a:b/host#g: param p0")

	// The same through the export: the guest is lent 4711, and gives 4712 away.
	g = newGuest(p)
	g.run = func(_ int, stack []uint64) error {
		if rep, err := g.handles.Rep(0, 0, uint32(stack[0])); err != nil || rep != 4711 {
			t.Errorf("the guest was lent %d, %v", rep, err)
		}
		if _, _, err := g.handles.Drop(0, 0, uint32(stack[0])); err != nil {
			return err
		}
		h, err := g.handles.LowerOwn(0, 0, 4712)
		stack[0] = uint64(h)
		return err
	}
	for range 2 { // a representation may be given any number of times: what it means is the host's business
		v, err := g.caller().Call(t.Context(), 0, bits(4711))
		if err != nil || v.Bits != 4712 || g.handles.Live() != 0 {
			t.Errorf("got %+v, %v, %d live", v, err, g.handles.Live())
		}
	}
	_, err = g.caller().Call(t.Context(), 0, bits(1<<32))
	class(t, err, Argument, "a:b/c#f: param p0")
}

func TestResourceGivenTwice(t *testing.T) {
	var ts types
	own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	borrow := ts.add(plan.Type{Kind: plan.Borrow, Resource: ref(0)})
	for _, params := range [][]int{{own, own}, {own, borrow}, {borrow, own}} {
		g := newGuest(planOf(t, &ts, plan.UTF8, params, nil))
		c := g.caller()
		n := c.hold(resource{0, 1000})
		_, err := c.Call(t.Context(), 0, bits(n), bits(n))
		class(t, err, Argument, "a:b/c#f: param p1")
		if c.Poisoned() || !reflect.DeepEqual(c.held, map[uint64]resource{n: {0, 1000}}) {
			t.Error("the resource is gone, or the instance is")
		}
	}
}

func TestHostFuncGivesBackWhatItTookInVain(t *testing.T) {
	var ts types
	own, char := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)}), ts.add(plan.Type{Kind: plan.Char})
	g := newGuest(importing(t, &ts, plan.UTF8, []int{own, char}, nil))
	handle, err := g.handles.LowerOwn(0, 0, 42)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	ask := func(context.Context, []Value) (Value, error) { asked++; return Value{}, nil }
	_, err = g.imported(t, ask, uint64(handle), 0xd800)
	failed(t, err, engine.ABI, Violation, "a:b/host#g: param p1")
	if g.handles.Live() != 1 || asked != 0 {
		t.Errorf("%d handles left in the table, want the one that nobody got; asked %d times", g.handles.Live(), asked)
	}
	if _, err := g.imported(t, ask, uint64(handle), 'x'); err != nil || g.handles.Live() != 0 || asked != 1 {
		t.Errorf("the same with a char: %v, %d handles left, asked %d times", err, g.handles.Live(), asked)
	}
}
