package abi

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// liftResult is lift_flat_values for the result.
func (x *crossing) liftResult(flat []uint64) (Value, *Error) {
	if !x.fn.SpillResult {
		return x.liftFlat(*x.fn.Result, flat)
	}
	t := &x.caller.plan.Types[*x.fn.Result]
	b, err := x.at(uint32(flat[0]), uint64(t.Size), t.Align)
	if err != nil {
		return Value{}, err
	}
	return x.load(*x.fn.Result, b)
}

// liftFlat is lift_flat: it reads one slot for each flat type of t, each narrowed to what t takes from it.
func (x *crossing) liftFlat(t int, in []uint64) (Value, *Error) {
	typ := &x.caller.plan.Types[t]
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
			at += len(x.caller.plan.Types[f.Type].Flat)
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
	typ := &x.caller.plan.Types[t]
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
	case plan.Own:
		rep, err := x.caller.inst.Handles().LiftOwn(x.fn.ComponentInstance, *typ.Resource, uint32(raw))
		if err != nil {
			return Value{}, violation("%s", err)
		}
		return Value{Bits: x.caller.hold(resource{*typ.Resource, rep})}, nil
	case plan.Borrow:
		return Value{}, violation("a borrow in a result")
	default: // s64, u64, f64
		return Value{Bits: raw}, nil
	}
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
		size, align, decoded := TextExtent(x.fn.Encoding, n)
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
		s, bad := DecodeText(x.fn.Encoding, n, src)
		if bad != nil {
			return Value{}, violation("%s", bad)
		}
		return Value{Text: s}, nil
	}
	e := &x.caller.plan.Types[*typ.Element]
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

// items makes room for n values after charging for them.
func (x *crossing) items(n int) ([]Value, *Error) {
	if err := x.charge(uint64(n) * uint64(unsafe.Sizeof(Value{}))); err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, nil
	}
	return make([]Value, n), nil
}

func (x *crossing) charge(bytes uint64) *Error {
	if bytes > uint64(x.budget) {
		return &Error{Class: Budget, What: fmt.Sprintf("the answer takes more than %d bytes of the host's memory", x.caller.Budget)}
	}
	x.budget -= int64(bytes)
	return nil
}
