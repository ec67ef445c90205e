package tenon

import (
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Signature is a function with its type, for people and for tools that call by name.
type Signature struct {
	FuncRef
	// Text is the type in WIT's spelling: "func(text: string) -> list<u8>". Named types are named, others written
	// out. The fields of a record, in the order of a [Value]'s items, are in the contract's text.
	Text string
}

// Exports lists the functions that the kernel exports, in the component's order.
func (k *Kernel) Exports() []Signature {
	var list []Signature
	for _, e := range k.exports() {
		f := &k.plan.Funcs[e.at]
		list = append(list, Signature{FuncRef: e.ref, Text: signature(k.plan, f.Params, f.Result)})
	}
	return list
}

// export is a function that the component exports, and its place in Plan.Funcs.
type export struct {
	ref FuncRef
	at  int
}

// exports lists the functions of the world and of its interfaces. Instances within instances, which only hand-written
// components have, cannot be named in a call.
func (k *Kernel) exports() []export {
	var list []export
	for _, e := range k.plan.Exports {
		if e.Kind == plan.ExternFunc && e.Func != nil {
			list = append(list, export{FuncRef{Name: e.Name}, *e.Func})
		}
		for _, inner := range e.Exports {
			if inner.Kind == plan.ExternFunc && inner.Func != nil {
				list = append(list, export{FuncRef{Interface: e.Name, Name: inner.Name}, *inner.Func})
			}
		}
	}
	return list
}

// signature writes a function's type as WIT.
func signature(p *plan.Plan, params []plan.Param, result *int) string {
	var b strings.Builder
	b.WriteString("func(")
	for i, param := range params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(param.Name + ": ")
		writeType(&b, p, param.Type)
	}
	b.WriteString(")")
	if result != nil {
		b.WriteString(" -> ")
		writeType(&b, p, *result)
	}
	return b.String()
}

// maxSignature is about the longest text of a function's type, in bytes. A hostile type that uses another one twice, and
// so on, would be as long as two to the power of its depth.
const maxSignature = 64 << 10

// writeType writes a type as WIT: by its name if it has one. Types have a bounded depth.
func writeType(b *strings.Builder, p *plan.Plan, index int) {
	t := &p.Types[index]
	if b.Len() > maxSignature {
		b.WriteString("…")
		return
	}
	if t.Name != "" {
		b.WriteString(t.Name)
		return
	}
	one := func(prefix string, index int, suffix string) {
		b.WriteString(prefix)
		writeType(b, p, index)
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
	case plan.List, plan.Option:
		one(string(t.Kind)+"<", *t.Element, ">")
	case plan.Tuple:
		list("tuple<", ">", len(t.Fields), func(i int) { writeType(b, p, t.Fields[i].Type) })
	case plan.Record:
		list("record { ", " }", len(t.Fields), func(i int) { one(t.Fields[i].Name+": ", t.Fields[i].Type, "") })
	case plan.Variant, plan.Enum:
		list(string(t.Kind)+" { ", " }", len(t.Cases), func(i int) {
			b.WriteString(t.Cases[i].Name)
			if payload := t.Cases[i].Type; payload != nil {
				one("(", *payload, ")")
			}
		})
	case plan.Flags:
		list("flags { ", " }", len(t.Flags), func(i int) { b.WriteString(t.Flags[i].Name) })
	case plan.Result:
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
	case plan.Own:
		b.WriteString(resourceText(p, *t.Resource))
	case plan.Borrow:
		b.WriteString("borrow<" + resourceText(p, *t.Resource) + ">")
	default:
		b.WriteString(string(t.Kind))
	}
}

func resourceText(p *plan.Plan, index int) string {
	if name := p.Resources[index].Name; name != "" {
		return name
	}
	return "resource"
}
