package gen

import "strings"

// writeFake writes the test doubles: of the contract, and of each of its resources.
func (m *model) writeFake(w *writer) {
	var functions []*function
	for _, i := range m.interfaces {
		functions = append(functions, i.free()...)
	}
	m.writeDouble(w, "Fake", m.combined, functions, nil)
	for _, r := range m.resources {
		if !r.imported {
			m.writeDouble(w, r.fakeID, r.goName, r.methods(), r)
		}
	}
}

// writeDouble writes a struct of functions, one a method. A resource has a method Close besides, which may go without.
func (m *model) writeDouble(w *writer, name, of string, functions []*function, r *resource) {
	w.p("// %s is a %s made of functions, for tests. Calling a method whose function is nil is an error that says so.", name, of)
	w.p("type %s struct {", name)
	for _, f := range functions {
		w.p("// %s answers %s.", f.fakeID, f.goName)
		w.p("%s func%s", f.fakeID, strings.TrimPrefix(f.signature(), f.goName))
	}
	if r != nil {
		w.p("// %s answers Close; nil: there is nothing to close.", r.closeID)
		w.p("%s func(ctx context.Context) error", r.closeID)
	}
	w.p("}\n")
	w.p("var _ %s = %s{}\n", of, name)
	for _, f := range functions {
		fake := f.locals(m).pick("f", "fake")
		w.p("// %s calls %s.", f.goName, f.fakeID)
		w.p("func (%s %s) %s {", fake, name, f.signature())
		w.p("if %s.%s == nil {", fake, f.fakeID)
		w.p("return %serrors.New(%q)", f.zeroAnswer(), m.pkg+"."+name+": set the field "+f.fakeID+" to answer "+f.goName)
		w.p("}")
		w.p("return %s.%s(%s)", fake, f.fakeID, f.arguments("ctx"))
		w.p("}\n")
	}
	if r == nil {
		return
	}
	w.p("// Close calls %s.", r.closeID)
	w.p("func (f %s) Close(ctx context.Context) error {", name)
	w.p("if f.%s == nil {", r.closeID)
	w.p("return nil")
	w.p("}")
	w.p("return f.%s(ctx)", r.closeID)
	w.p("}\n")
}
