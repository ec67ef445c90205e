// Package worldtest makes random components for tests of the generator. It shares no code with what it tests: types are
// drawn, laid out and encoded here, straight from the specification (Binary.md, and CanonicalABI.md's "Flattening" and
// "Element Size").
//
// A kernel made here computes nothing. What it exports either returns its parameters as they are, or hands them to a
// function that it imports and returns that one's answer:
//
//	same-0: func(a: T) -> T            // identity
//	both-0: func(a: T, b: U) -> tuple<T, U>
//	relay-0-2: func(…) -> R            // function 2 of import 0, whatever it is
//
// so that every value can be compared after the way through the client, the kernel, the host's implementation and back.
package worldtest

import "fmt"

// World is what a component imports and exports.
type World struct {
	Imports  []*Interface
	Exports  []*Interface
	Encoding byte // of strings: 0 utf8, 1 utf16, 2 latin1+utf16
}

// Interface is an interface with its types and functions.
type Interface struct {
	Name      string // "test:world/things@1.0.0"
	Types     []*Type
	Resources []*Resource
	Funcs     []*Func
}

// Resource is a resource type that an interface declares.
type Resource struct {
	Name     string
	Imported bool
	home     *Interface
	index    int // in the index space at hand
	slot     int // exported: among the component's own
}

// Role says what the kernel does in a function.
type Role int

const (
	Imported Role = iota // it calls the function: it does not have it
	Same                 // return the parameters
	Relay                // call Target
	Make                 // constructor: make a resource of a number
	Value                // method: the number that the resource was made of
)

// Func is a function.
type Func struct {
	Name     string
	Role     Role
	Params   []Param
	Result   *Type // nil: none
	Resource *Resource
	Target   *Func // Relay: the import
	core     int   // Imported: its core function
}

// Param is a parameter.
type Param struct {
	Name string
	Type *Type
}

// Type is a type of values. Kind is WIT's word; Elems are the fields of a record, the payloads of a variant (nil for none),
// the elements of a tuple, both sides of a result (nil for none), or the one element of a list or an option.
type Type struct {
	Kind     string
	Name     string // "": anonymous
	Labels   []string
	Elems    []*Type
	Resource *Resource
	home     *Interface // of a named type: the interface that declares it
	index    int        // of a named type, in the index space at hand
}

// layout is what the canonical ABI makes of a type.
type layout struct {
	size, align uint32
	flat        []byte // core types
}

const (
	i32 = 0x7f
	i64 = 0x7e
	f32 = 0x7d
	f64 = 0x7c
)

func up(n, align uint32) uint32 { return (n + align - 1) / align * align }

func (t *Type) layout() layout {
	switch t.Kind {
	case "bool", "s8", "u8":
		return layout{1, 1, []byte{i32}}
	case "s16", "u16":
		return layout{2, 2, []byte{i32}}
	case "s32", "u32", "char", "own", "borrow":
		return layout{4, 4, []byte{i32}}
	case "s64", "u64":
		return layout{8, 8, []byte{i64}}
	case "f32":
		return layout{4, 4, []byte{f32}}
	case "f64":
		return layout{8, 8, []byte{f64}}
	case "string", "list":
		return layout{8, 4, []byte{i32, i32}}
	case "flags":
		size := uint32(1)
		for len(t.Labels) > int(size)*8 {
			size *= 2
		}
		return layout{size, size, []byte{i32}}
	case "record", "tuple":
		l, _ := record(t.Elems)
		return l
	}
	l, _ := t.variant()
	return l
}

// record lays types out side by side.
func record(types []*Type) (layout, []uint32) {
	l := layout{align: 1}
	var offsets []uint32
	for _, t := range types {
		e := t.layout()
		l.size = up(l.size, e.align)
		offsets = append(offsets, l.size)
		l.size += e.size
		l.align = max(l.align, e.align)
		l.flat = append(l.flat, e.flat...)
	}
	l.size = up(l.size, l.align)
	return l, offsets
}

// cases are the payloads of a variant and of what stands for one; nil for none.
func (t *Type) cases() []*Type {
	switch t.Kind {
	case "enum":
		return make([]*Type, len(t.Labels))
	case "option":
		return []*Type{nil, t.Elems[0]}
	}
	return t.Elems
}

// tag is the size of the discriminant.
func (t *Type) tag() uint32 {
	if len(t.cases()) > 256 {
		return 2
	}
	return 1
}

// variant lays out cases, and says where their payload is.
func (t *Type) variant() (l layout, payload uint32) {
	l = layout{align: t.tag(), flat: []byte{i32}}
	var size uint32
	for _, c := range t.cases() {
		if c == nil {
			continue
		}
		e := c.layout()
		size, l.align = max(size, e.size), max(l.align, e.align)
		for i, f := range e.flat {
			if i+1 == len(l.flat) {
				l.flat = append(l.flat, f)
			} else {
				l.flat[i+1] = join(l.flat[i+1], f)
			}
		}
	}
	payloadAlign := uint32(1)
	for _, c := range t.cases() {
		if c != nil {
			payloadAlign = max(payloadAlign, c.layout().align)
		}
	}
	payload = up(t.tag(), payloadAlign)
	l.size = up(payload+size, l.align)
	return l, payload
}

func join(a, b byte) byte {
	switch {
	case a == b:
		return a
	case a == i32 && b == f32, a == f32 && b == i32:
		return i32
	}
	return i64
}

// signature is how a function looks in core Wasm.
func (f *Func) signature() (params, results []byte) {
	for _, p := range f.Params {
		params = append(params, p.Type.layout().flat...)
	}
	if len(params) > 16 {
		params = []byte{i32}
	}
	if f.Result == nil {
		return params, nil
	}
	results = f.Result.layout().flat
	if len(results) == 1 {
		return params, results
	}
	if f.Role == Imported {
		return append(params[:len(params):len(params)], i32), nil
	}
	return params, []byte{i32}
}

// spilled says whether the result goes through memory.
func (f *Func) spilled() bool { return f.Result != nil && len(f.Result.layout().flat) != 1 }

// String is a name for messages.
func (f *Func) String() string { return fmt.Sprintf("%s/%d", f.Name, len(f.Params)) }
