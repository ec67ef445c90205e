package wazero

import (
	"encoding/binary"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// memory is a linear memory of an instance.
type memory struct{ m api.Memory }

// Bytes is a view of the whole memory.
func (m *memory) Bytes() []byte {
	b, _ := m.m.Read(0, m.m.Size())
	return b
}

// total counts the memory of all instances of an engine. It is safe for concurrent use.
type total struct {
	limit uint64 // 0: none
	used  atomic.Uint64
}

// take counts n bytes more, unless that is too much.
func (t *total) take(n uint64) bool {
	for {
		used := t.used.Load()
		if t.limit != 0 && used+n > t.limit {
			return false
		}
		if t.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// give counts n bytes less.
func (t *total) give(n uint64) { t.used.Add(-n) }

// budget allocates the linear memories of one instance and bounds their sum.
type budget struct {
	limit     uint64
	total     *total
	books     *books                  // its Memory is the sum
	first     *atomic.Pointer[growth] // of all instances of the plan
	exhausted bool                    // the last time that memory was refused it was because all instances together have too much
	exceeded  bool                    // an initial memory did not fit
}

// growth is how the first memory of a plan grew that did: from as many bytes to so many, the spare room included. Others
// that begin alike have that room from the beginning, since a guest's allocator grows its memory before all else: that
// spares a copy, and a half of what an instance leaves to the collector.
type growth struct{ from, room uint64 }

// Allocate implements [experimental.MemoryAllocator].
func (b *budget) Allocate(_, limit uint64) experimental.LinearMemory {
	return &linear{budget: b, max: limit}
}

// take counts n bytes more, unless that is too much.
func (b *budget) take(n uint64) bool {
	if within := b.books.Memory+n <= b.limit; !within || !b.total.take(n) {
		b.books.open()
		b.books.refused, b.exhausted = true, within
		return false
	}
	b.books.Memory += n
	return true
}

func (b *budget) give(n uint64) {
	b.books.Memory -= n
	b.total.give(n)
}

// tooSmall is the trap for memory that has to be there before the instance is of use.
func (b *budget) tooSmall(what string) error {
	if b.exhausted {
		return &engine.Trap{Code: engine.MemoryExhausted, Message: fmt.Sprintf("%s, and all instances together may have %d bytes of memory", what, b.total.limit)}
	}
	return &engine.Trap{Code: engine.MemoryLimit, Message: fmt.Sprintf("%s, and one may have %d bytes of memory", what, b.limit)}
}

// linear is one linear memory, an ordinary slice: the collector frees it when the instance is forgotten.
type linear struct {
	budget *budget
	max    uint64
	bytes  []byte
}

// Reallocate grows the memory; nil when the budget does not allow it, which the guest sees as a failed
// memory.grow.
func (l *linear) Reallocate(size uint64) []byte {
	have := uint64(len(l.bytes))
	if !l.budget.take(size - have) {
		l.budget.exceeded = l.budget.exceeded || l.bytes == nil
		return nil
	}
	if size > uint64(cap(l.bytes)) {
		grown := make([]byte, size, l.room(size))
		l.move(grown)
		l.bytes = grown
	}
	l.bytes = l.bytes[:size]
	if l.bytes == nil {
		l.bytes = []byte{}
	}
	return l.bytes
}

// room is the capacity of a memory that shall have a size. There is spare room, so that a guest that grows page by page is not
// copied each time: more for a large memory, which takes long to copy and leaves much to the collector. Untouched pages
// cost nothing.
func (l *linear) room(size uint64) uint64 {
	have := uint64(len(l.bytes))
	bound := func(room uint64) uint64 {
		return max(size, min(room, l.max, size+l.budget.limit-l.budget.books.Memory))
	}
	switch first := l.budget.first.Load(); {
	case have == 0 && first != nil && first.from == size:
		return bound(first.room)
	case have == 0:
		return size
	case size >= large:
		return bound(2 * size)
	default:
		room := bound(size + size/4)
		if room <= small {
			l.budget.first.CompareAndSwap(nil, &growth{have, room})
		}
		return room
	}
}

// move copies the memory and looks at the clock in between. A panic is how wazero's users trap; what is counted is given
// back when the instance is closed.
func (l *linear) move(to []byte) {
	for at := range copying(to, l.bytes) {
		if err := l.budget.books.late(now()); at > 0 && err != nil {
			panic(err)
		}
	}
}

// copying copies a memory megabyte by megabyte, since no collection can start during a copy, and gives where it is.
func copying(to, from []byte) iter.Seq[int] {
	return func(yield func(at int) bool) {
		const megabyte = 1 << 20
		for at := 0; at < len(from); at += megabyte {
			copy(to[at:], from[at:min(at+megabyte, len(from))])
			if !yield(at) {
				return
			}
		}
	}
}

// large is the size in bytes from which a memory doubles, small the one up to which every instance begins with the room that
// the first one grew into.
const large, small = 16 << 20, 1 << 20

// Free implements [experimental.LinearMemory].
func (l *linear) Free() {
	l.budget.give(min(uint64(len(l.bytes)), l.budget.books.Memory))
	l.bytes = nil
}

// minimum is the size in bytes of the memory that a core module defines, as it starts; 0 if it defines none. wazero
// tells it of exported memories only.
func minimum(module []byte) uint64 {
	const header, memorySection = 8, 5
	for at := header; at < len(module); {
		id := module[at]
		size, n := uvarint(module, at+1)
		at += 1 + n
		if id == memorySection {
			if count, n := uvarint(module, at); count > 0 {
				pages, _ := uvarint(module, at+n+1) // behind a byte that tells whether there is a maximum
				return pages * pageSize
			}
			return 0
		}
		if n == 0 || size > uint64(len(module)) {
			return 0
		}
		at += int(size)
	}
	return 0
}

// uvarint reads a number at an offset and gives how many bytes it has; 0 where there is none.
func uvarint(b []byte, at int) (uint64, int) {
	if at > len(b) {
		return 0, 0
	}
	v, n := binary.Uvarint(b[at:])
	return v, max(n, 0)
}
