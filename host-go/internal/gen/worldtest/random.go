package worldtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Random draws a world. The same seed gives the same one.
func Random(seed uint64) *World {
	d := &drawing{Rand: rand.New(rand.NewPCG(seed, 77))}
	w := &World{Encoding: byte(d.IntN(3))}
	for n := range d.IntN(3) {
		i := d.declare(fmt.Sprintf("test:world%d/%s@0.%d.0", d.IntN(2), pick(d, interfaceNames), n+1), true)
		for k := range 1 + d.IntN(5) {
			f := &Func{Name: d.fresh(i, k), Role: Imported, Params: d.params(), Result: d.result()}
			i.Funcs = append(i.Funcs, f)
		}
		d.ofResources(i)
		w.Imports = append(w.Imports, i)
	}
	relays := &Interface{Name: "test:relays/relays@1.0.0"}
	for n, i := range w.Imports {
		for k, f := range i.Funcs {
			relays.Funcs = append(relays.Funcs, &Func{Name: fmt.Sprintf("relay-%d-%d", n, k), Role: Relay, Params: f.Params,
				Result: f.Result, Target: f})
		}
	}
	if len(relays.Funcs) > 0 {
		w.Exports = append(w.Exports, relays)
	}
	d.types, d.resources = nil, nil
	i := d.declare("test:kernel/"+pick(d, interfaceNames)+"@1.2.3", false)
	for k := range 1 + d.IntN(5) {
		i.Funcs = append(i.Funcs, d.same(k))
	}
	d.ofResources(i)
	w.Exports = append(w.Exports, i)
	return w
}

// drawing is one world in the making.
type drawing struct {
	*rand.Rand
	types     []*Type        // that have names, and may be used
	resources []*Resource    // likewise
	names     map[string]any // of the interface at hand: what each stands for, folded; nil for its own things
}

var interfaceNames = []string{"types", "log", "client", "host", "kernel", "contract", "a-p-i", "api", "type", "tenon"}

// names are for types, fields, cases and parameters: keywords, predeclared and generated ones, acronyms, digits.
var names = strings.Fields(`a b c v i n f err ctx out block addr tag ok e rs handle impl answer base self kind type func range go map
	len cap new string error nil append min any bool user-id url http-url a-p-i api x1 x2y utf8 client contract fake pinned close pin
	resource resources slot payload tenon context math fmt errors strconv case default select init main value as-string UTF`)

func pick[T any](d *drawing, list []T) T { return list[d.IntN(len(list))] }

// labels draws n different names; WIT compares them without case.
func (d *drawing) labels(n int) []string {
	var list []string
	seen := make(map[string]bool)
	for k := range n {
		name := pick(d, names)
		if seen[fold(name)] {
			name = fmt.Sprintf("%s-n%d", name, k)
		}
		seen[fold(name)] = true
		list = append(list, name)
	}
	return list
}

// declare draws an interface's resources and named types.
func (d *drawing) declare(name string, imported bool) *Interface {
	i := &Interface{Name: name}
	labels := d.labels(8)
	d.names = make(map[string]any)
	for _, l := range labels {
		d.names[fold(l)] = nil
	}
	for range d.IntN(3) {
		r := &Resource{Name: labels[0], Imported: imported, home: i}
		d.names[fold(r.Name)] = r
		labels = labels[1:]
		i.Resources = append(i.Resources, r)
		d.resources = append(d.resources, r)
	}
	for range d.IntN(6) {
		t := d.compound(2)
		t.Name, t.home, labels = labels[0], i, labels[1:]
		d.names[fold(t.Name)] = t
		i.Types = append(i.Types, t)
		d.types = append(d.types, t)
	}
	return i
}

// ofResources gives each of the interface's resources a constructor and a method.
func (d *drawing) ofResources(i *Interface) {
	number := &Type{Kind: "u32"}
	for _, r := range i.Resources {
		maker := &Func{Name: "[constructor]" + r.Name, Params: []Param{{pick(d, names), number}},
			Result: &Type{Kind: "own", Resource: r}, Resource: r}
		value := &Func{Name: "[method]" + r.Name + ".its-number", Params: []Param{{"self", &Type{Kind: "borrow", Resource: r}}},
			Result: number, Resource: r}
		if !r.Imported {
			maker.Role, value.Role = Make, Value
		}
		i.Funcs = append(i.Funcs, maker, value)
	}
}

// fresh draws the name of function k.
func (d *drawing) fresh(i *Interface, k int) string {
	name := pick(d, names)
	taken := func(f *Func) bool { return strings.EqualFold(f.Name, name) }
	_, clash := d.names[fold(name)]
	if clash || slices.ContainsFunc(i.Funcs, taken) {
		name = fmt.Sprintf("%s-f%d", name, k)
	}
	d.names[fold(name)] = nil
	return name
}

