package tenon

import (
	"iter"
	"math"
	"unsafe"
)

// View is a list where it is: in the memory of a kernel that has answered, or a slice of the baseline's. Generated
// clients hand it to the function that a View method is called with, and it is dead when that function returns: then
// Len is 0. It is for one goroutine.
//
// The function has the kernel's instance to itself until it returns. Other calls of the slot are served by others
// meanwhile, as far as [SlotConfig.MaxInstances] goes. A call of the same pinned instance waits for the function, and so do
// [Slot.Swap] and [Slot.Close]: from within it they would wait until their context ends.
//
// An element is lifted when it is asked for, each time anew. Text in it is bytes and lists are views, or slices of
// numbers, in the kernel's memory: they are not to be changed, and not to be used after the function has returned, when
// other calls write there. What is a Go string or a slice of anything else, inside of variants and results, is a copy that
// may be kept; what is copied counts against [Config.AnswerLimit]. What is looked at may be four times as much in one call,
// each time that it is.
//
// An element that breaks the canonical ABI fails the call: it and all further ones are zero values, All ends, and
// the View method returns the *Fault.
type View[T any] struct {
	frame  *Frame                                   // nil: of a slice
	serial uint64                                   // of the call
	lift   func(f *Frame, list Block, off uint32) T // of a slice: from the element's index
	at     unsafe.Pointer                           // the first element in the kernel
	n      uint32
	size   uint32 // of an element in the kernel
}

// ViewOf is the view of a slice: what a baseline's answer is given as, and what a test calls such a function with.
func ViewOf[T any](list []T) View[T] {
	return ViewEach(list, func(e T) T { return e })
}

// ViewEach is the view of a slice whose elements are shown as something else.
func ViewEach[S, T any](list []S, show func(S) T) View[T] {
	return View[T]{
		lift: func(_ *Frame, _ Block, i uint32) T { return show(list[i]) },
		n:    uint32(min(uint64(len(list)), math.MaxUint32)),
	}
}

// Len is the number of elements; 0 when the view is dead.
func (v View[T]) Len() int {
	if v.frame != nil && v.frame.serial.Load() != v.serial {
		return 0
	}
	return int(v.n)
}

// At is element i, from 0. It is the zero value where there is none.
func (v View[T]) At(i int) T {
	e, _ := v.get(i)
	return e
}

// All gives the elements in order.
func (v View[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		for i := range v.Len() {
			e, ok := v.get(i)
			if !ok || !yield(i, e) {
				return
			}
		}
	}
}

// get is element i, and whether there is one.
func (v *View[T]) get(i int) (e T, ok bool) {
	f := v.frame
	switch {
	case uint(i) >= uint(v.n):
		return e, false
	case f == nil:
		return v.lift(nil, Block{}, uint32(i)), true
	case f.serial.Load() != v.serial || f.fault != nil || !f.see(uint64(max(v.size, leastSight))):
		return e, false
	}
	bytes := unsafe.Slice((*byte)(v.at), uint64(v.n)*uint64(v.size))
	if e = v.lift(f, Block{bytes: bytes, frame: f}, uint32(i)*v.size); f.fault != nil {
		var none T
		return none, false
	}
	return e, true
}
