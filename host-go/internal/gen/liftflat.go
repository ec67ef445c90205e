package gen

import "fmt"

// flatSource is where flat values come from: the results of a kernel's function, or the arguments of a host's.
type flatSource string

const (
	results   flatSource = "Ret"
	arguments flatSource = "In"
)

// liftFlat lifts a value from flat values, the first of them at index base+i, into the addressable dst. Joined core types
// need no conversion: a slot has 64 bits, a narrow value is in its low half, and a float travels as its bits.
func (b *body) liftFlat(from flatSource, t *typ, dst, base string, i uint32) {
	switch t.kind {
	case "record", "tuple":
		for _, fd := range t.fields {
			b.liftFlat(from, fd.typ, dst+"."+fd.goName, base, i)
			i += uint32(len(fd.typ.flat))
		}
	case "variant", "result":
		if len(t.flat) == 1 { // no case has a payload
			b.liftTag(from, t, dst, base, i)
			return
		}
		if t.kind == "variant" {
			b.p("%s(f, %s, &%s)", b.m.helper("flat", t), offset(base, i), dst)
			return
		}
		b.p("%s = %s(f, %s)", dst, b.m.helper("flat", t), offset(base, i))
	case "option":
		b.p("%s = %s(f, %s)", dst, b.m.helper("flat", t), offset(base, i))
	default:
		b.p("%s = %s", dst, b.flatValue(from, t, base, i))
	}
}

// flatValue is the Go expression that lifts a type that is no compound of others.
func (b *body) flatValue(from flatSource, t *typ, base string, i uint32) string {
	raw := fmt.Sprintf("f.%s(%s)", from, offset(base, i))
	word := "uint32(" + raw + ")"
	switch t.kind {
	case "bool":
		return "f.LiftBool(" + word + ")"
	case "u8", "u16", "s8", "s16", "s32":
		return goPrimitives[t.kind] + "(" + word + ")"
	case "u64", "s64":
		return goPrimitives[t.kind] + "(" + raw + ")"
	case "f32":
		return "math.Float32frombits(" + word + ")"
	case "f64":
		return "math.Float64frombits(uint64(" + raw + "))"
	case "char":
		return "f.LiftChar(" + word + ")"
	case "enum":
		return b.m.helper("lift", t) + "(f, " + word + ")"
	case "flags":
		return t.goType() + "(" + word + " & " + flagsMask(t) + ")"
	case "own", "borrow":
		return b.liftHandle(t, word)
	case "string", "list":
		n := fmt.Sprintf("uint32(f.%s(%s))", from, offset(base, i+1))
		if t.kind == "list" {
			return b.liftList(t, word, n)
		}
		return "f.LiftString(" + word + ", " + n + ")"
	}
	return word
}

// liftTag lifts a variant or result without payloads.
func (b *body) liftTag(from flatSource, t *typ, dst, base string, i uint32) {
	b.p("switch tag := uint32(f.%s(%s)); tag {", from, offset(base, i))
	if t.kind == "variant" {
		for i, c := range t.cases {
			b.p("case %d:", i)
			b.p("%s.kind = %s", dst, c.constID)
		}
	} else {
		for i, name := range [...]string{"Ok", "Err"} {
			b.p("case %d:", i)
			b.p("%s = tenon.%s[struct{}, struct{}](struct{}{})", dst, name)
		}
	}
	b.p("default:")
	b.p("f.Invalid(%q, uint64(tag))", describe(t))
	b.p("}")
}

// writeFlat writes the helper that lifts a variant, option or result from the flat arguments from index i on.
func (m *model) writeFlat(w *writer, name string, t *typ) {
	b := m.body(w, "i", "out", "tag")
	if t.kind == "variant" {
		b.p("func %s(f *tenon.Frame, i int, out *%s) {", name, t.goType())
		b.p("switch tag := uint32(f.In(i)); tag {")
		for n, c := range t.cases {
			b.p("case %d:", n)
			b.p("out.kind = %s", c.constID)
			if c.typ != nil {
				b.liftFlat(arguments, c.typ, "out."+t.slots[c.slot].id, "i", 1)
			}
		}
		b.p("default:")
		b.p("f.Invalid(%q, uint64(tag))", describe(t))
		b.p("}")
		b.p("}\n")
		return
	}
	b.p("func %s(f *tenon.Frame, i int) %s {", name, t.goType())
	b.p("switch tag := uint32(f.In(i)); tag {")
	side := func(tag int, build string, payload *typ) {
		b.p("case %d:", tag)
		if payload == nil {
			b.p("return %s(struct{}{})", build)
			return
		}
		b.p("return %s(%s)", build, b.flatLocal(payload, "i", 1))
	}
	if t.kind == "option" {
		b.p("case 0:")
		b.p("return tenon.None[%s]()", t.elem.goType())
		side(1, t.some(), t.elem)
	} else {
		types := "[" + t.ok.goType() + ", " + t.err.goType() + "]"
		side(0, "tenon.Ok"+types, t.ok)
		side(1, "tenon.Err"+types, t.err)
	}
	b.p("default:")
	b.p("f.Invalid(%q, uint64(tag))", describe(t))
	b.p("return %s", t.zero())
	b.p("}")
	b.p("}\n")
}

// flatLocal lifts a value from flat arguments and returns its Go expression: a new local where it needs one.
func (b *body) flatLocal(t *typ, base string, i uint32) string {
	if t.compound() {
		v := b.local.pick("v")
		b.p("var %s %s", v, t.goType())
		b.liftFlat(arguments, t, v, base, i)
		return v
	}
	return b.flatValue(arguments, t, base, i)
}
