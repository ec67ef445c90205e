package plan

import (
	"fmt"
	"slices"
)

// checker finds the first thing wrong with a plan. After a failure its methods do nothing.
type checker struct {
	p         *Plan
	err       error
	instances int       // core instances over all steps
	depth     []int     // of each type checked so far
	uses      []bool    // see pointers
	imported  []traffic // of Plan.ImportFuncs
}

func (c *checker) fail(path, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{Path: path, What: fmt.Sprintf(format, args...)}
	}
}

// in checks 0 <= i < n.
func (c *checker) in(path string, i, n int) bool {
	if i < 0 || i >= n {
		c.fail(path, "index %d is not below %d", i, n)
		return false
	}
	return true
}

func (c *checker) atMost(path string, n, limit int) bool {
	if n < 0 || n > limit {
		c.fail(path, "%d, the limit is %d", n, limit)
		return false
	}
	return true
}

func (c *checker) check() {
	p := c.p
	c.atMost("modules", len(p.Modules), MaxModules)
	c.atMost("types", len(p.Types), MaxTypes)
	c.atMost("funcs", len(p.Funcs), MaxFuncs)
	c.atMost("import_funcs", len(p.ImportFuncs), MaxFuncs)
	c.atMost("steps", len(p.Steps), MaxSteps)
	c.atMost("trampolines", len(p.Trampolines), MaxTrampolines)
	c.atMost("instances", p.Instances, MaxInstances)
	c.atMost("resources", len(p.Resources), MaxTypes)
	c.atMost("slots.memories", p.Slots.Memories, MaxSlots)
	c.atMost("slots.reallocs", p.Slots.Reallocs, MaxSlots)
	c.atMost("slots.post_returns", p.Slots.PostReturns, MaxSlots)
	for i := range p.Resources {
		if c.err != nil {
			return
		}
		r, path := &p.Resources[i], fmt.Sprintf("resources[%d]", i)
		c.in(path+".component_instance", r.ComponentInstance, p.Instances)
		if r.Import != nil && i > 0 && p.Resources[i-1].Import == nil {
			c.fail(path+".import", "an imported resource after one that the component defines")
		}
	}
	c.atMost("tables", len(p.Tables), MaxTypes)
	for i := range p.Tables {
		if c.err != nil {
			return
		}
		if t, path := &p.Tables[i], fmt.Sprintf("tables[%d]", i); t.Resource != nil {
			c.in(path+".resource", *t.Resource, len(p.Resources))
			c.in(path+".component_instance", t.ComponentInstance, p.Instances)
		}
	}
	c.depth = make([]int, len(p.Types))
	for i := range p.Types {
		if c.err != nil {
			return
		}
		c.typ(i)
	}
	for i := range p.ImportFuncs {
		if c.err != nil {
			return
		}
		c.importFunc(i)
	}
	for i := range p.Trampolines {
		if c.err != nil {
			return
		}
		c.trampoline(i)
	}
	c.steps()
	for i := range p.Funcs {
		if c.err != nil {
			return
		}
		c.fun(i)
	}
	c.exports("exports", p.Exports, 0)
	c.imports("imports", p.Imports, 0)
	c.state()
}

// trampoline checks trampoline i. Its signature must be that of its kind: the engine's host function reads
// its stack by it.
func (c *checker) trampoline(i int) {
	t, p := &c.p.Trampolines[i], c.p
	path := fmt.Sprintf("trampolines[%d]", i)
	c.sig(path+".core", t.Core)
	params, results := -1, -1
	switch t.Kind {
	case LowerImport:
		c.lowering(path, t)
		return
	case ResourceNew, ResourceRep, ResourceDrop:
		if t.Resource == nil || t.Table == nil {
			c.fail(path, "a %s needs resource and table", t.Kind)
			return
		}
		c.in(path+".resource", *t.Resource, len(p.Resources))
		c.in(path+".table", *t.Table, len(p.Tables))
		c.in(path+".component_instance", t.ComponentInstance, p.Instances)
		if params, results = 1, 1; t.Kind == ResourceDrop {
			results = 0
		}
	case ResourceTransferOwn, ResourceTransferBorrow:
		params, results = 3, 1
	case EnterSyncCall:
		params, results = 3, 0
	case ExitSyncCall:
		params, results = 0, 0
	case TrapNow:
		params, results = 1, 0
	case Transcode:
		c.in(path+".from", t.From, p.Slots.Memories)
		c.in(path+".to", t.To, p.Slots.Memories)
		var known bool
		if params, results, known = transcoderArity(t.Transcode); !known {
			c.fail(path+".transcode", "%q is not a conversion", t.Transcode)
		}
	case Other:
		return
	default:
		c.fail(path+".kind", "%q is not a kind of trampoline", t.Kind)
		return
	}
	i32 := func(list []CoreType, n int) bool {
		return len(list) == n && !slices.ContainsFunc(list, func(t CoreType) bool { return t != I32 })
	}
	if !i32(t.Core.Params, params) || !i32(t.Core.Results, results) {
		c.fail(path+".core", "%v, a %s has %d parameters and %d results of type i32", t.Core, t.Kind, params, results)
	}
}

