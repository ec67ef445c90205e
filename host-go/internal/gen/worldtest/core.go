package worldtest

import "fmt"

const (
	answer = 1024      // where results are stored that go through memory
	heap   = 128 << 10 // where the allocator begins
)

// Core instructions, as far as the kernels need them.
const (
	opIf       = 0x04
	opEnd      = 0x0b
	opCall     = 0x10
	opDrop     = 0x1a
	opLocalGet = 0x20
	opLocalTee = 0x22
	opGlobGet  = 0x23
	opGlobSet  = 0x24
	opLoad     = 0x28
	opMemSize  = 0x3f
	opMemGrow  = 0x40
	opConst    = 0x41
	opEq       = 0x46
	opGtU      = 0x4b
	opLtU      = 0x49
	opAdd      = 0x6a
	opSub      = 0x6b
	opAnd      = 0x71
	opShl      = 0x74
	opShrU     = 0x76
	opWrap     = 0xa7
	opSelect   = 0x1b
	opPrefix   = 0xfc
	noResult   = 0x40
)

// code is a function's body in the making.
type code struct{ buffer }

func (c *code) get(local int) { c.raw(opLocalGet); c.u(local) }
func (c *code) num(v int64)   { c.raw(opConst); c.s(v) }
func (c *code) call(f int)    { c.raw(opCall); c.u(f) }

// body closes the function: its locals, then the code.
func (c *code) body(locals ...byte) buffer {
	var b buffer
	b.u(len(locals))
	for _, l := range locals {
		b.raw(1, l)
	}
	b = append(b, c.buffer...)
	b.raw(opEnd)
	var out buffer
	out.block(b)
	return out
}

var preamble = buffer{0, 'a', 's', 'm', 1, 0, 0, 0}

func signature(params, results []byte) buffer {
	b := buffer{0x60}
	b.block(params)
	b.block(results)
	return b
}

// list joins items with their number in front.
func list(items ...buffer) buffer {
	var b buffer
	b.u(len(items))
	for _, i := range items {
		b = append(b, i...)
	}
	return b
}

func export(name string, kind byte, index int) buffer {
	var b buffer
	b.name(name)
	b.raw(kind)
	b.u(index)
	return b
}

// memoryModule exports a memory and an allocator that never frees.
func memoryModule() buffer {
	var c code
	size := func() { c.raw(opMemSize, 0); c.num(16); c.raw(opShl) }
	c.raw(opGlobGet, 0)
	c.get(2)
	c.raw(opAdd)
	c.num(1)
	c.raw(opSub)
	c.num(0)
	c.get(2)
	c.raw(opSub, opAnd, opLocalTee, 4)
	c.get(3)
	c.raw(opAdd, opGlobSet, 0)
	c.raw(opGlobGet, 0)
	size()
	c.raw(opGtU, opIf, noResult, opGlobGet, 0)
	size()
	c.raw(opSub)
	c.num(16)
	c.raw(opShrU)
	c.num(1)
	c.raw(opAdd, opMemGrow, 0, opDrop, opEnd)
	c.get(4)
	c.get(0)
	c.get(1)
	c.get(3)
	c.get(1)
	c.get(3)
	c.raw(opLtU, opSelect, opPrefix, 10, 0, 0)
	c.get(4)

	m := append(buffer{}, preamble...)
	m.section(1, list(signature([]byte{i32, i32, i32, i32}, []byte{i32})))
	m.section(3, buffer{1, 0})
	m.section(5, buffer{1, 0, 4})
	var next code
	next.num(heap)
	m.section(6, one(append(append(buffer{i32, 1}, next.buffer...), opEnd)))
	m.section(7, list(export("memory", 2, 0), export("realloc", 0, 0)))
	m.section(10, one(c.body(i32)))
	return m
}

// coreImport is a core function that the main module gets from the component.
type coreImport struct {
	name            string
	params, results []byte
}

