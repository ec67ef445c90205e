package wazero

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// hostWork is what a trampoline does. Arguments are in stack[0:], results replace them; an error is a trap.
type hostWork func(ctx context.Context, i *instance, stack []uint64) error

// supported refuses plans with trampolines that work does not know.
func supported(p *plan.Plan) error {
	for k := range p.Trampolines {
		if t := &p.Trampolines[k]; work(p, k) == nil {
			what := t.Name
			if what == "" {
				what = string(t.Kind)
			}
			return &engine.Unsupported{
				What: fmt.Sprintf("the built-in %q, which the component calls,", what),
				Help: "leave async functions, streams, futures and threads out of the contract",
			}
		}
	}
	return nil
}

// hostFunc makes a Go function for wazero. Its way to trap is to panic with an error.
func hostFunc(run hostWork) api.GoFunc {
	return func(ctx context.Context, stack []uint64) {
		i, ok := ctx.Value(instanceKey{}).(*instance)
		if !ok {
			panic(&engine.Trap{Code: engine.Internal, Message: "a host function is called outside a call"})
		}
		if err := run(ctx, i, stack); err != nil {
			panic(err)
		}
	}
}

// work gives what trampoline k does; nil when this engine does not run it.
func work(p *plan.Plan, k int) hostWork {
	t := &p.Trampolines[k]
	var resource int
	if t.Resource != nil {
		resource = *t.Resource
	}
	component := t.ComponentInstance
	switch t.Kind {
	case plan.ResourceNew:
		return func(_ context.Context, i *instance, stack []uint64) (err error) {
			if err := i.leaving(component); err != nil {
				return err
			}
			handle, err := i.handles.New(component, resource, uint32(stack[0]))
			stack[0] = uint64(handle)
			return err
		}
	case plan.ResourceRep:
		return func(_ context.Context, i *instance, stack []uint64) error {
			rep, err := i.handles.Rep(component, resource, uint32(stack[0]))
			stack[0] = uint64(rep)
			return err
		}
	case plan.ResourceDrop:
		return func(ctx context.Context, i *instance, stack []uint64) error {
			if err := i.leaving(component); err != nil {
				return err
			}
			rep, own, err := i.handles.Drop(component, resource, uint32(stack[0]))
			if err != nil || !own {
				return err
			}
			return i.destroy(ctx, resource, rep)
		}
	case plan.ResourceTransferOwn:
		return transfer((*engine.Handles).LiftOwn, (*engine.Handles).LowerOwn)
	case plan.ResourceTransferBorrow:
		return transfer((*engine.Handles).LiftBorrow, (*engine.Handles).LowerBorrow)
	case plan.EnterSyncCall:
		return func(_ context.Context, i *instance, _ []uint64) error {
			i.handles.Enter()
			return nil
		}
	case plan.ExitSyncCall:
		return func(_ context.Context, i *instance, _ []uint64) error { return i.handles.Exit() }
	case plan.TrapNow:
		return func(_ context.Context, _ *instance, stack []uint64) error {
			return &engine.Trap{
				Code:    engine.ABI,
				Message: fmt.Sprintf("a call between nested components broke the canonical ABI (reason %d)", uint32(stack[0])),
			}
		}
	case plan.LowerImport:
		return lowerImport(k, component)
	case plan.Transcode:
		return transcoder(t)
	}
	return nil
}

// leaving traps when a component instance may not be left: canonical built-ins may not be called from realloc
// and post-return functions.
func (i *instance) leaving(component int) error {
	if i.mayLeave(component) {
		return nil
	}
	return &engine.Trap{Code: engine.ABI, Message: "cannot leave the component instance while its realloc or post-return runs"}
}

type moveHandle = func(h *engine.Handles, instance, resource int, value uint32) (uint32, error)

// transfer moves a handle from one table to another. Arguments: handle, table, table.
func transfer(lift, lower moveHandle) hostWork {
	return func(_ context.Context, i *instance, stack []uint64) error {
		from, err := i.table(uint32(stack[1]))
		if err != nil {
			return err
		}
		to, err := i.table(uint32(stack[2]))
		if err != nil {
			return err
		}
		rep, err := lift(i.handles, from.ComponentInstance, *from.Resource, uint32(stack[0]))
		if err != nil {
			return err
		}
		handle, err := lower(i.handles, to.ComponentInstance, *to.Resource, rep)
		stack[0] = uint64(handle)
		return err
	}
}

func (i *instance) table(index uint32) (*plan.Table, error) {
	tables := i.code.plan.Tables
	if uint64(index) >= uint64(len(tables)) || tables[index].Resource == nil {
		return nil, &engine.Trap{Code: engine.Internal, Message: fmt.Sprintf("handle table %d does not exist", index)}
	}
	return &tables[index], nil
}
