package wazero

import (
	"context"

	"github.com/tetratelabs/wazero/api"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// gateModule is the name of the host module by which hardened modules ask to go on; see [plan.Gate].
const gateModule = "g"

// compileGate makes the host module "g" for all instances of a plan with a gate. The functions get the core instance
// that calls, so that a call needs no context of its own.
func (c *code) compileGate(ctx context.Context) error {
	b := c.runtime.NewHostModuleBuilder(gateModule)
	i64 := []api.ValueType{api.ValueTypeI64}
	export := func(name string, params []api.ValueType, f func(ctx context.Context, i *instance, stack []uint64) error) {
		b.NewFunctionBuilder().
			WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, core api.Module, stack []uint64) {
				if err := f(ctx, c.owner(ctx, core), stack); err != nil {
					panic(err)
				}
			}), params, params).
			WithName(addedName + name). // so that backtraces leave it out
			Export(name)
	}
	export("tap", i64, func(ctx context.Context, i *instance, stack []uint64) error {
		next, err := i.tap(ctx, int64(stack[0]))
		stack[0] = uint64(next)
		return err
	})
	export("stack", nil, func(context.Context, *instance, []uint64) error {
		return &engine.Trap{Code: engine.StackOverflow, Message: "calls nest too deep"}
	})
	export("refused", nil, func(_ context.Context, i *instance, _ []uint64) error {
		i.books.open()
		i.books.refused = true
		return nil
	})
	compiled, err := b.Compile(ctx)
	if err != nil {
		return err
	}
	c.modules = append(c.modules, compiled)
	c.gate, err = c.runtime.InstantiateModule(ctx, compiled, anonymous)
	return err
}

// owner is the instance that a core instance belongs to. One whose start function runs is not on the list yet, but then
// the context is the instance's.
func (c *code) owner(ctx context.Context, core api.Module) *instance {
	if i, ok := c.owners.Load(core); ok {
		return i.(*instance)
	}
	if i, ok := ctx.Value(instanceKey{}).(*instance); ok {
		return i
	}
	panic(&engine.Trap{Code: engine.Internal, Message: "the gate is called by nobody's instance"})
}

// bindGate finds the counters once the core instance that has them is there.
func (i *instance) bindGate() error {
	gate := i.code.plan.Gate
	if gate == nil || gate.Instance != len(i.cores)-1 {
		return nil
	}
	countdown, ok := i.cores[gate.Instance].ExportedGlobal(gate.Countdown).(api.MutableGlobal)
	if !ok || countdown.Type() != api.ValueTypeI64 {
		return linkError("core instance %d exports no countdown %q", gate.Instance, gate.Countdown)
	}
	i.countdown = countdown
	return nil
}
