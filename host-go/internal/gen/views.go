package gen

import (
	"fmt"
	"strings"
)

// What is shown where it is has text as bytes, lists of numbers as slices of the guest's memory, other lists as views, and
// records of such parts as structs of their own. Everything else is a value, lifted as ever.

// apart says whether the type is shown as something else than its value.
func (t *typ) apart() bool {
	switch t.kind {
	case "string", "list":
		return true
	case "option":
		return t.elem.apart()
	case "record", "tuple":
		for _, f := range t.fields {
			if f.typ.apart() {
				return true
			}
		}
	}
	return false
}

// viewType is the Go type that a type is shown as.
func (m *model) viewType(t *typ) string {
	switch {
	case t.kind == "string":
		return "[]byte"
	case t.staged() || !t.apart():
		return t.goType()
	case t.kind == "list":
		return "tenon.View[" + m.viewType(t.elem) + "]"
	case t.kind == "option":
		return "tenon.Option[" + m.viewType(t.elem) + "]"
	}
	return t.viewID
}

// nameViews names the structs that records are shown as, with what the exports use.
func (m *model) nameViews() {
	for _, f := range m.functions() {
		if t := f.viewable(); t != nil {
			m.nameView(t)
		}
	}
}

func (m *model) nameView(t *typ) {
	switch {
	case !t.apart() || t.viewID != "":
	case t.elem != nil:
		m.nameView(t.elem)
	case t.kind != "string":
		t.viewID = m.names.pick(t.goName+"View", t.goName+"InPlace")
		m.views = append(m.views, t)
		for _, f := range t.fields {
			m.nameView(f.typ)
		}
	}
}

// writeViewTypes declares the structs that records are shown as.
func (m *model) writeViewTypes(w *writer) {
	for _, t := range m.views {
		w.p("// %s is %s %s where it is.", t.viewID, article(t.goName), t.goName)
		w.p("type %s struct {", t.viewID)
		for _, f := range t.fields {
			w.p("%s %s", f.goName, m.viewType(f.typ))
		}
		w.p("}\n")
	}
}

func article(name string) string {
	if strings.ContainsRune("AEIOU", rune(name[0])) {
		return "an"
	}
	return "a"
}

// viewAt is the Go expression for a string or list where it is.
func (m *model) viewAt(t *typ, at place) string {
	switch {
	case t.kind == "string":
		return fmt.Sprintf("%s.ViewString(%s, %s)", at.frame, at.ptr, at.n)
	case t.staged():
		return fmt.Sprintf("tenon.ViewNumbers[%s](%s, %s, %s)", t.elem.goType(), at.frame, at.ptr, at.n)
	}
	return fmt.Sprintf("tenon.ViewList(%s, %s, %s, %d, %d, %s)", at.frame, at.ptr, at.n, t.elem.size, t.elem.align, m.viewHelper(t.elem))
}

// viewHelper is the generated function that finds a value of the type in a block.
func (m *model) viewHelper(t *typ) string {
	if (t.kind == "option" || t.kind == "result") && !t.apart() {
		return m.helper("load", t) // which is of that form
	}
	return m.helper("view", t)
}

// viewPart is the Go expression for a part that is shown apart, at base+off of the block.
func (b *body) viewPart(t *typ, base string, off uint32) string {
	if t.kind == "string" || t.kind == "list" {
		return b.m.viewAt(t, place{"f", "block.U32(" + offset(base, off) + ")", "block.U32(" + offset(base, off+4) + ")"})
	}
	return b.m.helper("view", t) + "(f, block, " + offset(base, off) + ")"
}

// writeViewHelper writes the helper that finds a value in a block: an element of a list, a record, an option.
func (m *model) writeViewHelper(w *writer, name string, t *typ) {
	b := m.body(w, "block", "off", "out", "tag")
	b.p("func %s(f *tenon.Frame, block tenon.Block, off uint32) (out %s) {", name, m.viewType(t))
	switch {
	case t.kind == "string" || t.kind == "list":
		b.p("return %s", b.viewPart(t, "off", 0))
	case t.kind == "option" && t.apart():
		b.p("switch tag := block.U8(off); tag {")
		b.p("case 0:")
		b.p("case 1:")
		b.p("out = tenon.Some(%s)", b.viewPart(t.elem, "off", t.payload))
		b.p("default:")
		b.p("f.Invalid(%q, uint64(tag))", describe(t))
		b.p("}")
		b.p("return out")
	case t.apart():
		for _, fd := range t.fields {
			if fd.typ.apart() {
				b.p("out.%s = %s", fd.goName, b.viewPart(fd.typ, "off", fd.offset))
			} else {
				b.load(fd.typ, "out."+fd.goName, "off", fd.offset)
			}
		}
		b.p("return out")
	case t.inPlace():
		b.load(t, "out", "off", 0)
		b.p("return out")
	default:
		b.p("return %s", b.loadScalar(t, "off", 0))
	}
	b.p("}\n")
}

// shown is the Go expression for a value of the baseline's as it is shown.
func (m *model) shown(t *typ, v string) string {
	switch {
	case t.kind == "string":
		return "[]byte(" + v + ")"
	case t.staged() || !t.apart():
		return v
	case t.kind == "list" && (t.elem.kind != "string" && t.elem.staged() || !t.elem.apart()):
		return "tenon.ViewOf(" + v + ")"
	case t.kind == "list":
		return "tenon.ViewEach(" + v + ", " + m.helper("show", t.elem) + ")"
	}
	return m.helper("show", t) + "(" + v + ")"
}

// writeShow writes the helper that makes of a baseline's value what is shown.
func (m *model) writeShow(w *writer, name string, t *typ) {
	w.p("func %s(v %s) %s {", name, t.goType(), m.viewType(t))
	switch t.kind {
	case "record", "tuple":
		w.p("return %s{", m.viewType(t))
		for _, f := range t.fields {
			w.p("%s: %s,", f.goName, m.shown(f.typ, "v."+f.goName))
		}
		w.p("}")
	case "option":
		w.p("if e, ok := v.Get(); ok {")
		w.p("return tenon.Some(%s)", m.shown(t.elem, "e"))
		w.p("}")
		w.p("return tenon.None[%s]()", m.viewType(t.elem))
	default:
		w.p("return %s", m.shown(t, "v"))
	}
	w.p("}\n")
}
