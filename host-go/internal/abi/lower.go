package abi

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// crossing is one call: its options, and the guest's memory as of now.
type crossing struct {
	caller  *Caller
	ctx     context.Context
	fn      *plan.Func
	memory  engine.Memory // nil: none
	realloc engine.Func   // nil: none
	view    []byte        // nil: to be taken again, since the guest ran
	budget  int64         // host memory that is left for lifting
}

func (x *crossing) bytes() []byte {
	if x.view == nil && x.memory != nil {
		x.view = x.memory.Bytes()
	}
	return x.view
}

// alloc asks the guest's realloc and checks what it gives. A trap comes back as the second error.
func (x *crossing) alloc(size, align uint32) (uint32, *Error, error) {
	if x.realloc == nil {
		return 0, violation("the function has no realloc"), nil
	}
	stack := [4]uint64{0, 0, uint64(align), uint64(size)}
	x.view = nil
	if err := x.realloc.Call(x.ctx, stack[:]); err != nil {
		return 0, nil, err
	}
	ptr := uint32(stack[0])
	if _, err := x.at(ptr, uint64(size), align); err != nil {
		return 0, err.in(" realloc"), nil
	}
	return ptr, nil, nil
}

// at gives size bytes of the guest's memory after checking alignment and bounds.
func (x *crossing) at(ptr uint32, size uint64, align uint32) ([]byte, *Error) {
	if ptr&(align-1) != 0 {
		return nil, violation("address %#x is not aligned to %d", ptr, align)
	}
	m := x.bytes()
	if uint64(ptr)+size > uint64(len(m)) {
		return nil, violation("%d bytes at address %#x lie outside the memory of %d bytes", size, ptr, len(m))
	}
	return m[ptr : uint64(ptr)+size], nil
}

// lowerParams is lower_flat_values for the parameters.
func (x *crossing) lowerParams(args []Value, stack []uint64) error {
	fn := x.fn
	if s := fn.SpillParams; s != nil {
		ptr, err, trap := x.alloc(s.Size, s.Align)
		if failed := either(err, trap, funcPath(fn)+"params"); failed != nil {
			return failed
		}
		stack[0] = uint64(ptr)
		for i := range args {
			err, trap := x.store(fn.Params[i].Type, &args[i], ptr+s.Offsets[i])
			if failed := either(err, trap, paramPath(fn, i)); failed != nil {
				return failed
			}
		}
		return nil
	}
	at := 0
	for i := range args {
		err, trap := x.lowerFlat(fn.Params[i].Type, &args[i], stack[at:])
		if err != nil || trap != nil {
			return either(err, trap, paramPath(fn, i))
		}
		at += len(x.caller.plan.Types[fn.Params[i].Type].Flat)
	}
	return nil
}

// either turns the two errors into one.
func either(err *Error, trap error, path string) error {
	if err != nil {
		return err.in(path)
	}
	return trap
}

// lowerFlat is lower_flat: it fills one slot for each flat type of t. A slot of a variant that joins several
// types holds the bits of whichever it carries, zero-extended, so joining needs no conversion; slots that a
// case does not use stay as they are, which is 0.
func (x *crossing) lowerFlat(t int, v *Value, out []uint64) (*Error, error) {
	typ := &x.caller.plan.Types[t]
	switch typ.Kind {
	case plan.String, plan.List:
		ptr, n, err, trap := x.lowerPointer(typ, v)
		out[0], out[1] = uint64(ptr), uint64(n)
		return err, trap
	case plan.Record, plan.Tuple:
		at := 0
		for i := range typ.Fields {
			f := &typ.Fields[i]
			if err, trap := x.lowerFlat(f.Type, &v.Items[i], out[at:]); err != nil || trap != nil {
				return err.within("." + f.Name), trap
			}
			at += len(x.caller.plan.Types[f.Type].Flat)
		}
		return nil, nil
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		out[0] = v.Bits
		if payload, _ := payloadOf(typ, v.Bits); payload != nil {
			err, trap := x.lowerFlat(*payload, &v.Items[0], out[1:])
			return err.within("." + caseName(typ, v.Bits)), trap
		}
		return nil, nil
	case plan.S64, plan.U64, plan.F64:
		out[0] = v.Bits
		return nil, nil
	}
	n, err := x.lowerScalar(typ, v)
	out[0] = uint64(n)
	return err, nil
}

