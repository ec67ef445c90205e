package abi

import "github.com/tenon-dev/tenon/host-go/internal/plan"

// Value is a component-model value. What its parts mean is told by a plan's type:
//
//	bool                    Bits: 0 or 1
//	integers                Bits: the number, signed ones as int64
//	f32, f64                Bits: the float's bits
//	char                    Bits: the code point
//	string                  Text
//	list, record, tuple     Items: the elements or fields in order
//	enum                    Bits: the case
//	variant, option, result Bits: the case (option: 1 is some; result: 1 is the error), Items: its payload, if any
//	flags                   Bits: the flags, the first is bit 0
//	own, borrow             Bits: the representation of a resource that the host defines; for one that the guest
//	                        defines, a number by which the [Caller] that gave it knows the resource
type Value struct {
	Bits  uint64
	Text  string
	Items []Value
}

// Equal reports whether two values of one type are the same; floats are compared by their bits.
func (v Value) Equal(w Value) bool {
	if v.Bits != w.Bits || v.Text != w.Text || len(v.Items) != len(w.Items) {
		return false
	}
	for i := range v.Items {
		if !v.Items[i].Equal(w.Items[i]) {
			return false
		}
	}
	return true
}

// Zero gives the zero value of type t: false, 0, "", [], none, the first case, each with a zero payload. It
// reports false for types with resources, which have none.
func Zero(p *plan.Plan, t int) (Value, bool) {
	typ := &p.Types[t]
	var v Value
	switch typ.Kind {
	case plan.Own, plan.Borrow:
		return v, false
	case plan.Record, plan.Tuple:
		for i := range typ.Fields {
			f, ok := Zero(p, typ.Fields[i].Type)
			if !ok {
				return v, false
			}
			v.Items = append(v.Items, f)
		}
	case plan.Variant, plan.Result:
		if payload, _ := payloadOf(typ, 0); payload != nil {
			item, ok := Zero(p, *payload)
			if !ok {
				return v, false
			}
			v.Items = []Value{item}
		}
	}
	return v, true
}

// payloadOf gives the payload type of case n of a variant, enum, option or result, nil if it has none, and
// whether there is such a case.
func payloadOf(t *plan.Type, n uint64) (payload *int, ok bool) {
	switch t.Kind {
	case plan.Option:
		if n == 1 {
			return t.Element, true
		}
		return nil, n == 0
	case plan.Result:
		if n == 0 {
			return t.OK, true
		}
		return t.Err, n == 1
	default:
		if n >= uint64(len(t.Cases)) {
			return nil, false
		}
		return t.Cases[n].Type, true
	}
}

// caseName is the name of case n, which exists.
func caseName(t *plan.Type, n uint64) string {
	switch t.Kind {
	case plan.Option:
		return [2]string{"none", "some"}[n]
	case plan.Result:
		return [2]string{"ok", "error"}[n]
	default:
		return t.Cases[n].Name
	}
}
