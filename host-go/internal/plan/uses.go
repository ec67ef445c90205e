package plan

// pointers reports whether values of type i hold strings or lists. uses is filled on demand: types only refer
// to smaller indexes, so this is linear over the whole plan.
func (c *checker) pointers(i int) bool {
	if c.uses == nil {
		c.uses = make([]bool, len(c.p.Types))
		for k := range c.p.Types {
			t := &c.p.Types[k]
			has := t.Kind == String || t.Kind == List
			t.EachPart(func(child int) { has = has || c.uses[child] })
			c.uses[k] = has
		}
	}
	return c.uses[i]
}

// EachPart calls f with every type that t contains directly.
func (t *Type) EachPart(f func(child int)) {
	for _, p := range []*int{t.Element, t.OK, t.Err} {
		if p != nil {
			f(*p)
		}
	}
	for i := range t.Fields {
		f(t.Fields[i].Type)
	}
	for i := range t.Cases {
		if t.Cases[i].Type != nil {
			f(*t.Cases[i].Type)
		}
	}
}
