package wazero

import (
	"context"
	"fmt"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// lowerImport gives what lower-import trampoline k does (CanonicalABI, "canon lower"). What the guest lends to
// the host it has back when the host function returns.
func lowerImport(k, component int) hostWork {
	return func(_ context.Context, i *instance, stack []uint64) error {
		if err := i.leaving(component); err != nil {
			return err
		}
		if err := i.hosting(i.call.Context); err != nil {
			return err
		}
		i.handles.Enter()
		// The host function gets the context that its caller's caller made, not the instance's: it may keep it.
		err := i.foreign(func() error { return i.imports.Funcs[k](i.call.Context, i, stack) })
		if err != nil {
			return err
		}
		return i.handles.Exit()
	}
}

// dropImported is the destructor of an imported resource; nil when the host has nothing to do.
func (i *instance) dropImported(resource int) func(ctx context.Context, rep uint32) error {
	if resource >= len(i.imports.Drops) || i.imports.Drops[resource] == nil {
		return nil
	}
	return func(ctx context.Context, rep uint32) error {
		if i.call.Context != nil {
			ctx = i.call.Context
		}
		if err := i.hosting(ctx); err != nil {
			return err
		}
		return i.foreign(func() error { return i.imports.Drops[resource](ctx, rep) })
	}
}

// foreign runs code of the host's user under a guest's call. However that ends, by an error, a panic or
// runtime.Goexit, the guest does not go on and the instance is lost. The error is a *Trap.
func (i *instance) foreign(run func() error) (err error) {
	completed := false
	defer func() {
		if completed {
			return
		}
		i.dead = true
		if r := recover(); r != nil {
			cause, _ := r.(error)
			err = &engine.Trap{Code: engine.Host, Message: "the host function panicked: " + oneLine(r), Err: cause}
		}
	}()
	if err = run(); err != nil {
		if _, ok := err.(*engine.Trap); !ok {
			err = &engine.Trap{Code: engine.Host, Message: oneLine(err), Err: err}
		}
		i.dead = true
	} else if i.dead {
		// It entered the instance, was refused, and kept that to itself.
		err = errReentered
	}
	completed = true
	return err
}

// oneLine is the text of an error or a panic's value, fit for a log.
func oneLine(v any) string { return clean(firstLine(fmt.Sprint(v))) }

var errReentered = &engine.Trap{Code: engine.ABI, Message: "cannot enter the component instance: a call of it is in progress"}

// exported is an export of the component. A host function under a call of the instance may not call it
// (CanonicalABI, "canon lift": a component instance is not re-entered).
type exported struct {
	f    engine.Func
	inst *instance
}

// Call implements [engine.Func].
func (e *exported) Call(ctx context.Context, stack []uint64) error {
	if e.inst.call.Context != nil || e.f == nil {
		e.inst.dead = true
		return errReentered
	}
	return e.f.Call(ctx, stack)
}

// missing is the link error of a plan that needs what the host does not give; nil if there is none.
func (c *code) missing(imports *engine.Imports) error {
	if c.unlinkable != nil {
		return c.unlinkable
	}
	for _, k := range c.lowered {
		if k >= len(imports.Funcs) || imports.Funcs[k] == nil {
			path := c.plan.ImportFuncs[*c.plan.Trampolines[k].Import].Path
			return linkError("the component imports function %q, which the host does not give", strings.Join(path, "#"))
		}
	}
	return nil
}

// lowered lists the trampolines that lower an import.
func lowered(p *plan.Plan) []int {
	var out []int
	for k := range p.Trampolines {
		if p.Trampolines[k].Kind == plan.LowerImport {
			out = append(out, k)
		}
	}
	return out
}

// unlinkable is the error of a plan that no host can instantiate because it imports core modules; nil for others.
func unlinkable(p *plan.Plan) error {
	for k := range p.Steps {
		if s := &p.Steps[k]; s.Op == plan.OpInstantiateImport {
			return linkError("the component imports core module %q, which no host gives", strings.Join(s.Path, "#"))
		}
	}
	return nil
}
