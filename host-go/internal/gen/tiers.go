package gen

// A function that answers with a list or a string, by itself or as the T of a result<T, E>, has two methods of the
// client beside its own: one that appends the answer to memory of the caller's, and one that shows it where it is. One
// that answers with a record of which a part is shown apart has the latter.

// tiered is the type of an answer that has all tiers; nil: it has not.
func (f *function) tiered() *typ {
	if t := f.viewable(); t != nil && (t.kind == "string" || t.kind == "list") {
		return t
	}
	return nil
}

// viewable is the type of an answer that is shown where it is; nil: it is not.
func (f *function) viewable() *typ {
	t := f.answer()
	if t == nil || f.iface.imported || f.role == method || t.handles || t.hosted || t.kind == "option" || !t.apart() {
		return nil
	}
	return t
}

// nameTiers names the methods of the tiers, and those of the baseline, after the contract's own have their names.
func (m *model) nameTiers(methods *scope) {
	for _, i := range m.interfaces {
		for _, f := range i.free() {
			if f.tiered() != nil {
				f.appendID = methods.pick("Append"+f.goName, "Append"+f.goName+"Answer")
			}
			if f.viewable() != nil {
				f.viewID = methods.pick("View"+f.goName, "View"+f.goName+"Answer")
			}
			f.baseID = methods.pick("base" + f.goName)
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

// writeTiers writes the methods of all tiers.
func (m *model) writeTiers(w *writer) {
	for _, i := range m.interfaces {
		for _, f := range i.free() {
			if t := f.tiered(); t != nil {
				m.writeAppend(w, f, t)
			}
			if t := f.viewable(); t != nil {
				m.writeView(w, f, t)
			}
		}
	}
	m.writeViewTypes(w)
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
	w.p("func (%s *Client) %s error {", client, f.tier(f.viewID, "", look+" func("+m.viewType(t)+") error"))
	m.writeEnter(w, f, s, client, frame, err)
	value := m.writeLook(w, f, s, frame, out, answer)
	if f.errs != nil {
		w.p("if %s != nil {", answer)
		w.p("if %s = %s.Leave(); %s == nil {", err, frame, err)
		w.p("return %s", answer)
		w.p("}")
		w.p("} else {")
	}
	w.p("var %s bool", shown)
	w.p("if %s, %s = tenon.Show(%s, %s, %s); %s {", shown, err, frame, value, look, shown)
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
	w.p("return %s(%s)", look, m.shown(t, out))
	w.p("}\n")
}

// writeLook calls what finds the answer, and gives the Go expression for what is shown.
func (m *model) writeLook(w *writer, f *function, s *scope, frame, out, answer string) string {
	if t := f.tiered(); t != nil {
		return m.viewed(f, t, f.writeFind(w, s, frame, answer))
	}
	call := f.viewCallID + "(" + f.arguments(frame) + ")"
	if f.errs == nil {
		return call
	}
	w.p("%s, %s := %s", out, answer, call)
	return out
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
