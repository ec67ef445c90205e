package gen

import (
	"slices"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// declare makes the resources, each with the interface that declares it. Others may use it under a name of their own.
func (r *resolver) declare() {
	for i := range r.plan.Resources {
		pr := &r.plan.Resources[i]
		res := &resource{name: pr.Name, docs: pr.Docs, iface: &iface{id: pr.Interface}}
		if path := pr.Import; len(path) > 0 {
			res.imported, res.name = true, path[len(path)-1]
			res.iface.id = strings.Join(path[:len(path)-1], "/")
		}
		r.resources = append(r.resources, res)
	}
}

// exports walks what the component exports: functions become methods, and the types on the way declarations.
func (r *resolver) exports() error {
	world := &iface{}
	for _, e := range r.plan.Exports {
		i, inner := world, []plan.Export{e}
		if e.Kind == plan.ExternInstance {
			i, inner = &iface{id: e.Name, docs: e.Docs}, e.Exports
			r.model.interfaces = append(r.model.interfaces, i)
		}
		r.own(i)
		for _, e := range inner {
			if err := r.export(i, e); err != nil {
				return err
			}
		}
	}
	r.model.interfaces = append(r.model.interfaces, world)
	r.model.interfaces = slices.DeleteFunc(r.model.interfaces, func(i *iface) bool { return len(i.funcs) == 0 })
	return nil
}

// own ties the resources that an interface declares to it.
func (r *resolver) own(i *iface) {
	for _, res := range r.resources {
		if res.imported == i.imported && res.iface.id == i.id && res.name != "" && res.iface != i {
			res.iface = i
			i.resources = append(i.resources, res)
		}
	}
}

// place names an item in an error.
func (i *iface) place(name string) string {
	if i.id != "" {
		name = i.id + "#" + name
	}
	if i.imported {
		return "import " + name
	}
	return name
}

func (r *resolver) export(i *iface, e plan.Export) error {
	switch {
	case e.Kind == plan.ExternFunc && e.Func != nil:
		pf := &r.plan.Funcs[*e.Func]
		f := &function{iface: i, name: pf.Name, docs: pf.Docs, spilled: pf.SpillResult}
		return r.function(f, pf.Params, pf.Result, pf.SpillParams)
	case e.Kind == plan.ExternType && e.Type != nil:
		r.visit(r.types[*e.Type], true)
		return nil
	case e.Kind == plan.ExternResource:
		return nil // it is declared where a function needs it
	}
	return &UnsupportedError{What: "the exported " + string(e.Kind), Place: i.place(e.Name)}
}

// imports walks what the component imports: what has functions or resources becomes an interface to implement.
func (r *resolver) imports() error {
	world := &iface{text: r.plan.ImportText, imported: true}
	for n := range r.plan.Imports {
		e := &r.plan.Imports[n]
		i, inner := world, []plan.Import{*e}
		if e.Kind == plan.ExternInstance {
			i, inner = &iface{id: e.Name, docs: e.Docs, text: e.Text, imported: true}, e.Exports
			r.model.imports = append(r.model.imports, i)
		}
		r.own(i)
		for _, e := range inner {
			if err := r.imported(i, e); err != nil {
				return err
			}
		}
	}
	r.model.imports = append(r.model.imports, world)
	r.model.imports = slices.DeleteFunc(r.model.imports, func(i *iface) bool { return len(i.funcs)+len(i.resources) == 0 })
	return nil
}

func (r *resolver) imported(i *iface, e plan.Import) error {
	switch {
	case e.Kind == plan.ExternFunc && e.Func != nil:
		pf := &r.plan.ImportFuncs[*e.Func]
		f := &function{iface: i, name: pf.Name, docs: pf.Docs}
		f.spilled = pf.Result != nil && len(r.types[*pf.Result].flat) != plan.MaxFlatResults
		return r.function(f, pf.Params, pf.Result, r.spill(pf.Params))
	case e.Kind == plan.ExternType && e.Type != nil, e.Kind == plan.ExternResource:
		return nil // it is declared where a function needs it
	}
	return &UnsupportedError{What: "the imported " + string(e.Kind), Place: i.place(e.Name)}
}

// spill is the layout of an imported function's parameters where they are more than 16 flat ones; nil otherwise. The plan
// has it only for the imports that the component lowers, and a grant names them all.
func (r *resolver) spill(params []plan.Param) *plan.Spill {
	s := &plan.Spill{Align: 1}
	flat := 0
	for _, p := range params {
		t := r.types[p.Type]
		s.Align = max(s.Align, t.align)
		s.Size = aligned(s.Size, t.align)
		s.Offsets = append(s.Offsets, s.Size)
		s.Size += t.size
		flat += len(t.flat)
		if len(t.flat) == 0 {
			flat += plan.MaxFlatParams + 1
		}
	}
	s.Size = aligned(s.Size, s.Align)
	if flat <= plan.MaxFlatParams {
		return nil
	}
	return s
}

func aligned(n, align uint32) uint32 { return (n + align - 1) &^ (align - 1) }

// function adds a function to its interface.
func (r *resolver) function(f *function, params []plan.Param, result *int, spill *plan.Spill) error {
	if err := r.role(f); err != nil {
		return err
	}
	for _, p := range params {
		t := r.types[p.Type]
		r.visit(t, !f.iface.imported)
		f.params = append(f.params, param{name: p.Name, typ: t})
	}
	if f.role == method && len(params) == 0 {
		return &UnsupportedError{What: "a method without its resource", Place: f.iface.place(f.name)}
	}
	if result != nil {
		f.result = r.types[*result]
		r.visit(f.result, !f.iface.imported)
	}
	if spill != nil {
		f.spill = &record{size: spill.Size, align: spill.Align, offsets: spill.Offsets}
	}
	f.iface.funcs = append(f.iface.funcs, f)
	return nil
}

// role finds out what a function is to a resource, from its name: "[method]blob.read".
func (r *resolver) role(f *function) error {
	f.member = f.name
	word, rest, found := strings.Cut(strings.TrimPrefix(f.name, "["), "]")
	if !found || rest == f.name {
		return nil
	}
	name, member, _ := strings.Cut(rest, ".")
	f.member = member
	f.role = map[string]role{"constructor": constructor, "method": method, "static": static}[word]
	for _, res := range f.iface.resources {
		if res.name == name && f.role != plain {
			f.of = res
			res.funcs = append(res.funcs, f)
			return nil
		}
	}
	return &UnsupportedError{What: "the function of a resource", Place: f.iface.place(f.name)}
}

// visit marks a type and those inside it as used; shared, where an export uses it.
func (r *resolver) visit(t *typ, shared bool) {
	if t == nil || r.seen[t] && (t.shared || !shared) {
		return
	}
	r.seen[t] = true
	t.shared = shared
	if t.resource != nil {
		t.resource.shared = t.resource.shared || shared
		t.resource.used = true
	}
	for _, f := range t.fields {
		r.visit(f.typ, shared)
	}
	for _, c := range t.cases {
		r.visit(c.typ, shared)
	}
	for _, inner := range []*typ{t.elem, t.ok, t.err} {
		r.visit(inner, shared)
	}
}

// collect lists the used resources and types, each once, in the plan's order: all of the types, and those that become
// Go declarations.
func (r *resolver) collect() {
	for _, res := range r.resources {
		if res.used || len(res.funcs) > 0 || res.imported && slices.Contains(r.model.imports, res.iface) {
			r.model.resources = append(r.model.resources, res)
		}
	}
	listed := make(map[*typ]bool)
	for _, t := range r.types {
		if !r.seen[t] || listed[t] {
			continue
		}
		listed[t] = true
		r.model.used = append(r.model.used, t)
		if t.resource == nil && (t.name != "" || t.declared()) {
			r.model.types = append(r.model.types, t)
		}
	}
}
