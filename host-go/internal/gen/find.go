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
	locals, params := f.finderParams()
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

// writeViewFinder writes the function that lowers, calls and finds an answer that is a record.
func (m *model) writeViewFinder(w *writer, f *function) {
	t := f.answer()
	locals, params := f.finderParams()
	b := m.body(w, locals...)
	b.p("// %s is %s in the kernel, with the answer where it is.", f.viewCallID, f.goName)
	if f.errs == nil {
		b.p("func %s(%s) %s {", f.viewCallID, params, m.viewType(t))
		b.ask(f)
		b.p("return %s(f, f.Block(uint32(f.Ret(0)), %d, %d), 0)", m.helper("view", t), t.size, t.align)
	} else {
		b.p("func %s(%s) (out %s, err error) {", f.viewCallID, params, m.viewType(t))
		b.ask(f)
		b.liftErrorBy(f, func() { b.p("out = %s(f, block, %d)", m.helper("view", t), f.result.payload) })
		b.p("return out, err")
	}
	b.p("}\n")
}

// finderParams are the names of such a function, and its parameters.
func (f *function) finderParams() (locals []string, params string) {
	locals, params = append([]string{"ptr", "n"}, callLocals...), "f *tenon.Frame"
	for _, p := range f.params {
		locals = append(locals, p.arg)
		params += ", " + p.arg + " " + p.typ.goType()
	}
	return locals, params
}
