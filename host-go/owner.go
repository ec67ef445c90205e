package tenon

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// owner says who supplies a resource. A representation means something to its owner alone, and a component declares
// the types of its imports itself; so which resources a function may speak of is checked when the grants are given.
type owner struct {
	deals deals
	root  *Import // nil: the stub, or nobody
}

// deals says how an implementation knows its resources.
type deals int

const (
	nobodys deals = iota // not of the host
	stubs                // they are all the same
	numbers              // Dynamic functions: numbers of their choosing
	values               // functions on frames: Go values in the instance's table
	either               // it has no functions: as those that use it
)

// deals is how the import knows its own resources.
func (i *Import) deals() deals {
	switch {
	case len(i.Funcs) == 0:
		return either
	case slices.ContainsFunc(i.Funcs, func(f ImportFunc) bool { return f.Dynamic != nil }):
		return numbers
	}
	return values
}

// stubbed grants what is in an instance of WASI by the stub.
func (g *granting) stubbed(imp *plan.Import, path []string) *Fault {
	for k := range imp.Exports {
		item := &imp.Exports[k]
		if !g.needs(item, path) {
			continue
		}
		switch item.Kind {
		case plan.ExternResource:
			g.owners[*item.Resource] = owner{deals: stubs}
		case plan.ExternFunc:
		default:
			return refusal(fmt.Sprintf("the component imports %s with the %s %q in it, and WASI has functions and resources alone: build the kernel for WASI as it is published",
				strings.Join(path, "."), item.Kind, item.Name))
		}
	}
	return nil
}

// misfit is the fault of a function that the component declares as the host cannot have it.
func (g *granting) misfit(fn *plan.ImportFunc, why string) *Fault {
	return &Fault{Kind: KindContract, Message: "import " + strings.Join(fn.Path, ".") + ": " + why}
}

// own checks that each imported function speaks only of resources that its implementation knows, and resolves what
// functions on frames call theirs.
func (g *granting) own() *Fault {
	tracks := resourceTracks(g.plan)
	served := make(map[string]*instanceFuncs)
	var order []*instanceFuncs
	for n := range g.plan.ImportFuncs {
		path := g.plan.ImportFuncs[n].Path
		key := strings.Join(path[:len(path)-1], "\x00")
		s := served[key]
		if s == nil {
			s = &instanceFuncs{path: path[:len(path)-1]}
			served[key] = s
			order = append(order, s)
		}
		s.funcs = append(s.funcs, n)
	}
	// First the stub and the functions over numbers, which claim the resources of imports that have no functions.
	for _, s := range order {
		mentions := make(mentions)
		for _, n := range s.funcs {
			from := &g.funcs[n]
			if from.by != nil && from.fn.Dynamic == nil {
				continue
			}
			fn := &g.plan.ImportFuncs[n]
			for _, r := range mentions.of(g.plan, fn.Params, fn.Result) {
				if fault := g.dynamicOwner(fn, from, r); fault != nil {
					return fault
				}
			}
		}
	}
	for r, o := range g.owners {
		g.out.drops[r].number = o.deals == numbers
		g.out.drops[r].stub = o.deals == stubs
	}
	for _, s := range order {
		if fault := g.typedOwners(s, tracks); fault != nil {
			return fault
		}
	}
	return nil
}

// instanceFuncs are the functions of one imported instance, or of the world itself.
type instanceFuncs struct {
	path  []string
	funcs []int
}

// dynamicOwner refuses a function of the stub, or over numbers, that speaks of a resource which is not its own.
func (g *granting) dynamicOwner(fn *plan.ImportFunc, from *offered, r int) *Fault {
	o := &g.owners[r]
	if from.by == nil {
		if o.deals == stubs {
			return nil
		}
		return g.misfit(fn, "the kernel's type has the resource "+resourceName(g.plan, r)+", and the WASI stub has only its own: grant the interface in LoadOptions.Imports")
	}
	known := o.root != nil && (o.root == from.root || slices.ContainsFunc(from.by.Refs, func(want ResourceRef) bool {
		return want.Imported && want.Name == g.plan.Resources[r].Name && g.offerOf(want.Interface) == o.root
	}))
	if known && (o.deals == numbers || o.deals == either) {
		o.deals = numbers
		return nil
	}
	return g.misfit(fn, "the kernel's type has the resource "+resourceName(g.plan, r)+
		", and a Dynamic function knows only those of its own Import, and of other Dynamic ones those that Import.Refs lists")
}

