package spec

import (
	"context"
	"fmt"
	"slices"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// item is something importable: of the environment, or an export of an instance.
type item struct {
	kind     plan.ExternKind
	items    map[string]*item // instance
	fn       *function        // func
	resource *identity        // resource
}

// function is one that can be imported.
type function struct {
	params []typeRef
	result *typeRef
	call   func(ctx context.Context, args []abi.Value) (abi.Value, error)
}

// identity is a resource type: two are the same when they are one pointer. Everybody but the instance that
// defines it knows a resource by the number under which that instance's caller holds it; the host's own go by
// their representation.
type identity struct {
	drop func(ctx context.Context, rep uint32) error // nil: nothing is to be done
}

// linked is a plan with what its imports stand for.
type linked struct {
	plan      *plan.Plan
	resources []*identity // by index of Plan.Resources
	funcs     []*function // by index of Plan.ImportFuncs
}

// link finds every import of p in scope. The error is about the first that is missing or of another type; what
// is of types only may be missing, and so may a name for a resource that the component knows by another already.
func link(p *plan.Plan, scope map[string]*item) (*linked, error) {
	l := &linked{plan: p, resources: make([]*identity, len(p.Resources)), funcs: make([]*function, len(p.ImportFuncs))}
	for i := range p.Imports {
		if err := l.bind(&p.Imports[i], scope[p.Imports[i].Name]); err != nil {
			return nil, err
		}
	}
	for r := range p.Resources {
		if p.Resources[r].Import == nil {
			l.resources[r] = new(identity)
		}
	}
	return l, nil
}

func (l *linked) bind(imp *plan.Import, have *item) error {
	if imp.Kind == plan.ExternType {
		return nil
	}
	bound := imp.Kind == plan.ExternResource && l.resources[*imp.Resource] != nil
	switch {
	case have == nil && imp.Kind != plan.ExternInstance && !bound:
		return fmt.Errorf("%s: nobody has this %s", imp.Name, imp.Kind)
	case have != nil && have.kind != imp.Kind:
		return fmt.Errorf("%s: it is no %s, but a %s", imp.Name, imp.Kind, have.kind)
	}
	switch imp.Kind {
	case plan.ExternInstance:
		for i := range imp.Exports {
			var found *item
			if have != nil {
				found = have.items[imp.Exports[i].Name]
			}
			if err := l.bind(&imp.Exports[i], found); err != nil {
				return fmt.Errorf("%s: %w", imp.Name, err)
			}
		}
	case plan.ExternFunc:
		if !l.same(&l.plan.ImportFuncs[*imp.Func], have.fn) {
			return fmt.Errorf("%s: the function has another type", imp.Name)
		}
		l.funcs[*imp.Func] = have.fn
	case plan.ExternResource:
		switch {
		case !bound:
			l.resources[*imp.Resource] = have.resource
		case have != nil && have.resource != l.resources[*imp.Resource]:
			return fmt.Errorf("%s: it is another resource", imp.Name)
		}
	case plan.ExternComponent:
		return fmt.Errorf("%s: nobody gives components", imp.Name)
	}
	return nil
}

// same compares an import with what is to stand for it. Names of parameters do not matter, as in the other host.
func (l *linked) same(imp *plan.ImportFunc, have *function) bool {
	if len(imp.Params) != len(have.params) || (imp.Result == nil) != (have.result == nil) {
		return false
	}
	for i := range imp.Params {
		if !same(l.ref(imp.Params[i].Type), have.params[i]) {
			return false
		}
	}
	return imp.Result == nil || same(l.ref(*imp.Result), *have.result)
}

// imports is what the engine needs.
func (l *linked) imports() *engine.Imports {
	out := &engine.Imports{
		Funcs: make([]engine.HostFunc, len(l.plan.Trampolines)),
		Drops: make([]func(context.Context, uint32) error, len(l.plan.Resources)),
	}
	for k := range l.plan.Trampolines {
		if t := &l.plan.Trampolines[k]; t.Kind == plan.LowerImport {
			out.Funcs[k] = abi.HostFunc(l.plan, k, l.funcs[*t.Import].call)
		}
	}
	for r := range l.plan.Resources {
		if l.plan.Resources[r].Import != nil {
			out.Drops[r] = l.resources[r].drop
		}
	}
	return out
}

// own lets others drop the resources that the component defines.
func (l *linked) own(caller *abi.Caller) {
	for r := range l.plan.Resources {
		if l.plan.Resources[r].Import == nil {
			l.resources[r].drop = func(ctx context.Context, number uint32) error {
				return caller.Drop(ctx, abi.Value{Bits: uint64(number)})
			}
		}
	}
}

// items are the exports as something importable.
func (l *linked) items(exports []plan.Export, caller *abi.Caller) map[string]*item {
	out := map[string]*item{}
	for i := range exports {
		e := &exports[i]
		it := &item{kind: e.Kind}
		switch e.Kind {
		case plan.ExternInstance:
			it.items = l.items(e.Exports, caller)
		case plan.ExternFunc:
			it.fn = l.exported(*e.Func, caller)
		case plan.ExternResource:
			it.resource = l.resources[*e.Resource]
		case plan.ExternType:
			continue
		}
		out[e.Name] = it
	}
	return out
}

func (l *linked) exported(f int, caller *abi.Caller) *function {
	fn := &l.plan.Funcs[f]
	out := &function{call: func(ctx context.Context, args []abi.Value) (abi.Value, error) {
		return caller.Call(ctx, f, args...)
	}}
	for i := range fn.Params {
		out.params = append(out.params, l.ref(fn.Params[i].Type))
	}
	if fn.Result != nil {
		ref := l.ref(*fn.Result)
		out.result = &ref
	}
	return out
}

// typeRef is a type of a plan, whose resources are told apart by what they stand for.
type typeRef struct {
	plan      *plan.Plan
	resources []*identity
	index     int
}

func (l *linked) ref(index int) typeRef { return typeRef{l.plan, l.resources, index} }

// at is another type of the same plan.
func (t typeRef) at(index int) typeRef { return typeRef{t.plan, t.resources, index} }

// same reports whether two types are the same by their structure and their resources.
func same(x, y typeRef) bool {
	a, b := &x.plan.Types[x.index], &y.plan.Types[y.index]
	if a.Kind != b.Kind {
		return false
	}
	optional := func(i, k *int) bool {
		if i == nil || k == nil {
			return i == k
		}
		return same(x.at(*i), y.at(*k))
	}
	switch a.Kind {
	case plan.Record, plan.Tuple:
		return slices.EqualFunc(a.Fields, b.Fields, func(f, g plan.Field) bool {
			return f.Name == g.Name && same(x.at(f.Type), y.at(g.Type))
		})
	case plan.Variant, plan.Enum:
		return slices.EqualFunc(a.Cases, b.Cases, func(c, d plan.Case) bool {
			return c.Name == d.Name && optional(c.Type, d.Type)
		})
	case plan.Flags:
		return slices.EqualFunc(a.Flags, b.Flags, func(f, g plan.Label) bool { return f.Name == g.Name })
	case plan.List, plan.Option:
		return optional(a.Element, b.Element)
	case plan.Result:
		return optional(a.OK, b.OK) && optional(a.Err, b.Err)
	case plan.Own, plan.Borrow:
		return x.resources[*a.Resource] == y.resources[*b.Resource]
	}
	return true
}
