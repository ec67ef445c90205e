package gen

import "strings"

// writeResources writes what belongs to resources: the list that the runtime finds them by, their interfaces, and the
// types that stand for a kernel's.
func (m *model) writeResources(w *writer) {
	if len(m.resources) == 0 {
		return
	}
	w.p("// %s are the resources that cross, the kernel's and the host's.", m.resourcesID)
	w.p("var %s = []tenon.ResourceRef{", m.resourcesID)
	for _, r := range m.resources {
		imported := ""
		if r.imported {
			imported = ", Imported: true"
		}
		w.p("%s: {Interface: %q, Name: %q%s},", r.refID, r.iface.id, r.name, imported)
	}
	w.p("}\n")
	w.p("// The resources, as indices into %s.", m.resourcesID)
	w.p("const (")
	for i, r := range m.resources {
		if i == 0 {
			w.p("%s = iota", r.refID)
		} else {
			w.p("%s", r.refID)
		}
	}
	w.p(")\n")
	for _, r := range m.resources {
		m.writeResource(w, r)
		if !r.imported {
			m.writeKernelResource(w, r)
		}
	}
}

// writeResource writes the Go interface of a resource.
func (m *model) writeResource(w *writer, r *resource) {
	about := "the contract's resource " + r.name
	if r.imported {
		about = "the host's resource " + r.name
	}
	if r.iface.id != "" {
		about += " of " + r.iface.id
	}
	w.comment(r.goName + " is " + about + ".")
	if r.docs != "" {
		w.p("//")
		w.comment(r.docs)
	}
	w.p("type %s interface {", r.goName)
	for _, f := range r.methods() {
		w.comment(f.doc())
		w.p("%s", f.signature())
	}
	if r.imported {
		w.p("// Close is called when the kernel gives up what it owns: it dropped it, or its instance is closed.")
	} else {
		w.p("// Close gives up the resource. One that was handed over, as an argument that the function keeps, needs no Close.")
	}
	w.p("Close(ctx context.Context) error")
	w.p("}\n")
}

// writeKernelResource writes the type that stands for a resource in a kernel, and the function that finds its handle.
func (m *model) writeKernelResource(w *writer, r *resource) {
	w.p("// %s is the %s of a kernel. It stays with the instance that made it.", r.clientID, r.goName)
	w.p("type %s struct {", r.clientID)
	w.p("handle *tenon.Resource")
	w.p("}\n")
	w.p("var _ %s = %s{}\n", r.goName, r.clientID)
	for _, f := range r.methods() {
		m.writeResourceMethod(w, f)
	}
	w.p("// Close runs the kernel's destructor.")
	w.p("func (c %s) Close(ctx context.Context) error { return c.handle.Close(ctx) }\n", r.clientID)
	w.p("// %s gives what stands for v in its kernel; nil where v is nil or no kernel's.", r.handleID)
	w.p("func %s(v %s) *tenon.Resource {", r.handleID, r.goName)
	w.p("c, _ := v.(%s)", r.clientID)
	w.p("return c.handle")
	w.p("}\n")
}

// writeResourceMethod writes a method of a kernel's resource. The baseline does not know the resource, so nothing falls
// back to it.
func (m *model) writeResourceMethod(w *writer, f *function) {
	s := f.locals(m)
	client, frame, err := s.pick("c", "client"), s.pick("f", "frame"), s.pick("err", "failure")
	out, answer := s.pick("out", "answered"), s.pick("answer", "own")
	w.comment(f.doc())
	w.p("func (%s %s) %s {", client, f.of.clientID, f.signature())
	w.p("%s, %s := %s.handle.Enter(ctx, %s%s)", frame, err, client, f.constID, m.gathered(w, f, s))
	w.p("if %s != nil {", err)
	w.p("return %s%s", f.zeroAnswer(), err)
	w.p("}")
	good := f.writeAsk(w, f.arguments(frame, client+".handle"), out, answer)
	if good == "nil" {
		w.p("return %s.Leave()", frame)
		w.p("}\n")
		return
	}
	w.p("if %s = %s.Leave(); %s != nil {", err, frame, err)
	w.p("return %s%s", f.zeroAnswer(), err)
	w.p("}")
	w.p("return %s", good)
	w.p("}\n")
}

