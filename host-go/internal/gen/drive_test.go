package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// driver writes the Go code that drives a random world: it draws values of every type that the client has, calls each
// exported function with some, answers the imports, and compares what came with what was sent. It is part of the
// generated package, so that it can look into variants.
type driver struct {
	writer
	m *model
}

// drive is the driver's source.
func (m *model) drive() []byte {
	d := &driver{m: m}
	d.p("package %s\n", m.pkg)
	d.p("import (\n\"context\"\n\"errors\"\n\"fmt\"\n")
	d.p("tenon %q\n%q\n)\n", tenonPath, tenonPath+"/internal/gen/worldtest/drive")
	d.p("var _ = errors.New\n") // not every world has errors
	d.world()
	for _, t := range m.used {
		d.makes(t)
		d.shows(t)
	}
	for _, r := range m.resources {
		if r.imported {
			d.hostResource(r)
		}
	}
	for n, i := range m.imports {
		d.host(n, i)
	}
	d.main()
	return d.buf.Bytes()
}

// world is the state of a run.
func (d *driver) world() {
	client := "Client"
	if d.m.pinnedID != "" {
		client = d.m.pinnedID
	}
	d.p("type drivenWorld struct {")
	d.p("ctx context.Context")
	d.p("draw *drive.Draw")
	d.p("client *%s", client)
	d.p("live int // resources of the host")
	d.p("got string // what the host was asked")
	for n, f := range d.m.hostFunctions() {
		d.p("answer%d func() %s", n, results2(f))
	}
	d.p("}\n")
}

// results2 is the result list of a function's Go method.
func results2(f *function) string {
	if a := f.answer(); a != nil {
		return "(" + a.goType() + ", error)"
	}
	return "error"
}

// of is the driver's function that makes or shows a type.
func of(verb string, t *typ) string { return verb + "T" + strconv.Itoa(t.id) }

// makes writes the function that draws a value.
func (d *driver) makes(t *typ) {
	d.p("func %s(w *drivenWorld) (v %s) {", of("make", t), t.goType())
	d.p("d := w.draw")
	d.p("_ = d")
	switch t.kind {
	case "bool":
		d.p("return d.Coin()")
	case "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64":
		d.p("return %s(d.Bits())", t.goType())
	case "f32":
		d.p("return %s(d.NormFloat64())", t.goType())
	case "f64":
		d.p("return %s(d.NormFloat64())", t.goType())
	case "char":
		d.p("return d.Char()")
	case "string":
		d.p("return d.Text()")
	case "enum":
		d.p("return %s(d.IntN(%d))", t.goType(), len(t.cases))
	case "flags":
		d.p("return %s(d.Bits()) & %s", t.goType(), flagsMask(t))
	case "own", "borrow":
		if t.resource.imported {
			d.p("w.live++")
			d.p("return &driven%s{w, uint32(d.Bits())}", t.resource.goName)
		} else {
			d.p("v, err := w.client.%s(w.ctx, uint32(d.Bits()))", t.resource.funcs[0].goName)
			d.p("if err != nil {\npanic(err)\n}")
			d.p("return v")
		}
	case "list":
		d.p("for range d.Len() {\nv = append(v, %s(w))\n}", of("make", t.elem))
		d.p("return v")
	case "option":
		d.p("if d.Coin() {\nreturn tenon.Some(%s(w))\n}", of("make", t.elem))
		d.p("return v")
	case "result":
		d.p("if d.Coin() {\nreturn tenon.Err[%s](%s)\n}", t.ok.goType(), made(t.err))
		d.p("return tenon.Ok[%s, %s](%s)", t.ok.goType(), t.err.goType(), made(t.ok))
	case "record", "tuple":
		for _, f := range t.fields {
			d.p("v.%s = %s(w)", f.goName, of("make", f.typ))
		}
		d.p("return v")
	case "variant":
		d.p("switch d.IntN(%d) {", len(t.cases))
		for i, c := range t.cases {
			payload := ""
			if c.typ != nil {
				payload = of("make", c.typ) + "(w)"
			}
			d.p("case %d:\nreturn %s(%s)", i, c.newID, payload)
		}
		d.p("}")
		d.p("return v")
	}
	d.p("}\n")
}

func made(t *typ) string {
	if t == nil {
		return "struct{}{}"
	}
	return of("make", t) + "(w)"
}

