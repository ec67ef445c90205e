package gen

import "strconv"

// writeTypes declares every named type of the contract, the tuples, and the error types.
func (m *model) writeTypes(w *writer) {
	for _, t := range m.types {
		switch {
		case !t.declared():
			w.doc(t.goName, t.docs, t.goName+" is the contract's type "+t.name+".")
			w.p("type %s = %s\n", t.goName, t.spelled())
		case t.kind == "record":
			writeRecord(w, t)
		case t.kind == "tuple":
			writeTuple(w, t)
		case t.kind == "enum":
			writeEnum(w, t)
		case t.kind == "flags":
			writeFlags(w, t)
		case t.kind == "variant":
			writeVariant(w, t)
		}
		if t.isError {
			m.writeErrorMethod(w, t)
		}
	}
	for _, e := range m.errors {
		if e.wraps {
			m.writeErrorStruct(w, e)
		}
	}
}

func writeRecord(w *writer, t *typ) {
	w.doc(t.goName, t.docs, t.goName+" is the contract's record "+t.name+".")
	w.p("type %s struct {", t.goName)
	for _, f := range t.fields {
		if f.docs != "" {
			w.comment(f.docs)
		}
		w.p("%s %s", f.goName, f.typ.goType())
	}
	w.p("}\n")
}

func writeTuple(w *writer, t *typ) {
	w.doc(t.goName, t.docs, t.goName+" is a tuple of the contract.")
	w.p("type %s struct {", t.goName)
	for _, f := range t.fields {
		w.p("%s %s", f.goName, f.typ.goType())
	}
	w.p("}\n")
}

// uintOf is the Go type of a discriminant or of flags.
func uintOf(bytes uint32) string { return "uint" + strconv.Itoa(int(bytes)*8) }

func writeEnum(w *writer, t *typ) {
	w.doc(t.goName, t.docs, t.goName+" is the contract's enum "+t.name+".")
	w.p("type %s %s\n", t.goName, uintOf(t.tag))
	w.p("const (")
	for i, c := range t.cases {
		if c.docs != "" {
			w.comment(c.docs)
		}
		if i == 0 {
			w.p("%s %s = iota", c.constID, t.goName)
		} else {
			w.p("%s", c.constID)
		}
	}
	w.p(")\n")
	writeNames(w, t, t.goName)
}

// writeNames gives an enum, or the tag of a variant, its String method.
func writeNames(w *writer, t *typ, goName string) {
	w.p("var %s = [...]string{", t.namesID)
	for _, c := range t.cases {
		w.p("%q,", c.name)
	}
	w.p("}\n")
	w.p("// String returns the contract's name of the case.")
	w.p("func (v %s) String() string {", goName)
	w.p("if int(v) < len(%s) {", t.namesID)
	w.p("return %s[v]", t.namesID)
	w.p("}")
	w.p("return \"%s(\" + strconv.FormatUint(uint64(v), 10) + \")\"", goName)
	w.p("}\n")
}

func writeFlags(w *writer, t *typ) {
	w.doc(t.goName, t.docs, t.goName+" is a set of the contract's flags "+t.name+".")
	w.p("type %s %s\n", t.goName, uintOf(t.size))
	w.p("const (")
	for i, c := range t.cases {
		if c.docs != "" {
			w.comment(c.docs)
		}
		if i == 0 {
			w.p("%s %s = 1 << iota", c.constID, t.goName)
		} else {
			w.p("%s", c.constID)
		}
	}
	w.p(")\n")
	w.p("var %s = [...]string{", t.namesID)
	for _, c := range t.cases {
		w.p("%q,", c.name)
	}
	w.p("}\n")
	w.p("// Has reports whether every flag of want is set.")
	w.p("func (v %s) Has(want %s) bool { return v&want == want }\n", t.goName, t.goName)
	w.p("// String returns the contract's names of the flags that are set, joined by a bar.")
	w.p("func (v %s) String() string {", t.goName)
	w.p("s := \"\"")
	w.p("for i, name := range %s {", t.namesID)
	w.p("if v&(1<<i) == 0 {")
	w.p("continue")
	w.p("}")
	w.p("if s != \"\" {")
	w.p("s += \"|\"")
	w.p("}")
	w.p("s += name")
	w.p("}")
	w.p("return s")
	w.p("}\n")
}

// flagsMask is the set of every flag there is, as a literal.
func flagsMask(t *typ) string {
	return "0x" + strconv.FormatUint(1<<len(t.cases)-1, 16)
}

