package wazero

import (
	"context"
	"slices"

	"github.com/tetratelabs/wazero/api"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// function is an export of a core instance, looked up once.
type function struct {
	inst *instance
	fn   api.Function
}

// Call implements [engine.Func].
func (f *function) Call(ctx context.Context, stack []uint64) error {
	i := f.inst
	if i.dead {
		return errDead
	}
	if i.hosted {
		return f.callHosted(ctx, stack)
	}
	if err := f.fn.CallWithStack(ctx, stack); err != nil {
		i.dead = true
		return i.trapOf(err)
	}
	if i.books.Limits.Fuel == 0 {
		return nil
	}
	return i.settle()
}

// callHosted calls a function that may call the host.
func (f *function) callHosted(ctx context.Context, stack []uint64) error {
	return f.inst.during(ctx, func(ctx context.Context) error { return f.fn.CallWithStack(ctx, stack) })
}

// during makes a call in which host functions may run. One that ends its goroutine (runtime.Goexit) runs
// nothing after the call but deferred functions, so the mark of death stands until the call has completed.
func (i *instance) during(ctx context.Context, call func(context.Context) error) error {
	if i.dead {
		return errDead
	}
	ctx, outermost := i.enter(ctx)
	completed := false
	defer func() {
		if outermost {
			i.call.Context = nil
		}
		if !completed {
			i.dead = true
		}
	}()
	if err := call(ctx); err != nil {
		return i.trapOf(err)
	}
	completed = true
	return i.settle()
}

var errDead = &engine.Trap{Code: engine.Internal, Message: "the instance is closed or was lost to an earlier trap"}

// callContext is the context of calls into an instance; host functions find the instance through it. It is
// part of the instance, so entering allocates nothing.
type callContext struct {
	context.Context
	inst *instance
}

type instanceKey struct{}

// Value gives the instance to host functions and the rest from the caller's context.
func (c *callContext) Value(key any) any {
	if key == (instanceKey{}) {
		return c.inst
	}
	return c.Context.Value(key)
}

// enter gives the context for a call; a call from within a call goes on with the outer one's.
func (i *instance) enter(ctx context.Context) (_ context.Context, outermost bool) {
	outermost = i.call.Context == nil
	if outermost {
		i.call.Context = ctx
	}
	return &i.call, outermost
}

// native is a trampoline that is called by the host itself, as when a component exports a built-in.
type native struct {
	inst *instance
	run  hostWork
}

// Call implements [engine.Func].
func (n *native) Call(ctx context.Context, stack []uint64) error {
	return n.inst.during(ctx, func(ctx context.Context) error { return n.run(ctx, n.inst, stack) })
}

// bind looks a core function up and checks its signature, by which the caller sizes the stack.
func (i *instance) bind(callee plan.Callee, sig plan.CoreSig) (engine.Func, error) {
	if callee.Trampoline != nil {
		t := &i.code.plan.Trampolines[*callee.Trampoline]
		if !slices.Equal(t.Core.Params, sig.Params) || !slices.Equal(t.Core.Results, sig.Results) {
			return nil, linkError("trampoline %d is %v, wanted %v", *callee.Trampoline, t.Core, sig)
		}
		return &native{i, work(i.code.plan, *callee.Trampoline)}, nil
	}
	fn := i.cores[callee.Instance].ExportedFunction(callee.Export)
	if fn == nil {
		return nil, linkError("core instance %d exports no function %q", callee.Instance, callee.Export)
	}
	d := fn.Definition()
	if !slices.Equal(d.ParamTypes(), valueTypes(sig.Params)) || !slices.Equal(d.ResultTypes(), valueTypes(sig.Results)) {
		return nil, linkError("function %q of core instance %d has another signature than %v", callee.Export, callee.Instance, sig)
	}
	return &function{i, fn}, nil
}

// bindDestructor gives a call that may be entered again while it runs: a destructor may drop a resource whose
// destructor it is. A bound function cannot, because its stack is in use, so the inner one is bound afresh.
func (i *instance) bindDestructor(callee plan.Callee) (func(context.Context, uint32) error, error) {
	bound, err := i.bind(callee, destructorSig)
	if err != nil {
		return nil, err
	}
	active := false
	return func(ctx context.Context, rep uint32) error {
		f := bound
		if active {
			if f, err = i.bind(callee, destructorSig); err != nil {
				return err
			}
		} else {
			active = true
			defer func() { active = false }()
		}
		return f.Call(ctx, []uint64{uint64(rep)})
	}, nil
}

// guard wraps a function that canonical definitions run with may_leave cleared: realloc and post-return
// (CanonicalABI, "canon lift"). Where no core module calls the host nobody can tell.
func (i *instance) guard(f engine.Func, component int) engine.Func {
	if !i.hosted {
		return f
	}
	return &guarded{f, i, component}
}

type guarded struct {
	f         engine.Func
	inst      *instance
	component int
}

// Call implements [engine.Func].
func (g *guarded) Call(ctx context.Context, stack []uint64) error {
	g.inst.setMayLeave(g.component, false)
	if err := g.f.Call(ctx, stack); err != nil {
		return err
	}
	g.inst.setMayLeave(g.component, true)
	return nil
}

// valueTypes gives wazero's words for core types.
func valueTypes(list []plan.CoreType) []api.ValueType {
	out := make([]api.ValueType, len(list))
	for i, t := range list {
		switch t {
		case plan.I32:
			out[i] = api.ValueTypeI32
		case plan.I64:
			out[i] = api.ValueTypeI64
		case plan.CoreF32:
			out[i] = api.ValueTypeF32
		case plan.CoreF64:
			out[i] = api.ValueTypeF64
		}
	}
	return out
}
