package gen

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// UnsupportedError says that a component has something that no WIT world can say, so that there is no Go form for it, and
// where it stands.
type UnsupportedError struct {
	What  string // "the imported module"
	Place string // "demo:db/store@1.0.0"
}

// Error names what is unsupported, the place, and the way out.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("no Go for %s at %s: a WIT world has interfaces, functions, types and resources only; "+
		"build the component from one, or call it by name through tenon.Instance", e.What, e.Place)
}

// errNoContract is for components that export only bare functions of no package, or nothing.
var errNoContract = errors.New("the component exports no interface of a named package, so there is no contract to generate from; " +
	"export an interface in the WIT world and build again")

// resolve turns a plan into the model, names left open.
func resolve(p *plan.Plan) (*model, error) {
	if p.Contract == nil {
		return nil, errNoContract
	}
	r := &resolver{plan: p, model: &model{helpers: make(map[string]string)}, seen: make(map[*typ]bool)}
	r.model.contract = contract{
		pkg:     p.Contract.Package,
		version: p.Contract.Version,
		hash:    p.Contract.Hash,
		text:    p.Contract.Text,
	}
	r.declare()
	r.unify()
	if err := r.exports(); err != nil {
		return nil, err
	}
	if err := r.imports(); err != nil {
		return nil, err
	}
	r.collect()
	if len(r.model.interfaces) == 0 {
		return nil, fmt.Errorf("contract %s exports no function, so there is nothing to call", r.model.contract)
	}
	return r.model, nil
}

type resolver struct {
	plan      *plan.Plan
	model     *model
	resources []*resource // by index in the plan
	types     []*typ      // by index in the plan; equal types are one
	seen      map[*typ]bool
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
		tag: pt.Discriminant, payload: pt.Payload,
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
		t.handles = t.handles || inner.handles
		t.hosted = t.hosted || inner.hosted
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
		t.resource = r.resources[*pt.Resource]
		t.hosted = t.resource.imported
		t.handles = !t.hosted
	}
	return t, key.String()
}
