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
	for _, f := range m.functions() {
		if f.viewID != "" {
			w.p("//")
			w.p("// The client's method %s, and others called View or Append and a function of the contract, are that function with", f.viewID)
			w.p("// another way for the answer: it is shown to a function where the kernel has it, or put behind what is in a slice. What")
			w.p("// is shown is not to be changed, and not to be used when the function has returned, which has the instance until then.")
			break
		}
	}
	if len(m.imports) > 0 {
		w.p("//")
		w.p("// The kernel imports what the host has to grant: give LoadOptions what the functions named Import… make.")
	}
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
	if m.resourcesID != "" {
		w.p("Resources: %s,", m.resourcesID)
	}
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
		m.writeInterface(w, i)
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

// writeInterface writes the Go interface of one interface, exported or imported.
func (m *model) writeInterface(w *writer, i *iface) {
	about := " is the contract's interface " + i.id
	switch {
	case i.imported && i.id == "":
		about = " has the functions that the kernel's world imports itself"
	case i.imported:
		about = " is the interface " + i.id + ", which the kernel imports"
	case i.id == "":
		about = " has the functions that the contract's world exports itself"
	}
	w.comment(i.goName + about + ".")
	if i.docs != "" {
		w.p("//")
		w.comment(i.docs)
	}
	if i.imported {
		w.p("//")
		w.p("// Implement it, and grant it with [%s].", i.importID)
	}
	w.p("type %s interface {", i.goName)
	for _, f := range i.free() {
		w.comment(f.doc())
		w.p("%s", f.signature())
	}
	w.p("}\n")
}

// doc is the comment of the function's method.
func (f *function) doc() string {
	text := f.goName + " calls the contract's function " + f.name + "."
	switch {
	case f.role == constructor:
		text = f.goName + " is the constructor of the resource " + f.of.name + "."
	case f.role != plain:
		text = f.goName + " calls the function " + f.member + " of the resource " + f.of.name + "."
	case f.iface.imported:
		text = f.goName + " answers the kernel's calls of " + f.name + "."
	}
	text = said(f.goName, f.docs, text)
	switch {
	case f.errs == nil:
	case f.iface.imported:
		text += "\n\nAn error of type " + f.errs.goName + " is an answer; any other one stops the kernel."
	default:
		text += "\n\nThe contract's own error is of type " + f.errs.goName + "."
	}
	return text
}

// signature is the method without its receiver.
func (f *function) signature() string {
	params := []string{"ctx context.Context"}
	for _, p := range f.args() {
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
	if m.pinnedID != "" {
		w.p("pin *tenon.Pin[%s] // nil: any instance", m.combined)
	}
	w.p("}\n")
	w.p("// New returns the client of a slot.")
	w.p("func New(slot *tenon.Slot[%s]) *Client { return &Client{slot: slot} }\n", m.combined)
	w.p("var _ %s = (*Client)(nil)\n", m.combined)
	if m.pinnedID != "" {
		m.writePin(w)
	}
	for _, i := range m.interfaces {
		for _, f := range i.free() {
			m.writeMethod(w, f)
		}
	}
}

func (m *model) writeMethod(w *writer, f *function) {
	s := f.locals(m)
	client, frame, err := s.pick("c", "client"), s.pick("f", "frame"), s.pick("err", "failure")
	out, answer := s.pick("out", "answered"), s.pick("answer", "own")
	w.comment(f.doc())
	w.p("func (%s *Client) %s {", client, f.signature())
	m.writeEnter(w, f, s, client, frame, err)
	good := ""
	if t := f.tiered(); t != nil {
		at := f.writeFind(w, s, frame, answer)
		w.p("%s := %s", out, m.lifted(f, t, at))
		good = out + ", " + f.own(answer)
	} else {
		good = f.writeAsk(w, f.arguments(frame), out, answer)
	}
	w.p("if %s = %s.Leave(); %s == nil {", err, frame, err)
	w.p("return %s", good)
	w.p("}")
	w.p("}")
	w.p("return %s.%s(%s)", client, f.baseID, f.arguments("ctx", err))
	w.p("}\n")
	m.writeBase(w, f)
}

// writeEnter writes the begin of a method: it has a frame where the kernel shall answer.
func (m *model) writeEnter(w *writer, f *function, s *scope, client, frame, err string) {
	if m.pinnedID == "" {
		w.p("%s, %s := %s.slot.Enter(ctx, %s)", frame, err, client, f.constID)
	} else {
		w.p("%s, %s := %s.enter(ctx, %s%s)", frame, err, client, f.constID, m.gathered(w, f, s))
	}
	w.p("if %s != nil {", frame)
}

// writeBase writes the method by which the baseline answers, where it may.
func (m *model) writeBase(w *writer, f *function) {
	s := f.locals(m)
	client, fault, err := s.pick("c", "client"), s.pick("fault", "failed"), s.pick("err", "failure")
	out, base, turn := s.pick("out", "answered"), s.pick("base", "baseline"), s.pick("turn", "attempt")
	result, zero := err+" error", err
	if a := f.answer(); a != nil {
		result, zero = out+" "+a.goType()+", "+result, out+", "+err
	}
	own := ""
	if f.errs != nil {
		own = ", new(" + f.errs.goName + ")"
	}
	w.p("// %s has the baseline answer %s, if it may.", f.baseID, f.goName)
	w.p("func (%s *Client) %s (%s) {", client, f.tier(f.baseID, fault+" error", ""), result)
	w.p("%s, %s, %s := %s.slot.Fallback(ctx, %s, %s)", base, turn, err, client, f.constID, fault)
	w.p("if %s != nil {", err)
	w.p("return %s", zero)
	w.p("}")
	w.p("if %s != nil {", turn)
	w.p("defer %s.Settle(ctx, %s.Await(&%s%s))", turn, turn, err, own)
	w.p("}")
	w.p("return %s.%s(%s)", base, f.goName, f.arguments("ctx"))
	w.p("}\n")
}

// writeAsk calls the function that lowers, calls and lifts. The result is what to return if the frame has no fault: the
// contract's own error is an answer and counts only then.
func (f *function) writeAsk(w *writer, arguments, out, answer string) string {
	call := f.callID + "(" + arguments + ")"
	switch {
	case f.answer() != nil && f.errs != nil:
		w.p("%s, %s := %s", out, answer, call)
		return out + ", " + answer
	case f.answer() != nil:
		w.p("%s := %s", out, call)
		return out + ", nil"
	case f.errs != nil:
		w.p("%s := %s", answer, call)
		return answer
	}
	w.p("%s", call)
	return "nil"
}

// locals is the scope of the body of one of the function's methods.
func (f *function) locals(m *model) *scope {
	s := newScope(m.names, "ctx")
	for _, p := range f.args() {
		s.taken[p.id] = true
	}
	return s
}

// arguments lists the parameters' names after the first arguments.
func (f *function) arguments(first ...string) string {
	for _, p := range f.args() {
		first = append(first, p.id)
	}
	return strings.Join(first, ", ")
}

// zeroAnswer is what stands before the error of a return without an answer.
func (f *function) zeroAnswer() string {
	if a := f.answer(); a != nil {
		return a.zero() + ", "
	}
	return ""
}
