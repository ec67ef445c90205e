package plan

import (
	"fmt"
	"slices"
)

// maxSize keeps sizes well inside 32 bits: an element larger than the longest list can never be passed.
const maxSize = 1 << 28

// typ recomputes the layout of type i from its parts (CanonicalABI, "Alignment", "Element Size",
// "Flattening") and compares: a wrong size in a plan would make reads and writes land elsewhere.
func (c *checker) typ(i int) {
	t, path := &c.p.Types[i], fmt.Sprintf("types[%d]", i)
	l := layout{align: 1}
	switch t.Kind {
	case Bool, S8, U8:
		l = scalar(1, I32)
	case S16, U16:
		l = scalar(2, I32)
	case S32, U32, Char:
		l = scalar(4, I32)
	case S64, U64:
		l = scalar(8, I64)
	case F32:
		l = scalar(4, CoreF32)
	case F64:
		l = scalar(8, CoreF64)
	case String:
		l = layout{8, 4, []CoreType{I32, I32}}
	case List:
		c.element(i, path+".element", t.Element)
		l = layout{8, 4, []CoreType{I32, I32}}
	case Own, Borrow:
		if t.Resource == nil {
			c.fail(path+".resource", "is missing")
			return
		}
		c.in(path+".resource", *t.Resource, len(c.p.Resources))
		l = scalar(4, I32)
	case Record, Tuple:
		l = c.record(i, path, t)
	case Flags:
		l = c.flags(path, t)
	case Enum, Variant, Option, Result:
		l = c.variant(i, path, t)
	default:
		c.fail(path+".kind", "%q is not a kind of type", t.Kind)
	}
	if c.err != nil {
		return
	}
	if l.size > maxSize {
		c.fail(path+".size", "%d bytes, the limit is %d", l.size, maxSize)
		return
	}
	if len(l.flat) > MaxFlatParams {
		l.flat = nil
	}
	if uint64(t.Size) != l.size || uint64(t.Align) != l.align {
		c.fail(path, "size %d and alignment %d, the canonical ABI says %d and %d", t.Size, t.Align, l.size, l.align)
	}
	if !slices.Equal(t.Flat, l.flat) {
		c.fail(path+".flat", "%v, the canonical ABI says %v", t.Flat, l.flat)
	}
}

type layout struct {
	size, align uint64
	flat        []CoreType
}

func scalar(size uint64, flat CoreType) layout { return layout{size, size, []CoreType{flat}} }

func alignTo(n, align uint64) uint64 { return (n + align - 1) / align * align }

// element checks that type i may contain the type at e, and gives its layout.
func (c *checker) element(i int, path string, e *int) layout {
	if e == nil {
		c.fail(path, "is missing")
		return layout{align: 1}
	}
	if !c.in(path, *e, i) {
		return layout{align: 1}
	}
	if c.depth[i] = max(c.depth[i], c.depth[*e]+1); c.depth[i] > MaxTypeDepth {
		c.fail(path, "types nested deeper than %d", MaxTypeDepth)
	}
	t := &c.p.Types[*e]
	flat := t.Flat
	if t.FlatSpills() {
		flat = tooLong
	}
	return layout{uint64(t.Size), uint64(t.Align), flat}
}

// tooLong stands for a flattening that no parameter list can hold.
var tooLong = make([]CoreType, MaxFlatParams+1)

func (c *checker) record(i int, path string, t *Type) layout {
	l := layout{align: 1}
	if !c.atMost(path+".fields", len(t.Fields), MaxMembers) {
		return l
	}
	if len(t.Fields) == 0 {
		c.fail(path+".fields", "is empty")
	}
	for k := range t.Fields {
		f, at := &t.Fields[k], fmt.Sprintf("%s.fields[%d]", path, k)
		e := c.element(i, at+".type", &f.Type)
		if c.err != nil {
			return l
		}
		l.size = alignTo(l.size, e.align)
		if l.size > maxSize {
			c.fail(path+".size", "more than %d bytes, the limit", maxSize)
			return l
		}
		if uint64(f.Offset) != l.size {
			c.fail(at+".offset", "%d, the canonical ABI says %d", f.Offset, l.size)
		}
		l.size += e.size
		l.align = max(l.align, e.align)
		if len(l.flat) <= MaxFlatParams {
			l.flat = append(l.flat, e.flat...)
		}
	}
	l.size = alignTo(l.size, l.align)
	return l
}

func (c *checker) flags(path string, t *Type) layout {
	switch n := len(t.Flags); {
	case n >= 1 && n <= 8:
		return scalar(1, I32)
	case n > 8 && n <= 16:
		return scalar(2, I32)
	case n > 16 && n <= 32:
		return scalar(4, I32)
	default:
		c.fail(path+".flags", "%d labels, allowed are 1 to 32", n)
		return layout{align: 1}
	}
}

// variant lays out variants and what despecialises to them: enum, option, result.
func (c *checker) variant(i int, path string, t *Type) layout {
	l := layout{align: 1}
	var count int
	var payloads []*int
	switch t.Kind {
	case Option:
		count, payloads = 2, []*int{t.Element}
		if t.Element == nil {
			c.fail(path+".element", "is missing")
			return l
		}
	case Result:
		count, payloads = 2, []*int{t.OK, t.Err}
	default:
		count = len(t.Cases)
		for k := range t.Cases {
			payloads = append(payloads, t.Cases[k].Type)
		}
	}
	if !c.atMost(path+".cases", count, MaxMembers) {
		return l
	}
	if count == 0 {
		c.fail(path+".cases", "is empty")
		return l
	}
	disc := uint64(1)
	if count > 1<<8 {
		disc = 2
	}
	if uint64(t.Discriminant) != disc {
		c.fail(path+".discriminant", "%d bytes, the canonical ABI says %d", t.Discriminant, disc)
	}
	l.align = disc
	var widest, align uint64 = 0, 1
	var joined []CoreType
	for k, e := range payloads {
		if e == nil {
			continue
		}
		if t.Kind == Enum {
			c.fail(path, "an enum has no payloads")
		}
		el := c.element(i, fmt.Sprintf("%s.cases[%d].type", path, k), e)
		if c.err != nil {
			return l
		}
		widest, align = max(widest, el.size), max(align, el.align)
		for n, f := range el.flat {
			if n == len(joined) {
				joined = append(joined, f)
			} else {
				joined[n] = Join(joined[n], f)
			}
		}
	}
	offset := alignTo(disc, align)
	if t.Kind != Enum && uint64(t.Payload) != offset {
		c.fail(path+".payload", "offset %d, the canonical ABI says %d", t.Payload, offset)
	}
	l.align = max(disc, align)
	l.size = alignTo(offset+widest, l.align)
	l.flat = append([]CoreType{I32}, joined...)
	return l
}

// Join is the core type that can carry either of two (CanonicalABI, "Flattening", join).
func Join(a, b CoreType) CoreType {
	switch {
	case a == b:
		return a
	case a == I32 && b == CoreF32, a == CoreF32 && b == I32:
		return I32
	default:
		return I64
	}
}