// within is in for an error that may be nil.
func (e *Error) within(step string) *Error {
	if e == nil {
		return nil
	}
	return e.in(step)
}

// lowerScalar gives the 32 bits of a scalar; signed integers are sign-extended.
func (x *crossing) lowerScalar(typ *plan.Type, v *Value) (uint32, *Error) {
	switch typ.Kind {
	case plan.Own, plan.Borrow:
		return x.lowerHandle(typ, v)
	}
	return uint32(v.Bits), nil
}

// lowerHandle is lower_own and lower_borrow.
func (x *crossing) lowerHandle(typ *plan.Type, v *Value) (uint32, *Error) {
	held, ok := x.caller.held[v.Bits]
	if !ok {
		return 0, violation("the resource was already given away in this call")
	}
	handles, lower := x.caller.inst.Handles(), (*engine.Handles).LowerBorrow
	if typ.Kind == plan.Own {
		delete(x.caller.held, v.Bits)
		lower = (*engine.Handles).LowerOwn
	}
	h, err := lower(handles, x.fn.ComponentInstance, held.resource, held.rep)
	if err != nil {
		return 0, violation("%s", err)
	}
	return h, nil
}

// lowerPointer is store_string_into_range and store_list_into_range: address and length.
func (x *crossing) lowerPointer(typ *plan.Type, v *Value) (ptr, n uint32, err *Error, trap error) {
	if typ.Kind == plan.String {
		text, bad := MeasureText(v.Text, x.fn.Encoding)
		if bad != nil {
			return 0, 0, violation("%s", bad), nil
		}
		if ptr, err, trap = x.alloc(text.Size, text.Align); err != nil || trap != nil {
			return 0, 0, err, trap
		}
		text.Put(x.bytes()[ptr:][:text.Size], v.Text)
		return ptr, text.Length, nil, nil
	}
	e := &x.caller.plan.Types[*typ.Element]
	if ptr, err, trap = x.alloc(uint32(len(v.Items))*e.Size, e.Align); err != nil || trap != nil {
		return 0, 0, err, trap
	}
	for i := range v.Items {
		if err, trap := x.store(*typ.Element, &v.Items[i], ptr+uint32(i)*e.Size); err != nil || trap != nil {
			return 0, 0, err.within(fmt.Sprintf("[%d]", i)), trap
		}
	}
	return ptr, uint32(len(v.Items)), nil, nil
}

// store is store: it writes a value to memory that was checked when it was allocated.
func (x *crossing) store(t int, v *Value, ptr uint32) (*Error, error) {
	typ := &x.caller.plan.Types[t]
	switch typ.Kind {
	case plan.String, plan.List:
		p, n, err, trap := x.lowerPointer(typ, v)
		if err == nil && trap == nil {
			binary.LittleEndian.PutUint32(x.bytes()[ptr:], p)
			binary.LittleEndian.PutUint32(x.bytes()[ptr+4:], n)
		}
		return err, trap
	case plan.Record, plan.Tuple:
		for i := range typ.Fields {
			f := &typ.Fields[i]
			if err, trap := x.store(f.Type, &v.Items[i], ptr+f.Offset); err != nil || trap != nil {
				return err.within("." + f.Name), trap
			}
		}
		return nil, nil
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		x.put(ptr, typ.Discriminant, v.Bits)
		if payload, _ := payloadOf(typ, v.Bits); payload != nil {
			err, trap := x.store(*payload, &v.Items[0], ptr+typ.Payload)
			return err.within("." + caseName(typ, v.Bits)), trap
		}
		return nil, nil
	case plan.Own, plan.Borrow:
		h, err := x.lowerHandle(typ, v)
		if err == nil {
			x.put(ptr, 4, uint64(h))
		}
		return err, nil
	}
	x.put(ptr, typ.Size, v.Bits)
	return nil, nil
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