// shows writes the function that writes a value down.
func (d *driver) shows(t *typ) {
	d.p("func %s(s *drive.Show, v %s) {", of("show", t), t.goType())
	switch t.kind {
	case "bool":
		d.p("if v {\ns.Word(\"true\")\n} else {\ns.Word(\"false\")\n}")
	case "enum", "flags":
		d.p("s.Put(uint64(v))")
	case "own", "borrow":
		d.p("n, err := v.%s(s.Ctx)", t.resource.methods()[0].goName)
		d.p("s.Resource(n, err, v.Close)")
	case "list":
		d.p("s.Word(\"[\")\nfor _, e := range v {\n%s(s, e)\n}\ns.Word(\"]\")", of("show", t.elem))
	case "option":
		d.p("if e, ok := v.Get(); ok {\ns.Word(\"some\")\n%s(s, e)\n} else {\ns.Word(\"none\")\n}", of("show", t.elem))
	case "result":
		d.p("good, bad, ok := v.Get()\n_, _ = good, bad\nif ok {\ns.Word(\"ok\")")
		d.show(t.ok, "good")
		d.p("} else {\ns.Word(\"err\")")
		d.show(t.err, "bad")
		d.p("}")
	case "record", "tuple":
		for _, f := range t.fields {
			d.show(f.typ, "v."+f.goName)
		}
	case "variant":
		d.p("s.Put(uint64(v.kind))\nswitch v.kind {")
		for _, c := range t.cases {
			if c.typ != nil {
				d.p("case %s:", c.constID)
				d.p("p, ok := v.%s()\nif !ok {\ns.Word(\"no payload\")\n}", c.asID)
				d.show(c.typ, "p")
			}
		}
		d.p("}")
	default:
		d.p("s.Put(v)")
	}
	d.p("}\n")
}

func (d *driver) show(t *typ, v string) {
	if t != nil {
		d.p("%s(s, %s)", of("show", t), v)
	}
}

// hostResource writes a resource of the host: a number.
func (d *driver) hostResource(r *resource) {
	d.p("type driven%s struct {\nw *drivenWorld\nn uint32\n}\n", r.goName)
	for _, f := range r.methods() {
		d.p("func (r *driven%s) %s { return r.n, nil }\n", r.goName, f.signature())
	}
	d.p("func (r *driven%s) Close(context.Context) error {\nr.w.live--\nreturn nil\n}\n", r.goName)
}

// host writes the implementation of an imported interface: it notes what it is asked and answers what it is told.
func (d *driver) host(n int, i *iface) {
	d.p("type drivenHost%d struct{ w *drivenWorld }\n", n)
	for _, f := range i.free() {
		h := f.locals(d.m).pick("driven")
		d.p("func (%s drivenHost%d) %s {", h, n, f.signature())
		d.p("%s.w.note(func(s *drive.Show) {", h)
		for _, p := range f.params {
			if p.typ.kind == "borrow" { // not ours to close
				d.p("{\nkeep := drive.Show{Ctx: s.Ctx}\n%s(&keep, %s)\ns.Word(keep.String())\n}", of("show", p.typ), p.id)
				continue
			}
			d.show(p.typ, p.id)
		}
		d.p("})")
		d.p("return %s.w.answer%d()", h, d.number(f))
		d.p("}\n")
	}
	d.p("var _ = drivenHost%d{}\n", n)
}

func (d *driver) number(f *function) int {
	for n, g := range d.m.hostFunctions() {
		if f == g {
			return n
		}
	}
	return -1
}

// main writes the loop over everything.
func (d *driver) main() {
	d.p(`func (w *drivenWorld) note(show func(s *drive.Show)) {
		s := drive.Show{Ctx: w.ctx}
		show(&s)
		w.got = s.String()
		if err := s.End(w.ctx); err != nil {
			w.got += err.Error()
		}
	}

	// Drive runs the component for some rounds.
	func Drive(ctx context.Context, rt *tenon.Runtime, component []byte, seed uint64, rounds int) error {
		w := &drivenWorld{ctx: ctx, draw: drive.New(seed)}
	`)
	d.p("k, err := rt.LoadWith(ctx, %q, component, tenon.LoadOptions{Imports: []tenon.Import{", d.m.pkg)
	for n, i := range d.m.imports {
		impl := ""
		if len(i.free()) > 0 {
			impl = fmt.Sprintf("drivenHost%d{w}", n)
		}
		d.p("%s(%s),", i.importID, impl)
	}
	d.p("}})")
	d.p("if err != nil {\nreturn err\n}")
	d.p("slot, err := tenon.NewSlot(ctx, rt, %q, Contract, tenon.SlotConfig[%s]{Kernel: k, MaxInstances: 2})", d.m.pkg, d.m.combined)
	d.p("if err != nil {\nreturn err\n}")
	if d.m.pinnedID == "" {
		d.p("w.client = New(slot)")
	} else {
		d.p("if w.client, err = New(slot).Pin(ctx); err != nil {\nreturn err\n}")
	}
	d.p("for range rounds {")
	for _, f := range d.m.functions() {
		if f.role == plain {
			d.p("if err := w.run%s(); err != nil {\nreturn err\n}", f.goName)
		}
	}
	d.p("}")
	if d.m.pinnedID != "" {
		d.p("if err := w.client.Close(ctx); err != nil {\nreturn err\n}")
	}
	d.p("if err := slot.Close(ctx); err != nil {\nreturn err\n}")
	d.p("if w.live != 0 {\nreturn fmt.Errorf(\"%%d resources of the host were not closed\", w.live)\n}")
	d.p("return nil\n}\n")
	for _, f := range d.m.functions() {
		if f.role == plain {
			d.run(f)
		}
	}
}

