package tenon

import "unsafe"

// RetList is the address and length of a result that is exactly a string or a list, after Invoke.
func (f *Frame) RetList() (addr, n uint32) {
	b := f.Block(uint32(f.Ret(0)), 8, 4)
	return b.U32(0), b.U32(4)
}

// AppendRetString appends a result that is a string, after InvokeText, to dst: its text in UTF-8, checked. After a
// failure it is dst as it was.
func (f *Frame) AppendRetString(dst []byte) []byte {
	if !f.handed {
		addr, n := f.RetList()
		return f.AppendString(dst, addr, n)
	}
	b := f.handedOver(1)
	if !f.checkText(b) || !f.charge(uint64(len(b))) {
		return dst
	}
	return append(dst, b...)
}

// AppendRetNumbers appends a result that is a list of numbers, after InvokeText, to dst. After a failure it is dst as it
// was.
func AppendRetNumbers[T Number](f *Frame, dst []T) []T {
	if !f.handed {
		addr, n := f.RetList()
		return AppendNumbers(f, dst, addr, n)
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	b := f.handedOver(size)
	if !f.charge(uint64(len(b))) {
		return dst
	}
	return appendRaw(dst, b, size)
}

// ViewRetString is the text of a result that is a string, after InvokeText, where it is; see [Frame.ViewString].
func (f *Frame) ViewRetString() []byte {
	if !f.handed {
		return f.ViewString(f.RetList())
	}
	b := f.handedOver(1)
	if !f.checkText(b) {
		return nil
	}
	return f.shown.keep(b)
}

// ViewRetNumbers is a result that is a list of numbers, after InvokeText, where it is; see [ViewNumbers].
func ViewRetNumbers[T Number](f *Frame) []T {
	if !f.handed {
		addr, n := f.RetList()
		return ViewNumbers[T](f, addr, n)
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	b := f.handedOver(size)
	switch {
	case len(b) == 0:
		return nil
	case !littleEndian:
		return appendRaw([]T(nil), b, size)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(f.shown.keep(b)))), len(b)/size)
}

// handedOver is the answer that the entry left in words, of elements of size bytes. It is asked for once a call.
func (f *Frame) handedOver(size int) []byte {
	n := int(uint32(f.stack[1])) * size
	if f.fault != nil || n == 0 || !f.fitsAnswer(size) {
		return nil
	}
	b, _ := f.words(answerAt).take(uint(n))
	return b
}

// keep copies bytes to where they can be looked at, apart from what calls work with: who writes to them regardless, or
// keeps them for too long, does no harm to a call.
func (w *words) keep(b []byte) []byte {
	all := unsafe.Slice((*byte)(unsafe.Pointer(w)), unsafe.Sizeof(*w))
	n := copy(all, b)
	return all[:n:n]
}
