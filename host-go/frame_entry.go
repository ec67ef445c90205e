package tenon

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// staging is what all instances of a version share about a function that has an entry, see [plan.Entry].
type staging struct {
	places  []place // by flat parameter
	order   []int   // the flat parameters that are addresses of staged ones
	all     uint8   // the bits of all places
	text    uint8   // bytes of an element of the answer, where the entry hands it over; 0: it does not
	results int     // flat results, where it does not
	spilled bool    // which are the address of the answer
}

// place is where a parameter is staged: its bytes in words of the frame's stack, its address left open.
type place struct {
	words uint8 // index in Frame.stack of the first
	size  uint8 // bytes of an element; 0: the flat parameter is not the address of a parameter that can be staged
	bit   uint8 // in Frame.staged
}

// entry is a function's entry in one instance.
type entry struct {
	*staging
	call engine.Func
	bare engine.Bare // call; nil where it needs what the engine does around it
}

// newStaging resolves the entry of the plan's function; nil if it has none.
func newStaging(p *plan.Plan, fn *plan.Func) *staging {
	if fn.Entry == nil {
		return nil
	}
	s := &staging{places: make([]place, len(fn.Core.Params)), results: len(fn.Core.Results), spilled: fn.SpillResult}
	if fn.Entry.Answer == plan.Text {
		size, _ := p.Bytes(*fn.Result)
		s.text = uint8(size)
	}
	flat, left := 0, fn.Entry.Staged
	for i, param := range fn.Params {
		if len(left) > 0 && left[0] == i {
			left = left[1:]
			size, _ := p.Bytes(param.Type)
			n := len(s.order)
			s.places[flat] = place{words: uint8(len(s.places) + n*plan.EntryWords), size: uint8(size), bit: 1 << n}
			s.all |= 1 << n
			s.order = append(s.order, flat)
		}
		flat += len(p.Types[param.Type].Flat)
	}
	return s
}

// maxWords is the longest string or list, in bytes, that travels in words.
const maxWords = 8 * plan.EntryWords

// answerAt is the index in Frame.stack of what an entry gives behind status, address and length.
const answerAt = 2

// slots is how many slots of Frame.stack the entry needs.
func (s *staging) slots() int {
	if s == nil {
		return 0
	}
	return max(len(s.places)+plan.EntryWords*len(s.order), answerAt+max(s.results, plan.EntryWords))
}

// ArgString lowers a string that is a whole parameter; i is the first of its two flat parameters. Invalid UTF-8 is refused
// before the guest sees it.
func (f *Frame) ArgString(i int, s string) {
	if w := f.stage(i, 1, len(s)); w == nil {
		addr, n := f.String(s)
		f.argList(i, addr, n)
	} else if w.put(bytesOf(s))&highBits == 0 || f.CheckString(s) {
		f.at = int16(i + 1)
	}
}

// ArgCheckedString is ArgString for a string that CheckString let pass in this call, so that it is not looked through twice.
func (f *Frame) ArgCheckedString(i int, s string) {
	w := f.stage(i, 1, len(s))
	if w == nil {
		addr, n := f.CheckedString(s)
		f.argList(i, addr, n)
		return
	}
	w.put(bytesOf(s))
	f.at = int16(i + 1)
}

// ArgBytes lowers a list<u8> that is a whole parameter; i is the first of its two flat parameters.
func (f *Frame) ArgBytes(i int, b []byte) { ArgNumbers(f, i, b) }

// ArgNumbers lowers a list of numbers that is a whole parameter; i is the first of its two flat parameters.
func ArgNumbers[T Number](f *Frame, i int, list []T) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	w := f.stage(i, size, len(list))
	if w == nil {
		addr, n := LowerNumbers(f, list)
		f.argList(i, addr, n)
		return
	}
	raw := rawBytes(list)
	if !littleEndian {
		var swapped [maxWords]byte
		swap(swapped[:], raw, size)
		raw = swapped[:len(raw)]
	}
	w.put(raw)
	f.at = int16(i + 1)
}

