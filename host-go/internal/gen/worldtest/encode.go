package worldtest

import "fmt"

// Component encodes the world as a component.
func (w *World) Component() []byte {
	e := &encoder{world: w, out: append(buffer{}, 0, 'a', 's', 'm', 0x0d, 0, 1, 0)}
	for n, i := range w.Imports {
		e.imported(n, i)
	}
	e.out.section(1, memoryModule())
	memory := buffer{0}
	memory.u(0)
	memory.u(0)
	e.out.section(2, one(memory)) // core instance 0
	e.coreAlias(2, 0, "memory")
	e.coreAlias(0, 0, "realloc")
	e.coreFuncs++

	imports := e.lower()
	var funcs []*Func
	for _, i := range w.Exports {
		imports = append(imports, e.define(i)...)
		funcs = append(funcs, i.Funcs...)
	}
	e.out.section(1, mainModule(imports, funcs))
	bag := []buffer{export("memory", 2, 0)}
	for i, im := range imports {
		bag = append(bag, export(im.name, 0, 1+i)) // after realloc
	}
	e.out.section(2, one(append(buffer{1}, list(bag...)...))) // core instance 1
	main := buffer{0}
	main.u(1)
	arg := buffer{}
	arg.name("env")
	arg.raw(0x12)
	arg.u(1)
	main = append(main, list(arg)...)
	e.out.section(2, one(main)) // core instance 2
	k := 0
	e.instances = len(w.Imports)
	for _, i := range w.Exports {
		e.exported(i, &k)
	}
	return e.out
}

// encoder writes a component from front to back and counts what it defines.
type encoder struct {
	world      *World
	out        buffer
	types      int // component types so far
	funcs      int // component functions so far
	coreFuncs  int
	instances  int // component instances so far
	components int
	resources  int // imported ones
	made       int // the component's own
}

// space is an index space of types: the component's, or that of an instance's type.
type space struct {
	next int
	emit func(def buffer)
}

func (s *space) define(def buffer) int {
	s.emit(def)
	s.next++
	return s.next - 1
}

// space is the component's own.
func (e *encoder) space() *space {
	return &space{next: e.types, emit: func(def buffer) { e.out.section(7, one(def)); e.types++ }}
}

// imported writes the type of an imported interface, the import, and aliases of its types. Imported interface n is
// component instance n.
func (e *encoder) imported(n int, i *Interface) {
	var decls []buffer
	s := &space{emit: func(def buffer) { decls = append(decls, append(buffer{1}, def...)) }}
	exported := func(name string, desc ...byte) {
		b := buffer{4, 0}
		b.name(name)
		decls = append(decls, append(b, desc...))
	}
	// What other interfaces declare is known outside of this type. As WIT's use does, it is exported again.
	uses := i.uses()
	var outside []int
	for k, index := range uses.indices() {
		outside = append(outside, *index)
		alias := buffer{2, 3, 2, 1}
		alias.u(*index)
		decls = append(decls, alias)
		desc := buffer{3, 0}
		desc.u(s.next)
		exported(uses.names[k], desc...)
		*index = s.next + 1
		s.next += 2
	}
	for _, r := range i.Resources {
		exported(r.Name, 3, 1)
		r.index = s.next
		s.next++
	}
	for _, t := range i.Types {
		desc := buffer{3, 0}
		desc.u(s.define(s.definition(t)))
		exported(t.Name, desc...)
		t.index = s.next
		s.next++
	}
	for _, f := range i.Funcs {
		desc := buffer{1}
		desc.u(s.define(s.function(f)))
		exported(f.Name, desc...)
	}
	for k, index := range uses.indices() {
		*index = outside[k]
	}
	def := append(buffer{0x42}, list(decls...)...)
	t := e.space().define(def)
	b := buffer{0}
	b.name(i.Name)
	b.raw(5)
	b.u(t)
	e.out.section(10, one(b))
	for _, r := range i.Resources {
		r.index = e.alias(3, n, r.Name)
		r.slot = e.resources
		e.resources++
	}
	for _, t := range i.Types {
		t.index = e.alias(3, n, t.Name)
	}
}

// alias makes an export of a component instance known, and gives its index.
func (e *encoder) alias(sort byte, instance int, name string) int {
	b := buffer{sort, 0}
	b.u(instance)
	b.name(name)
	e.out.section(6, one(b))
	if sort == 1 {
		e.funcs++
		return e.funcs - 1
	}
	e.types++
	return e.types - 1
}

func (e *encoder) coreAlias(sort byte, instance int, name string) {
	b := buffer{0, sort, 1}
	b.u(instance)
	b.name(name)
	e.out.section(6, one(b))
}

// options are those of every lift and lower.
func (e *encoder) options() buffer { return buffer{3, e.world.Encoding, 3, 0, 4, 0} }

