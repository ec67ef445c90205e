package spec

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// provider is a component that needs nothing but core modules of other providers, so that all of them can be put
// into one component: that is how this host gives a component core modules to instantiate. They have no state, so
// it does not matter that each composition makes instances of its own.
type provider struct {
	component []byte
	uses      map[string]*provider // by the names of its imports
}

// asksForModule reports whether an import asks for a core module that have has.
func asksForModule(imp *plan.Import, have *item) bool {
	if have == nil {
		return false
	}
	for i := range imp.Exports {
		if asksForModule(&imp.Exports[i], have.items[imp.Exports[i].Name]) {
			return true
		}
	}
	return imp.Kind == plan.ExternModule && have.kind == plan.ExternModule
}

// modulesOnly reports whether an import is of instances with nothing but core modules in them.
func modulesOnly(imp *plan.Import) bool {
	if imp.Kind != plan.ExternInstance {
		return false
	}
	for i := range imp.Exports {
		if e := &imp.Exports[i]; e.Kind != plan.ExternModule && !modulesOnly(e) {
			return false
		}
	}
	return true
}

// modulesOf gives the core modules among exports, in the instances that they are in.
func modulesOf(exports []plan.Export) []plan.Export {
	var out []plan.Export
	for _, e := range exports {
		if e.Kind == plan.ExternInstance {
			e.Exports = modulesOf(e.Exports)
		}
		if e.Kind == plan.ExternModule || len(e.Exports) > 0 {
			out = append(out, e)
		}
	}
	return out
}

// provider gives the definition with all that it imports; nil when that is not core modules alone.
func (r *run) provider(d *definition) *provider {
	out := &provider{component: d.component, uses: map[string]*provider{}}
	for i := range d.plan.Imports {
		imp := &d.plan.Imports[i]
		var p *provider
		if known := r.registered[imp.Name]; known != nil {
			p = known.provider
		} else if imp.Name == simpleInstance {
			p = &provider{component: []byte(simpleComponent)}
		}
		if p == nil || !modulesOnly(imp) {
			return nil
		}
		out.uses[imp.Name] = p
	}
	return out
}

// Sections and sorts of the binary format.
const (
	sectionComponent = 4
	sectionInstance  = 5
	sectionAlias     = 6
	sectionExport    = 11

	sortFunc     = 1
	sortInstance = 5
)

// compose is a component that instantiates p, and exports functions of it by their names. It is invalid where p's
// imports do not fit: the validator decides.
func compose(p *provider, funcs []string) []byte {
	c := composer{out: []byte("\x00asm\x0d\x00\x01\x00"), instances: map[*provider]uint64{}}
	instance := c.instantiate(p)
	for i, name := range funcs {
		c.section(sectionAlias, named([]byte{1, sortFunc, 0}, instance, name))
		export := append([]byte{1, 0}, text(name)...)
		export = binary.AppendUvarint(append(export, sortFunc), uint64(2*i)) // an export is a further function
		c.section(sectionExport, append(export, 0))
	}
	return c.out
}

type composer struct {
	out        []byte
	components uint64
	instances  map[*provider]uint64
}

// instantiate adds a provider and what it uses, once, and gives the index of its instance.
func (c *composer) instantiate(p *provider) uint64 {
	if i, ok := c.instances[p]; ok {
		return i
	}
	names := slices.Sorted(maps.Keys(p.uses))
	args := binary.AppendUvarint(nil, uint64(len(names)))
	for _, name := range names {
		used := c.instantiate(p.uses[name])
		args = binary.AppendUvarint(append(append(args, text(name)...), sortInstance), used)
	}
	c.section(sectionComponent, p.component)
	c.section(sectionInstance, append(binary.AppendUvarint([]byte{1, 0}, c.components), args...))
	c.components++
	i := uint64(len(c.instances))
	c.instances[p] = i
	return i
}

func (c *composer) section(id byte, content []byte) {
	c.out = binary.AppendUvarint(append(c.out, id), uint64(len(content)))
	c.out = append(c.out, content...)
}

// named appends an index and a name.
func named(out []byte, index uint64, name string) []byte {
	return append(binary.AppendUvarint(out, index), text(name)...)
}

// text is a name as the binary format has it.
func text(name string) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(name))), name...)
}

// plain lists the exported functions whose types need no names, which a composition can export.
func plain(p *plan.Plan) []string {
	var names []string
	for i := range p.Exports {
		e := &p.Exports[i]
		if e.Kind != plan.ExternFunc {
			continue
		}
		fn := &p.Funcs[*e.Func]
		if (fn.Result == nil || unnamed(p, *fn.Result)) && !slices.ContainsFunc(fn.Params, func(param plan.Param) bool { return !unnamed(p, param.Type) }) {
			names = append(names, e.Name)
		}
	}
	return names
}

// unnamed reports whether a type is made of such alone as need no name.
func unnamed(p *plan.Plan, index int) bool {
	t := &p.Types[index]
	optional := func(i *int) bool { return i == nil || unnamed(p, *i) }
	switch t.Kind {
	case plan.Record, plan.Variant, plan.Enum, plan.Flags, plan.Own, plan.Borrow:
		return false
	case plan.Tuple:
		return !slices.ContainsFunc(t.Fields, func(f plan.Field) bool { return !unnamed(p, f.Type) })
	}
	return optional(t.Element) && optional(t.OK) && optional(t.Err)
}
