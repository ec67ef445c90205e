package abi

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// liftResult is lift_flat_values for the result of an export.
func (x *crossing) liftResult(t int, spill bool, flat []uint64) (Value, *Error) {
	if !spill {
		return x.liftFlat(t, flat)
	}
	typ := &x.plan.Types[t]
	b, err := x.at(uint32(flat[0]), uint64(typ.Size), typ.Align)
	if err != nil {
		return Value{}, err
	}
	return x.load(t, b)
}

// liftParams is lift_flat_values for the arguments of an import.
func (x *crossing) liftParams(fn *plan.ImportFunc, spill *plan.Spill, flat []uint64) ([]Value, *Error) {
	args, err := x.items(len(fn.Params))
	if err != nil {
		return nil, err.in(funcPath(fn.Interface, fn.Name) + "params")
	}
	var record []byte
	if spill != nil {
		if record, err = x.at(uint32(flat[0]), uint64(spill.Size), spill.Align); err != nil {
			return nil, err.in(funcPath(fn.Interface, fn.Name) + "params")
		}
	}
	at := 0
	for i := range args {
		t := fn.Params[i].Type
		if spill != nil {
			args[i], err = x.load(t, record[spill.Offsets[i]:])
		} else {
			args[i], err = x.liftFlat(t, flat[at:])
			at += len(x.plan.Types[t].Flat)
		}
		if err != nil {
			return nil, err.in(paramPath(fn.Interface, fn.Name, fn.Params[i].Name))
		}
	}
	return args, nil
}

// liftFlat is lift_flat: it reads one slot for each flat type of t, each narrowed to what t takes from it.
func (x *crossing) liftFlat(t int, in []uint64) (Value, *Error) {
	typ := &x.plan.Types[t]
	switch typ.Kind {
	case plan.String, plan.List:
		return x.liftPointer(typ, uint32(in[0]), uint32(in[1]))
	case plan.Record, plan.Tuple:
		items, err := x.items(len(typ.Fields))
		if err != nil {
			return Value{}, err
		}
		at := 0
		for i := range typ.Fields {
			f := &typ.Fields[i]
			if items[i], err = x.liftFlat(f.Type, in[at:]); err != nil {
				return Value{}, err.in("." + f.Name)
			}
			at += len(x.plan.Types[f.Type].Flat)
		}
		return Value{Items: items}, nil
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		return x.variant(typ, uint64(uint32(in[0])), func(payload int) (Value, *Error) {
			return x.liftFlat(payload, in[1:])
		})
	}
	return x.scalar(typ, in[0])
}

// load is load: b has the type's size.
func (x *crossing) load(t int, b []byte) (Value, *Error) {
	typ := &x.plan.Types[t]
	switch typ.Kind {
	case plan.String, plan.List:
		return x.liftPointer(typ, binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]))
	case plan.Record, plan.Tuple:
		items, err := x.items(len(typ.Fields))
		if err != nil {
			return Value{}, err
		}
		for i := range typ.Fields {
			f := &typ.Fields[i]
			if items[i], err = x.load(f.Type, b[f.Offset:]); err != nil {
				return Value{}, err.in("." + f.Name)
			}
		}
		return Value{Items: items}, nil
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		return x.variant(typ, get(b, typ.Discriminant), func(payload int) (Value, *Error) {
			return x.load(payload, b[typ.Payload:])
		})
	}
	return x.scalar(typ, get(b, typ.Size))
}

// get reads size bytes as an unsigned number.
func get(b []byte, size uint32) uint64 {
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	default:
		return binary.LittleEndian.Uint64(b)
	}
}

