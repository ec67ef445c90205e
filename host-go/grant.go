package tenon

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/wasi"
)

// grants are what a kernel was given when it was loaded.
type grants struct {
	names   []string
	imports *engine.Imports // nil: the kernel can call nothing
	drops   []drop          // by resource
}

// drop says what becomes of a host's resource that a kernel drops.
type drop struct {
	tell   func(ctx context.Context, v any) // nil: the value's own Close
	number bool                             // the implementation knows it by a number
	stub   bool                             // it is the stub's, behind which there is nothing
}

// Grants names what the kernel was given when it was loaded: "acme:store/log@1.2.0", "acme:store/log@1.2.0 by
// acme:store/log@1.3.1" where another version than the one asked for serves it, "wasi:cli/stdout@0.2.3 by stub".
func (k *Kernel) Grants() []string { return slices.Clone(k.grants.names) }

// hosted reports whether the kernel can call the host.
func (k *Kernel) hosted() bool { return k.grants.imports != nil }

// granting resolves a plan's imports.
type granting struct {
	plan   *plan.Plan
	stub   bool
	offers map[string]*Import
	out    grants
	// By import function: who implements it, or the stub.
	funcs []offered
	// By resource: who supplies it.
	owners []owner
	// root is the grant that is being given, which the one at hand is or is in.
	root *Import
	// wants is whether there is anything to call.
	wants bool
}

// offered is a function with the import that offers it.
type offered struct {
	by   *Import // nil: the stub
	root *Import // the grant that by is, or is in
	fn   *ImportFunc
	refs []ref // by.Refs as this import of it knows them; for fn.Call
}

// resolveGrants finds an implementation for everything that a component imports, or says what is missing.
func resolveGrants(p *plan.Plan, o LoadOptions, budget int64) (grants, *Fault) {
	g := granting{plan: p, stub: o.WASI == WASIStub, offers: make(map[string]*Import), funcs: make([]offered, len(p.ImportFuncs))}
	g.out.drops = make([]drop, len(p.Resources))
	g.owners = make([]owner, len(p.Resources))
	for i := range o.Imports {
		offer := &o.Imports[i]
		if _, twice := g.offers[offer.Name]; twice {
			return grants{}, refusal("LoadOptions.Imports grants " + offer.name() + " twice: put its functions into one Import")
		}
		if fault := offer.sound(offer.name()); fault != nil {
			return grants{}, fault
		}
		g.offers[offer.Name] = offer
	}
	for i := range p.Imports {
		imp := &p.Imports[i]
		if !g.needs(imp, nil) {
			continue
		}
		if fault := g.resolve(imp); fault != nil {
			return grants{}, fault
		}
	}
	if offer := g.offers[""]; offer != nil && p.ImportText != "" {
		if fault := offer.compare("of the world", p.ImportText); fault != nil {
			return grants{}, fault
		}
	}
	if g.wants {
		if fault := g.own(); fault != nil {
			return grants{}, fault
		}
		g.bind(budget)
	}
	return g.out, nil
}

func refusal(message string) *Fault { return &Fault{Kind: KindPolicy, Message: message} }

func (i *Import) name() string {
	if i.Name == "" {
		return "the world's own imports"
	}
	return i.Name
}

// sound refuses a grant that could not be called.
func (i *Import) sound(path string) *Fault {
	dynamic, typed := false, false
	for _, f := range i.Funcs {
		if (f.Call == nil) == (f.Dynamic == nil) {
			return refusal("the grant of " + path + ", function " + f.Name + ", needs one of Call and Dynamic")
		}
		dynamic, typed = dynamic || f.Dynamic != nil, typed || f.Call != nil
	}
	if dynamic && typed && len(i.Resources) > 0 {
		return refusal("the grant of " + path + " has resources and mixes Call and Dynamic: the two know resources by different numbers")
	}
	for k := range i.Interfaces {
		if fault := i.Interfaces[k].sound(path + "." + i.Interfaces[k].Name); fault != nil {
			return fault
		}
	}
	return nil
}

