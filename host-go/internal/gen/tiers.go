package gen

// A function that answers with a list or a string, by itself or as the T of a result<T, E>, has two methods of the
// client beside its own: one that appends the answer to memory of the caller's, and one that shows it where it is.

// tiered is the type of the answer that the function's tiers are about; nil: it has none.
func (f *function) tiered() *typ {
	a := f.answer()
	if a == nil || f.iface.imported || f.role == method || a.handles || a.hosted {
		return nil
	}
	if a.kind == "string" || a.kind == "list" {
		return a
	}
	return nil
}

// nameTiers names the methods of the tiers, after the contract's own have their names.
func (m *model) nameTiers(methods *scope) {
	for _, i := range m.interfaces {
		for _, f := range i.free() {
			if f.tiered() != nil {
				f.appendID = methods.pick("Append"+f.goName, "Append"+f.goName+"Answer")
				f.baseID = methods.pick("base" + f.goName)
				f.viewID = methods.pick("View"+f.goName, "View"+f.goName+"Answer")
			}
		}
	}
}

// appended is the slice that an answer is appended to: strings as bytes.
func (t *typ) appended() string {
	if t.kind == "string" {
		return "[]byte"
	}
	return t.goType()
}

// viewed is what an answer is shown as.
func (t *typ) viewed() string {
	switch {
	case t.kind == "string":
		return "[]byte"
	case t.elem.numeric():
		return t.goType()
	}
	return "tenon.View[" + t.elem.viewedElement() + "]"
}

// viewedElement is an element of a list that is shown: the guest's memory where a slice can be that, else a value.
func (t *typ) viewedElement() string {
	if t.kind == "string" {
		return "[]byte"
	}
	return t.goType()
}

// writeTiers writes the methods of all tiers.
func (m *model) writeTiers(w *writer) {
	for _, i := range m.interfaces {
		for _, f := range i.free() {
			if t := f.tiered(); t != nil {
				m.writeAppend(w, f, t)
				m.writeView(w, f, t)
			}
		}
	}
}

// writeAppend writes the method that appends the answer.
func (m *model) writeAppend(w *writer, f *function, t *typ) {
	s := f.locals(m)
	client, frame, err := s.pick("c", "client"), s.pick("f", "frame"), s.pick("err", "failure")
	dst, out, answer := s.pick("dst", "into"), s.pick("out", "answered"), s.pick("answer", "own")
	w.p("// %s is %s with its answer appended to %s. After an error it returns %s as it was.", f.appendID, f.goName, dst, dst)
	w.p("func (%s *Client) %s (%s, error) {", client, f.tier(f.appendID, dst+" "+t.appended(), ""), t.appended())
	m.writeEnter(w, f, s, client, frame, err)
	at := f.writeFind(w, s, frame, answer)
	w.p("%s := %s", out, m.appended(f, t, at, dst))
	w.p("if %s = %s.Leave(); %s == nil {", err, frame, err)
	w.p("return %s, %s", out, f.own(answer))
	w.p("}")
	w.p("}")
	w.p("%s, %s := %s.%s(%s)", out, err, client, f.baseID, f.arguments("ctx", err))
	w.p("if %s != nil {", err)
	w.p("return %s, %s", dst, err)
	w.p("}")
	w.p("return append(%s, %s...), nil", dst, out)
	w.p("}\n")
}

// writeView writes the method that shows the answer.
func (m *model) writeView(w *writer, f *function, t *typ) {
	s := f.locals(m)
	client, frame, err := s.pick("c", "client"), s.pick("f", "frame"), s.pick("err", "failure")
	look, out, answer, shown := s.pick("look", "inspect"), s.pick("out", "answered"), s.pick("answer", "own"), s.pick("shown", "done")
	w.p("// %s is %s with its answer shown to %s where it is.", f.viewID, f.goName, look)
	w.p("func (%s *Client) %s error {", client, f.tier(f.viewID, "", look+" func("+t.viewed()+") error"))
	m.writeEnter(w, f, s, client, frame, err)
	at := f.writeFind(w, s, frame, answer)
	if f.errs != nil {
		w.p("if %s != nil {", answer)
		w.p("if %s = %s.Leave(); %s == nil {", err, frame, err)
		w.p("return %s", answer)
		w.p("}")
		w.p("} else {")
	}
	w.p("var %s bool", shown)
	w.p("if %s, %s = tenon.Show(%s, %s, %s); %s {", shown, err, frame, m.viewed(f, t, at), look, shown)
	w.p("return %s", err)
	w.p("}")
	if f.errs != nil {
		w.p("}")
	}
	w.p("}")
	w.p("%s, %s := %s.%s(%s)", out, err, client, f.baseID, f.arguments("ctx", err))
	w.p("if %s != nil {", err)
	w.p("return %s", err)
	w.p("}")
	w.p("return %s(%s)", look, t.asViewed(out))
	w.p("}\n")
}

// asViewed is the baseline's answer as it is shown.
func (t *typ) asViewed(v string) string {
	switch {
	case t.kind == "string":
		return "[]byte(" + v + ")"
	case t.elem.numeric():
		return v
	case t.elem.kind == "string":
		return "tenon.ViewTexts(" + v + ")"
	}
	return "tenon.ViewOf(" + v + ")"
}

// tier is a tier's name and parameters: more before and after the function's own.
func (f *function) tier(name, before, after string) string {
	list := "ctx context.Context"
	if before != "" {
		list += ", " + before
	}
	for _, p := range f.args() {
		list += ", " + p.id + " " + p.typ.goType()
	}
	if after != "" {
		list += ", " + after
	}
	return name + "(" + list + ")"
}
