package tenon

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
)

// maxBytes is the longest string or list, in bytes, that crosses in either direction.
const maxBytes = abi.MaxBytes

// Alloc asks the guest's allocator for size bytes and checks what it gives. Views of the guest's memory die
// here.
func (f *Frame) Alloc(size, align uint32) uint32 {
	if f.staged != 0 {
		f.unstage()
	}
	if f.fault != nil {
		return 0
	}
	if f.fn.realloc == nil {
		f.fail(KindInternal, "the export has no allocator: generate the client again", nil)
		return 0
	}
	f.cross()
	f.crossed = [4]uint64{0, 0, uint64(align), uint64(size)}
	if err := f.fn.realloc.Call(f.inner(), f.crossed[:]); err != nil {
		f.trapped(err)
		return 0
	}
	addr := uint32(f.crossed[0])
	if addr&(align-1) != 0 {
		f.misaligned("an allocation", addr, align)
		return 0
	}
	if uint64(addr)+uint64(size) > uint64(len(f.view())) {
		f.outside("an allocation", uint64(addr), uint64(size))
		return 0
	}
	return addr
}

// AllocList allocates a list of n elements of the given size and alignment and gives its address and length.
func (f *Frame) AllocList(n int, size, align uint32) (addr, length uint32) {
	if f.fault != nil {
		return 0, 0
	}
	if uint64(n) > maxBytes || uint64(n)*uint64(size) > maxBytes {
		f.tooLong("list of "+strconv.Itoa(n)+" elements", uint64(n)*uint64(size))
		return 0, 0
	}
	return f.Alloc(uint32(n)*size, align), uint32(n)
}

func (f *Frame) tooLong(what string, size uint64) {
	f.refuse(fmt.Sprintf("a %s takes %d bytes, more than the %d that can cross: pass it in parts", what, size, maxBytes))
}

// String lowers a string in the function's encoding and gives its address and length, in the units that the
// encoding counts. Invalid UTF-8 is refused before the guest sees it.
func (f *Frame) String(s string) (addr, n uint32) {
	if !f.CheckString(s) {
		return 0, 0
	}
	return f.CheckedString(s)
}

// CheckedString is String for one that CheckString let pass in this call, so that it is not looked through twice.
func (f *Frame) CheckedString(s string) (addr, n uint32) {
	if f.fault != nil {
		return 0, 0
	}
	if f.fn.shape.utf8 { // the common case, without what the others need
		addr = f.Alloc(uint32(len(s)), 1)
		if f.fault != nil {
			return 0, 0
		}
		copy(f.view()[addr:], s)
		return addr, uint32(len(s))
	}
	text := abi.MeasureText(s, f.fn.shape.encoding)
	addr = f.Alloc(text.Size, text.Align)
	if f.fault != nil {
		return 0, 0
	}
	text.Put(f.view()[addr:], s)
	return addr, text.Length
}

// CheckString refuses a string that cannot cross: invalid UTF-8, or too long. String does the same; a client
// with several strings checks them all first, so that a bad one costs no instance.
func (f *Frame) CheckString(s string) bool {
	if f.fault != nil {
		return false
	}
	if len(s) <= maxBytes/2 && utf8.ValidString(s) { // no encoding makes more than two bytes of one
		return true
	}
	err := abi.CheckText(s, f.fn.shape.encoding)
	if err == nil {
		return true
	}
	if bad, ok := err.(*abi.TextError); ok && bad.Size > 0 {
		f.tooLong("string", bad.Size)
	} else {
		f.refuse(err.Error() + ": repair it first, e.g. with strings.ToValidUTF8")
	}
	return false
}

// Bytes lowers a list<u8> and gives its address and length.
func (f *Frame) Bytes(b []byte) (addr, n uint32) {
	addr, n = f.AllocList(len(b), 1, 1)
	if f.fault != nil {
		return 0, 0
	}
	copy(f.view()[addr:], b)
	return addr, n
}

// CharArg checks a char and gives it as the number that crosses.
func (f *Frame) CharArg(r rune) uint32 {
	if f.fault != nil {
		return 0
	}
	if !utf8.ValidRune(r) {
		f.BadArgument("char", uint64(uint32(r)))
		return 0
	}
	return uint32(r)
}

// room is the guest's memory from addr on, at least size bytes; nil when there is less.
func (f *Frame) room(addr, size uint32) []byte {
	if f.fault != nil {
		return nil
	}
	m := f.view()
	if uint64(addr)+uint64(size) > uint64(len(m)) {
		f.outside("a store", uint64(addr), uint64(size))
		return nil
	}
	return m[addr:]
}

// StoreU8 stores a byte at a guest address.
func (f *Frame) StoreU8(addr uint32, v uint8) {
	if m := f.room(addr, 1); m != nil {
		m[0] = v
	}
}

// StoreU16 stores two bytes at a guest address, least significant first.
func (f *Frame) StoreU16(addr uint32, v uint16) {
	if m := f.room(addr, 2); m != nil {
		binary.LittleEndian.PutUint16(m, v)
	}
}

// StoreU32 stores four bytes at a guest address, least significant first.
func (f *Frame) StoreU32(addr uint32, v uint32) {
	if m := f.room(addr, 4); m != nil {
		binary.LittleEndian.PutUint32(m, v)
	}
}

// StoreU64 stores eight bytes at a guest address, least significant first.
func (f *Frame) StoreU64(addr uint32, v uint64) {
	if m := f.room(addr, 8); m != nil {
		binary.LittleEndian.PutUint64(m, v)
	}
}

// StoreF32 stores a float's bits at a guest address.
func (f *Frame) StoreF32(addr uint32, v float32) { f.StoreU32(addr, math.Float32bits(v)) }

// StoreF64 stores a float's bits at a guest address.
func (f *Frame) StoreF64(addr uint32, v float64) { f.StoreU64(addr, math.Float64bits(v)) }
