package abi

import (
	"encoding/binary"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// lowerParams is lower_flat_values for the arguments of an export. The error is an *Error or a trap.
func (x *crossing) lowerParams(fn *plan.Func, args []Value, stack []uint64) error {
	if s := fn.SpillParams; s != nil {
		ptr, err := x.alloc(s.Size, s.Align)
		if err != nil {
			return step(err, funcPath(fn.Interface, fn.Name)+"params")
		}
		stack[0] = uint64(ptr)
		for i := range args {
			if err := x.store(fn.Params[i].Type, &args[i], ptr+s.Offsets[i]); err != nil {
				return step(err, paramPath(fn.Interface, fn.Name, fn.Params[i].Name))
			}
		}
		return nil
	}
	at := 0
	for i := range args {
		t := fn.Params[i].Type
		if err := x.lowerFlat(t, &args[i], stack[at:]); err != nil {
			return step(err, paramPath(fn.Interface, fn.Name, fn.Params[i].Name))
		}
		at += len(x.plan.Types[t].Flat)
	}
	return nil
}

// lowerResult is lower_flat_values for the result of an import: flat, or to the address that the guest gave.
func (x *crossing) lowerResult(t int, spill bool, v *Value, ptr uint32, stack []uint64) error {
	if !spill {
		return x.lowerFlat(t, v, stack)
	}
	typ := &x.plan.Types[t]
	if _, err := x.at(ptr, uint64(typ.Size), typ.Align); err != nil {
		return err
	}
	return x.store(t, v, ptr)
}

// lowerFlat is lower_flat: it fills one slot for each flat type of t. A slot of a variant that joins several
// types holds the bits of whichever it carries, zero-extended, so joining needs no conversion; slots that a
// case does not use are 0.
func (x *crossing) lowerFlat(t int, v *Value, out []uint64) error {
	typ := &x.plan.Types[t]
	switch typ.Kind {
	case plan.String, plan.List:
		ptr, n, err := x.lowerPointer(typ, v)
		out[0], out[1] = uint64(ptr), uint64(n)
		return err
	case plan.Record, plan.Tuple:
		at := 0
		for i := range typ.Fields {
			f := &typ.Fields[i]
			if err := x.lowerFlat(f.Type, &v.Items[i], out[at:]); err != nil {
				return step(err, "."+f.Name)
			}
			at += len(x.plan.Types[f.Type].Flat)
		}
		return nil
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		clear(out[:len(typ.Flat)])
		out[0] = v.Bits
		if payload, _ := payloadOf(typ, v.Bits); payload != nil {
			if err := x.lowerFlat(*payload, &v.Items[0], out[1:]); err != nil {
				return step(err, "."+caseName(typ, v.Bits))
			}
		}
		return nil
	case plan.S64, plan.U64, plan.F64:
		out[0] = v.Bits
		return nil
	case plan.Own, plan.Borrow:
		h, err := x.lowerHandle(typ, v)
		out[0] = uint64(h)
		return err
	}
	out[0] = uint64(uint32(v.Bits)) // a signed integer is sign-extended to 32 bits
	return nil
}

// lowerHandle is lower_own and lower_borrow.
func (x *crossing) lowerHandle(typ *plan.Type, v *Value) (uint32, error) {
	rep := uint32(v.Bits)
	if !hostDefined(x.plan, *typ.Resource) {
		rep = x.caller.held[v.Bits].rep
	}
	lower := (*engine.Handles).LowerBorrow
	if typ.Kind == plan.Own {
		lower = (*engine.Handles).LowerOwn
	}
	handle, err := lower(x.inst.Handles(), x.component, *typ.Resource, rep)
	if err == nil && typ.Kind == plan.Own {
		if hostDefined(x.plan, *typ.Resource) {
			x.given++
		} else {
			delete(x.caller.held, v.Bits)
		}
	}
	return handle, err
}

// lowerPointer is store_string_into_range and store_list_into_range: address and length.
func (x *crossing) lowerPointer(typ *plan.Type, v *Value) (ptr, n uint32, err error) {
	if typ.Kind == plan.String {
		text := MeasureText(v.Text, x.encoding)
		if ptr, err = x.alloc(text.Size, text.Align); err != nil {
			return 0, 0, err
		}
		text.Put(x.bytes()[ptr:], v.Text)
		return ptr, text.Length, nil
	}
	e := &x.plan.Types[*typ.Element]
	if ptr, err = x.alloc(uint32(len(v.Items))*e.Size, e.Align); err != nil {
		return 0, 0, err
	}
	for i := range v.Items {
		if err := x.store(*typ.Element, &v.Items[i], ptr+uint32(i)*e.Size); err != nil {
			return 0, 0, step(err, fmt.Sprintf("[%d]", i))
		}
	}
	return ptr, uint32(len(v.Items)), nil
}

// store is store: it writes a value to memory that was checked when its address was taken. Memory only grows,
// so what was inside stays inside.
func (x *crossing) store(t int, v *Value, ptr uint32) error {
	typ := &x.plan.Types[t]
	switch typ.Kind {
	case plan.String, plan.List:
		p, n, err := x.lowerPointer(typ, v)
		if err != nil {
			return err
		}
		x.put(ptr, 4, uint64(p))
		x.put(ptr+4, 4, uint64(n))
		return nil
	case plan.Record, plan.Tuple:
		for i := range typ.Fields {
			f := &typ.Fields[i]
			if err := x.store(f.Type, &v.Items[i], ptr+f.Offset); err != nil {
				return step(err, "."+f.Name)
			}
		}
		return nil
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		x.put(ptr, typ.Discriminant, v.Bits)
		if payload, _ := payloadOf(typ, v.Bits); payload != nil {
			if err := x.store(*payload, &v.Items[0], ptr+typ.Payload); err != nil {
				return step(err, "."+caseName(typ, v.Bits))
			}
		}
		return nil
	case plan.Own, plan.Borrow:
		h, err := x.lowerHandle(typ, v)
		if err == nil {
			x.put(ptr, 4, uint64(h))
		}
		return err
	}
	x.put(ptr, typ.Size, v.Bits)
	return nil
}

// put writes the low size bytes of v.
func (x *crossing) put(ptr, size uint32, v uint64) {
	b := x.bytes()[ptr:]
	switch size {
	case 1:
		b[0] = byte(v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	default:
		binary.LittleEndian.PutUint64(b, v)
	}
}
