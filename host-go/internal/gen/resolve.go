package gen

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// UnsupportedError says that a contract uses something that has no generated Go form yet, and where it stands.
type UnsupportedError struct {
	What  string // "own<cursor>"
	Place string // "demo:db/store@1.0.0#open, result, field cursor"
}

// Error names what is unsupported, the place, and the way out.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("no Go for %s at %s: not supported yet; generate from a component whose exported functions use values only",
		e.What, e.Place)
}

// errNoContract is for components that export only bare functions of no package, or nothing.
var errNoContract = errors.New("the component exports no interface of a named package, so there is no contract to generate from; " +
	"export an interface in the WIT world and build again")

// resolve turns a plan into the model, names left open.
func resolve(p *plan.Plan) (*model, error) {
	if p.Contract == nil {
		return nil, errNoContract
	}
	r := &resolver{plan: p, model: &model{helpers: make(map[string]string)}}
	r.model.contract = contract{
		pkg:     p.Contract.Package,
		version: p.Contract.Version,
		hash:    p.Contract.Hash,
		text:    p.Contract.Text,
	}
	r.unify()
	if err := r.exports(); err != nil {
		return nil, err
	}
	if len(r.model.interfaces) == 0 {
		return nil, fmt.Errorf("contract %s exports no function, so there is nothing to call", r.model.contract)
	}
	return r.model, nil
}

type resolver struct {
	plan  *plan.Plan
	model *model
	types []*typ // by index in the plan; equal types are one
	seen  map[*typ]bool
}

// unify builds the types. Entries of the plan with the same name and structure become one type: an interface that uses
// another's type exports it again, under the same name and a new index.
func (r *resolver) unify() {
	known := make(map[string]*typ)
	for i := range r.plan.Types {
		t, key := r.build(&r.plan.Types[i])
		if same, ok := known[key]; ok {
			if same.docs == "" {
				same.docs = t.docs
			}
			t = same
		} else {
			t.id = len(known)
			known[key] = t
		}
		r.types = append(r.types, t)
	}
}

// build makes one type from those before it, and the key under which equal ones are found.
func (r *resolver) build(pt *plan.Type) (*typ, string) {
	t := &typ{
		kind: string(pt.Kind), name: pt.Name, iface: pt.Interface, docs: pt.Docs, size: pt.Size, align: pt.Align,
		tag: pt.Discriminant, payload: pt.Payload, resource: pt.Resource,
	}
	for _, f := range pt.Flat {
		t.flat = append(t.flat, string(f))
	}
	var key strings.Builder
	fmt.Fprintf(&key, "%s %q", t.kind, t.name)
	part := func(name string, index *int) *typ {
		if index == nil {
			fmt.Fprintf(&key, " %q:-", name)
			return nil
		}
		inner := r.types[*index]
		fmt.Fprintf(&key, " %q:%d", name, inner.id)
		t.refuses = t.refuses || inner.refuses
		t.allocs = t.allocs || inner.allocs
		return inner
	}
	t.refuses = pt.Kind == plan.String || pt.Kind == plan.Char || pt.Kind == plan.Enum
	t.allocs = pt.Kind == plan.String || pt.Kind == plan.List
	switch pt.Kind {
	case plan.List, plan.Option:
		t.elem = part("element", pt.Element)
	case plan.Record, plan.Tuple:
		for _, f := range pt.Fields {
			t.fields = append(t.fields, field{name: f.Name, docs: f.Docs, typ: part(f.Name, &f.Type), offset: f.Offset})
		}
	case plan.Variant, plan.Enum:
		for _, c := range pt.Cases {
			t.cases = append(t.cases, vcase{name: c.Name, docs: c.Docs, typ: part(c.Name, c.Type)})
		}
	case plan.Flags:
		for _, l := range pt.Flags {
			t.cases = append(t.cases, vcase{name: l.Name, docs: l.Docs, typ: part(l.Name, nil)})
		}
	case plan.Result:
		t.ok, t.err = part("ok", pt.OK), part("err", pt.Err)
	case plan.Own, plan.Borrow:
		fmt.Fprintf(&key, " %d", *pt.Resource)
	}
	return t, key.String()
}

