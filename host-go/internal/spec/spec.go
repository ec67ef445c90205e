// Package spec runs the reference test-suite of the component model on the Go host: each directive gets a
// verdict. The suite is data and lies outside of the repository.
package spec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// Verdict is the outcome of one directive.
type Verdict struct {
	File    string  `json:"file"` // the suite, e.g. "values/strings"
	Line    int     `json:"line"`
	Type    string  `json:"type"` // of the directive
	Verdict Outcome `json:"verdict"`
	Reason  string  `json:"reason,omitempty"` // of fail and skip
}

// Outcome is a verdict's word.
type Outcome string

// The outcomes. A skip means that nothing was decided, for the reason that it gives.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	Skip Outcome = "skip"
)

// Run runs all suites below dir and reports each directive in order. The error is about reading the suite.
func Run(ctx context.Context, dir string, report func(Verdict)) error {
	suites, err := read(dir)
	if err != nil {
		return err
	}
	h := host{
		plans:  transpile.New(transpile.Config{}),
		engine: wazero.New(wazero.Config{MemoryLimit: 256 << 20}),
	}
	defer h.plans.Close(ctx)
	defer h.engine.Close(ctx)
	for i := range suites {
		if err := h.suite(ctx, &suites[i], report); err != nil {
			return err
		}
	}
	return nil
}

type host struct {
	plans  *transpile.Transpiler
	engine engine.Engine
}

// ruling is a verdict without its place.
type ruling struct {
	outcome Outcome
	reason  string
}

var passed = ruling{outcome: Pass}

func fail(format string, args ...any) ruling { return ruling{Fail, fmt.Sprintf(format, args...)} }
func skip(format string, args ...any) ruling { return ruling{Skip, fmt.Sprintf(format, args...)} }

// definition is a component that was defined; code is nil unless ruling is a pass.
type definition struct {
	ruling ruling
	plan   *plan.Plan
	code   engine.Code
}

// instance is one that was made; caller is nil unless ruling is a pass.
type instance struct {
	ruling ruling
	plan   *plan.Plan
	caller *abi.Caller
}

// run is the state of one suite.
type run struct {
	host        *host
	suite       *suite
	definitions map[string]*definition
	instances   map[string]*instance
	last        *instance
	lastDef     *definition
}

func (h *host) suite(ctx context.Context, s *suite, report func(Verdict)) error {
	r := run{host: h, suite: s, definitions: map[string]*definition{}, instances: map[string]*instance{}}
	for i := range s.Commands {
		c := &s.Commands[i]
		ruling, err := r.command(ctx, c)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", s.name, c.Line, err)
		}
		report(Verdict{File: s.name, Line: c.Line, Type: c.Type, Verdict: ruling.outcome, Reason: ruling.reason})
	}
	return nil
}

// command runs one directive. Its error is about the suite's files.
func (r *run) command(ctx context.Context, c *command) (ruling, error) {
	if c.ModuleType == "text" {
		return skip("the component is given as text, which a binary host does not read"), nil
	}
	var component []byte
	if c.Filename != "" {
		var err error
		if component, err = os.ReadFile(filepath.Join(r.suite.folder, c.Filename)); err != nil {
			return ruling{}, err
		}
	}
	switch c.Type {
	case "module", "module_definition":
		d := r.define(ctx, component)
		r.lastDef = d
		if c.Name != "" {
			r.definitions[c.Name] = d
		}
		if c.Type == "module_definition" {
			return d.ruling, nil
		}
		return r.instantiate(ctx, c.Name, d), nil
	case "module_instance":
		d := r.lastDef
		if c.Module != "" {
			d = r.definitions[c.Module]
		}
		if d == nil {
			return fail("there is no definition %q", c.Module), nil
		}
		return r.instantiate(ctx, c.Instance, d), nil
	case "assert_return", "assert_trap", "action":
		return r.call(ctx, c), nil
	case "assert_invalid", "assert_malformed":
		return r.refused(ctx, component), nil
	case "assert_uninstantiable":
		d := r.define(ctx, component)
		if d.ruling != passed {
			return d.ruling, nil
		}
		inst, err := d.code.Instantiate(ctx, nil)
		if err == nil {
			inst.Close(ctx)
			return fail("it instantiates"), nil
		}
		return trapped(err), nil
	}
	return skip("the directive is not known to this harness"), nil
}

// define transpiles and compiles.
func (r *run) define(ctx context.Context, component []byte) *definition {
	p, err := r.host.plans.Plan(ctx, component)
	if err != nil {
		return &definition{ruling: notRun(err)}
	}
	code, err := r.host.engine.Compile(ctx, p)
	if err != nil {
		return &definition{ruling: notRun(err)}
	}
	return &definition{ruling: passed, plan: p, code: code}
}

// notRun judges the refusal of a valid component.
func notRun(err error) ruling {
	if e, ok := errors.AsType[*transpile.Error](err); ok && (e.Kind == transpile.Unsupported || e.Kind == transpile.Policy) {
		return skip("%s: %s", e.Kind, e.Message)
	}
	if e, ok := errors.AsType[*engine.Unsupported](err); ok {
		return skip("unsupported: %s is not supported yet", e.What)
	}
	return fail("a valid component is refused: %s", err)
}

func (r *run) instantiate(ctx context.Context, name string, d *definition) ruling {
	i := &instance{ruling: d.ruling, plan: d.plan}
	if d.ruling == passed {
		inst, err := d.code.Instantiate(ctx, nil)
		if err != nil {
			i.ruling = fail("it does not instantiate: %s", err)
		} else {
			i.caller = abi.NewCaller(d.plan, inst)
		}
	}
	r.last = i
	if name != "" {
		r.instances[name] = i
	}
	return i.ruling
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
		return passed
	case e.Kind == transpile.Unsupported:
		// Refused, but for what it uses, before its own mistake was found.
		return skip("unsupported: %s", e.Message)
	default:
		return fail("refused as %s: %s", e.Kind, e.Message)
	}
}

// call runs an action and judges what it gives.
func (r *run) call(ctx context.Context, c *command) ruling {
	if c.Action == nil || c.Action.Type != "invoke" {
		return skip("the action is not known to this harness")
	}
	i := r.last
	if c.Action.Module != "" {
		i = r.instances[c.Action.Module]
	}
	if i == nil {
		return fail("there is no instance %q", c.Action.Module)
	}
	if i.caller == nil {
		return ruling{i.ruling.outcome, "its component does not run: " + i.ruling.reason}
	}
	f, ok := exported(i.plan, c.Action.Field)
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
	switch {
	case c.Type == "assert_trap" && err == nil:
		return fail("it returns")
	case c.Type == "assert_trap":
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

// trapped judges an error where a trap is due.
func trapped(err error) ruling {
	if t, ok := errors.AsType[*engine.Trap](err); ok {
		if t.Code == engine.Internal || t.Code == engine.Link {
			return fail("the host failed: %s", err)
		}
		return passed
	}
	if e, ok := errors.AsType[*abi.Error](err); ok && e.Class == abi.Violation || errors.Is(err, abi.ErrPoisoned) {
		return passed
	}
	return fail("another error: %s", err)
}

// exported finds a function that the component itself exports.
func exported(p *plan.Plan, name string) (int, bool) {
	for i := range p.Exports {
		if e := &p.Exports[i]; e.Name == name && e.Kind == plan.ExternFunc {
			return *e.Func, true
		}
	}
	return 0, false
}
