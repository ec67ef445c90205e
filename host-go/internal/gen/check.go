package gen

// Some arguments can be refused: a string may not be UTF-8, a char no scalar value, an enum out of range. A refusal after
// the guest's allocator ran costs the instance, because what it allocated stays behind; and one after a resource was
// handed over leaves it with a kernel that never heard of the call. So a function whose arguments could be refused late
// checks all of them before it lowers the first.

// checksFirst says whether an argument of the function could be refused after the guest ran.
func (f *function) checksFirst() bool {
	s := &lowering{entered: f.spill != nil, late: make(map[lateKey]bool)}
	for _, p := range f.params {
		if s.lower(p.typ) {
			return true
		}
	}
	return false
}

// lowering follows the order in which values are lowered.
type lowering struct {
	entered bool // the guest's allocator ran, or it got a resource
	late    map[lateKey]bool
}

// lateKey remembers a type that was followed, in the state it was met in, so that types within types cost nothing twice.
type lateKey struct {
	typ     *typ
	entered bool
}

// lower follows one value and reports whether something in it can be refused after the guest ran.
func (s *lowering) lower(t *typ) bool {
	if t == nil {
		return false
	}
	key := lateKey{t, s.entered}
	if late, ok := s.late[key]; ok {
		s.entered = s.entered || t.enters()
		return late
	}
	late := false
	switch t.kind {
	case "char", "enum":
		late = s.entered
	case "string":
		late = s.entered
		s.entered = true
	case "own", "borrow":
		s.entered = true
	case "list":
		s.entered = true
		late = s.lower(t.elem)
	case "record", "tuple":
		for _, f := range t.fields {
			late = s.lower(f.typ) || late
		}
	case "option", "variant", "result":
		before := s.entered
		for _, c := range t.payloads() {
			s.entered = before
			late = s.lower(c) || late
		}
		s.entered = before || t.enters()
	}
	s.late[key] = late
	return late
}

// enters says whether lowering the type leaves something with the guest.
func (t *typ) enters() bool { return t.allocs || t.handles || t.hosted }

// payloads lists the types of a value of which only one is there.
func (t *typ) payloads() []*typ {
	switch t.kind {
	case "option":
		return []*typ{t.elem}
	case "result":
		return []*typ{t.ok, t.err}
	}
	var list []*typ
	for _, c := range t.cases {
		list = append(list, c.typ)
	}
	return list
}

// check writes the checks of the value v; none where the type has no value to refuse.
func (b *body) check(t *typ, v string) {
	if t == nil || !t.refuses {
		return
	}
	switch t.kind {
	case "string":
		b.p("f.CheckString(%s)", v)
	case "char":
		b.p("f.CharArg(%s)", v)
	case "enum":
		b.p("%s(f, %s)", b.m.helper("lower", t), v)
	default:
		b.p("%s(f, %s)", b.m.helper("check", t), ref(t, v))
	}
}

// writeCheck writes the helper that checks a compound value.
func (m *model) writeCheck(w *writer, name string, t *typ) {
	b := m.body(w, "v", "i")
	b.p("func %s(f *tenon.Frame, v %s) {", name, parameter(t))
	switch t.kind {
	case "list":
		b.p("for i := range v {")
		b.check(t.elem, "v[i]")
		b.p("}")
	case "record", "tuple":
		for _, f := range t.fields {
			b.check(f.typ, "v."+f.goName)
		}
	case "variant":
		b.p("switch v.kind {")
		for _, c := range t.cases {
			if c.typ != nil && c.typ.refuses {
				b.p("case %s:", c.constID)
				b.check(c.typ, "v."+t.slots[c.slot].id)
			}
		}
		b.p("}")
	case "option":
		b.p("if v, ok := v.Get(); ok {")
		b.check(t.elem, "v")
		b.p("}")
	case "result":
		b.sides(t, func(t *typ) bool { return t.refuses }, b.check)
	}
	b.p("}\n")
}

// sides writes the branches over a result's two sides: each for those that it is wanted of.
func (b *body) sides(t *typ, wanted func(*typ) bool, each func(t *typ, v string)) {
	ok, err := "_", "_"
	if t.ok != nil && wanted(t.ok) {
		ok = b.local.pick("value")
	}
	if t.err != nil && wanted(t.err) {
		err = b.local.pick("e")
	}
	b.p("%s, %s, ok := v.Get()", ok, err)
	if ok != "_" {
		b.p("if ok {")
		each(t.ok, ok)
		b.p("}")
	}
	if err != "_" {
		b.p("if !ok {")
		each(t.err, err)
		b.p("}")
	}
}
