package gen

import (
	"strconv"
	"strings"
)

// writePackage writes the package comment and the contract's identity.
func (m *model) writePackageDoc(w *writer) {
	w.p("// Package %s is the typed client of the contract %s.", m.pkg, m.contract)
	w.p("//")
	w.p("// %s is the interface to program against. [New] gives the one that is served by a slot; any other value of the", m.combined)
	w.p("// interface can be the slot's baseline, and [Fake] is one for tests.")
}

func (m *model) writeContract(w *writer) {
	w.p("// Contract is the identity that a kernel is checked against when it is loaded.")
	w.p("var Contract = tenon.Contract{")
	w.p("Package: %q,", m.contract.pkg)
	w.p("Version: %q,", m.contract.version)
	w.p("Hash: %q,", m.contract.hash)
	w.p("Text: %s,", textLiteral(m.contract.text))
	w.p("Funcs: []tenon.FuncRef{")
	for _, f := range m.functions() {
		w.p("%s: {Interface: %q, Name: %q},", f.constID, f.iface.id, f.name)
	}
	w.p("},")
	w.p("}\n")
	w.p("// The contract's functions, as indices into Contract.Funcs.")
	w.p("const (")
	for i, f := range m.functions() {
		if i == 0 {
			w.p("%s = iota", f.constID)
		} else {
			w.p("%s", f.constID)
		}
	}
	w.p(")\n")
}

// textLiteral spells a text of several lines as a Go literal that a reader can read.
func textLiteral(s string) string {
	if strconv.CanBackquote(strings.ReplaceAll(s, "\n", "")) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// writeInterfaces writes the Go interface of each of the contract's interfaces, and the one over all of them.
func (m *model) writeInterfaces(w *writer) {
	for _, i := range m.interfaces {
		if i.id == "" {
			w.p("// %s has the functions that the contract's world exports itself.", i.goName)
		} else {
			w.p("// %s is the contract's interface %s.", i.goName, i.id)
		}
		w.p("type %s interface {", i.goName)
		for _, f := range i.funcs {
			w.comment(f.doc())
			w.p("%s", f.signature())
		}
		w.p("}\n")
	}
	if len(m.interfaces) > 1 {
		w.p("// %s is every interface of the contract.", m.combined)
		w.p("type %s interface {", m.combined)
		for _, i := range m.interfaces {
			w.p("%s", i.goName)
		}
		w.p("}\n")
	}
}

// doc is the comment of the function's method.
func (f *function) doc() string {
	text := f.goName + " calls the contract's function " + f.name + "."
	if f.docs != "" {
		text = f.goName + ": " + uncapitalised(f.docs)
	}
	if f.errs != nil {
		text += "\n\nThe contract's own error is of type " + f.errs.goName + "."
	}
	return text
}

// signature is the method without its receiver.
func (f *function) signature() string {
	params := []string{"ctx context.Context"}
	for _, p := range f.params {
		params = append(params, p.id+" "+p.typ.goType())
	}
	result := "error"
	if a := f.answer(); a != nil {
		result = "(" + a.goType() + ", error)"
	}
	return f.goName + "(" + strings.Join(params, ", ") + ") " + result
}

func (m *model) writeClient(w *writer) {
	w.p("// Client is the %s that a slot serves. It holds no state of its own and is safe for concurrent use.", m.combined)
	w.p("type Client struct {")
	w.p("slot *tenon.Slot[%s]", m.combined)
	w.p("}\n")
	w.p("// New returns the client of a slot.")
	w.p("func New(slot *tenon.Slot[%s]) *Client { return &Client{slot: slot} }\n", m.combined)
	w.p("var _ %s = (*Client)(nil)\n", m.combined)
	for _, f := range m.functions() {
		m.writeMethod(w, f)
	}
}

func (m *model) writeMethod(w *writer, f *function) {
	s := f.locals(m)
	client, frame, err := s.pick("c", "client"), s.pick("f", "frame"), s.pick("err", "failure")
	out, answer, base := s.pick("out", "answered"), s.pick("answer", "own"), s.pick("base", "baseline")
	w.comment(f.doc())
	w.p("func (%s *Client) %s {", client, f.signature())
	w.p("%s, %s := %s.slot.Enter(ctx, %s)", frame, err, client, f.constID)
	w.p("if %s != nil {", frame)
	// The contract's own error is an answer: it counts only once Leave found no fault.
	call := f.callID + "(" + f.arguments(frame) + ")"
	good := "nil"
	switch {
	case f.answer() != nil && f.errs != nil:
		w.p("%s, %s := %s", out, answer, call)
		good = out + ", " + answer
	case f.answer() != nil:
		w.p("%s := %s", out, call)
		good = out + ", nil"
	case f.errs != nil:
		w.p("%s := %s", answer, call)
		good = answer
	default:
		w.p("%s", call)
	}
	w.p("if %s = %s.Leave(); %s == nil {", err, frame, err)
	w.p("return %s", good)
	w.p("}")
	w.p("}")
	w.p("%s, %s := %s.slot.Fallback(ctx, %s, %s)", base, err, client, f.constID, err)
	w.p("if %s != nil {", err)
	w.p("return %s%s", f.zeroAnswer(), err)
	w.p("}")
	if f.answer() != nil {
		w.p("%s, %s := %s.%s(%s)", out, err, base, f.goName, f.arguments("ctx"))
		w.p("%s.slot.Settle(ctx, %s, %s)", client, f.constID, err)
		w.p("return %s, %s", out, err)
	} else {
		w.p("%s = %s.%s(%s)", err, base, f.goName, f.arguments("ctx"))
		w.p("%s.slot.Settle(ctx, %s, %s)", client, f.constID, err)
		w.p("return %s", err)
	}
	w.p("}\n")
}

// locals is the scope of the body of one of the function's methods.
func (f *function) locals(m *model) *scope {
	s := newScope(m.names, "ctx")
	for _, p := range f.params {
		s.taken[p.id] = true
	}
	return s
}

// arguments lists the parameters' names after a first argument.
func (f *function) arguments(first string) string {
	list := []string{first}
	for _, p := range f.params {
		list = append(list, p.id)
	}
	return strings.Join(list, ", ")
}

// zeroAnswer is what stands before the error of a return without an answer.
func (f *function) zeroAnswer() string {
	if a := f.answer(); a != nil {
		return a.zero() + ", "
	}
	return ""
}

// writeFake writes the test double.
func (m *model) writeFake(w *writer) {
	w.p("// Fake is a %s made of functions, for tests. Calling a method whose function is nil is an error that says so.", m.combined)
	w.p("type Fake struct {")
	for _, f := range m.functions() {
		w.p("// %s answers %s.", f.fakeID, f.goName)
		w.p("%s func%s", f.fakeID, strings.TrimPrefix(f.signature(), f.goName))
	}
	w.p("}\n")
	w.p("var _ %s = Fake{}\n", m.combined)
	for _, f := range m.functions() {
		fake := f.locals(m).pick("f", "fake")
		w.p("// %s calls %s.", f.goName, f.fakeID)
		w.p("func (%s Fake) %s {", fake, f.signature())
		w.p("if %s.%s == nil {", fake, f.fakeID)
		w.p("return %serrors.New(%q)", f.zeroAnswer(), m.pkg+".Fake: set the field "+f.fakeID+" to answer "+f.goName)
		w.p("}")
		w.p("return %s.%s(%s)", fake, f.fakeID, f.arguments("ctx"))
		w.p("}\n")
	}
}
