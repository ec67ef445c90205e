// Package enginetest builds small core modules and plans for tests, so that they need no tools and no binary
// files.
package enginetest

import (
	"encoding/binary"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Value types.
const (
	I32 byte = 0x7f
	I64 byte = 0x7e
	F32 byte = 0x7d
	F64 byte = 0x7c
)

// Kinds of imports and exports.
const (
	KindFunc   byte = 0
	KindTable  byte = 1
	KindMemory byte = 2
	KindGlobal byte = 3
)

// Module is a core module. Indexes count imports first, as in the binary format.
type Module struct {
	Types   []FuncType
	Imports []Import
	Funcs   []Func
	Table   uint32  // entries of the one table; 0: none
	Memory  *Memory // the one memory; nil: none
	Globals []Global
	Exports []Export
	Start   *uint32
	Elems   []uint32 // functions in the table from entry 0 on
	Data    []Data
}

// FuncType is a signature.
type FuncType struct{ Params, Results []byte }

// Import is an import of a function (Index is its type), a memory (Index is its minimum in pages), a table
// likewise, or a mutable global (Index is its type, 0 for an i32).
type Import struct {
	Module, Name string
	Kind         byte
	Index        uint32
}

// Func is a function with its code; the final end is added.
type Func struct {
	Type   uint32
	Locals []byte // types
	Body   []byte
	Name   string // for backtraces
}

// Memory is sized in pages. Max 0 is none.
type Memory struct{ Min, Max uint32 }

// Global is a mutable i32, or i64 if Wide, with its initial value.
type Global struct {
	Init int32
	Wide bool
}

// Export is an export.
type Export struct {
	Name  string
	Kind  byte
	Index uint32
}

// Data is an active segment.
type Data struct {
	Offset int32
	Bytes  []byte
}

// Bytes is the module in the binary format.
func (m *Module) Bytes() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, body []byte) {
		out = append(out, id)
		out = append(out, U(uint32(len(body)))...)
		out = append(out, body...)
	}
	list := func(id byte, n int, item func(i int) []byte) {
		if n == 0 {
			return
		}
		body := U(uint32(n))
		for i := range n {
			body = append(body, item(i)...)
		}
		section(id, body)
	}
	list(1, len(m.Types), func(i int) []byte {
		t := m.Types[i]
		return Cat([]byte{0x60}, vec(t.Params), vec(t.Results))
	})
	imported := uint32(0)
	list(2, len(m.Imports), func(i int) []byte {
		im := m.Imports[i]
		head := Cat(name(im.Module), name(im.Name), []byte{im.Kind})
		switch im.Kind {
		case KindFunc:
			imported++
			return Cat(head, U(im.Index))
		case KindTable:
			return Cat(head, []byte{0x70, 0}, U(im.Index))
		case KindMemory:
			return Cat(head, []byte{0}, U(im.Index))
		default:
			if im.Index != 0 {
				return Cat(head, []byte{byte(im.Index), 1})
			}
			return Cat(head, []byte{I32, 1})
		}
	})
	list(3, len(m.Funcs), func(i int) []byte { return U(m.Funcs[i].Type) })
	if m.Table > 0 {
		section(4, Cat([]byte{1, 0x70, 0}, U(m.Table)))
	}
	if m.Memory != nil {
		if m.Memory.Max > 0 {
			section(5, Cat([]byte{1, 1}, U(m.Memory.Min), U(m.Memory.Max)))
		} else {
			section(5, Cat([]byte{1, 0}, U(m.Memory.Min)))
		}
	}
	list(6, len(m.Globals), func(i int) []byte {
		value := I32Const(m.Globals[i].Init)
		if m.Globals[i].Wide {
			value[0] = 0x42 // i64.const
			return Cat([]byte{I64, 1}, value, []byte{0x0b})
		}
		return Cat([]byte{I32, 1}, value, []byte{0x0b})
	})
	list(7, len(m.Exports), func(i int) []byte {
		e := m.Exports[i]
		return Cat(name(e.Name), []byte{e.Kind}, U(e.Index))
	})
	if m.Start != nil {
		section(8, U(*m.Start))
	}
	if len(m.Elems) > 0 {
		body := Cat([]byte{1, 0}, I32Const(0), []byte{0x0b}, U(uint32(len(m.Elems))))
		for _, f := range m.Elems {
			body = append(body, U(f)...)
		}
		section(9, body)
	}
	list(10, len(m.Funcs), func(i int) []byte {
		f := m.Funcs[i]
		body := U(uint32(len(f.Locals)))
		for _, l := range f.Locals {
			body = append(body, 1, l)
		}
		body = append(append(body, f.Body...), 0x0b)
		return Cat(U(uint32(len(body))), body)
	})
	list(11, len(m.Data), func(i int) []byte {
		d := m.Data[i]
		return Cat([]byte{0}, I32Const(d.Offset), []byte{0x0b}, U(uint32(len(d.Bytes))), d.Bytes)
	})
	var names []byte
	count := uint32(0)
	for i, f := range m.Funcs {
		if f.Name != "" {
			names = Cat(names, U(imported+uint32(i)), name(f.Name))
			count++
		}
	}
	if count > 0 {
		names = Cat(U(count), names)
		section(0, Cat(name("name"), []byte{1}, U(uint32(len(names))), names))
	}
	return out
}

