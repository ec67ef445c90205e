package tenon

import "github.com/tenon-dev/tenon/host-go/internal/plan"

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
		list = append(list, Signature{FuncRef: e.ref, Text: k.plan.Signature(f.Params, f.Result)})
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
