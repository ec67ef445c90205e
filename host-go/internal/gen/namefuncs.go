package gen

// nameMethods names the methods of the client and of the kernel's resources. Methods of all interfaces meet in the
// client, so where two interfaces have a function of one name, both are called after their interface.
func (m *model) nameMethods() {
	methods := newScope(nil)
	if m.pinnedID != "" {
		methods = newScope(nil, "Pin", "Close")
	}
	var list []*function
	for _, i := range m.interfaces {
		list = append(list, i.free()...)
	}
	m.nameFree(list, methods)
	for _, f := range list {
		f.fakeID = methods.pick(f.goName+"Func", f.goName+"Answer")
	}
	m.nameTiers(methods)
}

// nameFree names the functions that are no methods of resources: a constructor after what it makes, a static after what
// it belongs to.
func (m *model) nameFree(list []*function, methods *scope) {
	var wants [][]string
	for _, f := range list {
		label := exported(f.member)
		switch f.role {
		case constructor:
			label = "New" + f.of.goName
		case static:
			label = f.of.goName + label
		}
		forms := []string{label}
		for _, form := range f.iface.forms() {
			if f.role == plain {
				forms = append(forms, form+label)
			} else { // a resource's name is its own already
				forms = append(forms, label)
			}
		}
		wants = append(wants, forms)
	}
	for n, label := range titles(wants) {
		list[n].goName = methods.pick(label, label+"Func")
	}
}

// nameHostMethods names the methods that a host implements, each interface's by themselves.
func (m *model) nameHostMethods() {
	for _, i := range m.imports {
		m.nameFree(i.free(), newScope(nil))
	}
}

// nameResources names what belongs to the resources of one side, their methods among it.
func (m *model) nameResources(shared bool) {
	for _, r := range m.resources {
		if r.onSide(shared) {
			m.nameResource(r)
		}
	}
}

func (m *model) nameResource(r *resource) {
	methods := newScope(nil, "Close")
	for _, f := range r.methods() {
		label := exported(f.member)
		f.goName = methods.pick(label, label+"Method")
	}
	r.refID = m.names.pick("resource" + r.goName)
	if r.imported {
		return
	}
	r.fakeID = m.names.pick("Fake"+r.goName, "FakeOf"+r.goName)
	for _, f := range r.methods() {
		f.fakeID = methods.pick(f.goName+"Func", f.goName+"Answer")
	}
	r.closeID = methods.pick("CloseFunc", "CloseAnswer")
	r.clientID = m.names.pick("kernel" + r.goName)
	r.handleID = m.names.pick("handleOf" + r.goName)
}

// ident is the function's name within the package's identifiers.
func (f *function) ident() string {
	if f.role == method {
		return f.of.goName + f.goName
	}
	return f.goName
}

// nameParameters names parameters, and what belongs to a function.
func (m *model) nameParameters() {
	m.names.avoid = make(map[string]bool)
	all := append(m.functions(), m.hostFunctions()...)
	for _, f := range all {
		locals := callLocals
		if f.iface.imported {
			locals = serveLocals
		}
		signature, body := newScope(m.names, "ctx"), newScope(m.names, locals...)
		for i := range f.params {
			p := &f.params[i]
			name := unexported(p.name)
			p.id = signature.pick(name, name+"Arg")
			p.arg = body.pick(name, name+"Arg")
			// No function of the package may be hidden by a parameter.
			m.names.avoid[p.id], m.names.avoid[p.arg] = true, true
		}
	}
	for _, f := range all {
		switch {
		case f.iface.imported && f.role == method:
			f.callID = m.names.pick("serve" + f.ident())
			continue
		case f.iface.imported:
			f.callID = m.names.pick("serve" + f.iface.goName + f.goName)
			continue
		}
		f.constID = m.names.pick("func" + f.ident())
		f.callID = m.names.pick("call" + f.ident())
		if f.viewable() != nil && f.tiered() == nil {
			f.viewCallID = m.names.pick("view" + f.ident())
		}
	}
}

// nameTables names the tables of cases' names.
func (m *model) nameTables() {
	for _, t := range m.types {
		if len(t.cases) > 0 {
			t.namesID = m.names.pick("namesOf" + t.goName)
		}
	}
}
