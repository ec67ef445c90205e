package spec

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// definition is a component that was defined; plan is nil unless ruling is a pass.
type definition struct {
	ruling    ruling
	component []byte
	plan      *plan.Plan
	code      engine.Code // nil before its first instance
}

// instance is one that was made; caller is nil unless ruling is a pass.
type instance struct {
	ruling   ruling
	plan     *plan.Plan
	caller   *abi.Caller
	exports  *item
	provider *provider // nil when it cannot be composed
}

// run is the state of one suite. What a directive does not name is the last one.
type run struct {
	host        *host
	environment map[string]*item
	definitions map[string]*definition
	instances   map[string]*instance // by the names that invocations use
	registered  map[string]*instance // by the names that later components import
}

// last is the name of the definition or instance that was made last.
const last = ""

func newRun(h *host) *run {
	return &run{
		host:        h,
		environment: environment(),
		definitions: map[string]*definition{},
		instances:   map[string]*instance{},
		registered:  map[string]*instance{},
	}
}

// command runs one directive; component is nil where it comes without one, or with one as text.
func (r *run) command(ctx context.Context, c *command, component []byte) ruling {
	if c.ModuleType == "text" && component == nil {
		return skip("the component is text; hosts read binaries")
	}
	switch c.Type {
	case "module":
		return r.instantiate(ctx, c.Name, r.define(ctx, c.Name, component))
	case "module_definition":
		return r.define(ctx, c.Name, component).ruling
	case "module_instance":
		d := r.definitions[c.Module]
		if d == nil {
			d = &definition{ruling: fail("no component was defined as %q", c.Module)}
		}
		return r.instantiate(ctx, c.Instance, d)
	case "register":
		i := r.instance(c.Name)
		r.registered[c.As] = i
		return i.ruling
	case "assert_return", "assert_trap", "assert_exhaustion", "action":
		return r.call(ctx, c)
	case "assert_invalid", "assert_malformed":
		return r.refused(ctx, component)
	case "assert_unlinkable":
		return r.unlinkable(ctx, component)
	case "assert_uninstantiable":
		return r.uninstantiable(ctx, component)
	}
	return skip("no host has what the directive %s asks for", c.Type)
}

// instance gives the one of a name.
func (r *run) instance(name string) *instance {
	if i := r.instances[name]; i != nil {
		return i
	}
	return &instance{ruling: fail("there is no instance %q", name)}
}

// define makes a definition of a component and keeps it by its name.
func (r *run) define(ctx context.Context, name string, component []byte) *definition {
	d := r.plan(ctx, component)
	r.definitions[last] = d
	r.definitions[name] = d
	return d
}

func (r *run) plan(ctx context.Context, component []byte) *definition {
	if len(component) >= 8 && bytes.Equal(component[4:8], []byte{1, 0, 0, 0}) {
		return &definition{ruling: skip("it is a core module; hosts run components")}
	}
	p, err := r.host.plans.Plan(ctx, component)
	if e, ok := errors.AsType[*transpile.Error](err); ok && e.Kind == transpile.Unsupported {
		return &definition{ruling: skip("%s", e.Message)}
	}
	if err != nil {
		return &definition{ruling: fail("a valid component is refused: %s", err)}
	}
	return &definition{ruling: passed, component: component, plan: p}
}

func (r *run) instantiate(ctx context.Context, name string, d *definition) ruling {
	i := r.make(ctx, d).instance()
	r.instances[last] = i
	if name != last {
		r.instances[name], r.registered[name] = i, i
	}
	return i.ruling
}

// made is an instance or why there is none: exactly one field is set.
type made struct {
	made    *instance
	missing *ruling // what it imports was not made itself, or needs what no host has
	link    error   // an import is missing, or of another type
	start   error   // it trapped on its start, or the engine has no room for it
}

func (m made) instance() *instance {
	switch {
	case m.made != nil:
		return m.made
	case m.missing != nil:
		return &instance{ruling: *m.missing}
	case m.link != nil:
		return &instance{ruling: fail("it does not link: %s", m.link)}
	}
	if e, ok := errors.AsType[*engine.Unsupported](m.start); ok {
		return &instance{ruling: skip("%s", e)}
	}
	return &instance{ruling: fail("it does not instantiate: %s", m.start)}
}

func (r *run) make(ctx context.Context, d *definition) made {
	if d.ruling != passed {
		return made{missing: &d.ruling}
	}
	scope := map[string]*item{}
	modules := false
	for k := range d.plan.Imports {
		imp := &d.plan.Imports[k]
		scope[imp.Name] = r.environment[imp.Name]
		if i := r.registered[imp.Name]; i != nil {
			if i.ruling != passed {
				return made{missing: &i.ruling}
			}
			scope[imp.Name] = i.exports
		}
		modules = modules || asksForModule(imp, scope[imp.Name])
	}
	composable := r.provider(d)
	if modules && composable == nil {
		ruling := skip("it imports core modules beside other things, which no host hands over")
		return made{missing: &ruling}
	}
	l, err := link(d.plan, scope)
	if err != nil {
		return made{link: err}
	}
	code, exports := d.code, d.plan.Exports
	if modules {
		whole := r.plan(ctx, compose(composable, plain(d.plan)))
		if whole.ruling != passed {
			return made{link: errors.New(whole.ruling.reason)}
		}
		// Others may import these functions; modules they get by composition with the component itself.
		exports = slices.Concat(whole.plan.Exports, modulesOf(exports))
		d, code = whole, nil
		if l, err = link(whole.plan, nil); err != nil {
			return made{link: err}
		}
	}
	if code == nil {
		if code, err = r.host.engine.Compile(ctx, d.plan); err != nil {
			return made{start: err}
		}
		d.code = code
	}
	inst, err := code.Instantiate(ctx, l.imports(), engine.Limits{})
	if err != nil {
		return made{start: err}
	}
	caller := abi.NewCaller(d.plan, inst)
	l.own(caller)
	return made{made: &instance{
		ruling: passed, plan: d.plan, caller: caller, provider: composable,
		exports: &item{kind: plan.ExternInstance, items: l.items(exports, caller)},
	}}
}

