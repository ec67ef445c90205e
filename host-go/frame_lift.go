package tenon

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
)

// Block is a checked stretch of the guest's memory from which values are read. It dies with its frame. A read
// outside of it gives 0 and fails the frame.
type Block struct {
	bytes []byte
	frame *Frame
}

// Block gives the size bytes at a guest address, which must be aligned.
func (f *Frame) Block(addr, size, align uint32) Block {
	b, _ := f.block("a value", uint64(addr), uint64(size), align)
	return b
}

// list checks length, alignment and bounds of a list.
func (f *Frame) list(addr, n, elemSize, align uint32) (Block, bool) {
	if f.fault != nil {
		return Block{frame: f}, false
	}
	size := uint64(n) * uint64(elemSize)
	if size > maxBytes {
		f.endless("list", size)
		return Block{frame: f}, false
	}
	return f.block("a list", uint64(addr), size, align)
}

func (f *Frame) endless(what string, size uint64) {
	f.fail(KindABI, fmt.Sprintf("the kernel gave a %s of %d bytes, more than the %d that can cross",
		what, size, maxBytes), nil)
}

// block checks alignment and bounds.
func (f *Frame) block(what string, addr, size uint64, align uint32) (Block, bool) {
	if f.fault != nil {
		return Block{frame: f}, false
	}
	if uint32(addr)&(align-1) != 0 {
		f.misaligned(what, uint32(addr), align)
		return Block{frame: f}, false
	}
	m := f.view()
	if addr+size > uint64(len(m)) {
		f.outside(what, addr, size)
		return Block{frame: f}, false
	}
	return Block{bytes: m[addr : addr+size : addr+size], frame: f}, true
}

// outside fails the frame unless it failed before.
func (b Block) outside(off uint32) {
	if b.frame != nil {
		b.frame.fail(KindInternal, fmt.Sprintf("a read at %d of a block of %d bytes: generate the client again",
			off, len(b.bytes)), nil)
	}
}

// U8 reads the byte at off.
func (b Block) U8(off uint32) uint8 {
	if uint64(off) >= uint64(len(b.bytes)) {
		b.outside(off)
		return 0
	}
	return b.bytes[off]
}

// U16 reads two bytes at off.
func (b Block) U16(off uint32) uint16 {
	if uint64(off)+2 > uint64(len(b.bytes)) {
		b.outside(off)
		return 0
	}
	return binary.LittleEndian.Uint16(b.bytes[off:])
}

// U32 reads four bytes at off.
func (b Block) U32(off uint32) uint32 {
	if uint64(off)+4 > uint64(len(b.bytes)) {
		b.outside(off)
		return 0
	}
	return binary.LittleEndian.Uint32(b.bytes[off:])
}

// U64 reads eight bytes at off.
func (b Block) U64(off uint32) uint64 {
	if uint64(off)+8 > uint64(len(b.bytes)) {
		b.outside(off)
		return 0
	}
	return binary.LittleEndian.Uint64(b.bytes[off:])
}

// F32 reads a float's bits at off.
func (b Block) F32(off uint32) float32 { return math.Float32frombits(b.U32(off)) }

// F64 reads a float's bits at off.
func (b Block) F64(off uint32) float64 { return math.Float64frombits(b.U64(off)) }

// LiftString copies a string out of the guest: n is its length in the units of the function's encoding. Its
// encoding is checked.
func (f *Frame) LiftString(addr, n uint32) string {
	if f.fault != nil {
		return ""
	}
	if f.fn.shape.utf8 { // the common case, without what the others need
		b, ok := f.text(addr, uint64(n), 1)
		if !ok || !f.charge(uint64(n)) || !f.checkText(b.bytes) {
			return ""
		}
		return string(b.bytes)
	}
	enc := f.fn.shape.encoding
	size, align, most := abi.TextExtent(enc, n)
	b, ok := f.text(addr, size, align)
	if !ok || !f.charge(most) {
		return ""
	}
	text, err := abi.DecodeText(enc, n, b.bytes)
	if err != nil {
		f.fail(KindABI, "the kernel gave "+err.Error(), nil)
	}
	return text
}

// text is the memory of a string of size bytes.
func (f *Frame) text(addr uint32, size uint64, align uint32) (Block, bool) {
	if size > maxBytes {
		f.endless("string", size)
		return Block{}, false
	}
	return f.block("a string", uint64(addr), size, align)
}

// LiftBytes copies a list<u8> out of the guest. An empty list is nil.
func (f *Frame) LiftBytes(addr, n uint32) []byte { return LiftNumbers[uint8](f, addr, n) }

// LiftBool turns a number into a bool: anything but 0 is true.
func (f *Frame) LiftBool(v uint32) bool { return f.fault == nil && v != 0 }

// LiftChar checks a char.
func (f *Frame) LiftChar(v uint32) rune {
	if f.fault != nil {
		return 0
	}
	if v > utf8.MaxRune || !utf8.ValidRune(rune(v)) {
		f.Invalid("char", uint64(v))
		return 0
	}
	return rune(v)
}