func (f *Frame) argList(i int, addr, n uint32) {
	f.Arg(i, uint64(addr))
	f.Arg(i+1, uint64(n))
}

// stage gives room for n elements of a parameter whose address is the flat parameter i, if they can travel in words. They
// cannot after the guest's allocator ran in this call, since either all of the parameters are staged or none.
func (f *Frame) stage(i, size, n int) *words {
	e := f.fn.entry
	if e == nil || f.fault != nil || f.entered || uint(i) >= uint(len(e.places)) {
		return nil
	}
	p := e.places[i]
	if int(p.size) != size || n*size > maxWords {
		return nil
	}
	f.staged |= p.bit
	f.stack[i+1] = uint64(n)
	return f.words(int(p.words))
}

// unstage allocates and writes what is staged, in order, because something else needs the guest's allocator or a function
// that has its parameters in memory. It reports whether nothing failed.
func (f *Frame) unstage() bool {
	e, staged := f.fn.entry, f.staged
	f.staged = 0
	for _, i := range e.order {
		p := e.places[i]
		if staged&p.bit == 0 {
			continue
		}
		n := min(uint32(f.stack[i+1])*uint32(p.size), maxWords)
		addr := f.Alloc(n, uint32(p.size))
		if f.fault != nil {
			return false
		}
		raw, _ := f.words(int(p.words)).take(uint(n))
		copy(f.view()[addr:], raw)
		f.stack[i] = uint64(addr)
	}
	return true
}

// InvokeText is Invoke for clients that go on with RetString, RetBytes or RetNumbers.
func (f *Frame) InvokeText() {
	e := f.fn.entry
	if e == nil || e.text == 0 {
		f.Invoke()
		return
	}
	if f.fault != nil || !f.callEntry(e) {
		return
	}
	switch status := uint32(f.front[0]); status {
	case plan.EntryDone:
		if size := uint64(uint32(f.stack[1])) * uint64(e.text); size > maxWords {
			f.misled(fmt.Sprintf("handed over %d bytes in words for %d", size, maxWords))
			return
		}
		f.handed = true
	case plan.EntryLift:
		f.returned(f.fn.postReturn != nil) // the flat result is where the core function leaves it
	default:
		f.refusedMemory(e, status)
	}
}

// invokeStaged is Invoke with staged parameters. It reports whether the call is over, or failed; otherwise it has unstaged
// them, because the client expects flat results where the entry hands the answer over.
func (f *Frame) invokeStaged() (done bool) {
	e := f.fn.entry
	if e.text != 0 {
		return !f.unstage()
	}
	if !f.callEntry(e) {
		return true
	}
	switch status := uint32(f.front[0]); status {
	case plan.EntryDone:
		if e.results > 0 {
			f.stack[0] = f.stack[answerAt]
		}
		f.returned(e.spilled && f.fn.postReturn != nil)
	default:
		f.refusedMemory(e, status)
	}
	return true
}

// callEntry makes the call. The status is in front.
func (f *Frame) callEntry(e *entry) bool {
	mode := uint64(plan.EntryStaged)
	if f.staged != e.all || f.staged == 0 {
		mode = plan.EntryWritten
		if f.staged != 0 && !f.unstage() {
			return false
		}
	}
	f.staged = 0
	f.cross()
	f.front[0] = mode
	if e.bare == nil {
		if err := e.call.Call(f.inner(), f.front); err != nil {
			f.trapped(err)
			return false
		}
	} else if err := e.bare.CallWithStack(&f.ctx, f.front); err != nil {
		f.trapped(f.inst.Lost(err))
		return false
	}
	return true
}

// refusedMemory fails the call because of what the entry says that the guest's allocator gave, as Alloc does. For which
// parameter the entry does not say.
func (f *Frame) refusedMemory(e *entry, status uint32) {
	addr, size := uint32(f.stack[0]), uint32(f.stack[1])
	if status != plan.EntryAlloc {
		f.misled(fmt.Sprintf("has no status %d", status))
		return
	}
	for _, i := range e.order {
		p := e.places[i]
		if align := uint32(p.size); addr&(align-1) != 0 {
			f.misaligned("an allocation", addr, align)
			return
		}
	}
	if uint64(addr)+uint64(size) > uint64(len(f.view())) {
		f.outside("an allocation", uint64(addr), uint64(size))
		return
	}
	f.misled(fmt.Sprintf("refused %d bytes at address %#x, which are fine", size, addr))
}

