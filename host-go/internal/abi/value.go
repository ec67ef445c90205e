package abi

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

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
//	own, borrow             Bits: a number by which the [Caller] that gave it knows the resource
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

// check refuses a value that is not of type t, so that the guest is not entered with it.
func (c *Caller) check(t int, v *Value, enc plan.Encoding) *Error {
	typ := &c.plan.Types[t]
	switch typ.Kind {
	case plan.Bool, plan.U8, plan.U16, plan.U32:
		if limit := unsignedMax(typ.Kind); v.Bits > limit {
			return argument("%d is not a %s", v.Bits, typ.Kind)
		}
	case plan.S8, plan.S16, plan.S32:
		shift := 64 - 8*typ.Size
		if n := int64(v.Bits); n<<shift>>shift != n {
			return argument("%d is not a %s", n, typ.Kind)
		}
	case plan.F32:
		if v.Bits > math.MaxUint32 {
			return argument("%#x is not an f32", v.Bits)
		}
	case plan.Char:
		if v.Bits > utf8.MaxRune || !utf8.ValidRune(rune(v.Bits)) {
			return argument("%#x is not a char", v.Bits)
		}
	case plan.String:
		if _, err := MeasureText(v.Text, enc); err != nil {
			return argument("%s", err)
		}
	case plan.Flags:
		if v.Bits>>len(typ.Flags) != 0 {
			return argument("%#x has bits beyond the %d flags", v.Bits, len(typ.Flags))
		}
	case plan.List:
		e := &c.plan.Types[*typ.Element]
		if size := uint64(len(v.Items)) * uint64(e.Size); size > MaxBytes {
			return argument("%d bytes, at most %d can cross", size, MaxBytes)
		}
		for i := range v.Items {
			if err := c.check(*typ.Element, &v.Items[i], enc); err != nil {
				return err.in(fmt.Sprintf("[%d]", i))
			}
		}
	case plan.Record, plan.Tuple:
		if len(v.Items) != len(typ.Fields) {
			return argument("%d fields, the type has %d", len(v.Items), len(typ.Fields))
		}
		for i := range v.Items {
			if err := c.check(typ.Fields[i].Type, &v.Items[i], enc); err != nil {
				return err.in("." + typ.Fields[i].Name)
			}
		}
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		payload, ok := payloadOf(typ, v.Bits)
		if !ok {
			return argument("there is no case %d", v.Bits)
		}
		if (payload != nil) != (len(v.Items) == 1) || len(v.Items) > 1 {
			return argument("case %s has %d payloads", caseName(typ, v.Bits), len(v.Items))
		}
		if payload != nil {
			if err := c.check(*payload, &v.Items[0], enc); err != nil {
				return err.in("." + caseName(typ, v.Bits))
			}
		}
	case plan.Own, plan.Borrow:
		if held, ok := c.held[v.Bits]; !ok || held.resource != *typ.Resource {
			return argument("%d is no resource of this instance and type", v.Bits)
		}
	}
	return nil
}

func unsignedMax(k plan.Kind) uint64 {
	switch k {
	case plan.Bool:
		return 1
	case plan.U8:
		return math.MaxUint8
	case plan.U16:
		return math.MaxUint16
	default:
		return math.MaxUint32
	}
}