// scalar lifts a value of one slot from raw bits, of which it takes as many as its type has.
func (x *crossing) scalar(typ *plan.Type, raw uint64) (Value, *Error) {
	switch typ.Kind {
	case plan.Bool:
		// convert_int_to_bool: anything but 0 is true. In memory only one byte counts, flat all of the i32.
		if uint32(raw) != 0 {
			return Value{Bits: 1}, nil
		}
		return Value{}, nil
	case plan.U8:
		return Value{Bits: uint64(uint8(raw))}, nil
	case plan.U16:
		return Value{Bits: uint64(uint16(raw))}, nil
	case plan.U32, plan.F32:
		return Value{Bits: uint64(uint32(raw))}, nil
	case plan.S8:
		return Value{Bits: uint64(int64(int8(raw)))}, nil
	case plan.S16:
		return Value{Bits: uint64(int64(int16(raw)))}, nil
	case plan.S32:
		return Value{Bits: uint64(int64(int32(raw)))}, nil
	case plan.Char:
		n := uint32(raw)
		if n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return Value{}, violation("%#x is not a char", n)
		}
		return Value{Bits: uint64(n)}, nil
	case plan.Flags:
		// unpack_flags_from_int: bits beyond the flags are ignored.
		return Value{Bits: raw & (1<<len(typ.Flags) - 1)}, nil
	case plan.Own, plan.Borrow:
		return x.liftHandle(typ, uint32(raw))
	default: // s64, u64, f64
		return Value{Bits: raw}, nil
	}
}

// liftHandle is lift_own and lift_borrow.
func (x *crossing) liftHandle(typ *plan.Type, handle uint32) (Value, *Error) {
	lift := (*engine.Handles).LiftOwn
	if typ.Kind == plan.Borrow {
		if x.caller != nil {
			return Value{}, violation("a borrow in a result")
		}
		lift = (*engine.Handles).LiftBorrow
	}
	rep, err := lift(x.inst.Handles(), x.component, *typ.Resource, handle)
	if err != nil {
		return Value{}, handleError(err)
	}
	if x.caller == nil || hostDefined(x.plan, *typ.Resource) {
		if typ.Kind == plan.Own {
			x.taken = append(x.taken, resource{*typ.Resource, rep})
		}
		return Value{Bits: uint64(rep)}, nil
	}
	return Value{Bits: x.caller.hold(resource{*typ.Resource, rep})}, nil
}

// variant lifts what despecialises to a variant (lift_flat_variant, load_variant).
func (x *crossing) variant(typ *plan.Type, n uint64, lift func(payload int) (Value, *Error)) (Value, *Error) {
	payload, ok := payloadOf(typ, n)
	if !ok {
		return Value{}, violation("there is no case %d", n)
	}
	v := Value{Bits: n}
	if payload == nil {
		return v, nil
	}
	items, err := x.items(1)
	if err != nil {
		return Value{}, err
	}
	if items[0], err = lift(*payload); err != nil {
		return Value{}, err.in("." + caseName(typ, n))
	}
	v.Items = items
	return v, nil
}

// liftPointer is load_string_from_range and load_list_from_range.
func (x *crossing) liftPointer(typ *plan.Type, ptr, n uint32) (Value, *Error) {
	if typ.Kind == plan.String {
		size, align, decoded := TextExtent(x.encoding, n)
		if size > MaxBytes {
			return Value{}, violation("a string of %d bytes, at most %d can cross", size, MaxBytes)
		}
		src, err := x.at(ptr, size, align)
		if err != nil {
			return Value{}, err
		}
		if err := x.charge(decoded); err != nil {
			return Value{}, err
		}
		s, bad := DecodeText(x.encoding, n, src)
		if bad != nil {
			return Value{}, violation("%s", bad)
		}
		return Value{Text: s}, nil
	}
	e := &x.plan.Types[*typ.Element]
	size := uint64(n) * uint64(e.Size)
	if size > MaxBytes {
		return Value{}, violation("a list of %d bytes, at most %d can cross", size, MaxBytes)
	}
	src, err := x.at(ptr, size, e.Align)
	if err != nil {
		return Value{}, err
	}
	items, err := x.items(int(n))
	if err != nil {
		return Value{}, err
	}
	for i := range items {
		if items[i], err = x.load(*typ.Element, src[uint64(i)*uint64(e.Size):]); err != nil {
			return Value{}, err.in(fmt.Sprintf("[%d]", i))
		}
	}
	return Value{Items: items}, nil
}