// resolve grants one import of the component's own.
func (g *granting) resolve(imp *plan.Import) *Fault {
	switch imp.Kind {
	case plan.ExternInstance:
		offer := g.find(imp.Name)
		if offer == nil && g.stub && wasi.Covers(imp.Name) {
			g.out.names = append(g.out.names, imp.Name+" by stub")
			g.wants = true
			return g.stubbed(imp, []string{imp.Name})
		}
		if offer == nil {
			return g.missing(imp)
		}
		g.root = offer
		name := imp.Name
		if offer.Name != name {
			name += " by " + offer.Name
		}
		g.out.names = append(g.out.names, name)
		return g.instance(imp, offer, []string{imp.Name})
	case plan.ExternFunc, plan.ExternResource:
		offer := g.offers[""]
		if offer == nil || !offer.has(imp) {
			return g.missing(imp)
		}
		g.out.names = append(g.out.names, imp.Name)
		g.root = offer
		return g.item(imp, offer, nil)
	}
	return refusal(fmt.Sprintf("the component imports the core module or component %q, which no host grants: compose it into the component", imp.Name))
}

// needs reports whether the host has to supply something for the import at a path. A resource is supplied once, by
// the interface that defines it; others that use it show it again.
func (g *granting) needs(imp *plan.Import, path []string) bool {
	switch imp.Kind {
	case plan.ExternType:
		return false
	case plan.ExternResource:
		owner := g.plan.Resources[*imp.Resource].Import
		return len(owner) == len(path)+1 && owner[len(path)] == imp.Name && slices.Equal(owner[:len(path)], path)
	case plan.ExternInstance:
		inner := append(slices.Clip(path), imp.Name)
		return slices.ContainsFunc(imp.Exports, func(item plan.Import) bool { return g.needs(&item, inner) })
	}
	return true
}

// missing is the fault of an import that nobody grants.
func (g *granting) missing(imp *plan.Import) *Fault {
	var cure string
	switch {
	case imp.Cure != "" && strings.HasPrefix(imp.Name, "wasi:"):
		cure = imp.Cure + " Or load it with LoadOptions.WASI set to WASIStub"
	case imp.Cure != "":
		cure = imp.Cure
	default:
		cure = "grant it in LoadOptions.Imports, or build the kernel without it"
	}
	others := ""
	n := 0
	for i := range g.plan.Imports {
		if g.needs(&g.plan.Imports[i], nil) {
			n++
		}
	}
	if n > 1 {
		others = fmt.Sprintf(" (of %d imports that need a grant)", n)
	}
	return refusal(fmt.Sprintf("the component imports %q, which is not granted%s: %s", imp.Name, others, cure))
}

// find is the grant that serves an interface: of that name, or the highest compatible version.
func (g *granting) find(name string) *Import {
	if offer, ok := g.offers[name]; ok {
		return offer
	}
	want, _, ok := track(name)
	if !ok {
		return nil
	}
	var best *Import
	var highest [3]uint64
	for _, offer := range g.offers {
		if has, version, ok := track(offer.Name); ok && has == want && (best == nil || slices.Compare(version[:], highest[:]) > 0) {
			best, highest = offer, version
		}
	}
	return best
}

// has reports whether the import offers the item.
func (i *Import) has(item *plan.Import) bool {
	switch item.Kind {
	case plan.ExternFunc:
		return slices.ContainsFunc(i.Funcs, func(f ImportFunc) bool { return f.Name == item.Name })
	case plan.ExternResource:
		return slices.ContainsFunc(i.Resources, func(r ImportResource) bool { return r.Name == item.Name })
	case plan.ExternInstance:
		return slices.ContainsFunc(i.Interfaces, func(n Import) bool { return n.Name == item.Name })
	}
	return false
}