// writePin writes what the client of a contract with resources has besides: calls that go to the instance of the
// resources among their arguments, and a client of one instance.
func (m *model) writePin(w *writer) {
	w.p("// enter starts a call in the instance of the resources, or in any one.")
	w.p("func (c *Client) enter(ctx context.Context, function int, resources ...*tenon.Resource) (*tenon.Frame, error) {")
	w.p("if c.pin != nil {")
	w.p("return c.pin.EnterWith(ctx, function, resources...)")
	w.p("}")
	w.p("return c.slot.EnterWith(ctx, function, resources...)")
	w.p("}\n")
	w.p("// %s is a Client whose calls all go to one instance, so that the resources it makes can meet in one call. Its calls", m.pinnedID)
	w.p("// run one at a time.")
	w.p("type %s struct {", m.pinnedID)
	w.p("Client")
	w.p("}\n")
	w.p("var _ %s = (*%s)(nil)\n", m.combined, m.pinnedID)
	w.p("// Pin takes an instance for resources that shall meet in one call. Close gives it back; resources that live on keep it.")
	w.p("func (c *Client) Pin(ctx context.Context) (*%s, error) {", m.pinnedID)
	w.p("pin, err := c.slot.Pin(ctx)")
	w.p("if err != nil {")
	w.p("return nil, err")
	w.p("}")
	w.p("return &%s{Client{slot: c.slot, pin: pin}}, nil", m.pinnedID)
	w.p("}\n")
	w.p("// Close gives the instance back.")
	w.p("func (p *%s) Close(ctx context.Context) error { return p.pin.Close(ctx) }\n", m.pinnedID)
}

// gathered is the part of a call's arguments that lists the kernel's resources among the function's parameters. Those
// inside other values are collected in a slice first.
func (m *model) gathered(w *writer, f *function, s *scope) string {
	list, deep := "", false
	for _, p := range f.args() {
		switch {
		case !p.typ.handles:
		case p.typ.resource != nil:
			list += ", " + p.typ.resource.handleID + "(" + p.id + ")"
		default:
			deep = true
		}
	}
	if !deep {
		return list
	}
	rs := s.pick("rs", "handles")
	w.p("var %s []*tenon.Resource", rs)
	b := &body{writer: w, m: m, local: s}
	for _, p := range f.args() {
		b.gather(p.typ, p.id, rs)
	}
	return ", " + rs + "..."
}

// gather appends the kernel's resources in the value v to the slice rs.
func (b *body) gather(t *typ, v, rs string) {
	switch {
	case t == nil || !t.handles:
	case t.resource != nil:
		b.p("%s = append(%s, %s(%s))", rs, rs, t.resource.handleID, v)
	default:
		b.p("%s = %s(%s, %s)", rs, b.m.helper("gather", t), rs, ref(t, v))
	}
}

// writeGather writes the helper that collects the kernel's resources in a compound value.
func (m *model) writeGather(w *writer, name string, t *typ) {
	b := m.body(w, "rs", "v", "i")
	b.p("func %s(rs []*tenon.Resource, v %s) []*tenon.Resource {", name, parameter(t))
	switch t.kind {
	case "list":
		b.p("for i := range v {")
		b.gather(t.elem, "v[i]", "rs")
		b.p("}")
	case "record", "tuple":
		for _, f := range t.fields {
			b.gather(f.typ, "v."+f.goName, "rs")
		}
	case "variant":
		b.p("switch v.kind {")
		for _, c := range t.cases {
			if c.typ != nil && c.typ.handles {
				b.p("case %s:", c.constID)
				b.gather(c.typ, "v."+t.slots[c.slot].id, "rs")
			}
		}
		b.p("}")
	case "option":
		b.p("if v, ok := v.Get(); ok {")
		b.gather(t.elem, "v", "rs")
		b.p("}")
	case "result":
		b.sides(t, func(t *typ) bool { return t.handles }, func(t *typ, v string) { b.gather(t, v, "rs") })
	}
	b.p("return rs")
	b.p("}\n")
}

// lowerHandle is the number that a resource crosses as.
func (b *body) lowerHandle(t *typ, v string) string {
	r, verb := t.resource, strings.ToUpper(t.kind[:1])+t.kind[1:] // Own, Borrow
	if r.imported {
		return "f.Host" + verb + "(" + r.refID + ", " + v + ")"
	}
	if v != b.self {
		v = r.handleID + "(" + v + ")"
	}
	return "f.Lower" + verb + "(" + r.refID + ", " + v + ")"
}

// liftHandle is the resource that a number stands for.
func (b *body) liftHandle(t *typ, number string) string {
	if t.resource.imported {
		return b.m.helper("lift", t) + "(f, " + number + ")"
	}
	return t.resource.clientID + "{f.LiftOwn(" + t.resource.refID + ", " + number + ")}"
}

// writeLiftHandle writes the helper that finds the host's resource behind a number.
func (m *model) writeLiftHandle(w *writer, name string, t *typ) {
	r, find := t.resource, "HostValue"
	if t.kind == "own" {
		find = "HostTake"
	}
	w.p("func %s(f *tenon.Frame, handle uint32) %s {", name, r.goName)
	w.p("v, ok := f.%s(%s, handle).(%s)", find, r.refID, r.goName)
	w.p("if !ok {")
	w.p("f.Invalid(%q, uint64(handle))", "resource "+r.name+" of "+r.iface.id)
	w.p("}")
	w.p("return v")
	w.p("}\n")
}
