package wazero

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// instance is one instantiated component. One goroutine at a time uses it.
type instance struct {
	code      *code
	budget    budget
	books     books
	countdown api.MutableGlobal // nil without a gate
	quantum   int64             // units between taps
	hosted    bool              // core modules may call the host
	dead      bool              // a call ended abnormally, or Close

	cores       []api.Module // core instances in the order of their steps
	flagsModule api.Module
	imports     *engine.Imports     // never nil
	flags       []api.MutableGlobal // by component instance; nil unless hosted
	handles     *engine.Handles
	destructors []func(ctx context.Context, rep uint32) error // by resource

	funcs       []engine.Func
	postReturns []engine.Func
	entries     []engine.Func
	reallocs    []engine.Func
	memories    []engine.Memory

	call callContext

	found  bool // cloned is complete
	cloned struct {
		memories []api.Memory
		globals  []api.MutableGlobal
	}

	destroying int // destructors at work, one inside the other
}

// maxDestroying bounds how deep destructors run inside each other, as when each element of a list drops the next one.
// Every level is a call from the guest through Go into the guest, on a stack of its own, which costs the host more than the
// guest's count of its stack says.
const maxDestroying = 100

var _ engine.Instance = (*instance)(nil)

// Instantiate runs the plan's steps. The error is a *engine.Trap or ctx's.
func (c *code) Instantiate(ctx context.Context, imports *engine.Imports, limits engine.Limits) (_ engine.Instance, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if imports == nil {
		imports = new(engine.Imports)
	}
	if err := c.missing(imports); err != nil {
		return nil, err
	}
	i := &instance{
		code:        c,
		budget:      budget{limit: c.limit, total: &c.engine.total, first: &c.growth},
		quantum:     mostQuantum,
		hosted:      hosted(c.plan),
		imports:     imports,
		handles:     engine.NewHandles(c.plan),
		destructors: make([]func(context.Context, uint32) error, len(c.plan.Resources)),
		funcs:       make([]engine.Func, len(c.plan.Funcs)),
		postReturns: make([]engine.Func, len(c.plan.Funcs)),
		entries:     make([]engine.Func, len(c.plan.Funcs)),
		reallocs:    make([]engine.Func, c.plan.Slots.Reallocs),
		memories:    make([]engine.Memory, c.plan.Slots.Memories),
	}
	i.call.inst, i.budget.books = i, &i.books
	if c.interpreted {
		i.quantum /= slowness
	}
	i.Begin(limits)
	complete := false
	defer func() {
		if complete {
			return
		}
		// An allocation over the budget ends as a panic inside wazero.
		if r := recover(); r != nil {
			err = i.failed(fmt.Errorf("%v", firstLine(fmt.Sprint(r))))
		}
		i.Close(ctx)
	}()
	if err := i.run(ctx); err != nil {
		return nil, err
	}
	i.Begin(engine.Limits{})
	complete = true
	return i, nil
}

// failed is the trap for a step that wazero refused.
func (i *instance) failed(err error) error {
	if i.budget.exceeded {
		return i.budget.tooSmall("the instance starts with more")
	}
	return i.trapOf(err)
}

