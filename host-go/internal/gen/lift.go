package gen

import "fmt"

// loadScalar is the Go expression that lifts a type of one machine word from the block at base+off; "" for others.
func (b *body) loadScalar(t *typ, base string, off uint32) string {
	at := offset(base, off)
	switch t.kind {
	case "bool":
		return fmt.Sprintf("f.LiftBool(uint32(block.U8(%s)))", at)
	case "u8", "u16", "u32", "u64":
		return fmt.Sprintf("block.U%d(%s)", t.size*8, at)
	case "s8", "s16", "s32", "s64":
		return fmt.Sprintf("int%d(block.U%d(%s))", t.size*8, t.size*8, at)
	case "f32", "f64":
		return fmt.Sprintf("block.F%d(%s)", t.size*8, at)
	case "char":
		return fmt.Sprintf("f.LiftChar(block.U32(%s))", at)
	case "enum":
		return fmt.Sprintf("%s(f, uint32(block.U%d(%s)))", b.m.helper("lift", t), t.tag*8, at)
	case "flags":
		return fmt.Sprintf("%s(block.U%d(%s) & %s)", t.goType(), t.size*8, at, flagsMask(t))
	case "string":
		return fmt.Sprintf("f.LiftString(block.U32(%s), block.U32(%s))", at, offset(base, off+4))
	case "list":
		return b.liftList(t, fmt.Sprintf("block.U32(%s)", at), fmt.Sprintf("block.U32(%s)", offset(base, off+4)))
	case "own", "borrow":
		return b.liftHandle(t, fmt.Sprintf("block.U32(%s)", at))
	case "option", "result":
		return fmt.Sprintf("%s(f, block, %s)", b.m.helper("load", t), at)
	}
	return ""
}

// liftList is the Go expression that lifts a list from its address and length.
func (b *body) liftList(t *typ, ptr, n string) string {
	switch {
	case t.elem.kind == "u8":
		return fmt.Sprintf("f.LiftBytes(%s, %s)", ptr, n)
	case t.elem.numeric():
		return fmt.Sprintf("tenon.LiftNumbers[%s](f, %s, %s)", t.elem.goType(), ptr, n)
	}
	return fmt.Sprintf("%s(f, nil, %s, %s)", b.m.helper("lift", t), ptr, n)
}

// load lifts a value of type t from the block at base+off into the addressable dst.
func (b *body) load(t *typ, dst, base string, off uint32) {
	if t.inPlace() {
		b.p("%s(f, block, %s, &%s)", b.m.helper("load", t), offset(base, off), dst)
		return
	}
	b.p("%s = %s", dst, b.loadScalar(t, base, off))
}

// loadValue lifts a value into a new local and returns its name, or the expression itself where it needs no local.
func (b *body) loadValue(t *typ, base string, off uint32) string {
	if !t.inPlace() {
		return b.loadScalar(t, base, off)
	}
	v := b.local.pick("v")
	b.p("var %s %s", v, t.goType())
	b.load(t, v, base, off)
	return v
}

// writeLoad writes the helper that lifts a compound value from a block.
func (m *model) writeLoad(w *writer, name string, t *typ) {
	if t.inPlace() {
		b := m.body(w, "block", "off", "out", "tag")
		b.p("func %s(f *tenon.Frame, block tenon.Block, off uint32, out *%s) {", name, t.goType())
		if t.kind == "variant" {
			b.loadVariant(t)
		} else {
			for _, fd := range t.fields {
				b.load(fd.typ, "out."+fd.goName, "off", fd.offset)
			}
		}
		b.p("}\n")
		return
	}
	b := m.body(w, "block", "off", "tag")
	b.p("func %s(f *tenon.Frame, block tenon.Block, off uint32) %s {", name, t.goType())
	b.p("switch tag := block.U8(off); tag {")
	switch t.kind {
	case "option":
		inner := t.elem.goType()
		b.p("case 0:")
		b.p("return tenon.None[%s]()", inner)
		b.p("case 1:")
		b.p("return %s(%s)", t.some(), b.loadValue(t.elem, "off", t.payload))
	case "result":
		for i, c := range []*typ{t.ok, t.err} {
			b.p("case %d:", i)
			v := "struct{}{}"
			if c != nil {
				v = b.loadValue(c, "off", t.payload)
			}
			b.p("return tenon.%s[%s, %s](%s)", [...]string{"Ok", "Err"}[i], t.ok.goType(), t.err.goType(), v)
		}
	}
	b.p("default:")
	b.p("f.Invalid(%q, uint64(tag))", describe(t))
	b.p("return %s", t.zero())
	b.p("}")
	b.p("}\n")
}

func (b *body) loadVariant(t *typ) {
	b.p("switch tag := block.U%d(off); tag {", t.tag*8)
	for i, c := range t.cases {
		b.p("case %d:", i)
		b.p("out.kind = %s", c.constID)
		if c.typ != nil {
			b.load(c.typ, "out."+t.slots[c.slot].id, "off", t.payload)
		}
	}
	b.p("default:")
	b.p("f.Invalid(%q, uint64(tag))", describe(t))
	b.p("}")
}

// writeLift writes the helper that lifts a list or a resource, or checks and narrows the number of an enum.
func (m *model) writeLift(w *writer, name string, t *typ) {
	if t.resource != nil {
		m.writeLiftHandle(w, name, t)
		return
	}
	if t.kind == "enum" {
		w.p("func %s(f *tenon.Frame, v uint32) %s {", name, t.goType())
		w.p("if v >= %d {", len(t.cases))
		w.p("f.Invalid(%q, uint64(v))", describe(t))
		w.p("return 0")
		w.p("}")
		w.p("return %s(v)", t.goType())
		w.p("}\n")
		return
	}
	m.writeLiftList(w, name, t)
}

// writeLiftList writes the helper that lifts a list behind what is in a slice, mostly nil.
func (m *model) writeLiftList(w *writer, name string, t *typ) {
	b := m.body(w, "dst", "ptr", "n", "block", "out", "list", "i", "off")
	b.p("func %s(f *tenon.Frame, dst %s, ptr, n uint32) %s {", name, t.goType(), t.goType())
	b.p("block, out := tenon.Extend(f, dst, ptr, n, %d, %d)", t.elem.size, t.elem.align)
	b.p("list := out[len(dst):]")
	b.p("for i := range list {")
	if t.elem.kind == "string" || t.elem.kind == "list" { // these name their offset twice
		b.p("off := %s", scaled(t.elem))
		b.load(t.elem, "list[i]", "off", 0)
	} else {
		b.load(t.elem, "list[i]", scaled(t.elem), 0)
	}
	b.p("}")
	b.p("return out")
	b.p("}\n")
}

// scaled is the offset of element i of a list.
func scaled(elem *typ) string {
	if elem.size == 1 {
		return "uint32(i)"
	}
	return fmt.Sprintf("uint32(i)*%d", elem.size)
}

// describe names a type in a fault: "enum kind of tenon:redact/redactor@1.0.0".
func describe(t *typ) string {
	s := t.kind
	if t.name != "" {
		s += " " + t.name
	}
	if t.iface != "" {
		s += " of " + t.iface
	}
	return s
}

// some is the constructor of an option of t's element.
func (t *typ) some() string {
	if t.elem.resource != nil { // what is lifted is of a type of the package's own
		return "tenon.Some[" + t.elem.goType() + "]"
	}
	return "tenon.Some"
}