// instance grants what is in an instance.
func (g *granting) instance(imp *plan.Import, offer *Import, path []string) *Fault {
	for k := range imp.Exports {
		item := &imp.Exports[k]
		if !g.needs(item, path) {
			continue
		}
		if !offer.has(item) {
			return refusal(fmt.Sprintf("the component imports %s, and the grant of %s has no %s %q: implement it, or build the kernel for the version that is granted",
				strings.Join(path, "."), offer.name(), item.Kind, item.Name))
		}
		if fault := g.item(item, offer, path); fault != nil {
			return fault
		}
	}
	return offer.compare(strings.Join(path, "."), imp.Text)
}

// compare refuses a grant whose text lacks something of what the component asks for.
func (i *Import) compare(path, asked string) *Fault {
	if i.Text == "" {
		return nil
	}
	if diff := importSides.diff(trackedText(asked), trackedText(i.Text)); diff != "" {
		return &Fault{Kind: KindContract, Message: "import " + path + ": " + diff +
			": build the kernel for the interface that is granted, or generate the host's code from this kernel"}
	}
	return nil
}

// item grants one item, which the offer has.
func (g *granting) item(item *plan.Import, offer *Import, path []string) *Fault {
	switch item.Kind {
	case plan.ExternFunc:
		at := slices.IndexFunc(offer.Funcs, func(f ImportFunc) bool { return f.Name == item.Name })
		g.funcs[*item.Func] = offered{by: offer, root: g.root, fn: &offer.Funcs[at]}
		g.wants = true
	case plan.ExternResource:
		at := slices.IndexFunc(offer.Resources, func(r ImportResource) bool { return r.Name == item.Name })
		g.out.drops[*item.Resource].tell = offer.Resources[at].Drop
		g.owners[*item.Resource] = owner{offer.deals(), g.root}
		g.wants = true
	case plan.ExternInstance:
		at := slices.IndexFunc(offer.Interfaces, func(n Import) bool { return n.Name == item.Name })
		return g.instance(item, &offer.Interfaces[at], append(slices.Clip(path), item.Name))
	default:
		return refusal(fmt.Sprintf("%s: the component imports the core module or component %q, which no host grants: compose it into the component", strings.Join(path, "."), item.Name))
	}
	return nil
}

// bind makes the engine's table, which all instances share. budget is what one call's arguments may take on the
// host, in bytes.
func (g *granting) bind(budget int64) {
	p := g.plan
	table := &engine.Imports{
		Funcs: make([]engine.HostFunc, len(p.Trampolines)),
		Drops: make([]func(context.Context, uint32) error, len(p.Resources)),
	}
	for t := range p.Trampolines {
		tr := &p.Trampolines[t]
		if tr.Kind != plan.LowerImport {
			continue
		}
		n := *tr.Import
		switch from := g.funcs[n]; {
		case from.by == nil:
			table.Funcs[t] = stubFunc(p, t, budget, wasi.Resolve(p, n))
		case from.fn.Dynamic != nil:
			table.Funcs[t] = dynamicFunc(p, t, budget, from.fn.Dynamic)
		default:
			table.Funcs[t] = typedFunc(t, newHostShape(p, t, from.refs), from.fn.Call)
		}
	}
	for r := range p.Resources {
		if p.Resources[r].Import != nil && !g.out.drops[r].stub {
			table.Drops[r] = dropFunc(r, g.out.drops[r].number)
		}
	}
	g.out.imports = table
}

// newHostShape resolves what a host call through a trampoline needs to know.
func newHostShape(p *plan.Plan, t int, refs []ref) *shape {
	tr := &p.Trampolines[t]
	fn := &p.ImportFuncs[*tr.Import]
	s := &shape{
		export:    importName(p, t),
		encoding:  tr.Encoding,
		utf8:      tr.Encoding == plan.UTF8,
		args:      len(tr.Core.Params),
		results:   len(tr.Core.Results),
		component: tr.ComponentInstance,
		refs:      refs,
	}
	for _, param := range fn.Params {
		s.params = append(s.params, param.Name)
	}
	return s
}
