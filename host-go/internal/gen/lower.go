package gen

import "strconv"

// body writes one generated function: its statements and the names of its locals.
type body struct {
	*writer
	m       *model
	local   *scope
	checked bool   // the strings were checked before the guest ran; what is stored in its memory always was
	self    string // the parameter that is a resource's handle already; "" for none
}

func (m *model) body(w *writer, params ...string) *body {
	return &body{writer: w, m: m, local: newScope(m.names, append(params, "f")...)}
}

// lowerFlat passes the value v of type t as flat parameters, the first of them at index base+i. v is addressable where
// t.inPlace. Every parameter of the type is set, the unused ones of a variant to zero: joined core types need no
// conversion, because a narrow value in a wide slot is zero-extended and a float travels as its bits.
func (b *body) lowerFlat(t *typ, v, base string, i uint32) {
	switch t.kind {
	case "string", "list":
		ptr, n := b.lowerBlock(t, v)
		b.p("f.Arg(%s, uint64(%s))", offset(base, i), ptr)
		b.p("f.Arg(%s, uint64(%s))", offset(base, i+1), n)
	case "record", "tuple":
		for _, fd := range t.fields {
			b.lowerFlat(fd.typ, v+"."+fd.goName, base, i)
			i += uint32(len(fd.typ.flat))
		}
	case "option":
		b.cases(t, v, func(tag int, payload *typ, x string) { b.flatCase(t, tag, payload, x, base, i) })
	case "variant", "result":
		b.p("%s(f, %s, %s)", b.m.helper("arg", t), offset(base, i), ref(t, v))
	default:
		b.p("f.Arg(%s, %s)", offset(base, i), b.flatScalar(t, v))
	}
}

// flatCase passes one case of an option, variant or result: tag, payload, and zeros up to the type's length.
func (b *body) flatCase(t *typ, tag int, payload *typ, v, base string, i uint32) {
	b.p("f.Arg(%s, %d)", offset(base, i), tag)
	end := i + uint32(len(t.flat))
	i++
	if payload != nil {
		b.lowerFlat(payload, v, base, i)
		i += uint32(len(payload.flat))
	}
	for ; i < end; i++ {
		b.p("f.Arg(%s, 0)", offset(base, i))
	}
}

// cases writes the branches over the cases of an option, variant or result. each writes one branch: the case's tag, its
// payload's type and the payload's Go expression.
func (b *body) cases(t *typ, v string, each func(tag int, payload *typ, v string)) {
	switch t.kind {
	case "option":
		x, ok := b.local.pick("v"), b.local.pick("ok")
		b.p("if %s, %s := %s.Get(); %s {", x, ok, v, ok)
		each(1, t.elem, x)
		b.p("} else {")
		each(0, nil, "")
		b.p("}")
	case "result":
		x, e, ok := b.local.pick("v"), b.local.pick("e"), b.local.pick("ok")
		if t.ok == nil {
			x = "_"
		}
		if t.err == nil {
			e = "_"
		}
		b.p("if %s, %s, %s := %s.Get(); %s {", x, e, ok, v, ok)
		each(0, t.ok, x)
		b.p("} else {")
		each(1, t.err, e)
		b.p("}")
	case "variant":
		b.p("switch %s.kind {", v)
		for i, c := range t.cases {
			b.p("case %s:", c.constID)
			if c.typ == nil {
				each(i, nil, "")
				continue
			}
			each(i, c.typ, v+"."+t.slots[c.slot].id)
		}
		b.p("}")
	}
}

// ref is how a value is handed to a helper.
func ref(t *typ, v string) string {
	if t.inPlace() {
		return "&" + v
	}
	return v
}

// flatScalar is the value of a one-parameter type as a stack slot with clear upper bits.
func (b *body) flatScalar(t *typ, v string) string {
	switch t.kind {
	case "s8", "s16", "s32":
		return "uint64(uint32(" + v + "))"
	case "f32":
		return "uint64(math.Float32bits(" + v + "))"
	case "f64":
		return "math.Float64bits(" + v + ")"
	case "bool", "char", "enum", "flags", "own", "borrow":
		return "uint64(" + b.wideScalar(t, v) + ")"
	}
	if t.kind == "u64" {
		return v
	}
	return "uint64(" + v + ")"
}

// wideScalar is a bool, char, enum or flags value or a resource as a uint32, checked where Go's type is wider than the
// contract's.
func (b *body) wideScalar(t *typ, v string) string {
	switch t.kind {
	case "bool":
		return b.m.helper("lower", t) + "(" + v + ")"
	case "char":
		return "f.CharArg(" + v + ")"
	case "enum":
		return b.m.helper("lower", t) + "(f, " + v + ")"
	case "own", "borrow":
		return b.lowerHandle(t, v)
	}
	return "uint32(" + v + ")&" + flagsMask(t)
}