// mainModule holds the exported functions. Their imports come first in the index space.
func mainModule(imports []coreImport, funcs []*Func) buffer {
	var types, wanted, defined, exports, bodies []buffer
	memory := buffer{}
	memory.name("env")
	memory.name("memory")
	memory.raw(2, 0, 1)
	wanted = append(wanted, memory)
	index := make(map[string]int)
	for i, im := range imports {
		var b buffer
		b.name("env")
		b.name(im.name)
		b.raw(0)
		b.u(len(types))
		wanted = append(wanted, b)
		types = append(types, signature(im.params, im.results))
		index[im.name] = i
	}
	for i, f := range funcs {
		params, results := f.signature()
		var b buffer
		b.u(len(types))
		defined = append(defined, b)
		types = append(types, signature(params, results))
		exports = append(exports, export(fmt.Sprintf("e%d", i), 0, len(imports)+i))
		bodies = append(bodies, f.body(params, index))
	}
	m := append(buffer{}, preamble...)
	m.section(1, list(types...))
	m.section(2, list(wanted...))
	m.section(3, list(defined...))
	m.section(7, list(exports...))
	m.section(10, list(bodies...))
	return m
}

// body is what the kernel does.
func (f *Func) body(params []byte, index map[string]int) buffer {
	var c code
	switch f.Role {
	case Make:
		c.get(0)
		c.call(index[fmt.Sprintf("new%d", f.Resource.slot)])
	case Value:
		c.get(0)
	case Relay:
		f.relay(&c, params, index)
	case Same:
		flat := 0
		for _, p := range f.Params {
			flat += len(p.Type.layout().flat)
		}
		switch {
		case flat > 16, !f.spilled():
			c.get(0) // the parameters lie in memory as the answer shall, or there is one word
		default:
			c.store(f.Params[0].Type, params, 0, answer)
			c.num(answer)
		}
	}
	return c.body()
}

// relay calls the import with the same parameters, and gives back the handles that were lent.
func (f *Func) relay(c *code, params []byte, index map[string]int) {
	for i := range params {
		c.get(i)
	}
	if f.Target.spilled() {
		c.num(answer)
	}
	c.call(index[fmt.Sprintf("f%d", f.Target.core)])
	flat := 0
	var types []*Type
	for _, p := range f.Params {
		flat += len(p.Type.layout().flat)
		types = append(types, p.Type)
	}
	_, offsets := record(types)
	at := 0
	for i, p := range f.Params {
		if p.Type.Kind == "borrow" {
			if flat > 16 {
				c.get(0)
				c.raw(opLoad, 2)
				c.u(int(offsets[i]))
			} else {
				c.get(at)
			}
			c.call(index[fmt.Sprintf("drop%d", p.Type.Resource.slot)])
		}
		at += len(p.Type.layout().flat)
	}
	if f.Target.spilled() {
		c.num(answer)
	}
}

// store writes a value that came in flat, from the local at on, to an address, and gives the number of locals it took.
func (c *code) store(t *Type, locals []byte, at int, addr uint32) int {
	switch t.Kind {
	case "string", "list":
		c.word(locals, at, addr, 4)
		c.word(locals, at+1, addr+4, 4)
	case "record", "tuple":
		_, offsets := record(t.Elems)
		n := at
		for i, e := range t.Elems {
			n += c.store(e, locals, n, addr+offsets[i])
		}
	case "variant", "enum", "option", "result":
		_, payload := t.variant()
		c.word(locals, at, addr, t.tag())
		for i, e := range t.cases() {
			if e == nil {
				continue
			}
			c.get(at)
			if locals[at] == i64 {
				c.raw(opWrap)
			}
			c.num(int64(i))
			c.raw(opEq, opIf, noResult)
			c.store(e, locals, at+1, addr+payload)
			c.raw(opEnd)
		}
	default:
		c.word(locals, at, addr, t.layout().size)
	}
	return len(t.layout().flat)
}

// word stores the low bytes of a local.
func (c *code) word(locals []byte, at int, addr, size uint32) {
	op := map[byte]map[uint32]byte{
		i32: {1: 0x3a, 2: 0x3b, 4: 0x36},
		i64: {1: 0x3c, 2: 0x3d, 4: 0x3e, 8: 0x37},
		f32: {4: 0x38},
		f64: {8: 0x39},
	}[locals[at]][size]
	c.num(int64(addr))
	c.get(at)
	c.raw(op, 0)
	c.u(0)
}
