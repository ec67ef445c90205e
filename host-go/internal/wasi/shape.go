package wasi

import (
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// names are what shapes call the types of WASI that have a structure or an identity.
var names = map[string]string{
	"wasi:cli/terminal-input#terminal-input":           "terminal-input",
	"wasi:cli/terminal-output#terminal-output":         "terminal-output",
	"wasi:filesystem/types#descriptor":                 "descriptor",
	"wasi:io/error#error":                              "error",
	"wasi:io/poll#pollable":                            "pollable",
	"wasi:io/streams#input-stream":                     "input-stream",
	"wasi:io/streams#output-stream":                    "output-stream",
	"variant { last-operation-failed(error), closed }": "stream-error",
	"record { seconds: u64, nanoseconds: u32 }":        "datetime",
}

// maxShape is about the longest text of a type, in bytes: WASI's are shorter. A hostile type that uses another one twice,
// and so on, would be as long as two to the power of its depth.
const maxShape = 512

// shape writes a function's type as WIT, by its structure: whatever the component calls a type, only one that is WASI's
// gets a name, of those in names.
func shape(p *plan.Plan, fn *plan.ImportFunc) string {
	w := writer{plan: p}
	w.list("func(", ")", len(fn.Params), func(i int) { w.one(fn.Params[i].Name+": ", fn.Params[i].Type, "") })
	if fn.Result != nil {
		w.one(" -> ", *fn.Result, "")
	}
	return string(w.text)
}

// writer writes types of a plan.
type writer struct {
	plan *plan.Plan
	text []byte
}

func (w *writer) add(text string) { w.text = append(w.text, text...) }

func (w *writer) one(prefix string, index int, suffix string) {
	w.add(prefix)
	w.value(index)
	w.add(suffix)
}

func (w *writer) list(open, shut string, n int, item func(i int)) {
	w.add(open)
	for i := 0; i < n && len(w.text) <= maxShape; i++ {
		if i > 0 {
			w.add(", ")
		}
		item(i)
	}
	w.add(shut)
}

// value writes a type, by WASI's name if it is one of WASI's.
func (w *writer) value(index int) {
	if len(w.text) > maxShape {
		w.add("…")
		return
	}
	t := &w.plan.Types[index]
	start := len(w.text)
	switch t.Kind {
	case plan.List, plan.Option:
		w.one(string(t.Kind)+"<", *t.Element, ">")
	case plan.Tuple:
		w.list("tuple<", ">", len(t.Fields), func(i int) { w.value(t.Fields[i].Type) })
	case plan.Record:
		w.list("record { ", " }", len(t.Fields), func(i int) { w.one(t.Fields[i].Name+": ", t.Fields[i].Type, "") })
	case plan.Variant, plan.Enum:
		w.list(string(t.Kind)+" { ", " }", len(t.Cases), func(i int) {
			w.add(t.Cases[i].Name)
			if payload := t.Cases[i].Type; payload != nil {
				w.one("(", *payload, ")")
			}
		})
	case plan.Flags:
		w.list("flags { ", " }", len(t.Flags), func(i int) { w.add(t.Flags[i].Name) })
	case plan.Result:
		w.add("result")
		switch {
		case t.OK != nil && t.Err != nil:
			w.one("<", *t.OK, ", ")
			w.one("", *t.Err, ">")
		case t.OK != nil:
			w.one("<", *t.OK, ">")
		case t.Err != nil:
			w.one("<_, ", *t.Err, ">")
		}
	case plan.Own:
		w.resource(*t.Resource)
	case plan.Borrow:
		w.add("borrow<")
		w.resource(*t.Resource)
		w.add(">")
	default:
		w.add(string(t.Kind))
	}
	w.rename(start)
}

// resource writes the path by which the component imports a resource first: "wasi:io/poll#pollable".
func (w *writer) resource(index int) {
	start := len(w.text)
	path := strings.Join(w.plan.Resources[index].Import, "#")
	if Covers(path) {
		name, version, _ := strings.Cut(path, "@")
		_, item, _ := strings.Cut(version, "#")
		path = name + "#" + item
	}
	w.add(path)
	w.rename(start)
}

// rename puts WASI's name in place of what was written since start.
func (w *writer) rename(start int) {
	if name, ok := names[string(w.text[start:])]; ok {
		w.text = append(w.text[:start], name...)
	}
}
