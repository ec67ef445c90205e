package abi

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// checker refuses values that are not of their types, so that the guest is not entered with them.
type checker struct {
	plan   *plan.Plan
	enc    plan.Encoding
	caller *Caller  // who has the guest's resources; nil in a host function, which has none
	given  []uint64 // resources given away by what was checked so far
	lent   []uint64
}

// check looks through a value of type t.
func (c *checker) check(t int, v *Value) *Error {
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
		if err := CheckText(v.Text, c.enc); err != nil {
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
			if err := c.check(*typ.Element, &v.Items[i]); err != nil {
				return err.in(fmt.Sprintf("[%d]", i))
			}
		}
	case plan.Record, plan.Tuple:
		if len(v.Items) != len(typ.Fields) {
			return argument("%d fields, the type has %d", len(v.Items), len(typ.Fields))
		}
		for i := range v.Items {
			if err := c.check(typ.Fields[i].Type, &v.Items[i]); err != nil {
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
			if err := c.check(*payload, &v.Items[0]); err != nil {
				return err.in("." + caseName(typ, v.Bits))
			}
		}
	case plan.Own, plan.Borrow:
		return c.handle(typ, v.Bits)
	}
	return nil
}

// handle refuses a resource that the host does not have, or gives away and uses in one call.
func (c *checker) handle(typ *plan.Type, n uint64) *Error {
	if hostDefined(c.plan, *typ.Resource) {
		if n > math.MaxUint32 {
			return argument("%#x is no representation of a resource", n)
		}
		return nil
	}
	if c.caller == nil {
		return argument("a resource of the guest: a host function has none to give")
	}
	if held, ok := c.caller.held[n]; !ok || held.resource != *typ.Resource {
		return argument("%d is no resource of this instance and type", n)
	}
	own := typ.Kind == plan.Own
	if slices.Contains(c.given, n) || own && slices.Contains(c.lent, n) {
		return argument("resource %d is given away and used in one call", n)
	}
	if own {
		c.given = append(c.given, n)
	} else {
		c.lent = append(c.lent, n)
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
