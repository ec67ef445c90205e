package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// value reads a JSON text as a value of a type.
func value(t *tenon.Type, text json.RawMessage, path string) (tenon.Value, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return tenon.Value{}, malformed(path, err)
	}
	return typed(t, v, path)
}

// carried reads the payload of a case, which may have none: then JSON has null.
func carried(t *tenon.Type, text json.RawMessage, path string) ([]tenon.Value, error) {
	if t == nil {
		if !bytes.Equal(text, []byte("null")) {
			return nil, &MalformedError{path, "want null: there is no value here"}
		}
		return nil, nil
	}
	v, err := value(t, text, path)
	return []tenon.Value{v}, err
}

// typed makes a value of a type of what encoding/json has read.
func typed(t *tenon.Type, v any, path string) (out tenon.Value, err error) {
	wrong := func(want string) (tenon.Value, error) {
		return out, &MalformedError{path, "want " + want + ", found " + found(v)}
	}
	switch t.Kind {
	case "bool":
		b, ok := v.(bool)
		if !ok {
			return wrong("true or false")
		}
		if b {
			out.Bits = 1
		}
	case "s8", "s16", "s32", "s64":
		n, ok := v.(json.Number)
		i, err := strconv.ParseInt(n.String(), 10, bits(t.Kind))
		if !ok || err != nil {
			return wrong("a number of type " + t.Kind)
		}
		out.Bits = uint64(i)
	case "u8", "u16", "u32", "u64":
		n, ok := v.(json.Number)
		u, err := strconv.ParseUint(n.String(), 10, bits(t.Kind))
		if !ok || err != nil {
			return wrong("a number of type " + t.Kind)
		}
		out.Bits = u
	case "f32", "f64":
		f, ok := float(v, bits(t.Kind))
		switch {
		case !ok:
			return wrong(`a number of type ` + t.Kind + `, "nan", "inf" or "-inf"`)
		case t.Kind == "f32":
			out.Bits = uint64(math.Float32bits(float32(f)))
		default:
			out.Bits = math.Float64bits(f)
		}
	case "char":
		s, ok := v.(string)
		r, size := utf8.DecodeRuneInString(s)
		if !ok || size == 0 || size != len(s) {
			return wrong("a string of one character")
		}
		out.Bits = uint64(r)
	case "string":
		s, ok := v.(string)
		if !ok {
			return wrong("a string")
		}
		out.Text = s
	case "list":
		items, ok := v.([]any)
		if !ok {
			return wrong("an array")
		}
		out.Items = make([]tenon.Value, len(items))
		for i := range items {
			if out.Items[i], err = typed(t.Elem, items[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return out, err
			}
		}
	case "tuple":
		items, ok := v.([]any)
		if !ok || len(items) != len(t.Members) {
			return wrong(fmt.Sprintf("an array of %d", len(t.Members)))
		}
		for i, m := range t.Members {
			item, err := typed(m.Type, items[i], fmt.Sprintf("%s[%d]", path, i))
			if err != nil {
				return out, err
			}
			out.Items = append(out.Items, item)
		}
	case "record":
		return record(t, v, path)
	case "variant", "result":
		return variant(t, v, path)
	case "enum":
		name, ok := v.(string)
		at := member(t, name)
		if !ok || at < 0 {
			return wrong("one of " + names(t))
		}
		out.Bits = uint64(at)
	case "flags":
		return flags(t, v, path)
	case "option":
		if v == nil {
			return out, nil
		}
		item, err := typed(t.Elem, v, path)
		out.Bits, out.Items = 1, []tenon.Value{item}
		return out, err
	default:
		return out, &MalformedError{path, "no JSON stands for a resource: leave the case out"}
	}
	return out, nil
}

// record makes a record of an object, which has all fields.
func record(t *tenon.Type, v any, path string) (out tenon.Value, err error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return out, &MalformedError{path, "want an object, found " + found(v)}
	}
	for name := range fields {
		if member(t, name) < 0 {
			return out, &MalformedError{path, fmt.Sprintf("no field %q: there are %s", shortened(name), names(t))}
		}
	}
	for _, m := range t.Members {
		field, there := fields[m.Name]
		if !there {
			return out, &MalformedError{path, fmt.Sprintf("the field %q is missing", m.Name)}
		}
		item, err := typed(m.Type, field, path+"."+m.Name)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// variant makes a variant, or a result within another type, of an object with its case as the one field.
func variant(t *tenon.Type, v any, path string) (out tenon.Value, err error) {
	object, _ := v.(map[string]any)
	for name, carries := range object {
		at := member(t, name)
		if at < 0 || len(object) != 1 {
			break
		}
		out.Bits = uint64(at)
		inner := t.Members[at].Type
		switch {
		case inner == nil && carries == nil:
			return out, nil
		case inner == nil:
			return out, &MalformedError{path + "." + name, "want null: the case carries no value"}
		}
		item, err := typed(inner, carries, path+"."+name)
		out.Items = []tenon.Value{item}
		return out, err
	}
	return out, &MalformedError{path, "want an object with one of " + names(t) + " as its one field, found " + found(v)}
}

// flags makes flags of the names of those that are set.
func flags(t *tenon.Type, v any, path string) (out tenon.Value, err error) {
	set, ok := v.([]any)
	if !ok {
		return out, &MalformedError{path, "want an array of names, found " + found(v)}
	}
	for i, item := range set {
		name, _ := item.(string)
		at := member(t, name)
		if at < 0 || out.Bits&(1<<at) != 0 {
			return out, &MalformedError{fmt.Sprintf("%s[%d]", path, i), "want one of " + names(t) + ", each at most once, found " + found(item)}
		}
		out.Bits |= 1 << at
	}
	return out, nil
}

// float reads a number, or the name of one that JSON has not.
func float(v any, size int) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(v.String(), size)
		return f, err == nil
	case string:
		named := map[string]float64{"nan": math.NaN(), "inf": math.Inf(1), "-inf": math.Inf(-1)}
		f, ok := named[v]
		return f, ok
	}
	return 0, false
}

// bits is the width of a number's type: the digits of its name.
func bits(kind string) int {
	n, err := strconv.Atoi(kind[1:])
	if err != nil {
		return 64
	}
	return n
}

func member(t *tenon.Type, name string) int {
	return slices.IndexFunc(t.Members, func(m tenon.Member) bool { return m.Name == name })
}

func names(t *tenon.Type) string {
	var list []string
	for _, m := range t.Members {
		list = append(list, m.Name)
	}
	return shortened(fmt.Sprintf("%q", list))
}

// found writes what stands in place of what is wanted.
func found(v any) string { return shortened(encoded(v)) }

// holdsResource reports whether a type is of a resource, or has one inside. Types form no cycle.
func holdsResource(t *tenon.Type) bool { return holds(t, map[*tenon.Type]bool{}) }

func holds(t *tenon.Type, seen map[*tenon.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	return t.Kind == "own" || t.Kind == "borrow" || holds(t.Elem, seen) ||
		slices.ContainsFunc(t.Members, func(m tenon.Member) bool { return holds(m.Type, seen) })
}