// lowerBlock puts a string or list into the guest's memory and returns the names of its address and length.
func (b *body) lowerBlock(t *typ, v string) (ptr, n string) {
	ptr, n = b.local.pick("ptr"), b.local.pick("n")
	switch {
	case t.kind == "string" && b.checked:
		b.p("%s, %s := f.CheckedString(%s)", ptr, n, v)
	case t.kind == "string":
		b.p("%s, %s := f.String(%s)", ptr, n, v)
	case t.elem.kind == "u8":
		b.p("%s, %s := f.Bytes(%s)", ptr, n, v)
	case t.elem.numeric():
		b.p("%s, %s := tenon.LowerNumbers(f, %s)", ptr, n, v)
	default:
		b.p("%s, %s := %s(f, %s)", ptr, n, b.m.helper("lower", t), v)
	}
	return ptr, n
}

// store writes the value v of type t to memory at the address base+off. v is addressable where t.inPlace.
func (b *body) store(t *typ, v, base string, off uint32) {
	at := offset(base, off)
	switch t.kind {
	case "string", "list":
		ptr, n := b.lowerBlock(t, v)
		b.p("f.StoreU32(%s, %s)", at, ptr)
		b.p("f.StoreU32(%s, %s)", offset(base, off+4), n)
	case "record", "tuple", "variant", "option", "result":
		b.p("%s(f, %s, %s)", b.m.helper("store", t), at, ref(t, v))
	case "bool":
		b.p("f.StoreU8(%s, uint8(%s))", at, b.wideScalar(t, v))
	case "enum":
		b.p("f.StoreU%d(%s, %s(%s))", t.tag*8, at, uintOf(t.tag), b.wideScalar(t, v))
	case "flags":
		b.p("f.StoreU%d(%s, %s(%s)&%s)", t.size*8, at, uintOf(t.size), v, flagsMask(t))
	case "char":
		b.p("f.StoreU32(%s, f.CharArg(%s))", at, v)
	case "own", "borrow":
		b.p("f.StoreU32(%s, %s)", at, b.lowerHandle(t, v))
	case "f32", "f64":
		b.p("f.StoreF%d(%s, %s)", t.size*8, at, v)
	case "s8", "s16", "s32", "s64":
		b.p("f.StoreU%d(%s, %s(%s))", t.size*8, at, uintOf(t.size), v)
	default:
		b.p("f.StoreU%d(%s, %s)", t.size*8, at, v)
	}
}

// offset is the Go expression base+off; base may be empty.
func offset(base string, off uint32) string {
	switch {
	case base == "":
		return strconv.FormatUint(uint64(off), 10)
	case off == 0:
		return base
	}
	return base + "+" + strconv.FormatUint(uint64(off), 10)
}

// parameter spells the type of a helper's parameter v.
func parameter(t *typ) string {
	if t.inPlace() {
		return "*" + t.goType()
	}
	return t.goType()
}

// writeArg writes the helper that passes a variant or result as flat parameters from index i on.
func (m *model) writeArg(w *writer, name string, t *typ) {
	b := m.body(w, "i", "v")
	b.p("func %s(f *tenon.Frame, i int, v %s) {", name, parameter(t))
	b.cases(t, "v", func(tag int, payload *typ, v string) { b.flatCase(t, tag, payload, v, "i", 0) })
	b.p("}\n")
}

// writeStore writes the helper that stores a compound value at an address.
func (m *model) writeStore(w *writer, name string, t *typ) {
	b := m.body(w, "addr", "v")
	b.checked = true
	b.p("func %s(f *tenon.Frame, addr uint32, v %s) {", name, parameter(t))
	switch t.kind {
	case "record", "tuple":
		for _, fd := range t.fields {
			b.store(fd.typ, "v."+fd.goName, "addr", fd.offset)
		}
	default:
		b.cases(t, "v", func(tag int, payload *typ, v string) {
			b.p("f.StoreU%d(addr, %d)", t.tag*8, tag)
			if payload != nil {
				b.store(payload, v, "addr", t.payload)
			}
		})
	}
	b.p("}\n")
}

// writeLower writes the helper that lowers a list into memory, or checks and widens a bool or an enum.
func (m *model) writeLower(w *writer, name string, t *typ) {
	switch t.kind {
	case "bool":
		w.p("func %s(v bool) uint32 {", name)
		w.p("if v {")
		w.p("return 1")
		w.p("}")
		w.p("return 0")
		w.p("}\n")
	case "enum":
		w.p("func %s(f *tenon.Frame, v %s) uint32 {", name, t.goType())
		w.p("if v >= %d {", len(t.cases))
		w.p("f.BadArgument(%q, uint64(v))", describe(t))
		w.p("return 0")
		w.p("}")
		w.p("return uint32(v)")
		w.p("}\n")
	case "list":
		b := m.body(w, "v", "addr", "n", "i")
		b.checked = true
		b.p("func %s(f *tenon.Frame, v %s) (addr, n uint32) {", name, t.goType())
		b.p("addr, n = f.AllocList(len(v), %d, %d)", t.elem.size, t.elem.align)
		b.p("for i := range v {")
		if !t.elem.hosted { // the frame takes the host's resources also after a failure, so that none is lost
			b.p("if !f.OK() {")
			b.p("return 0, 0")
			b.p("}")
		}
		b.store(t.elem, "v[i]", "addr+"+scaled(t.elem), 0)
		b.p("}")
		b.p("return addr, n")
		b.p("}\n")
	}
}
