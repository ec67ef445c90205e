package gen

import "fmt"

// A function with tiers is called in two steps: one function lowers, calls and finds the answer, and what lifts is up to
// the tier.

// place is where the answer of a call is, in names of Go.
type place struct {
	frame  string
	ptr, n string // "" where the frame knows
}

// writeFind calls what finds the answer, and tells where that is.
func (f *function) writeFind(w *writer, s *scope, frame, answer string) place {
	call := f.callID + "(" + f.arguments(frame) + ")"
	if f.handsOver() {
		w.p("%s", call)
		return place{frame: frame}
	}
	at := place{frame, s.pick("ptr", "at"), s.pick("n", "count")}
	if f.errs != nil {
		w.p("%s, %s, %s := %s", at.ptr, at.n, answer, call)
	} else {
		w.p("%s, %s := %s", at.ptr, at.n, call)
	}
	return at
}

// own is the contract's own error, beside an answer that is returned.
func (f *function) own(answer string) string {
	if f.errs == nil {
		return "nil"
	}
	return answer
}

// writeFinder writes the function that lowers, calls and finds the answer; the error of a result<T, E> has an empty one.
func (m *model) writeFinder(w *writer, f *function) {
	locals := append([]string{"ptr", "n"}, callLocals...)
	params := "f *tenon.Frame"
	for _, p := range f.params {
		locals = append(locals, p.arg)
		params += ", " + p.arg + " " + p.typ.goType()
	}
	b := m.body(w, locals...)
	b.p("// %s is %s in the kernel: lower, call, and find the answer.", f.callID, f.goName)
	switch {
	case f.handsOver():
		b.p("func %s(%s) {", f.callID, params)
		b.ask(f)
	case f.errs == nil:
		b.p("func %s(%s) (ptr, n uint32) {", f.callID, params)
		b.ask(f)
		b.p("return f.RetList()")
	default:
		b.p("func %s(%s) (ptr, n uint32, err error) {", f.callID, params)
		b.ask(f)
		b.liftErrorBy(f, func() {
			at := f.result.payload
			b.p("ptr, n = block.U32(%d), block.U32(%d)", at, at+4)
		})
		b.p("return ptr, n, err")
	}
	b.p("}\n")
}

// lifted is the Go expression for the answer as a value.
func (m *model) lifted(f *function, t *typ, at place) string {
	if f.handsOver() {
		return t.liftHandedOver(at.frame)
	}
	switch {
	case t.kind == "string":
		return fmt.Sprintf("%s.LiftString(%s, %s)", at.frame, at.ptr, at.n)
	case t.elem.kind == "u8":
		return fmt.Sprintf("%s.LiftBytes(%s, %s)", at.frame, at.ptr, at.n)
	case t.elem.numeric():
		return fmt.Sprintf("tenon.LiftNumbers[%s](%s, %s, %s)", t.elem.goType(), at.frame, at.ptr, at.n)
	}
	return m.appended(f, t, at, "nil")
}

// appended is the Go expression for dst with the answer behind it.
func (m *model) appended(f *function, t *typ, at place, dst string) string {
	if f.handsOver() {
		if t.kind == "string" {
			return fmt.Sprintf("%s.AppendRetString(%s)", at.frame, dst)
		}
		return fmt.Sprintf("tenon.AppendRetNumbers(%s, %s)", at.frame, dst)
	}
	switch {
	case t.kind == "string":
		return fmt.Sprintf("%s.AppendString(%s, %s, %s)", at.frame, dst, at.ptr, at.n)
	case t.elem.numeric():
		return fmt.Sprintf("tenon.AppendNumbers(%s, %s, %s, %s)", at.frame, dst, at.ptr, at.n)
	}
	return fmt.Sprintf("%s(%s, %s, %s, %s)", m.helper("lift", t), at.frame, dst, at.ptr, at.n)
}

// viewed is the Go expression for the answer where it is.
func (m *model) viewed(f *function, t *typ, at place) string {
	if f.handsOver() {
		if t.kind == "string" {
			return at.frame + ".ViewRetString()"
		}
		return fmt.Sprintf("tenon.ViewRetNumbers[%s](%s)", t.elem.goType(), at.frame)
	}
	return m.viewAt(t, at)
}

// viewAt is the Go expression for a string or list where it is.
func (m *model) viewAt(t *typ, at place) string {
	switch {
	case t.kind == "string":
		return fmt.Sprintf("%s.ViewString(%s, %s)", at.frame, at.ptr, at.n)
	case t.elem.numeric():
		return fmt.Sprintf("tenon.ViewNumbers[%s](%s, %s, %s)", t.elem.goType(), at.frame, at.ptr, at.n)
	}
	e, verb := t.elem, "view"
	if e.kind == "option" || e.kind == "result" {
		verb = "load" // which is of that form
	}
	return fmt.Sprintf("tenon.ViewList(%s, %s, %s, %d, %d, %s)", at.frame, at.ptr, at.n, e.size, e.align, m.helper(verb, e))
}

// writeViewElement writes the helper that lifts one element of a list that is shown.
func (m *model) writeViewElement(w *writer, name string, t *typ) {
	b := m.body(w, "block", "off", "out")
	b.p("func %s(f *tenon.Frame, block tenon.Block, off uint32) (out %s) {", name, t.viewedElement())
	switch {
	case t.kind == "string" || t.kind == "list" && t.elem.numeric():
		b.p("return %s", m.viewAt(t, place{"f", "block.U32(off)", "block.U32(off+4)"}))
	case t.inPlace():
		b.load(t, "out", "off", 0)
		b.p("return out")
	default:
		b.p("return %s", b.loadScalar(t, "off", 0))
	}
	b.p("}\n")
}