// refused expects that the component is refused as malformed.
func (r *run) refused(ctx context.Context, component []byte) ruling {
	_, err := r.host.plans.Plan(ctx, component)
	e, ok := errors.AsType[*transpile.Error](err)
	switch {
	case err == nil:
		return fail("it is accepted")
	case !ok:
		return fail("the host failed: %s", err)
	case e.Kind == transpile.Malformed, e.Kind == transpile.Limit:
		return ruling{outcome: Pass, class: string(e.Kind)}
	case e.Kind == transpile.Unsupported:
		// Refused, but for what it uses, before its own mistake was found.
		return skip("%s", e.Message)
	default:
		return fail("refused as %s: %s", e.Kind, e.Message)
	}
}

func (r *run) unlinkable(ctx context.Context, component []byte) ruling {
	m := r.make(ctx, r.plan(ctx, component))
	switch {
	case m.made != nil:
		return fail("it is linked")
	case m.link != nil:
		return ruling{outcome: Pass, class: "policy"}
	}
	return m.instance().ruling
}

func (r *run) uninstantiable(ctx context.Context, component []byte) ruling {
	m := r.make(ctx, r.plan(ctx, component))
	switch {
	case m.made != nil:
		return fail("it instantiates")
	case m.start != nil:
		return trapped(m.start)
	}
	return m.instance().ruling
}

// call runs an action and judges what it gives.
func (r *run) call(ctx context.Context, c *command) ruling {
	if c.Action == nil || c.Action.Type != "invoke" {
		return skip("components have no globals to get")
	}
	i := r.instance(c.Action.Module)
	if i.ruling != passed {
		return i.ruling
	}
	f, ok := exported(i.plan.Exports, c.Action.Field)
	if !ok {
		return fail("there is no function %q", c.Action.Field)
	}
	fn := &i.plan.Funcs[f]
	if len(c.Action.Args) != len(fn.Params) {
		return fail("%d arguments for %d parameters", len(c.Action.Args), len(fn.Params))
	}
	args := make([]abi.Value, len(fn.Params))
	for k := range args {
		var err error
		if args[k], err = decode(i.plan, fn.Params[k].Type, c.Action.Args[k]); err != nil {
			return fail("argument %d: %s", k, err)
		}
	}
	got, err := i.caller.Call(ctx, f, args...)
	trap := c.Type == "assert_trap" || c.Type == "assert_exhaustion"
	switch {
	case trap && err == nil:
		return fail("it returns")
	case trap:
		return trapped(err)
	case err != nil:
		return fail("%s", err)
	case c.Type == "action":
		return passed
	case len(c.Expected) > 1, (len(c.Expected) == 1) != (fn.Result != nil):
		return fail("%d results expected, the function has another number", len(c.Expected))
	case len(c.Expected) == 0:
		return passed
	}
	want, err := decode(i.plan, *fn.Result, c.Expected[0])
	if err != nil {
		return fail("expected result: %s", err)
	}
	if !got.Equal(want) {
		return fail("got %+v, want %+v", got, want)
	}
	return passed
}

// exported finds a function by its name, or by instance#name where an exported instance has it.
func exported(exports []plan.Export, name string) (int, bool) {
	outer, inner, nested := strings.Cut(name, "#")
	for i := range exports {
		switch e := &exports[i]; {
		case e.Name == name && e.Kind == plan.ExternFunc:
			return *e.Func, true
		case nested && e.Name == outer && e.Kind == plan.ExternInstance:
			return exported(e.Exports, inner)
		}
	}
	return 0, false
}

// trapped judges an error where a trap is due.
func trapped(err error) ruling {
	class := "trap"
	if e, ok := errors.AsType[*abi.Error](err); ok {
		switch e.Class {
		case abi.Violation:
			class = "abi"
		case abi.Budget:
			class = "memory"
		default:
			return fail("the host failed: %s", err)
		}
		return ruling{outcome: Pass, class: class}
	}
	if errors.Is(err, abi.ErrPoisoned) {
		return ruling{outcome: Pass, class: "abi"}
	}
	t, ok := errors.AsType[*engine.Trap](err)
	if !ok {
		return fail("another error: %s", err)
	}
	switch t.Code {
	case engine.ABI:
		class = "abi"
	case engine.StackOverflow:
		class = "stack"
	case engine.MemoryLimit:
		class = "memory"
	case engine.HandleLimit:
		class = "limit"
	case engine.Link, engine.Internal:
		return fail("the host failed: %s", err)
	}
	return ruling{outcome: Pass, class: class}
}
