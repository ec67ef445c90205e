package wazero

import (
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// memory is a linear memory of an instance.
type memory struct{ m api.Memory }

// Bytes is a view of the whole memory.
func (m *memory) Bytes() []byte {
	b, _ := m.m.Read(0, m.m.Size())
	return b
}

// budget allocates the linear memories of one instance and bounds their sum.
type budget struct {
	limit, used uint64
	exceeded    bool // an initial memory did not fit
}

// Allocate implements [experimental.MemoryAllocator].
func (b *budget) Allocate(_, limit uint64) experimental.LinearMemory {
	return &linear{budget: b, max: limit}
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
	if l.budget.used-have+size > l.budget.limit {
		l.budget.exceeded = l.budget.exceeded || l.bytes == nil
		return nil
	}
	if size > uint64(cap(l.bytes)) {
		// Spare room, so that a guest that grows page by page is not copied each time. Untouched pages cost nothing.
		room := size
		if have > 0 {
			room = min(size+size/4, l.max)
		}
		grown := make([]byte, size, max(room, size))
		copy(grown, l.bytes)
		l.bytes = grown
	}
	l.bytes = l.bytes[:size]
	if l.bytes == nil {
		l.bytes = []byte{}
	}
	l.budget.used += size - have
	return l.bytes
}

// Free implements [experimental.LinearMemory].
func (l *linear) Free() {
	l.budget.used -= uint64(len(l.bytes))
	l.bytes = nil
}
