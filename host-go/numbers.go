package tenon

import (
	"encoding/binary"
	"unsafe"
)

// Number is a type whose lists cross by one copy of memory.
type Number interface {
	int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64
}

// littleEndian is a constant of the machine; guests are little-endian always.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// LowerNumbers lowers a list of numbers and gives its address and length.
func LowerNumbers[T Number](f *Frame, list []T) (addr, n uint32) {
	var zero T
	size := uint32(unsafe.Sizeof(zero))
	addr, n = f.AllocList(len(list), size, size)
	if f.fault != nil || n == 0 {
		return addr, n
	}
	copySwapped(f.view()[addr:], rawBytes(list), int(size))
	return addr, n
}

// LiftNumbers copies a list of numbers out of the guest. An empty list is nil.
func LiftNumbers[T Number](f *Frame, addr, n uint32) []T {
	var zero T
	size := uint32(unsafe.Sizeof(zero))
	b, ok := f.list(addr, n, size, size)
	if !ok || n == 0 || !f.charge(uint64(n)*uint64(size)) {
		return nil
	}
	out := make([]T, n)
	copySwapped(rawBytes(out), b.bytes, int(size))
	return out
}

// rawBytes is the memory of a list that is not empty.
func rawBytes[T Number](list []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), len(list)*int(unsafe.Sizeof(list[0])))
}

// copySwapped copies src to dst: as it is on a little-endian machine, else with the bytes of each element of
// the given size turned round.
func copySwapped(dst, src []byte, size int) {
	if littleEndian {
		copy(dst, src)
		return
	}
	swap(dst, src, size)
}

func swap(dst, src []byte, size int) {
	for i := 0; i+size <= len(src) && i+size <= len(dst); i += size {
		for j := range size {
			dst[i+j] = src[i+size-1-j]
		}
	}
}