// transcoderArity gives the number of parameters and results of a conversion.
func transcoderArity(name string) (params, results int, known bool) {
	switch name {
	case "utf8-to-utf8", "utf16-to-utf16", "latin1-to-latin1", "latin1-to-utf16":
		return 3, 0, true
	case "utf8-to-utf16", "utf16-to-compact-probably-utf16":
		return 3, 1, true
	case "utf8-to-latin1", "utf16-to-latin1":
		return 3, 2, true
	case "utf16-to-utf8", "latin1-to-utf8":
		return 5, 2, true
	case "utf8-to-compact-utf16", "utf16-to-compact-utf16":
		return 5, 1, true
	}
	return 0, 0, false
}

func (c *checker) sig(path string, s CoreSig) {
	for _, list := range [][]CoreType{s.Params, s.Results} {
		c.atMost(path, len(list), MaxMembers)
		for _, t := range list {
			switch t {
			case I32, I64, CoreF32, CoreF64, "v128", "funcref", "externref":
			default:
				c.fail(path, "%q is not a core type", t)
				return
			}
		}
	}
}

// steps checks every step against what came before it, and that every slot is filled exactly once.
func (c *checker) steps() {
	if c.err != nil {
		return // the numbers of slots may be among what is wrong
	}
	p := c.p
	memories, reallocs, posts := make([]bool, p.Slots.Memories), make([]bool, p.Slots.Reallocs), make([]bool, p.Slots.PostReturns)
	fill := func(path string, slots []bool, s *Step) {
		if !c.in(path+".slot", s.Slot, len(slots)) {
			return
		}
		if slots[s.Slot] {
			c.fail(path+".slot", "slot %d is filled twice", s.Slot)
		}
		slots[s.Slot] = true
	}
	for i := range p.Steps {
		if c.err != nil {
			return
		}
		s, path := &p.Steps[i], fmt.Sprintf("steps[%d]", i)
		switch s.Op {
		case OpInstantiate:
			c.in(path+".module", s.Module, len(p.Modules))
			c.instances++
		case OpInstantiateImport:
			if len(s.Path) == 0 {
				c.fail(path+".path", "is empty")
			}
			c.instances++
		case OpMemory:
			c.in(path+".instance", s.Instance, c.instances)
			fill(path, memories, s)
		case OpRealloc:
			c.callee(path, s.Callee())
			fill(path, reallocs, s)
		case OpPostReturn:
			c.callee(path, s.Callee())
			fill(path, posts, s)
		case OpTable:
			c.in(path+".instance", s.Instance, c.instances)
		case OpResource:
			if c.in(path+".resource", s.Resource, len(p.Resources)) && p.Resources[s.Resource].Import != nil {
				c.fail(path+".resource", "resource %d is imported", s.Resource)
			}
			c.in(path+".component_instance", s.ComponentInstance, p.Instances)
			if s.Destructor != nil {
				c.callee(path+".destructor", *s.Destructor)
			}
		default:
			c.fail(path+".op", "%q is not an operation", s.Op)
		}
	}
	full := func(path string, slots []bool) {
		if i := slices.Index(slots, false); i >= 0 {
			c.fail(path, "no step fills slot %d", i)
		}
	}
	full("slots.memories", memories)
	full("slots.reallocs", reallocs)
	full("slots.post_returns", posts)
}

func (c *checker) callee(path string, callee Callee) {
	if callee.Trampoline != nil {
		c.in(path+".trampoline", *callee.Trampoline, len(c.p.Trampolines))
		return
	}
	c.in(path+".instance", callee.Instance, c.instances)
}

// state checks the places that counters, panic messages and snapshots are read from.
func (c *checker) state() {
	if g := c.p.Gate; g != nil {
		c.in("gate.instance", g.Instance, c.instances)
		if g.Countdown == "" || g.Stack == "" {
			c.fail("gate", "has no names for its counters")
		}
	}
	if pn := c.p.Panic; pn != nil {
		c.in("panic.instance", pn.Instance, c.instances)
		if pn.Size < 4 {
			c.fail("panic.size", "%d bytes leave no room for the length", pn.Size)
		}
	}
	for i, g := range c.p.Clone.Globals {
		c.in(fmt.Sprintf("clone.globals[%d].instance", i), g.Instance, c.instances)
	}
	for i, m := range c.p.Clone.Memories {
		c.in(fmt.Sprintf("clone.memories[%d].instance", i), m.Instance, c.instances)
	}
}