// typedOwners resolves what functions on frames call their resources, once for all functions of an imported instance.
func (g *granting) typedOwners(s *instanceFuncs, tracks []string) *Fault {
	var typed []int
	all := make(mentions)
	var mentioned []int
	for _, n := range s.funcs {
		if from := &g.funcs[n]; from.by != nil && from.fn.Call != nil {
			typed = append(typed, n)
			mentioned = append(mentioned, all.of(g.plan, g.plan.ImportFuncs[n].Params, g.plan.ImportFuncs[n].Result)...)
		}
	}
	if len(typed) == 0 {
		return nil
	}
	from := &g.funcs[typed[0]]
	refs := resolveRefs(from.by.Refs, refSearch{
		plan: g.plan, tracks: tracks, path: s.path, mentioned: mentioned,
		known: func(want ResourceRef, r int) bool {
			o := g.owners[r]
			return (o.deals == values || o.deals == either) && (o.root == from.root || o.root == g.offerOf(want.Interface))
		},
	})
	known := make(mentions)
	for _, n := range typed {
		fn := &g.plan.ImportFuncs[n]
		for _, r := range known.of(g.plan, fn.Params, fn.Result) {
			if !slices.ContainsFunc(refs, func(have ref) bool { return have.index == r }) {
				return g.misfit(fn, "the kernel's type has the resource "+resourceName(g.plan, r)+
					", which the implementation does not know: build the kernel for the interface that is granted, or generate the host's code from this kernel")
			}
		}
		g.funcs[n].refs = refs
	}
	return nil
}

// offerOf is the grant that an interface's resources are of.
func (g *granting) offerOf(interfaceName string) *Import {
	if interfaceName == "" {
		return g.offers[""]
	}
	return g.find(interfaceName)
}

// mentions are the types that were looked through for resources.
type mentions map[int]bool

// of gives the resources that a function's types speak of, but for those that were given before.
func (m mentions) of(p *plan.Plan, params []plan.Param, result *int) (found []int) {
	var open []int
	for _, param := range params {
		open = append(open, param.Type)
	}
	if result != nil {
		open = append(open, *result)
	}
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if m[i] {
			continue
		}
		m[i] = true
		t := &p.Types[i]
		if t.Resource != nil {
			found = append(found, *t.Resource)
		}
		t.EachPart(func(part int) { open = append(open, part) })
	}
	return found
}

// resourceTracks are the names, cut to their tracks, of the interfaces that define the plan's resources.
func resourceTracks(p *plan.Plan) []string {
	tracks := make([]string, len(p.Resources))
	for i := range p.Resources {
		tracks[i] = trackOrName(p.Resources[i].Interface)
	}
	return tracks
}

// trackOrName is the track of an interface; one without a track is compatible with its own name alone.
func trackOrName(interfaceName string) string {
	if shared, _, ok := track(interfaceName); ok {
		return shared
	}
	return interfaceName
}

// refSearch is where resolveRefs looks.
type refSearch struct {
	plan      *plan.Plan
	tracks    []string // resourceTracks(plan)
	path      []string // of the imported instance whose functions use the refs; nil: none
	mentioned []int    // resources that the functions speak of
	known     func(want ResourceRef, resource int) bool
}

// resolveRefs finds a list of resources in a plan: each in the interface of its name or of a compatible version. Where
// several fit, that of the import at hand goes first, then one that the functions speak of, then the very name.
func resolveRefs(list []ResourceRef, in refSearch) []ref {
	var refs []ref
	for _, want := range list {
		found := ref{index: -1, imported: want.Imported, name: want.String()}
		shared := trackOrName(want.Interface)
		best := 0
		for i := range in.plan.Resources {
			r := &in.plan.Resources[i]
			if r.Name != want.Name || (r.Import != nil) != want.Imported || in.tracks[i] != shared || !in.known(want, i) {
				continue
			}
			fit := 1
			switch {
			case len(in.path) > 0 && len(r.Import) == len(in.path)+1 && slices.Equal(r.Import[:len(in.path)], in.path):
				fit = 4
			case slices.Contains(in.mentioned, i):
				fit = 3
			case r.Interface == want.Interface:
				fit = 2
			}
			if fit > best {
				best, found.index = fit, i
			}
		}
		refs = append(refs, found)
	}
	return refs
}

// refs finds a contract's resources in the kernel, for calls of the functions at the given places of the plan. Those
// of the host that have no Go value behind them are no client's: a call that passes one is refused.
func (k *Kernel) refs(list []ResourceRef, funcs []int) ([]ref, *Fault) {
	all, mentioned := make(mentions), []int(nil)
	for _, at := range funcs {
		f := &k.plan.Funcs[at]
		mentioned = append(mentioned, all.of(k.plan, f.Params, f.Result)...)
	}
	client := func(r int) bool {
		d := k.grants.drops[r]
		return k.plan.Resources[r].Import == nil || !d.number && !d.stub
	}
	refs := resolveRefs(list, refSearch{
		plan: k.plan, tracks: resourceTracks(k.plan), mentioned: mentioned,
		known: func(_ ResourceRef, r int) bool { return client(r) },
	})
	for _, r := range mentioned {
		if !client(r) || slices.ContainsFunc(refs, func(have ref) bool { return have.index == r }) {
			continue
		}
		for i, want := range list {
			if refs[i].index < 0 && want.Name == k.plan.Resources[r].Name {
				return nil, k.misfit(fmt.Sprintf("its functions deal in the resource %s, and the contract's in %s, which is not compatible: "+
					"generate the client from this kernel", resourceName(k.plan, r), want))
			}
		}
	}
	return refs, nil
}