// U is an unsigned LEB128 number.
func U(n uint32) []byte { return binary.AppendUvarint(nil, uint64(n)) }

// I32Const is the instruction i32.const.
func I32Const(n int32) []byte {
	out := []byte{0x41}
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

// LocalGet is the instruction local.get.
func LocalGet(i uint32) []byte { return Cat([]byte{0x20}, U(i)) }

// Call is the instruction call.
func Call(f uint32) []byte { return Cat([]byte{0x10}, U(f)) }

// Cat joins pieces of code.
func Cat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func name(s string) []byte { return Cat(U(uint32(len(s))), []byte(s)) }

func vec(b []byte) []byte { return Cat(U(uint32(len(b))), b) }

// Plan is a plan that instantiates the modules in order; everything else is the caller's to add.
func Plan(modules ...*Module) *plan.Plan {
	p := &plan.Plan{Format: plan.Format, Tool: "test", Instances: 1}
	for i, m := range modules {
		code := m.Bytes()
		p.Modules = append(p.Modules, plan.Module{Size: len(code), Code: code})
		p.Steps = append(p.Steps, plan.Step{Op: plan.OpInstantiate, Module: i})
	}
	return p
}

// AddFunc adds a function of the plan that is an export of a core instance, with a signature as [Sig] reads it.
// It gives the function's index.
func AddFunc(p *plan.Plan, instance int, export, signature string) int {
	p.Funcs = append(p.Funcs, plan.Func{Name: export, Callee: plan.Callee{Instance: instance, Export: export}, Encoding: plan.UTF8, Core: Sig(signature)})
	return len(p.Funcs) - 1
}

// AddImport adds a function of an interface that the component imports, and the trampoline that lowers it, with
// a signature as [Sig] reads it. It gives the trampoline's index.
func AddImport(p *plan.Plan, iface, name, signature string) int {
	n := len(p.ImportFuncs)
	p.ImportFuncs = append(p.ImportFuncs, plan.ImportFunc{Path: []string{iface, name}, Interface: iface, Name: name})
	p.Trampolines = append(p.Trampolines, plan.Trampoline{Kind: plan.LowerImport, Import: &n, Encoding: plan.UTF8, Core: Sig(signature)})
	return len(p.Trampolines) - 1
}

// Sig reads a signature in the letters i (i32), I (i64), f (f32) and d (f64), results after a colon: "ii:i".
func Sig(signature string) plan.CoreSig {
	sig := plan.CoreSig{}
	list := &sig.Params
	for _, c := range signature {
		switch c {
		case 'i':
			*list = append(*list, plan.I32)
		case 'I':
			*list = append(*list, plan.I64)
		case 'f':
			*list = append(*list, plan.CoreF32)
		case 'd':
			*list = append(*list, plan.CoreF64)
		case ':':
			list = &sig.Results
		}
	}
	return sig
}

// AddMemory fills the next memory slot with an export of a core instance and gives the slot.
func AddMemory(p *plan.Plan, instance int, export string) int {
	slot := p.Slots.Memories
	p.Slots.Memories++
	p.Steps = append(p.Steps, plan.Step{Op: plan.OpMemory, Slot: slot, Instance: instance, Export: export})
	return slot
}

// AddRealloc fills the next realloc slot with an export of a core instance and gives the slot.
func AddRealloc(p *plan.Plan, instance int, export string) int {
	slot := p.Slots.Reallocs
	p.Slots.Reallocs++
	p.Steps = append(p.Steps, plan.Step{Op: plan.OpRealloc, Slot: slot, Instance: instance, Export: export})
	return slot
}