func (i *instance) run(ctx context.Context) error {
	p := i.code.plan
	ctx, _ = i.enter(ctx)
	defer func() { i.call.Context = nil }()
	ctx = experimental.WithMemoryAllocator(ctx, &i.budget)
	ctx = experimental.WithImportResolver(ctx, i.resolve)
	if i.hosted {
		m, err := i.code.runtime.InstantiateModule(ctx, i.code.flags, anonymous)
		if err != nil {
			return i.failed(err)
		}
		i.flagsModule, i.flags = m, bindFlags(m, p.Instances)
	}
	for r := range p.Resources {
		if p.Resources[r].Import != nil {
			i.destructors[r] = i.dropImported(r)
		}
	}
	postReturns := make([]plan.Callee, p.Slots.PostReturns)
	for k := range p.Steps {
		s := &p.Steps[k]
		switch s.Op {
		case plan.OpInstantiate:
			// Thousands of core instances without a start function take a while too.
			if err := i.hosting(ctx); err != nil {
				return err
			}
			m, err := i.code.runtime.InstantiateModule(ctx, i.code.modules[s.Module], anonymous)
			if err != nil {
				return i.failed(err)
			}
			i.cores = append(i.cores, m)
			if i.code.gate != nil {
				i.code.owners.Store(m, i)
				if err := i.bindGate(); err != nil {
					return err
				}
			}
		case plan.OpMemory:
			m := i.cores[s.Instance].ExportedMemory(s.Export)
			if m == nil {
				return linkError("core instance %d exports no memory %q", s.Instance, s.Export)
			}
			i.memories[s.Slot] = &memory{m}
		case plan.OpRealloc:
			f, err := i.bind(s.Callee(), reallocSig)
			if err != nil {
				return err
			}
			i.reallocs[s.Slot] = i.guard(f, i.code.reallocs[s.Slot])
		case plan.OpPostReturn:
			postReturns[s.Slot] = s.Callee()
		case plan.OpResource:
			if s.Destructor == nil {
				continue
			}
			destroy, err := i.bindDestructor(*s.Destructor)
			if err != nil {
				return err
			}
			i.destructors[s.Resource] = destroy
		}
	}
	for k := range p.Funcs {
		f := &p.Funcs[k]
		bound, err := i.bind(f.Callee, f.Core)
		if err != nil {
			return err
		}
		if i.hosted {
			bound = &exported{bound, i}
		}
		i.funcs[k] = bound
		if f.PostReturn != nil {
			post, err := i.bind(postReturns[*f.PostReturn], plan.CoreSig{Params: f.Core.Results})
			if err != nil {
				return err
			}
			i.postReturns[k] = i.guard(post, f.ComponentInstance)
		}
		if f.Entry != nil && !i.hosted {
			callee := plan.Callee{Instance: f.Entry.Instance, Export: f.Entry.Export}
			if i.entries[k], err = i.bind(callee, f.Entry.Core(f.Core)); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	reallocSig    = plan.CoreSig{Params: []plan.CoreType{plan.I32, plan.I32, plan.I32, plan.I32}, Results: []plan.CoreType{plan.I32}}
	destructorSig = plan.CoreSig{Params: []plan.CoreType{plan.I32}}
)

// resolve finds the module that the imports of a core module name; see [plan.Step].
func (i *instance) resolve(name string) api.Module {
	switch {
	case name == "f":
		return i.flagsModule
	case name == "t":
		return i.code.trampolines
	case name == gateModule && i.code.gate != nil:
		return i.code.gate
	case len(name) > 1 && name[0] == 'i':
		if k, err := strconv.Atoi(name[1:]); err == nil && k >= 0 && k < len(i.cores) {
			return i.cores[k]
		}
	}
	return nil
}

// Func implements [engine.Instance]. Start functions run before any is bound.
func (i *instance) Func(f int) engine.Func {
	if i.funcs[f] == nil {
		return &exported{nil, i}
	}
	return i.funcs[f]
}

// Bare implements [engine.Instance].
func (i *instance) Bare(f int) engine.Bare {
	if f, ok := i.funcs[f].(*function); ok && !i.hosted {
		return f.fn
	}
	return nil
}

// Lost implements [engine.Instance].
func (i *instance) Lost(err error) error {
	i.dead = true
	return i.trapOf(err)
}

// PostReturn implements [engine.Instance].
func (i *instance) PostReturn(f int) engine.Func { return i.postReturns[f] }

// Entry implements [engine.Instance].
func (i *instance) Entry(f int) (engine.Func, engine.Bare) {
	if e, ok := i.entries[f].(*function); ok {
		return e, e.fn
	}
	return nil, nil
}

// Realloc implements [engine.Instance].
func (i *instance) Realloc(slot int) engine.Func { return i.reallocs[slot] }

// Memory implements [engine.Instance].
func (i *instance) Memory(slot int) engine.Memory { return i.memories[slot] }

// Handles implements [engine.Instance].
func (i *instance) Handles() *engine.Handles { return i.handles }

// Destroy implements [engine.Instance].
func (i *instance) Destroy(ctx context.Context, resource int, rep uint32) error {
	if i.call.Context != nil {
		i.dead = true
		return errReentered
	}
	if i.dead {
		return errDead
	}
	return i.destroy(ctx, resource, rep)
}

// destroy is Destroy for a guest that dropped a handle of its own.
func (i *instance) destroy(ctx context.Context, resource int, rep uint32) error {
	destroy := i.destructors[resource]
	if destroy == nil {
		return nil
	}
	if i.destroying >= maxDestroying {
		return &engine.Trap{Code: engine.StackOverflow, Message: fmt.Sprintf("destructors run inside each other more than %d deep", maxDestroying)}
	}
	i.destroying++
	defer func() { i.destroying-- }()
	return destroy(ctx, rep)
}

// Close implements [engine.Instance].
func (i *instance) Close(ctx context.Context) error {
	i.dead = true
	var errs []error
	// Calls through a closed module would still reach the modules that it imports: those go last.
	for k := len(i.cores) - 1; k >= 0; k-- {
		errs = append(errs, i.cores[k].Close(ctx))
		i.code.owners.Delete(i.cores[k])
	}
	// wazero forgets the memory of a core instance that could not be made.
	i.budget.give(i.books.Memory)
	if i.flagsModule != nil {
		errs = append(errs, i.flagsModule.Close(ctx))
	}
	i.cores, i.flagsModule = nil, nil
	return errors.Join(errs...)
}
