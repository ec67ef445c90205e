package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// decode turns a value of the suite into one of type t.
func decode(p *plan.Plan, t int, v value) (abi.Value, error) {
	typ := &p.Types[t]
	if v.Type != string(typ.Kind) {
		return abi.Value{}, fmt.Errorf("a %s where the function has a %s", v.Type, typ.Kind)
	}
	var err error
	var out abi.Value
	switch typ.Kind {
	case plan.Bool:
		var b bool
		if err = json.Unmarshal(v.Value, &b); b {
			out.Bits = 1
		}
	case plan.String:
		err = json.Unmarshal(v.Value, &out.Text)
	case plan.Char:
		var s string
		err = json.Unmarshal(v.Value, &s)
		r, _ := utf8.DecodeRuneInString(s)
		out.Bits = uint64(r)
	case plan.List:
		var items []value
		if err = json.Unmarshal(v.Value, &items); err == nil {
			out.Items, err = decodeAll(p, func(int) int { return *typ.Element }, items)
		}
	case plan.Tuple:
		var items []value
		if err = json.Unmarshal(v.Value, &items); err == nil && len(items) != len(typ.Fields) {
			err = fmt.Errorf("%d fields, the type has %d", len(items), len(typ.Fields))
		}
		if err == nil {
			out.Items, err = decodeAll(p, func(i int) int { return typ.Fields[i].Type }, items)
		}
	case plan.Record:
		out.Items, err = decodeRecord(p, typ, v.Value)
	case plan.Flags:
		var names []string
		err = json.Unmarshal(v.Value, &names)
		for _, name := range names {
			i := slices.IndexFunc(typ.Flags, func(l plan.Label) bool { return l.Name == name })
			if i < 0 {
				return out, fmt.Errorf("there is no flag %q", name)
			}
			out.Bits |= 1 << i
		}
	case plan.Enum, plan.Variant, plan.Option, plan.Result:
		return decodeVariant(p, typ, v.Value)
	default:
		return decodeNumber(typ, v.Value)
	}
	return out, err
}

func decodeAll(p *plan.Plan, typeOf func(i int) int, items []value) ([]abi.Value, error) {
	var out []abi.Value
	for i := range items {
		item, err := decode(p, typeOf(i), items[i])
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

// decodeRecord reads [["name", value], …].
func decodeRecord(p *plan.Plan, typ *plan.Type, data []byte) ([]abi.Value, error) {
	var fields [][2]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	if len(fields) != len(typ.Fields) {
		return nil, fmt.Errorf("%d fields, the type has %d", len(fields), len(typ.Fields))
	}
	var items []value
	for i := range fields {
		var name string
		var v value
		if err := json.Unmarshal(fields[i][0], &name); err != nil {
			return nil, err
		}
		if name != typ.Fields[i].Name {
			return nil, fmt.Errorf("field %q where the type has %q", name, typ.Fields[i].Name)
		}
		if err := json.Unmarshal(fields[i][1], &v); err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return decodeAll(p, func(i int) int { return typ.Fields[i].Type }, items)
}

// decodeVariant reads "case" for an enum, {"case", "payload"} for a variant, a value or null for an option,
// {"Ok"} or {"Err"} for a result.
func decodeVariant(p *plan.Plan, typ *plan.Type, data []byte) (abi.Value, error) {
	var out abi.Value
	var payloadType *int
	var payload *value
	switch typ.Kind {
	case plan.Option:
		if err := json.Unmarshal(data, &payload); err != nil {
			return out, err
		}
		if payload != nil {
			out.Bits, payloadType = 1, typ.Element
		}
	case plan.Result:
		var sides map[string]*value
		if err := json.Unmarshal(data, &sides); err != nil {
			return out, err
		}
		if side, ok := sides["Ok"]; ok {
			payload, payloadType = side, typ.OK
		} else {
			out.Bits, payload, payloadType = 1, sides["Err"], typ.Err
		}
	default:
		var c struct {
			Case    string `json:"case"`
			Payload *value `json:"payload"`
		}
		if typ.Kind == plan.Enum {
			if err := json.Unmarshal(data, &c.Case); err != nil {
				return out, err
			}
		} else if err := json.Unmarshal(data, &c); err != nil {
			return out, err
		}
		i := slices.IndexFunc(typ.Cases, func(k plan.Case) bool { return k.Name == c.Case })
		if i < 0 {
			return out, fmt.Errorf("there is no case %q", c.Case)
		}
		out.Bits, payload, payloadType = uint64(i), c.Payload, typ.Cases[i].Type
	}
	if (payload != nil) != (payloadType != nil) {
		return out, fmt.Errorf("a payload where the type has none, or none where it has one")
	}
	if payload == nil {
		return out, nil
	}
	item, err := decode(p, *payloadType, *payload)
	out.Items = []abi.Value{item}
	return out, err
}

// decodeNumber reads a decimal string; for floats it is that of their bits.
func decodeNumber(typ *plan.Type, data []byte) (abi.Value, error) {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return abi.Value{}, err
	}
	switch typ.Kind {
	case plan.S8, plan.S16, plan.S32, plan.S64:
		n, err := strconv.ParseInt(s, 10, int(8*typ.Size))
		return abi.Value{Bits: uint64(n)}, err
	case plan.U8, plan.U16, plan.U32, plan.U64, plan.F32, plan.F64:
		n, err := strconv.ParseUint(s, 10, int(8*typ.Size))
		return abi.Value{Bits: n}, err
	}
	return abi.Value{}, fmt.Errorf("the harness has no values of type %s", typ.Kind)
}