// run writes one call of an exported function.
func (d *driver) run(f *function) {
	d.p("func (w *drivenWorld) run%s() error {", f.goName)
	d.p("ctx := w.ctx")
	d.p("s := &drive.Show{Ctx: ctx}")
	var args []string
	lent := false
	for i, p := range f.params {
		d.p("a%d := %s(w)", i, of("make", p.typ))
		args = append(args, fmt.Sprintf("a%d", i))
		lent = lent || p.typ.kind == "borrow"
	}
	for i, p := range f.params {
		if p.typ.kind == "borrow" { // written as the host writes it
			d.p("defer a%d.Close(ctx)\nkeep%d := drive.Show{Ctx: ctx}\n%s(&keep%d, a%d)\ns.Word(keep%d.String())", i, i, of("show", p.typ), i, i, i)
			continue
		}
		d.show(p.typ, fmt.Sprintf("a%d", i))
	}
	d.p("sent := s.String()")
	target := d.target(f)
	relay := target != nil && target.role != method
	d.p("s = &drive.Show{Ctx: ctx}")
	if relay {
		d.answer(f, target)
		d.p("answer := s.String()")
		d.p("w.got = \"\"")
		d.p("s = &drive.Show{Ctx: ctx}")
	}
	out := ""
	if f.answer() != nil {
		out = "out, "
	}
	d.p("%serr := w.client.%s(%s)", out, f.goName, strings.Join(append([]string{"ctx"}, args...), ", "))
	d.outcome(f, "out")
	d.p("came := s.String()\n_ = came")
	d.p("if err := s.End(ctx); err != nil {\nreturn err\n}")
	d.tiers(f, args)
	switch {
	case relay:
		d.p("if err := drive.Same(%q, sent, w.got); err != nil {\nreturn err\n}", f.path()+", on the way there")
		d.p("return drive.Same(%q, answer, came)", f.path()+", on the way back")
	case target != nil:
		d.p("if err != nil {\nreturn err\n}")
		d.p("return drive.Same(%q, sent, fmt.Sprintf(\"#%%d  \", out))", f.path())
	default:
		d.p("return drive.Same(%q, sent, came)", f.path())
	}
	d.p("}\n")
}

// target is the import that a relay calls; nil for other functions.
func (d *driver) target(f *function) *function {
	var n, k int
	if c, _ := fmt.Sscanf(f.name, "relay-%d-%d", &n, &k); c != 2 {
		return nil
	}
	return d.m.imports[n].funcs[k]
}

// answer draws what the host answers, and writes it down.
func (d *driver) answer(f, target *function) {
	n := d.number(target)
	if f.result == nil {
		d.p("w.answer%d = func() error { return nil }", n)
		d.p("s.Word(\"ok\")")
		return
	}
	d.p("reply := %s(w)", of("make", f.result))
	if f.errs == nil {
		d.p("w.answer%d = func() (%s, error) { return reply, nil }", n, f.result.goType())
		d.show(f.result, "reply")
		return
	}
	d.show(f.result, "reply")
	d.p("good, bad, ok := reply.Get()\n_, _ = good, bad")
	value, zero := "good, ", "good, "
	if f.ok == nil {
		value, zero = "", ""
	}
	failure := "bad"
	if f.errs.wraps {
		failure = f.errs.goName + "{Value: bad}"
	}
	if f.errs.typ == nil {
		failure = f.errs.goName + "{}"
	}
	d.p("w.answer%d = func() %s {\nif ok {\nreturn %snil\n}\nreturn %s%s\n}", n, results2(f), value, zero, failure)
}

