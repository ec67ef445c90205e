// Package abi is the canonical ABI over a plan's types, both ways: it lowers values into a guest and lifts
// them out of it, for calls of exports ([Caller]) and for a guest's calls of imports ([HostFunc]). It follows the
// specification's definitions, which the comments name, without reflection or generated code; tools, tests and
// warm-up use it. Generated clients have their own lowering and share the string encodings.
//
// Everything that a guest hands over is hostile: numbers are narrowed, addresses are checked in 64 bits against
// the memory as it is at that moment, and what lifting allocates is charged to a budget first.
package abi

import (
	"context"
	"errors"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// DefaultBudget is the host memory that lifting one answer may take unless a Caller says otherwise, in bytes.
const DefaultBudget = 256 << 20

// Caller calls the functions of one instance with dynamic values. Like the instance it is for one goroutine at
// a time. After an error other than one of class Argument the instance is poisoned: Call refuses, and the
// instance is only good for closing.
type Caller struct {
	// Budget is the host memory that lifting one answer may take, in bytes.
	Budget int64

	plan     *plan.Plan
	inst     engine.Instance
	poisoned bool
	// running is true while the guest runs, reentered when somebody tried to enter it then.
	running, reentered bool
	held               map[uint64]resource // resources of the guest's that the host has, by Value.Bits
	next               uint64
}

type resource struct {
	resource int
	rep      uint32
}

// ErrPoisoned is the error of a call after one that ended abnormally.
var ErrPoisoned = errors.New("the instance is poisoned by an earlier call")

// NewCaller makes a caller for an instance of p.
func NewCaller(p *plan.Plan, inst engine.Instance) *Caller {
	return &Caller{Budget: DefaultBudget, plan: p, inst: inst, held: map[uint64]resource{}}
}

// Poisoned reports whether a call ended abnormally.
func (c *Caller) Poisoned() bool { return c.poisoned }

// Call calls Plan.Funcs[f] (CanonicalABI, "canon lift"): lower the arguments, call, lift the result, run
// post-return. A function without a result gives the zero Value. The error is an *Error, an *engine.Trap or
// ErrPoisoned.
//
// A host function that calls the caller whose guest called it gets a trap, and so does the guest: a component
// instance is not entered while it runs.
func (c *Caller) Call(ctx context.Context, f int, args ...Value) (Value, error) {
	if err := c.enter(); err != nil {
		return Value{}, err
	}
	fn := &c.plan.Funcs[f]
	if len(args) != len(fn.Params) {
		return Value{}, argument("%d arguments, the function has %d parameters", len(args), len(fn.Params)).in(funcPath(fn.Interface, fn.Name))
	}
	check := checker{plan: c.plan, enc: fn.Encoding, caller: c}
	for i := range args {
		if err := check.check(fn.Params[i].Type, &args[i]); err != nil {
			return Value{}, err.in(paramPath(fn.Interface, fn.Name, fn.Params[i].Name))
		}
	}
	var result Value
	err := c.guarded(func() (err error) {
		result, err = c.run(ctx, f, args)
		return err
	})
	if err != nil {
		return Value{}, err
	}
	return result, nil
}

// enter refuses a call of an instance that is lost or at work.
func (c *Caller) enter() error {
	switch {
	case c.running:
		c.reentered = true
		return errReentered
	case c.poisoned:
		return ErrPoisoned
	}
	return nil
}

var errReentered = &engine.Trap{Code: engine.ABI, Message: "cannot enter the component instance: a call of it is in progress"}

// guarded runs what enters the guest. A run that does not complete costs the instance, whatever happens: also
// when a host function ends the goroutine.
func (c *Caller) guarded(run func() error) error {
	c.running, c.poisoned = true, true
	defer func() { c.running = false }()
	if err := run(); err != nil {
		return err
	}
	if c.reentered {
		return errReentered
	}
	c.poisoned = false
	return nil
}

func (c *Caller) run(ctx context.Context, f int, args []Value) (Value, error) {
	fn := &c.plan.Funcs[f]
	handles := c.inst.Handles()
	handles.Enter()
	x := crossing{
		plan: c.plan, inst: c.inst, caller: c, ctx: ctx, encoding: fn.Encoding, component: fn.ComponentInstance,
		budget: c.Budget, limit: c.Budget,
	}
	x.slots(fn.Memory, fn.Realloc)
	stack := make([]uint64, max(len(fn.Core.Params), len(fn.Core.Results)))
	if err := x.lowerParams(fn, args, stack); err != nil {
		for i := range args {
			x.strand(fn.Params[i].Type, &args[i])
		}
		return Value{}, err
	}
	if err := c.inst.Func(f).Call(ctx, stack); err != nil {
		return Value{}, err
	}
	flat := stack[:len(fn.Core.Results)]
	for i, t := range fn.Core.Results {
		if t == plan.I32 || t == plan.CoreF32 {
			flat[i] = uint64(uint32(flat[i])) // the upper half is unspecified
		}
	}
	x.view = nil
	var result Value
	if fn.Result != nil {
		v, err := x.liftResult(*fn.Result, fn.SpillResult, flat)
		if err != nil {
			x.giveBack()
			return Value{}, err.in(funcPath(fn.Interface, fn.Name) + "result")
		}
		result = v
	}
	if err := handles.Exit(); err != nil {
		return Value{}, err
	}
	if post := c.inst.PostReturn(f); post != nil {
		if err := post.Call(ctx, flat); err != nil {
			return Value{}, err
		}
	}
	return result, nil
}

// Drop drops a resource of the guest's that a call gave to the host, which runs its destructor. A resource that
// the host defines is the host's own to drop, and v is none: the Caller numbers the guest's from 1 as they come, the
// host numbers its own as it likes, and only the type of a value tells which of the two its number is.
func (c *Caller) Drop(ctx context.Context, v Value) error {
	if err := c.enter(); err != nil {
		return err
	}
	r, ok := c.held[v.Bits]
	if !ok {
		return argument("%d is no resource of this instance", v.Bits)
	}
	delete(c.held, v.Bits)
	return c.guarded(func() error { return c.inst.Destroy(ctx, r.resource, r.rep) })
}

// hold gives the number by which the host knows a resource that it now owns.
func (c *Caller) hold(r resource) uint64 {
	c.next++
	c.held[c.next] = r
	return c.next
}
