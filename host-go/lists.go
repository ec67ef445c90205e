package tenon

import "unsafe"

// ListOf gives the n elements of a list, each of elemSize bytes in the guest, and whether all is well. The memory
// of n values of T, which the caller is about to make, is charged first, so that lists that share their memory in
// the guest cannot blow up the host.
func ListOf[T any](f *Frame, addr, n, elemSize, align uint32) (Block, bool) {
	var zero T
	b, ok := f.list(addr, n, elemSize, align)
	if !ok || !f.charge(uint64(n)*uint64(unsafe.Sizeof(zero))) {
		return Block{frame: f}, false
	}
	return b, true
}