func writeVariant(w *writer, t *typ) {
	w.doc(t.goName, t.docs, t.goName+" is the contract's variant "+t.name+".")
	w.p("//")
	w.comment("Its zero value is the first case, with that case's zero payload.")
	w.p("type %s struct {", t.goName)
	w.p("kind %s", t.kindID)
	for _, s := range t.slots {
		w.p("%s %s", s.id, s.typ.goType())
	}
	w.p("}\n")
	w.p("// %s says which case a %s is.", t.kindID, t.goName)
	w.p("type %s %s\n", t.kindID, uintOf(t.tag))
	w.p("const (")
	for i, c := range t.cases {
		if c.docs != "" {
			w.comment(c.docs)
		}
		if i == 0 {
			w.p("%s %s = iota", c.constID, t.kindID)
		} else {
			w.p("%s", c.constID)
		}
	}
	w.p(")\n")
	writeNames(w, t, t.kindID)
	w.p("// Kind says which case it is.")
	w.p("func (v %s) Kind() %s { return v.kind }\n", t.goName, t.kindID)
	for _, c := range t.cases {
		if c.typ == nil {
			w.p("// %s returns the case %s.", c.newID, c.name)
			w.p("func %s() %s { return %s{kind: %s} }\n", c.newID, t.goName, t.goName, c.constID)
			continue
		}
		id, goType := t.slots[c.slot].id, c.typ.goType()
		w.p("// %s returns the case %s with its payload.", c.newID, c.name)
		w.p("func %s(payload %s) %s { return %s{kind: %s, %s: payload} }\n", c.newID, goType, t.goName, t.goName, c.constID, id)
		w.p("// %s returns the payload, and whether the case is %s.", c.asID, c.name)
		w.p("func (v %s) %s() (payload %s, ok bool) {", t.goName, c.asID, goType)
		w.p("if v.kind != %s {", c.constID)
		w.p("return payload, false")
		w.p("}")
		w.p("return v.%s, true", id)
		w.p("}\n")
	}
}

// writeErrorMethod makes a declared type of the contract an error.
func (m *model) writeErrorMethod(w *writer, t *typ) {
	prefix := m.contract.pkg + ": "
	w.p("// Error makes %s an error: functions of the contract answer with it.", t.goName)
	w.p("func (v %s) Error() string {", t.goName)
	switch t.kind {
	case "enum", "flags":
		w.p("return %q + v.String()", prefix)
	case "variant":
		writeVariantError(w, t, prefix)
	default:
		for _, f := range t.fields {
			if f.name == "message" && f.typ.kind == "string" {
				w.p("return %q + v.%s", prefix, f.goName)
				w.p("}\n")
				return
			}
		}
		w.p("type fields %s // without Error, which fmt would call", t.goName)
		w.p("return fmt.Sprintf(\"%s%%+v\", fields(v))", prefix)
	}
	w.p("}\n")
}

func writeVariantError(w *writer, t *typ, prefix string) {
	payloads := false
	for _, c := range t.cases {
		payloads = payloads || c.typ != nil
	}
	if payloads {
		w.p("switch v.kind {")
		for _, c := range t.cases {
			if c.typ != nil {
				w.p("case %s:", c.constID)
				w.p("return fmt.Sprintf(\"%s%s: %%v\", v.%s)", prefix, c.name, t.slots[c.slot].id)
			}
		}
		w.p("}")
	}
	w.p("return %q + v.kind.String()", prefix)
}

// writeErrorStruct declares the error around a type that is not declared itself.
func (m *model) writeErrorStruct(w *writer, e *errorType) {
	prefix := m.contract.pkg + ": "
	w.p("// %s is the answer of the contract's functions that fail with %s.", e.goName, e.what())
	if e.typ == nil {
		w.p("type %s struct{}\n", e.goName)
		w.p("// Error says that the function failed; the contract carries no reason.")
		w.p("func (%s) Error() string { return %q }\n", e.goName, prefix+"failed")
		return
	}
	w.p("type %s struct {", e.goName)
	w.p("Value %s", e.typ.goType())
	w.p("}\n")
	w.p("// Error returns the value as text.")
	if e.typ.kind == "string" {
		w.p("func (e %s) Error() string { return %q + e.Value }\n", e.goName, prefix)
		return
	}
	w.p("func (e %s) Error() string { return fmt.Sprintf(\"%s%%v\", e.Value) }\n", e.goName, prefix)
}