// exports walks what the component exports: functions become methods, and the types on the way declarations.
func (r *resolver) exports() error {
	r.seen = make(map[*typ]bool)
	world := &iface{}
	for _, e := range r.plan.Exports {
		switch e.Kind {
		case plan.ExternInstance:
			i := &iface{id: e.Name}
			for _, inner := range e.Exports {
				if err := r.export(i, inner); err != nil {
					return err
				}
			}
			if len(i.funcs) > 0 {
				r.model.interfaces = append(r.model.interfaces, i)
			}
		default:
			if err := r.export(world, e); err != nil {
				return err
			}
		}
	}
	if len(world.funcs) > 0 {
		r.model.interfaces = append(r.model.interfaces, world)
	}
	r.collect()
	return nil
}

func (r *resolver) export(i *iface, e plan.Export) error {
	place := e.Name
	if i.id != "" {
		place = i.id + "#" + e.Name
	}
	switch {
	case e.Kind == plan.ExternFunc && e.Func != nil:
		return r.function(i, &r.plan.Funcs[*e.Func], place)
	case e.Kind == plan.ExternType && e.Type != nil:
		return r.visit(r.types[*e.Type], place)
	case e.Kind == plan.ExternResource:
		return nil // what uses it is refused where it does
	}
	return &UnsupportedError{What: "the exported " + string(e.Kind), Place: place}
}

func (r *resolver) function(i *iface, pf *plan.Func, place string) error {
	f := &function{iface: i, name: pf.Name, docs: pf.Docs, spilled: pf.SpillResult}
	if strings.HasPrefix(f.name, "[") {
		return &UnsupportedError{What: "a function of a resource", Place: place}
	}
	for _, p := range pf.Params {
		t := r.types[p.Type]
		if err := r.visit(t, place+", parameter "+p.Name); err != nil {
			return err
		}
		f.params = append(f.params, param{name: p.Name, typ: t})
	}
	if pf.Result != nil {
		f.result = r.types[*pf.Result]
		if err := r.visit(f.result, place+", result"); err != nil {
			return err
		}
	}
	if s := pf.SpillParams; s != nil {
		f.spill = &record{size: s.Size, align: s.Align, offsets: s.Offsets}
	}
	i.funcs = append(i.funcs, f)
	return nil
}

// visit marks a type and those inside it as used, and refuses handles.
func (r *resolver) visit(t *typ, place string) error {
	if t == nil || r.seen[t] {
		return nil
	}
	switch t.kind {
	case "own", "borrow":
		return &UnsupportedError{What: t.kind + "<" + r.resourceName(t) + ">", Place: place}
	}
	for _, f := range t.fields {
		if err := r.visit(f.typ, place+", field "+f.name); err != nil {
			return err
		}
	}
	for _, c := range t.cases {
		if err := r.visit(c.typ, place+", case "+c.name); err != nil {
			return err
		}
	}
	for _, inner := range []struct {
		typ  *typ
		name string
	}{{t.elem, "element"}, {t.ok, "ok"}, {t.err, "error"}} {
		if err := r.visit(inner.typ, place+", "+inner.name); err != nil {
			return err
		}
	}
	r.seen[t] = true
	return nil
}

// collect lists the used types, each once, in the plan's order: all of them, and those that become Go declarations.
func (r *resolver) collect() {
	listed := make(map[*typ]bool)
	for _, t := range r.types {
		if !r.seen[t] || listed[t] {
			continue
		}
		listed[t] = true
		r.model.used = append(r.model.used, t)
		if t.name != "" || t.declared() {
			r.model.types = append(r.model.types, t)
		}
	}
}

// resourceName is the name of the resource of a handle.
func (r *resolver) resourceName(t *typ) string {
	return r.plan.Resources[*t.resource].Name
}
