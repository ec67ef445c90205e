package tenon

import (
	"context"
	"strconv"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/wasi"
)

// Value is a component-model value, for functions that know their types only at run time.
type Value = abi.Value

// errOutside is the trap of a host function that is called on nobody's behalf.
var errOutside = &engine.Trap{Code: engine.Internal, Message: "a host function is called outside a call"}

// stateOf finds the state of the instance that calls.
func stateOf(ctx context.Context) *hostState {
	st, _ := ctx.Value(hostKey{}).(*hostState)
	return st
}

// typedFunc is the engine's side of [ImportFunc.Call] behind trampoline t.
func typedFunc(t int, s *shape, fn func(ctx context.Context, f *Frame)) engine.HostFunc {
	return func(ctx context.Context, inst engine.Instance, stack []uint64) error {
		st := stateOf(ctx)
		if st == nil {
			return errOutside
		}
		return st.call(ctx, inst, stack, t, s, fn)
	}
}

// call runs one host call on the state's frame.
func (st *hostState) call(ctx context.Context, inst engine.Instance, stack []uint64, t int, s *shape, fn func(ctx context.Context, f *Frame)) (err error) {
	f := &st.frame
	st.calls++
	f.inst = inst
	f.ctx.Context = ctx
	f.fn = st.bind(inst, t, s)
	f.stack = stack
	f.budget = st.kernel.rt.cfg.AnswerLimit
	f.fresh = false
	f.at, f.param = -1, 0
	f.fault = nil
	defer func() {
		st.returned()
		fault := f.fault
		f.fault, f.ctx.Context, f.memory, f.stack = left, nil, nil, nil
		if r := recover(); r != nil {
			fault = st.panicked(s.export, r)
		}
		if fault != nil {
			st.restore()
			err = fault
		}
		st.settle()
	}()
	fn(st.caller(), f)
	return nil
}

// bind finds what the trampoline uses of the instance, which may still be under construction.
func (st *hostState) bind(inst engine.Instance, t int, s *shape) *binding {
	b := &st.bound[t]
	if b.shape != nil {
		return b
	}
	tr := &st.kernel.plan.Trampolines[t]
	bound := binding{shape: s}
	complete := true
	if tr.Memory != nil {
		bound.memory = inst.Memory(*tr.Memory)
		complete = bound.memory != nil
	}
	if tr.Realloc != nil {
		bound.realloc = inst.Realloc(*tr.Realloc)
		complete = complete && bound.realloc != nil
	}
	if complete {
		*b = bound
		return b
	}
	return &bound
}

// dynamicFunc is the engine's side of [ImportFunc.Dynamic] behind trampoline t.
func dynamicFunc(p *plan.Plan, t int, budget int64, fn func(ctx context.Context, args []Value) (Value, error)) engine.HostFunc {
	name := importName(p, t)
	return dynamic(p, t, budget, func(ctx context.Context, st *hostState, args []Value) (Value, error) {
		v, err := fn(st.caller(), args)
		if err != nil {
			return v, st.failed(name, err)
		}
		return v, nil
	})
}

// stubFunc is the engine's side of a function of the WASI stub, whose errors are traps.
func stubFunc(p *plan.Plan, t int, budget int64, fn wasi.Func) engine.HostFunc {
	return dynamic(p, t, budget, func(ctx context.Context, st *hostState, args []Value) (Value, error) {
		st.wasi.Limit = budget
		return fn(ctx, &st.wasi, args)
	})
}

// dynamic is the engine's side of a function over values behind trampoline t.
func dynamic(p *plan.Plan, t int, budget int64, fn func(ctx context.Context, st *hostState, args []Value) (Value, error)) engine.HostFunc {
	name := importName(p, t)
	host := abi.HostFuncWithin(budget, p, t, func(ctx context.Context, args []Value) (Value, error) {
		return fn(ctx, stateOf(ctx), args)
	})
	return func(ctx context.Context, inst engine.Instance, stack []uint64) (err error) {
		st := stateOf(ctx)
		if st == nil {
			return errOutside
		}
		st.calls++
		defer func() {
			st.returned()
			if r := recover(); r != nil {
				err = st.panicked(name, r)
			}
		}()
		err = host(ctx, inst, stack)
		if t, ok := err.(*engine.Trap); ok {
			if bad, ok := t.Err.(*abi.Error); ok && bad.Class == abi.Argument {
				return st.fault(KindABI, "the host's answer: "+bad.Error(), nil)
			}
		}
		return err
	}
}

// importName is the full name of the import behind trampoline t.
func importName(p *plan.Plan, t int) string {
	fn := &p.ImportFuncs[*p.Trampolines[t].Import]
	return FuncRef{Interface: fn.Interface, Name: fn.Name}.String()
}

// dropFunc is the engine's side of a host's resource that the kernel drops. number says that the implementation
// knows it by its representation; otherwise it is that of a value in the instance's table, or of nothing.
func dropFunc(resource int, number bool) func(ctx context.Context, rep uint32) error {
	return func(ctx context.Context, rep uint32) error {
		st := stateOf(ctx)
		if st == nil {
			return errOutside
		}
		if number {
			return st.drop(st.caller(), resource, rep)
		}
		if v := st.values.take(resource, rep); v != nil {
			return st.drop(st.caller(), resource, v)
		}
		return nil
	}
}

// In is the flat argument i of a host call. An i32 is in the low half; the upper half is unspecified, so narrow it.
func (f *Frame) In(i int) uint64 {
	if f.fault != nil {
		return 0
	}
	if f.version != nil || uint(i) >= uint(f.fn.shape.args) {
		f.fail(KindInternal, "flat argument "+strconv.Itoa(i)+" does not exist: generate the code again", nil)
		return 0
	}
	return f.stack[i]
}

// Return sets the flat result i of a host call. Narrow integers are zero-extended and floats travel as their bits.
func (f *Frame) Return(i int, v uint64) {
	if f.fault != nil {
		return
	}
	if f.version != nil || uint(i) >= uint(f.fn.shape.results) {
		f.fail(KindInternal, "flat result "+strconv.Itoa(i)+" does not exist: generate the code again", nil)
		return
	}
	f.stack[i] = v
}

// Failed stops the kernel because the host function's implementation failed: the call into the kernel becomes a
// fault of kind trap with err in its chain, or canceled when the context has ended.
func (f *Frame) Failed(err error) {
	if f.fault != nil || err == nil {
		return
	}
	if f.version != nil {
		f.fail(KindInternal, "Failed outside of a host call: generate the code again", err)
		return
	}
	f.fault = f.host.failed(f.fn.shape.export, err)
}
