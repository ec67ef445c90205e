package plan

import "strings"

// Signature writes a function's type as WIT: "func(text: string) -> list<u8>". Named types are named, others written out.
func (p *Plan) Signature(params []Param, result *int) string {
	var b strings.Builder
	b.WriteString("func(")
	for i, param := range params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(param.Name + ": ")
		p.writeType(&b, param.Type)
	}
	b.WriteString(")")
	if result != nil {
		b.WriteString(" -> ")
		p.writeType(&b, *result)
	}
	return b.String()
}

// maxSignature is about the longest text of a function's type, in bytes. A hostile type that uses another one twice, and
// so on, would be as long as two to the power of its depth.
const maxSignature = 64 << 10

// writeType writes a type as WIT: by its name if it has one. Types have a bounded depth.
func (p *Plan) writeType(b *strings.Builder, index int) {
	t := &p.Types[index]
	if b.Len() > maxSignature {
		b.WriteString("…")
		return
	}
	if t.Name != "" {
		b.WriteString(t.Name)
		return
	}
	p.writeStructure(b, t)
}

// Definition writes the structure of a type as WIT, whatever its name: "record { x: f64, y: f64 }".
func (p *Plan) Definition(index int) string {
	var b strings.Builder
	p.writeStructure(&b, &p.Types[index])
	return b.String()
}

func (p *Plan) writeStructure(b *strings.Builder, t *Type) {
	one := func(prefix string, index int, suffix string) {
		b.WriteString(prefix)
		p.writeType(b, index)
		b.WriteString(suffix)
	}
	// list writes names with types, of which either may be missing.
	list := func(open, shut string, n int, item func(i int)) {
		b.WriteString(open)
		for i := range n {
			if i > 0 {
				b.WriteString(", ")
			}
			item(i)
		}
		b.WriteString(shut)
	}
	switch t.Kind {
	case List, Option:
		one(string(t.Kind)+"<", *t.Element, ">")
	case Tuple:
		list("tuple<", ">", len(t.Fields), func(i int) { p.writeType(b, t.Fields[i].Type) })
	case Record:
		list("record { ", " }", len(t.Fields), func(i int) { one(t.Fields[i].Name+": ", t.Fields[i].Type, "") })
	case Variant, Enum:
		list(string(t.Kind)+" { ", " }", len(t.Cases), func(i int) {
			b.WriteString(t.Cases[i].Name)
			if payload := t.Cases[i].Type; payload != nil {
				one("(", *payload, ")")
			}
		})
	case Flags:
		list("flags { ", " }", len(t.Flags), func(i int) { b.WriteString(t.Flags[i].Name) })
	case Result:
		b.WriteString("result")
		switch {
		case t.OK != nil && t.Err != nil:
			one("<", *t.OK, ", ")
			one("", *t.Err, ">")
		case t.OK != nil:
			one("<", *t.OK, ">")
		case t.Err != nil:
			one("<_, ", *t.Err, ">")
		}
	case Own:
		b.WriteString(p.resourceText(*t.Resource))
	case Borrow:
		b.WriteString("borrow<" + p.resourceText(*t.Resource) + ">")
	default:
		b.WriteString(string(t.Kind))
	}
}

func (p *Plan) resourceText(index int) string {
	if name := p.Resources[index].Name; name != "" {
		return name
	}
	return "resource"
}
