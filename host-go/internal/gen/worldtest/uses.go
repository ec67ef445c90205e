package worldtest

// uses are the named types and the resources that an interface takes from others.
type uses struct {
	names     []string
	types     []*Type
	resources []*Resource
}

// indices are the places of their indices, resources first.
func (u *uses) indices() []*int {
	var list []*int
	for _, r := range u.resources {
		list = append(list, &r.index)
	}
	for _, t := range u.types {
		list = append(list, &t.index)
	}
	return list
}

func (i *Interface) uses() *uses {
	u := &uses{}
	seenTypes, seenResources := make(map[*Type]bool), make(map[*Resource]bool)
	var walk func(t *Type)
	walk = func(t *Type) {
		switch {
		case t == nil || seenTypes[t]:
			return
		case t.Name != "" && t.home != i:
			u.types = append(u.types, t)
		case t.Resource != nil && t.Resource.home != i && !seenResources[t.Resource]:
			u.resources = append(u.resources, t.Resource)
			seenResources[t.Resource] = true
		default:
			for _, e := range t.Elems {
				walk(e)
			}
		}
		seenTypes[t] = true
	}
	for _, t := range i.Types {
		walk(t)
	}
	for _, f := range i.Funcs {
		walk(f.Result)
		for _, p := range f.Params {
			walk(p.Type)
		}
	}
	for _, r := range u.resources {
		u.names = append(u.names, r.Name)
	}
	for _, t := range u.types {
		u.names = append(u.names, t.Name)
	}
	return u
}
