package worldtest

var primitives = map[string]byte{
	"bool": 0x7f, "s8": 0x7e, "u8": 0x7d, "s16": 0x7c, "u16": 0x7b, "s32": 0x7a, "u32": 0x79, "s64": 0x78, "u64": 0x77,
	"f32": 0x76, "f64": 0x75, "char": 0x74, "string": 0x73,
}

// value is a reference to a type: a primitive one, or an index. What has no name is defined on the way.
func (s *space) value(t *Type) buffer {
	if p, ok := primitives[t.Kind]; ok {
		return buffer{p}
	}
	index := t.index
	if t.Name == "" {
		index = s.define(s.definition(t))
	}
	var b buffer
	b.s(int64(index))
	return b
}

// maybe is a reference to a type that may be missing.
func (s *space) maybe(t *Type) buffer {
	if t == nil {
		return buffer{0}
	}
	return append(buffer{1}, s.value(t)...)
}

// definition is what a type is made of.
func (s *space) definition(t *Type) buffer {
	switch t.Kind {
	case "own", "borrow":
		b := buffer{0x69}
		if t.Kind == "borrow" {
			b[0] = 0x68
		}
		b.u(t.Resource.index)
		return b
	case "list":
		return append(buffer{0x70}, s.value(t.Elems[0])...)
	case "option":
		return append(buffer{0x6b}, s.value(t.Elems[0])...)
	case "result":
		ok, err := s.maybe(t.Elems[0]), s.maybe(t.Elems[1])
		return append(append(buffer{0x6a}, ok...), err...)
	case "enum", "flags":
		b := buffer{map[string]byte{"enum": 0x6d, "flags": 0x6e}[t.Kind]}
		b.u(len(t.Labels))
		for _, l := range t.Labels {
			b.name(l)
		}
		return b
	}
	var items []buffer
	for i, e := range t.Elems {
		var b buffer
		switch t.Kind {
		case "record":
			b.name(t.Labels[i])
			b = append(b, s.value(e)...)
		case "variant":
			b.name(t.Labels[i])
			b = append(b, s.maybe(e)...)
			b.raw(0)
		case "tuple":
			b = s.value(e)
		}
		items = append(items, b)
	}
	return append(buffer{map[string]byte{"record": 0x72, "variant": 0x71, "tuple": 0x6f}[t.Kind]}, list(items...)...)
}

// function is a function's type.
func (s *space) function(f *Func) buffer {
	var params []buffer
	for _, p := range f.Params {
		var b buffer
		b.name(p.Name)
		params = append(params, append(b, s.value(p.Type)...))
	}
	var result buffer
	if f.Result != nil {
		result = append(buffer{0}, s.value(f.Result)...)
	} else {
		result = buffer{1, 0}
	}
	return append(append(buffer{0x40}, list(params...)...), result...)
}