// params draws an imported function's parameters: few, or so many that they do not fit into registers.
func (d *drawing) params() []Param {
	n := d.IntN(4)
	if d.IntN(5) == 0 {
		n = 10
	}
	var list []Param
	for _, name := range d.labels(n) {
		t := d.any(3)
		if len(d.resources) > 0 && d.IntN(5) == 0 { // inside a value the kernel would not find it to give it back
			if r := pick(d, d.resources); d.use(r.Name, r) {
				t = &Type{Kind: "borrow", Resource: r}
			}
		}
		list = append(list, Param{name, t})
	}
	return list
}

func (d *drawing) result() *Type {
	switch d.IntN(6) {
	case 0:
		return nil
	case 1, 2:
		t := &Type{Kind: "result", Elems: []*Type{nil, nil}}
		for i := range t.Elems {
			if d.IntN(4) > 0 {
				t.Elems[i] = d.any(2)
			}
		}
		return t
	}
	return d.any(3)
}

// same draws a function that returns what it is given.
func (d *drawing) same(k int) *Func {
	f := &Func{Role: Same}
	if d.IntN(3) == 0 { // as many as it takes to go through memory
		f.Name = fmt.Sprintf("both-%d", k)
		f.Result = &Type{Kind: "tuple"}
		for _, name := range d.labels(20) {
			t := d.any(2)
			f.Params = append(f.Params, Param{name, t})
			f.Result.Elems = append(f.Result.Elems, t)
		}
		return f
	}
	f.Name = fmt.Sprintf("same-%d", k)
	f.Result = d.any(4)
	if d.IntN(4) == 0 {
		f.Result = &Type{Kind: "list", Elems: []*Type{f.Result}}
	}
	f.Params = []Param{{pick(d, names), f.Result}}
	return f
}

var scalars = []string{"bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"}

// use says whether the interface at hand can use a type or resource under its name, as WIT's use does without an as: what
// has another name there is another type to Go.
func (d *drawing) use(name string, what any) bool {
	if has, taken := d.names[fold(name)]; taken && has != what {
		return false
	}
	d.names[fold(name)] = what
	return true
}

// any draws a type of values.
func (d *drawing) any(depth int) *Type {
	switch n := d.IntN(10); {
	case n < 3 && len(d.types) > 0:
		if t := pick(d, d.types); d.use(t.Name, t) {
			return t
		}
	case n == 3 && len(d.resources) > 0:
		if r := pick(d, d.resources); d.use(r.Name, r) {
			return &Type{Kind: "own", Resource: r}
		}
	}
	if depth == 0 || d.IntN(10) < 4 {
		return &Type{Kind: pick(d, scalars)}
	}
	switch d.IntN(4) {
	case 0:
		return &Type{Kind: "list", Elems: []*Type{d.any(depth - 1)}}
	case 1:
		return &Type{Kind: "option", Elems: []*Type{d.any(depth - 1)}}
	case 2:
		t := &Type{Kind: "tuple"}
		for range 1 + d.IntN(4) {
			t.Elems = append(t.Elems, d.any(depth-1))
		}
		return t
	}
	t := &Type{Kind: "result", Elems: []*Type{nil, nil}}
	for i := range t.Elems {
		if d.IntN(3) > 0 {
			t.Elems[i] = d.any(depth - 1)
		}
	}
	return t
}

// compound draws a type that has to have a name, or one that may.
func (d *drawing) compound(depth int) *Type {
	switch d.IntN(5) {
	case 0:
		t := &Type{Kind: "enum", Labels: d.labels(1 + d.IntN(6))}
		if d.IntN(5) == 0 {
			t.Labels = d.labels(300)
		}
		return t
	case 1:
		return &Type{Kind: "flags", Labels: d.labels(1 + d.IntN(32))}
	case 2:
		t := &Type{Kind: "variant", Labels: d.labels(1 + d.IntN(6))}
		for range t.Labels {
			var payload *Type
			if d.IntN(4) > 0 {
				payload = d.any(depth)
			}
			t.Elems = append(t.Elems, payload)
		}
		return t
	case 3:
		return &Type{Kind: "list", Elems: []*Type{d.any(depth)}}
	}
	t := &Type{Kind: "record", Labels: d.labels(1 + d.IntN(6))}
	for range t.Labels {
		t.Elems = append(t.Elems, d.any(depth))
	}
	return t
}

// fold is a name as WIT compares it.
func fold(name string) string { return strings.ToLower(name) }