// outcome writes down what a call gave, as shows does for the result.
func (d *driver) outcome(f *function, out string) {
	if f.errs == nil {
		d.p("if err != nil {\nreturn err\n}")
		if f.result == nil {
			d.p("s.Word(\"ok\")")
			return
		}
		if f.role == plain && strings.HasPrefix(f.name, "both-") {
			for _, fd := range f.result.fields {
				d.show(fd.typ, out+"."+fd.goName)
			}
			return
		}
		d.show(f.result, out)
		return
	}
	d.p("if err == nil {\ns.Word(\"ok\")")
	d.show(f.ok, out)
	d.p("} else {")
	d.ownError(f)
	d.p("}")
}

// ownError writes down the contract's own error, and returns any other.
func (d *driver) ownError(f *function) {
	e := f.errs
	d.p("e, ok := errors.AsType[%s](err)\nif !ok {\nreturn err\n}\n_ = e\ns.Word(\"err\")", e.goName)
	switch {
	case e.typ == nil:
	case e.wraps:
		d.show(e.typ, "e.Value")
	default:
		d.show(e.typ, "e")
	}
}

// tiers calls the function again in its other tiers, which must give what the first call gave. Resources that were
// arguments are gone by then.
func (d *driver) tiers(f *function, args []string) {
	if f.viewable() == nil {
		return
	}
	for _, p := range f.params {
		if p.typ.handles || p.typ.hosted {
			return
		}
	}
	args = append([]string{"ctx"}, args...)
	if t := f.tiered(); t != nil {
		d.append(f, t, args)
	}
	d.view(f, args)
}

// append calls the function that appends, to a slice with or without room.
func (d *driver) append(f *function, t *typ, args []string) {
	d.p("{\nvar head %s", t.appended())
	call := "w.client." + f.appendID + "(" + strings.Join(slices.Insert(args, 1, "head"), ", ") + ")"
	if t.kind == "string" {
		d.p("head = append(make([]byte, 0, w.draw.IntN(80)), \"head\"...)")
		d.p("more, err := %s", call)
		d.p("if string(more[:4]) != \"head\" {\nreturn errors.New(\"the head is lost\")\n}")
		d.p("out := string(more[4:])")
	} else {
		d.p("for range w.draw.IntN(3) {\nhead = append(head, %s(w))\n}", of("make", t.elem))
		d.p("if w.draw.Coin() {\nhead = append(head, head...)[:len(head)]\n}") // room that is not empty
		d.p("more, err := %s", call)
		d.p("if len(more) < len(head) {\nreturn errors.New(\"the head is lost\")\n}")
		d.p("out := more[len(head):]")
	}
	d.p("_ = out\ns := &drive.Show{Ctx: ctx}")
	d.outcome(f, "out")
	d.p("if err := drive.Same(%q, came, s.String()); err != nil {\nreturn err\n}\n}", f.path()+", appended")
}

// view calls the function that shows.
func (d *driver) view(f *function, args []string) {
	t := f.viewable()
	call := "w.client." + f.viewID + "(" + strings.Join(append(args, "look"), ", ") + ")"
	d.p("{\ns := &drive.Show{Ctx: ctx}")
	d.p("look := func(v %s) error {", d.m.viewType(t))
	if f.errs != nil {
		d.p("s.Word(\"ok\")")
	}
	if t.kind == "tuple" && strings.HasPrefix(f.name, "both-") && f.errs == nil { // as outcome has it
		for _, fd := range t.fields {
			d.showView(fd.typ, "v."+fd.goName)
		}
	} else {
		d.showView(t, "v")
	}
	d.p("return nil\n}")
	d.p("err := %s", call)
	if f.errs == nil {
		d.p("if err != nil {\nreturn err\n}")
	} else {
		d.p("if err != nil {")
		d.ownError(f)
		d.p("}")
	}
	d.p("if err := drive.Same(%q, came, s.String()); err != nil {\nreturn err\n}\n}", f.path()+", viewed")
}

// showView writes down what is shown, as shows does for the value.
func (d *driver) showView(t *typ, v string) {
	switch {
	case !t.apart():
		d.show(t, v)
	case t.kind == "string":
		d.show(t, "string("+v+")")
	case t.kind == "list":
		elements := v
		if !t.staged() {
			elements += ".All()"
			d.p("if n := %s.Len(); n > 0 {\n_ = %s.At(n-1)\n_ = %s.At(n)\n}", v, v, v)
		}
		d.p("s.Word(\"[\")\nfor _, e := range %s {", elements)
		d.showView(t.elem, "e")
		d.p("}\ns.Word(\"]\")")
	case t.kind == "option":
		d.p("if e, ok := %s.Get(); ok {\ns.Word(\"some\")", v)
		d.showView(t.elem, "e")
		d.p("} else {\ns.Word(\"none\")\n}")
	default:
		for _, fd := range t.fields {
			d.showView(fd.typ, v+"."+fd.goName)
		}
	}
}
