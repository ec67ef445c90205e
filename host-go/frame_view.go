package tenon

import (
	"fmt"
	"slices"
	"unicode/utf8"
	"unsafe"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
)

// Show ends a call like [Frame.Leave], but has what was found of its answer looked at before: look gets v. It is not
// called when the call has failed by then: shown is false, and err the fault. Otherwise err is the fault of lifting what
// look asked for, or of the end of the call; without a fault it is what look returned.
//
// The instance is the call's until look has returned. It is given back, its post-return function called first, also when
// look panics or ends the goroutine. The end of the call has the time of [SlotConfig.Deadline] to itself, since look's
// is not the kernel's.
func Show[V any](f *Frame, v V, look func(V) error) (shown bool, err error) {
	if f.fault != nil {
		f.seen = 0
		return false, f.Leave()
	}
	defer func() {
		if fault := f.leaveView(); fault != nil {
			err = fault
		}
	}()
	return true, look(v)
}

// leaveView is Leave after somebody has looked at the answer. Views of it die here.
func (f *Frame) leaveView() error {
	f.serial.Add(1)
	f.seen = 0
	switch {
	case f.fault != nil || !f.owes:
		return f.Leave()
	case !f.fueled:
		f.arm()
		return f.Leave()
	}
	note, spent, limits := f.note, f.inst.Spent(), f.version.limits
	limits.Fuel = max(limits.Fuel-spent, 1)
	f.inst.Begin(limits)
	err := f.Leave()
	if note != nil {
		note.Fuel += spent
	}
	return err
}

// ViewString is the text of a string in the guest's memory, in UTF-8, checked. A string in another encoding is copied.
func (f *Frame) ViewString(addr, n uint32) []byte {
	if f.fault != nil {
		return nil
	}
	if !f.fn.shape.utf8 {
		return []byte(f.LiftString(addr, n))
	}
	b, ok := f.text(addr, uint64(n), 1)
	if !ok || !f.see(uint64(n)) || !f.checkText(b.bytes) {
		return nil
	}
	return b.bytes
}

// see counts n bytes that are looked at. Lists and texts may share their memory, a list of lists of them each all of it, so
// that loops over views would have no end that the caller's budget sets: nothing is copied.
func (f *Frame) see(n uint64) bool {
	if f.seen += n; f.seen/sights > uint64(f.version.budget) {
		f.fail(KindMemory, fmt.Sprintf("more than %d times %d bytes of the answer were looked at: raise Config.AnswerLimit, "+
			"look at each part once, or let the kernel answer less", sights, f.version.budget), nil)
		return false
	}
	return true
}

// sights is how often an answer of the largest size may be looked at. An element of a list counts as leastSight bytes at
// least.
const (
	sights     = 4
	leastSight = 4
)

// checkText fails the call over text that is not UTF-8.
func (f *Frame) checkText(b []byte) bool {
	if f.fault == nil && !utf8.Valid(b) {
		f.fail(KindABI, "the kernel gave "+abi.ErrUTF8.Error(), nil)
	}
	return f.fault == nil
}

// ViewNumbers is a list of numbers in the guest's memory, where the machine has them in the guest's byte order; else it
// is a copy. An empty list is nil.
func ViewNumbers[T Number](f *Frame, addr, n uint32) []T {
	if !littleEndian {
		return LiftNumbers[T](f, addr, n)
	}
	var zero T
	size := uint32(unsafe.Sizeof(zero))
	b, ok := f.list(addr, n, size, size)
	if !ok || n == 0 {
		return nil
	}
	first := unsafe.Pointer(unsafe.SliceData(b.bytes))
	if uintptr(first)%uintptr(size) != 0 { // an engine that puts its memories anywhere
		return LiftNumbers[T](f, addr, n)
	}
	return unsafe.Slice((*T)(first), n)
}

// ViewList is a list in the guest's memory whose elements, each of size bytes, lift lifts from the list's block and
// their offset in it.
func ViewList[T any](f *Frame, addr, n, size, align uint32, lift func(f *Frame, list Block, off uint32) T) View[T] {
	b, ok := f.list(addr, n, size, align)
	if !ok {
		return View[T]{}
	}
	return View[T]{frame: f, serial: f.serial.Load(), lift: lift, at: unsafe.Pointer(unsafe.SliceData(b.bytes)), n: n, size: size}
}

// AppendString appends the text of a string, in UTF-8, checked, to dst. After a failure it is dst as it was.
func (f *Frame) AppendString(dst []byte, addr, n uint32) []byte {
	if f.fault == nil && !f.fn.shape.utf8 {
		return append(dst, f.LiftString(addr, n)...)
	}
	b, ok := f.text(addr, uint64(n), 1)
	if !ok || !f.charge(uint64(n)) || !f.checkText(b.bytes) {
		return dst
	}
	return append(dst, b.bytes...)
}

// AppendNumbers appends a list of numbers to dst. After a failure it is dst as it was.
func AppendNumbers[T Number](f *Frame, dst []T, addr, n uint32) []T {
	var zero T
	size := uint32(unsafe.Sizeof(zero))
	b, ok := f.list(addr, n, size, size)
	if !ok || n == 0 || !f.charge(uint64(n)*uint64(size)) {
		return dst
	}
	return appendRaw(dst, b.bytes, int(size))
}

// appendRaw appends numbers of size bytes each, as the guest has them.
func appendRaw[T Number](dst []T, raw []byte, size int) []T {
	n := len(raw) / size
	out := slices.Grow(dst, n)[:len(dst)+n]
	if n > 0 {
		copySwapped(rawBytes(out[len(dst):]), raw, size)
	}
	return out
}

// Extend gives the n elements of a list, each of size bytes in the guest, and dst with n zero values behind, which is
// where to lift them to. A dst that is nil and a list that is empty make nil. What the n values take in Go counts
// against [Config.AnswerLimit], also where dst has room. After a failure it is dst as it was.
func Extend[T any](f *Frame, dst []T, addr, n, size, align uint32) (Block, []T) {
	b, ok := ListOf[T](f, addr, n, size, align)
	switch {
	case !ok || n == 0:
		return Block{frame: f}, dst
	case dst == nil:
		return b, make([]T, n)
	}
	out := slices.Grow(dst, int(n))[:len(dst)+int(n)]
	clear(out[len(dst):])
	return b, out
}
