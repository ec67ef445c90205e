package tenon

import (
	"context"
	"errors"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// The functions of a contract with a resource, as indices into thingContract.Funcs.
const (
	thingNew  = iota // constructor(n: u32)
	thingGet         // get: func() -> u32
	thingJoin        // join: static func(a: thing, b: borrow<thing>) -> u32
	thingFail        // fail: func(): traps
	thingBad         // bad: static func(n: u32) -> thing: a handle that does not exist
)

const thingIface = "test:things/calls@1.0.0"

var thingContract = Contract{
	Package: "test:things", Version: "1.0.0", Hash: "things-1",
	Funcs: []FuncRef{
		{Interface: thingIface, Name: "[constructor]thing"},
		{Interface: thingIface, Name: "[method]thing.get"},
		{Interface: thingIface, Name: "[static]thing.join"},
		{Interface: thingIface, Name: "[method]thing.fail"},
		{Interface: thingIface, Name: "[static]thing.bad"},
	},
	Resources: []ResourceRef{{Interface: thingIface, Name: "thing"}},
}

// thingPlan turns the fake plan into one of a kernel of thingContract.
func thingPlan(p *plan.Plan) {
	zero := 0
	one := []plan.CoreType{plan.I32}
	p.Contract = &plan.Contract{Package: "test:things", Version: "1.0.0", Hash: "things-1"}
	p.Types = []plan.Type{
		{Kind: plan.U32, Size: 4, Align: 4, Flat: one},
		{Kind: plan.Own, Size: 4, Align: 4, Flat: one, Resource: &zero},
		{Kind: plan.Borrow, Size: 4, Align: 4, Flat: one, Resource: &zero},
	}
	u32, own, borrow := 0, 1, 2
	p.Resources = []plan.Resource{{Name: "thing", Interface: thingIface}}
	p.Instances = 1
	fn := func(at int, result *int, params ...plan.Param) plan.Func {
		f := plan.Func{Name: thingContract.Funcs[at].Name, Interface: thingIface, Params: params, Result: result, Encoding: plan.UTF8}
		for range params {
			f.Core.Params = append(f.Core.Params, plan.I32)
		}
		if result != nil {
			f.Core.Results = one
		}
		return f
	}
	p.Funcs = []plan.Func{
		fn(thingNew, &own, plan.Param{Name: "n", Type: u32}),
		fn(thingGet, &u32, plan.Param{Name: "self", Type: borrow}),
		fn(thingJoin, &u32, plan.Param{Name: "a", Type: own}, plan.Param{Name: "b", Type: borrow}),
		fn(thingFail, nil, plan.Param{Name: "self", Type: borrow}),
		fn(thingBad, &own, plan.Param{Name: "n", Type: u32}),
	}
	inner := make([]plan.Export, len(p.Funcs))
	for i := range p.Funcs {
		inner[i] = plan.Export{Name: p.Funcs[i].Name, Kind: plan.ExternFunc, Func: &i}
	}
	p.Exports = []plan.Export{{Name: thingIface, Kind: plan.ExternInstance, Exports: inner}}
}

// thingGuest is the kernel: a representation is a key of the instance's things.
func thingGuest(i *fakeInstance, f int, stack []uint64) error {
	h := i.handles
	rep := uint32(stack[0])
	switch f {
	case thingNew:
		rep = uint32(len(i.things)) + 100
		for i.has(rep) {
			rep++
		}
		i.things[rep] = uint32(stack[0])
		handle, err := h.New(0, 0, rep)
		stack[0] = uint64(handle)
		return err
	case thingGet:
		if !i.has(rep) {
			return &engine.Trap{Code: engine.MemoryBounds, Message: "no such thing"}
		}
		stack[0] = uint64(i.things[rep])
	case thingJoin:
		a, _, err := h.Drop(0, 0, uint32(stack[0]))
		if err != nil {
			return err
		}
		stack[0] = uint64(i.things[a] + i.things[uint32(stack[1])])
		delete(i.things, a)
	case thingFail:
		return &engine.Trap{Code: engine.Unreachable}
	case thingBad:
		stack[0] = 77
	}
	return nil
}

func (i *fakeInstance) has(rep uint32) bool {
	_, ok := i.things[rep]
	return ok
}

// thingDestructor fails for what no thing is, and for the thing 666.
func thingDestructor(i *fakeInstance, _ int, rep uint32) error {
	if !i.has(rep) || i.things[rep] == 666 {
		return &engine.Trap{Code: engine.Unreachable, Message: "a bad destructor"}
	}
	delete(i.things, rep)
	return nil
}

// thing and thingSlot are written as the generator writes clients.
type thing struct{ r *Resource }

type thingSlot struct{ *Slot[any] }

func newThings(t *testing.T, cfg SlotConfig[any]) (*bench, thingSlot) {
	t.Helper()
	b := newBench(t, Config{})
	b.planner.edit = thingPlan
	b.engine.call, b.engine.destroy = thingGuest, thingDestructor
	cfg.Kernel = b.load("1.0.0")
	return b, b.things(cfg)
}

func (b *bench) things(cfg SlotConfig[any]) thingSlot {
	b.t.Helper()
	s, err := NewSlot(b.t.Context(), b.rt, "things", thingContract, cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return thingSlot{s}
}

// make1 lifts what a constructor answers.
func make1(f *Frame, err error, n uint32) (thing, error) {
	if err != nil {
		return thing{}, err
	}
	f.Arg(0, uint64(n))
	f.Invoke()
	r := f.LiftOwn(0, uint32(f.Ret(0)))
	if err := f.Leave(); err != nil {
		return thing{}, err
	}
	return thing{r}, nil
}

func (s thingSlot) make(ctx context.Context, n uint32) (thing, error) {
	f, err := s.Enter(ctx, thingNew)
	return make1(f, err, n)
}

func (t thing) get(ctx context.Context) (uint32, error) {
	f, err := t.r.Enter(ctx, thingGet)
	if err != nil {
		return 0, err
	}
	f.Arg(0, uint64(f.LowerBorrow(0, t.r)))
	f.Invoke()
	out := uint32(f.Ret(0))
	return out, f.Leave()
}

func (t thing) fail(ctx context.Context) error {
	f, err := t.r.Enter(ctx, thingFail)
	if err != nil {
		return err
	}
	f.Arg(0, uint64(f.LowerBorrow(0, t.r)))
	f.Invoke()
	return f.Leave()
}

func (s thingSlot) join(ctx context.Context, a, b *Resource) (uint32, error) {
	f, err := s.EnterWith(ctx, thingJoin, a, b)
	if err != nil {
		return 0, err
	}
	return join1(f, a, b)
}

func join1(f *Frame, a, b *Resource) (uint32, error) {
	if f == nil {
		return 0, errors.New("the baseline's turn")
	}
	f.Arg(0, uint64(f.LowerOwn(0, a)))
	f.Arg(1, uint64(f.LowerBorrow(0, b)))
	f.Invoke()
	out := uint32(f.Ret(0))
	return out, f.Leave()
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
