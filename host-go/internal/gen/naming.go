package gen

import (
	"strconv"
	"strings"
)

// name gives everything its Go name. The order decides who keeps a name that several want: what every package has, the
// interfaces, the contract's types, errors, then what is derived from types (constants, constructors). The same
// contract always gets the same names.
func (m *model) name(pkg string) {
	m.pkg = pkg
	m.names = newScope(nil, "Client", "New", "Contract", "Fake", "init", "main", "_",
		"tenon", "context", "errors", "fmt", "math", "strconv")
	m.nameInterfaces()
	m.nameTypes()
	m.findErrors()
	for _, t := range m.types {
		switch t.kind {
		case "record", "tuple":
			nameFields(t)
		case "enum", "flags":
			m.nameCases(t, t.goName)
		case "variant":
			m.nameVariant(t)
		}
	}
	m.nameFunctions()
	for _, t := range m.types {
		if len(t.cases) > 0 {
			t.namesID = m.names.pick("namesOf" + t.goName)
		}
	}
}

// nameInterfaces calls an interface as the contract does; where two packages have one of the same name, after its package
// too. With several there is one over all of them, called Kernel after the world.
func (m *model) nameInterfaces() {
	count := make(map[string]int)
	for _, i := range m.interfaces {
		count[exported(i.label())]++
	}
	for _, i := range m.interfaces {
		label := exported(i.label())
		if count[label] > 1 {
			label = exported(i.pkg()) + label
		}
		i.goName = m.names.pick(label, label+"Interface")
	}
	m.combined = m.interfaces[0].goName
	if len(m.interfaces) > 1 {
		m.combined = m.names.pick("Kernel", "KernelInterfaces")
	}
}

// label is the interface's name in its package: "parser" of "tenon:useragent/parser@1.0.0".
func (i *iface) label() string {
	if i.id == "" {
		return "world"
	}
	label, _, _ := strings.Cut(i.id, "@")
	return label[strings.LastIndexByte(label, '/')+1:]
}

// pkg is the name of the interface's package: "useragent" of "tenon:useragent/parser@1.0.0".
func (i *iface) pkg() string {
	name, _, _ := strings.Cut(i.id, "/")
	return name[strings.LastIndexByte(name, ':')+1:]
}

func (m *model) nameTypes() {
	count := make(map[string]int)
	for _, t := range m.types {
		if t.name != "" {
			count[exported(t.name)]++
		}
	}
	for _, t := range m.types {
		if t.name == "" {
			continue
		}
		label := exported(t.name)
		if count[label] > 1 {
			label = exported((&iface{id: t.iface}).label()) + label
		}
		t.goName = m.names.pick(label, label+kindWord(t))
		t.word = t.goName
	}
	// Anonymous types come after those they are made of.
	for _, t := range m.used {
		if t.name != "" {
			continue
		}
		t.word = word(t)
		if t.declared() {
			t.goName = m.names.pick(t.word, t.word+"Value")
			t.word = t.goName
		}
	}
}

// kindWord tells a type from an interface or a fixed name that it collides with.
func kindWord(t *typ) string {
	switch t.kind {
	case "record", "tuple", "variant", "enum", "flags":
		return exported(t.kind)
	}
	return "Type"
}

// maxWord is the longest name that is made of an anonymous type's parts; a longer one is shortened to what it is.
const maxWord = 48

// word is an anonymous type's name: "ListString", "TupleU8String".
func word(t *typ) string {
	full := exported(t.kind)
	switch t.kind {
	case "list", "option":
		full += t.elem.word
	case "result":
		full += wordOf(t.ok) + wordOf(t.err)
	case "tuple":
		for _, f := range t.fields {
			full += f.typ.word
		}
		if len(full) > maxWord {
			full = "Tuple" + strconv.Itoa(len(t.fields))
		}
	}
	if len(full) > maxWord {
		full = exported(t.kind)
	}
	return full
}

func wordOf(t *typ) string {
	if t == nil {
		return "Unit"
	}
	return t.word
}

// findErrors makes each E of a function's result<T, E> a Go error: a declared type gets the method, for any other one
// there is a struct around it.
func (m *model) findErrors() {
	known := make(map[*typ]*errorType)
	for _, f := range m.functions() {
		if f.result == nil || f.result.kind != "result" {
			continue
		}
		t := f.result.err
		f.ok = f.result.ok
		e := known[t]
		if e == nil {
			e = &errorType{typ: t}
			if t != nil && t.declared() && t.name != "" {
				t.isError = true
				e.goName = t.goName
			} else {
				e.wraps = true
				base := strings.TrimSuffix(wordOf(t), "Error")
				e.goName = m.names.pick(base+"Error", base+"Failure")
			}
			known[t] = e
			m.errors = append(m.errors, e)
		}
		f.errs = e
	}
}

func nameFields(t *typ) {
	s := newScope(nil)
	if t.isError {
		s.taken["Error"] = true
	}
	for i := range t.fields {
		f := &t.fields[i]
		if t.kind == "tuple" {
			f.goName = "V" + f.name
			continue
		}
		f.goName = s.pick(exported(f.name), exported(f.name)+"Field")
	}
}

// nameCases names the constants of an enum, of flags, or of a variant's tag.
func (m *model) nameCases(t *typ, prefix string) {
	for i := range t.cases {
		c := &t.cases[i]
		c.constID = m.names.pick(prefix+exported(c.name), prefix+exported(c.name)+"Case")
	}
}

func (m *model) nameVariant(t *typ) {
	t.kindID = m.names.pick(t.goName+"Kind", t.goName+"Tag")
	m.nameCases(t, t.kindID)
	methods := newScope(nil, "Kind", "Error")
	fields := newScope(nil, "kind")
	byType := make(map[string]int)
	for i := range t.cases {
		c := &t.cases[i]
		c.newID = m.names.pick(t.goName+exported(c.name), "New"+t.goName+exported(c.name))
		if c.typ == nil {
			continue
		}
		c.asID = methods.pick("As" + exported(c.name))
		at, ok := byType[c.typ.goType()]
		if !ok {
			at = len(t.slots)
			byType[c.typ.goType()] = at
			t.slots = append(t.slots, slot{id: fields.pick("payload" + c.typ.word), typ: c.typ})
		}
		c.slot = at
	}
}

// nameFunctions names methods, parameters and what belongs to a function. Methods of all interfaces meet in the client,
// so where two interfaces have a function of one name, both are called after their interface.
func (m *model) nameFunctions() {
	count := make(map[string]int)
	for _, f := range m.functions() {
		count[exported(f.name)]++
	}
	methods := newScope(nil)
	for _, f := range m.functions() {
		label := exported(f.name)
		if count[label] > 1 {
			label = exported(f.iface.label()) + label
		}
		f.goName = methods.pick(label, label+"Func")
	}
	for _, f := range m.functions() {
		f.fakeID = methods.pick(f.goName+"Func", f.goName+"Answer")
	}
	m.names.avoid = make(map[string]bool)
	for _, f := range m.functions() {
		method := newScope(m.names, "ctx")
		call := newScope(m.names, callLocals...)
		for i := range f.params {
			p := &f.params[i]
			name := unexported(p.name)
			p.id = method.pick(name, name+"Arg")
			p.arg = call.pick(name, name+"Arg")
			// No function of the package may be hidden by a parameter.
			m.names.avoid[p.id], m.names.avoid[p.arg] = true, true
		}
	}
	for _, f := range m.functions() {
		f.constID = m.names.pick("func" + f.goName)
		f.callID = m.names.pick("call" + f.goName)
	}
}