// misled fails the call because an entry did what no entry does.
func (f *Frame) misled(what string) {
	f.fail(KindInternal, "the entry function "+what+": empty the cache and load the kernel again", nil)
}

// RetString lifts a result that is a string, after InvokeText. Its encoding is checked.
func (f *Frame) RetString() string {
	if !f.handed {
		return f.LiftString(f.RetList())
	}
	n := uint(uint32(f.stack[1]))
	if !f.fitsAnswer(1) || !f.charge(uint64(n)) {
		return ""
	}
	b, seen := f.words(answerAt).take(n)
	if seen&highBits != 0 && !f.checkText(b) {
		return ""
	}
	return string(b)
}

// fitsAnswer fails the call if the client takes the answer for one with elements of another size.
func (f *Frame) fitsAnswer(size int) bool {
	if int(f.fn.entry.text) != size {
		f.fail(KindInternal, "the result's elements have another size: generate the client again", nil)
	}
	return f.fault == nil
}

// RetBytes lifts a result that is a list<u8>, after InvokeText. An empty list is nil.
func (f *Frame) RetBytes() []byte { return RetNumbers[uint8](f) }

// RetNumbers lifts a result that is a list of numbers, after InvokeText. An empty list is nil.
func RetNumbers[T Number](f *Frame) []T {
	if !f.handed {
		addr, n := f.RetList()
		return LiftNumbers[T](f, addr, n)
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	raw := f.handedOver(size)
	if len(raw) == 0 || !f.charge(uint64(len(raw))) {
		return nil
	}
	out := make([]T, len(raw)/size)
	copySwapped(rawBytes(out), raw, size)
	return out
}

// words are the bytes of a parameter or answer as they travel, see [plan.Entry].
type words [plan.EntryWords]uint64

// words is the place in the stack from which on words travel.
func (f *Frame) words(at int) *words { return (*words)(f.stack[at:]) }

// highBits are set in the words of text that is not ASCII.
const highBits = 0x8080_8080_8080_8080

// put puts at most maxWords bytes into words, and gives all bits that are set in any of the words.
func (w *words) put(b []byte) (seen uint64) {
	n := len(b)
	if n < 8 {
		return w.putFew(b)
	}
	seen = binary.LittleEndian.Uint64(b[n-8:])
	if n%8 != 0 {
		w[n/8] = seen
	}
	for k := range n / 8 {
		v := binary.LittleEndian.Uint64(b[8*k:][:8])
		w[k] = v
		seen |= v
	}
	return seen
}

// putFew is put for less than a word.
func (w *words) putFew(b []byte) uint64 {
	switch n := len(b); {
	case n >= 4:
		w[0] = uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32
	case n > 0:
		w[0] = uint64(b[0]) | uint64(b[n/2])<<(n/2*8) | uint64(b[n-1])<<((n-1)*8)
	default:
		return 0
	}
	return w[0]
}

// take turns words that hold n bytes into the bytes, in place, and gives all bits that are set in any of the words.
func (w *words) take(n uint) (b []byte, seen uint64) {
	if n >= 8 {
		if rest := n % 8; rest != 0 {
			w[n/8%8] >>= 64 - 8*rest
		}
	} else if n >= 4 {
		w[0] = w[0]&(1<<32-1) | w[0]>>32<<(8*(n-4))
	}
	for _, v := range w[:min(n+7, 64)/8] {
		seen |= v
	}
	if !littleEndian {
		for i := range w {
			w[i] = bits.ReverseBytes64(w[i])
		}
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(w)), len(w)*8)[:n], seen
}

// bytesOf is the memory of a string.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
