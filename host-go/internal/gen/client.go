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
	params := "ctx context.Context"
	if len(f.params) > 0 {
		params += ", " + f.parameters()
	}
	if a := f.answer(); a != nil {
		return f.goName + "(" + params + ") (" + a.goType() + ", error)"
	}
	return f.goName + "(" + params + ") error"
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
		writeMethod(w, f)
	}
}

func writeMethod(w *writer, f *function) {
	w.comment(f.doc())
	w.p("func (c *Client) %s {", f.signature())
	w.p("f, err := c.slot.Enter(ctx, %s)", f.constID)
	args := strings.Join(append([]string{"f"}, optional(f.arguments())...), ", ")
	outer := strings.Join(append([]string{"ctx"}, optional(f.arguments())...), ", ")
	a := f.answer()
	w.p("if f != nil {")
	switch {
	case a != nil && f.errs != nil:
		w.p("out, answer := %s(%s)", f.callID, args)
		w.p("if err = f.Leave(); err == nil {")
		w.p("return out, answer")
	case a != nil:
		w.p("out := %s(%s)", f.callID, args)
		w.p("if err = f.Leave(); err == nil {")
		w.p("return out, nil")
	case f.errs != nil:
		w.p("answer := %s(%s)", f.callID, args)
		w.p("if err = f.Leave(); err == nil {")
		w.p("return answer")
	default:
		w.p("%s(%s)", f.callID, args)
		w.p("if err = f.Leave(); err == nil {")
		w.p("return nil")
	}
	w.p("}")
	w.p("}")
	w.p("base, err := c.slot.Fallback(ctx, %s, err)", f.constID)
	w.p("if err != nil {")
	if a != nil {
		w.p("return %s, err", a.zero())
	} else {
		w.p("return err")
	}
	w.p("}")
	if a != nil {
		w.p("out, err := base.%s(%s)", f.goName, outer)
		w.p("c.slot.Settle(ctx, %s, err)", f.constID)
		w.p("return out, err")
	} else {
		w.p("err = base.%s(%s)", f.goName, outer)
		w.p("c.slot.Settle(ctx, %s, err)", f.constID)
		w.p("return err")
	}
	w.p("}\n")
}

func optional(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
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
		w.p("// %s calls %s.", f.goName, f.fakeID)
		w.p("func (f Fake) %s {", f.signature())
		w.p("if f.%s == nil {", f.fakeID)
		text := strconv.Quote(m.pkg + ".Fake: set the field " + f.fakeID + " to answer " + f.goName)
		if a := f.answer(); a != nil {
			w.p("return %s, errors.New(%s)", a.zero(), text)
		} else {
			w.p("return errors.New(%s)", text)
		}
		w.p("}")
		w.p("return f.%s(%s)", f.fakeID, strings.Join(append([]string{"ctx"}, optional(f.arguments())...), ", "))
		w.p("}\n")
	}
}
