package abi

import (
	"context"
	"fmt"
	"math"
	"unsafe"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// crossing is one call, of an export or by a guest: the canonical options of its function, and the guest's
// memory as of now.
type crossing struct {
	plan      *plan.Plan
	inst      engine.Instance
	caller    *Caller // who has the guest's resources; nil in a host function, which has none
	ctx       context.Context
	encoding  plan.Encoding
	component int // the component instance whose handles cross

	memory  engine.Memory // nil: none
	realloc engine.Func   // nil: none
	view    []byte        // nil: to be taken again, since the guest ran
	budget  int64         // host memory that is left for lifting
	limit   int64         // what it was at first

	taken []resource // of the host, lifted from the guest's table so far
	given int        // resources of the host that were lowered into it so far
}

// giveBack puts what was lifted before a failure into the guest's table again: nobody else knows of it, and who ends
// the instance drops what is left there.
func (x *crossing) giveBack() {
	for _, r := range x.taken {
		_, _ = x.inst.Handles().LowerOwn(x.component, r.resource, r.rep) // into a place that was just freed
	}
}

// strand leaves to the instance, which is lost, the host's resources in a value whose lowering failed: it was given
// them, and who ends it drops them. Those that lowering has reached are in its table. The value may be one that was
// refused as not of its type.
func (x *crossing) strand(t int, v *Value) {
	typ := &x.plan.Types[t]
	switch typ.Kind {
	case plan.List:
		for i := range v.Items {
			x.strand(*typ.Element, &v.Items[i])
		}
	case plan.Record, plan.Tuple:
		for i := range min(len(v.Items), len(typ.Fields)) {
			x.strand(typ.Fields[i].Type, &v.Items[i])
		}
	case plan.Variant, plan.Enum, plan.Option, plan.Result:
		if payload, _ := payloadOf(typ, v.Bits); payload != nil && len(v.Items) > 0 {
			x.strand(*payload, &v.Items[0])
		}
	case plan.Own:
		switch {
		case !hostDefined(x.plan, *typ.Resource) || v.Bits > math.MaxUint32:
		case x.given > 0: // in the order of lowering
			x.given--
		default:
			x.inst.Handles().Strand(*typ.Resource, uint32(v.Bits))
		}
	}
}

// slots looks the function's memory and allocator up. They may be nil: it needs none, or the instance is under
// construction and has not got them yet.
func (x *crossing) slots(memory, realloc *int) {
	if memory != nil {
		x.memory = x.inst.Memory(*memory)
	}
	if realloc != nil {
		x.realloc = x.inst.Realloc(*realloc)
	}
}

// bytes is the guest's memory as it is now.
func (x *crossing) bytes() []byte {
	if x.view == nil && x.memory != nil {
		x.view = x.memory.Bytes()
	}
	return x.view
}

// alloc asks the guest's realloc and checks what it gives. The error is an *Error or a trap.
func (x *crossing) alloc(size, align uint32) (uint32, error) {
	if x.realloc == nil {
		return 0, violation("the function has no realloc")
	}
	stack := [4]uint64{0, 0, uint64(align), uint64(size)}
	x.view = nil
	if err := x.realloc.Call(x.ctx, stack[:]); err != nil {
		return 0, err
	}
	ptr := uint32(stack[0])
	if _, err := x.at(ptr, uint64(size), align); err != nil {
		return 0, err.in(" realloc")
	}
	return ptr, nil
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

// charge takes bytes off what lifting may still allocate.
func (x *crossing) charge(bytes uint64) *Error {
	if bytes > uint64(x.budget) {
		return &Error{Class: Budget, What: fmt.Sprintf("the call hands over more than fits in %d bytes of the host's memory", x.limit)}
	}
	x.budget -= int64(bytes)
	return nil
}

// hostDefined reports whether resource r is an import: the host knows its representations, and no component
// instance does.
func hostDefined(p *plan.Plan, r int) bool { return p.Resources[r].Import != nil }
