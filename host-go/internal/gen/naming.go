package gen

import (
	"strconv"
	"strings"
)

// name gives everything its Go name; the package comment has the rules. What the exports use is named first and as if
// there were no imports, so that a kernel that imports more keeps the names of its client. The same contract always gets
// the same names.
func (m *model) name(pkg string) {
	m.pkg = pkg
	m.names = newScope(nil, "Client", "New", "Contract", "Fake", "init", "main", "_",
		"tenon", "context", "errors", "fmt", "math", "strconv")
	for _, r := range m.resources {
		m.resourcesID = "resources"
		if !r.imported {
			m.pinnedID = "Pinned"
		}
	}
	for _, name := range []string{m.resourcesID, m.pinnedID} {
		m.names.taken[name] = true
	}
	m.nameInterfaces(m.interfaces)
	m.combined = m.interfaces[0].goName
	if len(m.interfaces) > 1 {
		m.combined = m.names.pick("Kernel", "KernelInterfaces")
	}
	m.nameTypes(true)
	m.findErrors(m.functions())
	m.findErrors(m.hostFunctions())
	m.nameErrors(m.functions())
	m.nameMembers(true)
	m.nameMethods()
	m.nameResources(true)
	m.nameViews()

	m.nameInterfaces(m.imports)
	m.nameTypes(false)
	m.nameErrors(m.hostFunctions())
	m.nameMembers(false)
	m.nameHostMethods()
	m.nameResources(false)

	m.nameParameters()
	m.nameTables()
}

// functions lists the functions of all exported interfaces, in the order of Contract.Funcs.
func (m *model) functions() []*function { return functions(m.interfaces) }

// hostFunctions lists those of all imported ones.
func (m *model) hostFunctions() []*function { return functions(m.imports) }

func functions(interfaces []*iface) []*function {
	var list []*function
	for _, i := range interfaces {
		list = append(list, i.funcs...)
	}
	return list
}

// nameInterfaces calls the interfaces of one side as the contract does, and after their package or version where that is
// needed to tell them apart. With several exported ones there is one over all of them, called Kernel after the world.
func (m *model) nameInterfaces(interfaces []*iface) {
	var wants [][]string
	for _, i := range interfaces {
		wants = append(wants, i.forms())
	}
	for n, title := range titles(wants) {
		i := interfaces[n]
		i.title = title
		if !i.imported {
			i.goName = m.names.pick(title, title+"Interface")
			continue
		}
		if i.goName = m.names.pick(title, "Host"+title); i.goName == "Host"+title {
			i.title = i.goName
		}
		i.importID = m.names.pick("Import"+i.title, "Grant"+i.title)
	}
}

// nameTypes names the resources and types of one side: those that the exports use, or those that only imports do.
func (m *model) nameTypes(shared bool) {
	var wants [][]string
	var named []func(title string)
	want := func(name, id string, imported bool, pick func(title string)) {
		forms := []string{exported(name)}
		for _, form := range (&iface{id: id, imported: imported}).forms() {
			forms = append(forms, form+exported(name))
		}
		wants, named = append(wants, forms), append(named, pick)
	}
	host := func(title string, candidates ...string) []string {
		if shared {
			return append([]string{title}, candidates...)
		}
		return append([]string{title, "Host" + title}, candidates...)
	}
	for _, r := range m.resources {
		if r.onSide(shared) {
			want(r.name, r.iface.id, r.imported, func(title string) {
				r.goName = m.names.pick(host(title, title+"Resource")...)
			})
		}
	}
	for _, t := range m.types {
		if t.name != "" && t.shared == shared {
			want(t.name, t.iface, !shared, func(title string) {
				t.goName = m.names.pick(host(title, title+kindWord(t))...)
				t.word = t.goName
			})
		}
	}
	for n, title := range titles(wants) {
		named[n](title)
	}
	// Anonymous types come after those they are made of.
	for _, t := range m.used {
		switch {
		case t.shared != shared || t.goName != "":
		case t.kind == "own":
			t.word = t.resource.goName
		case t.kind == "borrow":
			t.word = "Borrowed" + t.resource.goName
		default:
			t.word = word(t)
			if t.declared() {
				t.goName = m.names.pick(t.word, t.word+"Value")
				t.word = t.goName
			}
		}
	}
}

// onSide says whether the resource is named with what the exports use. An exported one always is.
func (r *resource) onSide(shared bool) bool { return (r.shared || !r.imported) == shared }

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
func (m *model) findErrors(functions []*function) {
	for _, f := range functions {
		if f.result == nil || f.result.kind != "result" {
			continue
		}
		t := f.result.err
		f.ok = f.result.ok
		f.errs = m.errorOf(t)
		if f.errs == nil {
			f.errs = &errorType{typ: t}
			if t != nil && t.declared() && t.name != "" {
				t.isError = true
			} else {
				f.errs.wraps = true
			}
			m.errors = append(m.errors, f.errs)
		}
	}
}

func (m *model) errorOf(t *typ) *errorType {
	for _, e := range m.errors {
		if e.typ == t {
			return e
		}
	}
	return nil
}

// nameErrors names the errors of the functions of one side. Their types have names by now.
func (m *model) nameErrors(functions []*function) {
	for _, f := range functions {
		e := f.errs
		switch {
		case e == nil || e.goName != "":
		case !e.wraps:
			e.goName = e.typ.goName
		default:
			base := strings.TrimSuffix(wordOf(e.typ), "Error")
			e.goName = m.names.pick(base+"Error", base+"Failure")
		}
	}
}

// nameMembers names what belongs to the types of one side: fields, cases, constructors.
func (m *model) nameMembers(shared bool) {
	for _, t := range m.types {
		if t.shared != shared {
			continue
		}
		switch t.kind {
		case "record", "tuple":
			nameFields(t)
		case "enum", "flags":
			m.nameCases(t, t.goName)
		case "variant":
			m.nameVariant(t)
		}
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
