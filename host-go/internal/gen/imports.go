package gen

import "strings"

// writeImports writes, for each imported interface, the Go interface to implement, the function that makes the grant of
// an implementation, and what runs when the kernel calls.
func (m *model) writeImports(w *writer) {
	for _, i := range m.imports {
		if len(i.free()) > 0 {
			m.writeInterface(w, i)
		}
		m.writeImport(w, i)
	}
	for _, f := range m.hostFunctions() {
		m.writeServe(w, f)
	}
}

// writeImport writes the function that makes the grant.
func (m *model) writeImport(w *writer, i *iface) {
	what := i.id
	if i.id == "" {
		what = "what the kernel's world imports by itself"
	}
	w.p("// %s grants %s: put it into LoadOptions.Imports.", i.importID, what)
	param := ""
	if len(i.free()) > 0 {
		param = "impl " + i.goName
		w.p("// impl must not be nil. It is called by as many goroutines at a time as call the kernel.")
	}
	w.p("func %s(%s) tenon.Import {", i.importID, param)
	w.p("return tenon.Import{")
	w.p("Name: %q,", i.id)
	if i.text != "" {
		w.p("Text: %s,", textLiteral(i.text))
	}
	if m.resourcesID != "" {
		w.p("Refs: %s,", m.resourcesID)
	}
	if len(i.resources) > 0 {
		w.p("Resources: []tenon.ImportResource{")
		for _, r := range i.resources {
			w.p("{Name: %q},", r.name)
		}
		w.p("},")
	}
	if len(i.funcs) > 0 {
		w.p("Funcs: []tenon.ImportFunc{")
		for _, f := range i.funcs {
			if f.role == method {
				w.p("{Name: %q, Call: %s},", f.name, f.callID)
				continue
			}
			w.p("{Name: %q, Call: func(ctx context.Context, f *tenon.Frame) { %s(ctx, f, impl) }},", f.name, f.callID)
		}
		w.p("},")
	}
	w.p("}")
	w.p("}\n")
}

// serveLocals are the names that every serving function uses beside its parameters.
var serveLocals = []string{"ctx", "f", "impl", "block", "addr", "out", "err", "tag", "e", "ok"}

// writeServe writes what runs when the kernel calls an import: lift, ask the host, lower.
func (m *model) writeServe(w *writer, f *function) {
	locals := serveLocals
	for _, p := range f.params {
		locals = append(locals, p.arg)
	}
	b := m.body(w, locals...)
	b.checked = true
	params, callee := "ctx context.Context, f *tenon.Frame", "impl"
	if f.role == method {
		callee = f.params[0].arg
	} else {
		params += ", impl " + f.iface.goName
	}
	b.p("// %s answers the kernel's calls of %s: lift, ask the host, lower.", f.callID, f.path())
	b.p("func %s(%s) {", f.callID, params)
	b.liftParams(f)
	if len(f.params) > 0 {
		b.p("if !f.Ask() {")
		b.p("return")
		b.p("}")
	}
	args := []string{"ctx"}
	for _, p := range f.args() {
		args = append(args, p.arg)
	}
	out := ""
	if f.answer() != nil {
		out = "out, "
	}
	b.p("%serr := %s.%s(%s)", out, callee, f.goName, strings.Join(args, ", "))
	b.p("if err != nil {")
	if f.errs == nil {
		b.p("f.Failed(err)")
		b.p("return")
		b.p("}")
		if f.result != nil {
			b.answerAddress(f)
			b.lowerAnswer(f.result, "out", f.spilled)
		}
	} else {
		b.lowerError(f)
	}
	b.p("}\n")
}

// liftParams lifts the arguments of an imported function, each into a local of its own.
func (b *body) liftParams(f *function) {
	if f.spill != nil {
		b.p("block := f.Block(uint32(f.In(0)), %d, %d)", f.spill.size, f.spill.align)
	}
	at := uint32(0)
	for i, p := range f.params {
		switch {
		case f.spill != nil && p.typ.inPlace():
			b.p("var %s %s", p.arg, p.typ.goType())
			b.load(p.typ, p.arg, "", f.spill.offsets[i])
		case f.spill != nil:
			b.p("%s := %s", p.arg, b.loadScalar(p.typ, "", f.spill.offsets[i]))
		case p.typ.compound():
			b.p("var %s %s", p.arg, p.typ.goType())
			b.liftFlat(arguments, p.typ, p.arg, "", at)
		default:
			b.p("%s := %s", p.arg, b.flatValue(arguments, p.typ, "", at))
		}
		at += uint32(len(p.typ.flat))
	}
}

// answerAddress finds where the kernel wants the answer, which is its last argument, and checks the place.
func (b *body) answerAddress(f *function) {
	if !f.spilled {
		return
	}
	last := uint32(1)
	if f.spill == nil {
		last = 0
		for _, p := range f.params {
			last += uint32(len(p.typ.flat))
		}
	}
	b.p("addr := uint32(f.In(%d))", last)
	b.p("f.Block(addr, %d, %d)", f.result.size, f.result.align)
}

// lowerAnswer lowers the host's answer: into the kernel's memory where it is spilled.
func (b *body) lowerAnswer(t *typ, v string, spilled bool) {
	b.check(t, v)
	if spilled {
		b.store(t, v, "addr", 0)
		return
	}
	b.returnFlat(t, v)
}

// returnFlat returns a value of one flat result.
func (b *body) returnFlat(t *typ, v string) {
	switch t.kind {
	case "record", "tuple":
		for _, fd := range t.fields { // one field with one word
			b.returnFlat(fd.typ, v+"."+fd.goName)
		}
	case "variant":
		b.p("f.Return(0, uint64(%s.kind))", v)
	case "result":
		b.p("if _, _, ok := %s.Get(); !ok {", v)
		b.p("f.Return(0, 1)")
		b.p("return")
		b.p("}")
		b.p("f.Return(0, 0)")
	default:
		b.p("f.Return(0, %s)", b.flatScalar(t, v))
	}
}

// lowerError lowers the answer of a function with a result<T, E>: the host's error is the E where it is of its Go type, and
// otherwise the end of the kernel's call.
func (b *body) lowerError(f *function) {
	t, e := f.result, f.errs
	name := "e"
	if e.typ == nil {
		name = "_"
	}
	b.p("%s, ok := errors.AsType[%s](err)", name, e.goName)
	b.p("if !ok {")
	b.p("f.Failed(err)")
	b.p("return")
	b.p("}")
	v := "e"
	if e.wraps {
		v = "e.Value"
	}
	b.lowerSide(f, t, 1, e.typ, v)
	b.p("return")
	b.p("}")
	b.lowerSide(f, t, 0, f.ok, "out")
}

// lowerSide lowers one side of a result.
func (b *body) lowerSide(f *function, t *typ, tag int, payload *typ, v string) {
	if !f.spilled {
		b.p("f.Return(0, %d)", tag)
		return
	}
	b.answerAddress(f)
	if payload != nil {
		b.check(payload, v)
	}
	b.p("f.StoreU%d(addr, %d)", t.tag*8, tag)
	if payload != nil {
		b.store(payload, v, "addr", t.payload)
	}
}
