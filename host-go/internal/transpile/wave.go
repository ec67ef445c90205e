package transpile

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Value is a component-model value in the shape of internal/abi's: what its parts mean is told by a plan's type.
type Value struct {
	Bits  uint64  `json:"bits"`
	Text  string  `json:"text"`
	Items []Value `json:"items"`
}

// ParseWAVE reads arguments in WAVE, the text form of component-model values, for parameters of types params
// of the plan. The texts together may have 1 MiB.
//
// The error is an *[Error], or ctx's when it ends first: [Malformed] when the number of arguments is wrong or a
// text is not a value of its type, with the argument as Path and the byte of its text as Offset; [Limit] for texts
// that are too long or nest too deep; [Unsupported] for resources, which have no text form.
func (t *Transpiler) ParseWAVE(ctx context.Context, p *plan.Plan, params []int, args []string) ([]Value, error) {
	for i, text := range args {
		// JSON would put replacement characters in their place.
		if !utf8.ValidString(text) {
			return nil, &Error{Kind: Malformed, Path: argument(i), Message: argument(i) + " is not UTF-8"}
		}
	}
	types, roots := waveTypes(p, params)
	if args == nil {
		args = []string{} // null is no list
	}
	answer, err := t.wave(ctx, funcWAVEParse, map[string]any{"types": types, "params": roots, "args": args})
	if err != nil {
		return nil, err
	}
	var values []Value
	if err := json.Unmarshal(answer, &values); err != nil {
		return nil, internal("the transpiler's values cannot be read", err)
	}
	return values, nil
}

// PrintWAVE writes a value of type typ of the plan in WAVE.
//
// The error is an *[Error], or ctx's when it ends first: [Malformed] when the value is not one of the type, with the
// wrong part as Path; [Limit] for one that nests too deep or is too large; [Unsupported] for resources.
func (t *Transpiler) PrintWAVE(ctx context.Context, p *plan.Plan, typ int, v Value) (string, error) {
	parts, ok := flatten(nil, v, 0)
	if !ok {
		return "", &Error{Kind: Limit, Message: "the value nests too deep"}
	}
	for i := range parts {
		if !utf8.ValidString(parts[i].Text) {
			return "", &Error{Kind: Malformed, Message: "a string of the value is not UTF-8"}
		}
	}
	types, roots := waveTypes(p, []int{typ})
	answer, err := t.wave(ctx, funcWAVEPrint, map[string]any{"types": types, "type": roots[0], "value": parts})
	if err != nil {
		return "", err
	}
	return string(answer), nil
}

func argument(i int) string { return "argument " + strconv.Itoa(i+1) }

// wave calls one of the transpiler's functions for WAVE with its input as JSON.
func (t *Transpiler) wave(ctx context.Context, function int, input map[string]any) ([]byte, error) {
	text, err := json.Marshal(input)
	if err != nil {
		return nil, internal("the input for the transpiler cannot be written", err)
	}
	return t.run(ctx, task{function: function, input: text})
}

// part is a value without those in it, which follow it.
type part struct {
	Bits  uint64 `json:"bits,omitempty"`
	Text  string `json:"text,omitempty"`
	Items int    `json:"items,omitempty"`
}

// flatten appends a value and all in it to parts, each before those in it. It reports false when they nest deeper
// than types do.
func flatten(parts []part, v Value, depth int) ([]part, bool) {
	if depth > plan.MaxTypeDepth {
		return nil, false
	}
	parts = append(parts, part{Bits: v.Bits, Text: v.Text, Items: len(v.Items)})
	for i := range v.Items {
		var ok bool
		if parts, ok = flatten(parts, v.Items[i], depth+1); !ok {
			return nil, false
		}
	}
	return parts, true
}

// waveType is a type as the transpiler's functions for WAVE read it: without its layout.
type waveType struct {
	Kind    plan.Kind    `json:"kind"`
	Element *int         `json:"element,omitempty"`
	OK      *int         `json:"ok,omitempty"`
	Err     *int         `json:"err,omitempty"`
	Fields  []waveMember `json:"fields,omitempty"`
	Cases   []waveMember `json:"cases,omitempty"`
	Flags   []waveMember `json:"flags,omitempty"`
}

type waveMember struct {
	Name string `json:"name"`
	Type *int   `json:"type,omitempty"`
}

// waveTypes gives the types of the plan that roots lead to, and roots as indices into them.
func waveTypes(p *plan.Plan, roots []int) ([]waveType, []int) {
	used := map[int]bool{}
	var order []int
	open := slices.Clone(roots)
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if !used[i] {
			used[i] = true
			order = append(order, i)
			p.Types[i].EachPart(func(part int) { open = append(open, part) })
		}
	}
	slices.Sort(order) // as in the plan, types stand after those that they refer to
	number := make(map[int]int, len(order))
	for n, i := range order {
		number[i] = n
	}
	ref := func(i *int) *int {
		if i == nil {
			return nil
		}
		n := number[*i]
		return &n
	}
	types := make([]waveType, len(order))
	for n, i := range order {
		t := &p.Types[i]
		w := waveType{Kind: t.Kind, Element: ref(t.Element), OK: ref(t.OK), Err: ref(t.Err)}
		for k := range t.Fields {
			w.Fields = append(w.Fields, waveMember{Name: t.Fields[k].Name, Type: ref(&t.Fields[k].Type)})
		}
		for k := range t.Cases {
			w.Cases = append(w.Cases, waveMember{Name: t.Cases[k].Name, Type: ref(t.Cases[k].Type)})
		}
		for k := range t.Flags {
			w.Flags = append(w.Flags, waveMember{Name: t.Flags[k].Name})
		}
		types[n] = w
	}
	out := make([]int, len(roots))
	for k, i := range roots {
		out[k] = number[i]
	}
	return types, out
}