// lower makes core functions of what is imported.
func (e *encoder) lower() []coreImport {
	var list []coreImport
	canon := func(name string, def buffer, params, results []byte) {
		e.out.section(8, one(def))
		list = append(list, coreImport{name, params, results})
		e.coreFuncs++
	}
	for n, i := range e.world.Imports {
		for _, f := range i.Funcs {
			def := buffer{1, 0}
			def.u(e.alias(1, n, f.Name))
			f.core = len(list)
			params, results := f.signature()
			canon(fmt.Sprintf("f%d", f.core), append(def, e.options()...), params, results)
		}
		for _, r := range i.Resources {
			def := buffer{3}
			def.u(r.index)
			canon(fmt.Sprintf("drop%d", r.slot), def, []byte{i32}, nil)
		}
	}
	return list
}

// define makes the types of an exported interface, and what the kernel needs to make its resources.
func (e *encoder) define(i *Interface) []coreImport {
	var list []coreImport
	s := e.space()
	for _, r := range i.Resources {
		r.index = s.define(buffer{0x3f, 0x7f, 0})
		r.slot = e.made
		e.made++
		def := buffer{2}
		def.u(r.index)
		e.out.section(8, one(def))
		list = append(list, coreImport{fmt.Sprintf("new%d", r.slot), []byte{i32}, []byte{i32}})
		e.coreFuncs++
	}
	for _, t := range i.Types {
		t.index = s.define(s.definition(t))
	}
	return list
}

// exported lifts the functions of an interface, the first of them core export k, and exports them as an instance.
func (e *encoder) exported(i *Interface, k *int) {
	first := e.funcs
	for _, f := range i.Funcs {
		s := e.space()
		t := s.define(s.function(f))
		e.coreAlias(0, 2, fmt.Sprintf("e%d", *k))
		*k++
		def := buffer{0, 0}
		def.u(e.coreFuncs)
		e.coreFuncs++
		def = append(def, e.options()...)
		def.u(t)
		e.out.section(8, one(def))
		e.funcs++
	}
	if len(i.Resources) > 0 {
		e.shim(i, first)
	} else {
		var items []buffer
		for _, t := range i.Types {
			items = append(items, item(t.Name, 3, t.index))
		}
		for n, f := range i.Funcs {
			items = append(items, item(f.Name, 1, first+n))
		}
		e.out.section(5, one(append(buffer{1}, list(items...)...)))
	}
	b := item(i.Name, 5, e.instances)
	b.raw(0)
	e.out.section(11, one(b))
	e.instances += 2 // the one that was made, and the one that the export makes
}

// item is a name and what it stands for.
func item(name string, sort byte, index int) buffer {
	b := buffer{0}
	b.name(name)
	b.raw(sort)
	b.u(index)
	return b
}

// shim makes the instance of an interface with resources. Only a component can name the functions after a resource: one
// that gets types and functions, and exports them under their names.
func (e *encoder) shim(i *Interface, first int) {
	var args []buffer
	arg := func(name string, sort byte, index int) { args = append(args, item(name, sort, index)[1:]) }
	c := &encoder{out: append(buffer{}, 0, 'a', 's', 'm', 0x0d, 0, 1, 0)}
	in := func(name string, desc ...byte) {
		b := buffer{0}
		b.name(name)
		c.out.section(10, one(append(b, desc...)))
	}
	var outside []int
	for n, r := range i.Resources {
		name := fmt.Sprintf("import-resource-%d", n)
		arg(name, 3, r.index)
		in(name, 3, 1)
		outside = append(outside, r.index)
		r.index = c.types
		c.types++
	}
	for n, t := range i.Types {
		name := fmt.Sprintf("import-type-%d", n)
		arg(name, 3, t.index)
		s := c.space()
		desc := buffer{3, 0}
		desc.u(s.define(s.definition(t)))
		in(name, desc...)
		outside = append(outside, t.index)
		t.index = c.types
		c.types++
	}
	for n, f := range i.Funcs {
		name := fmt.Sprintf("import-func-%d", n)
		arg(name, 1, first+n)
		s := c.space()
		desc := buffer{1}
		desc.u(s.define(s.function(f)))
		in(name, desc...)
	}
	out := func(b buffer, desc ...byte) { c.out.section(11, one(append(b, desc...))) }
	for _, r := range i.Resources {
		out(item(r.Name, 3, r.index), 0)
		r.index = c.types
		c.types++
	}
	for _, t := range i.Types {
		s := c.space()
		index := s.define(s.definition(t))
		out(item(t.Name, 3, index), 0)
		t.index = c.types
		c.types++
	}
	for n, f := range i.Funcs {
		s := c.space()
		desc := buffer{1, 1}
		desc.u(s.define(s.function(f)))
		out(item(f.Name, 1, n), desc...)
	}
	for n, r := range i.Resources {
		r.index = outside[n]
	}
	for n, t := range i.Types {
		t.index = outside[len(i.Resources)+n]
	}
	e.out.section(4, c.out)
	b := buffer{0}
	b.u(e.components)
	e.components++
	e.out.section(5, one(append(b, list(args...)...)))
}
