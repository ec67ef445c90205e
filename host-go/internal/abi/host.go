package abi

import (
	"context"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// HostFunc makes the host function for a lower-import trampoline of p out of one over dynamic values
// (CanonicalABI, "canon lower"): it lifts the guest's arguments, calls, and lowers the result. A resource that
// the host defines is its representation; a borrowed one is the host's until call returns.
//
// call may run in several goroutines at once when several instances are given the function. An error of its
// traps the guest, as the cause of a trap of code Host unless it is an *engine.Trap itself; a result that is
// not of the function's type does too. The resources of the host in a result that cannot be lowered are the guest's
// all the same, as [engine.Handles.Foreign] tells. What lifting allocates is charged to DefaultBudget, each call anew. A
// function without a result gives the zero Value.
func HostFunc(p *plan.Plan, trampoline int, call func(ctx context.Context, args []Value) (Value, error)) engine.HostFunc {
	return HostFuncWithin(DefaultBudget, p, trampoline, call)
}

// HostFuncWithin is HostFunc with a budget of the caller's choice, in bytes for each call.
func HostFuncWithin(budget int64, p *plan.Plan, trampoline int, call func(ctx context.Context, args []Value) (Value, error)) engine.HostFunc {
	t := &p.Trampolines[trampoline]
	fn := &p.ImportFuncs[*t.Import]
	return func(ctx context.Context, inst engine.Instance, stack []uint64) error {
		x := crossing{
			plan: p, inst: inst, ctx: ctx, encoding: t.Encoding, component: t.ComponentInstance,
			budget: budget, limit: budget,
		}
		x.slots(t.Memory, t.Realloc)
		var ptr uint32 // where the result goes
		if t.SpillResult {
			ptr = uint32(stack[len(t.Core.Params)-1])
		}
		args, bad := x.liftParams(fn, t.SpillParams, stack)
		if bad != nil {
			x.giveBack()
			return bad.trap()
		}
		result, err := call(ctx, args)
		if err != nil || fn.Result == nil {
			return err
		}
		x.view = nil
		check := checker{plan: p, enc: t.Encoding}
		if bad := check.check(*fn.Result, &result); bad != nil {
			x.strand(*fn.Result, &result)
			return bad.in(funcPath(fn.Interface, fn.Name) + "result").trap()
		}
		if err = x.lowerResult(*fn.Result, t.SpillResult, &result, ptr, stack); err != nil {
			x.strand(*fn.Result, &result)
		}
		if bad, ok := step(err, funcPath(fn.Interface, fn.Name)+"result").(*Error); ok {
			return bad.trap()
		}
		return err
	}
}
