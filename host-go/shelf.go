package tenon

import "sync/atomic"

// shelf is a place for one frame, on a cache line of its own. The frame stays while it is out, so that taking it and
// giving it back is one atomic operation each on the frame's own word. The pool's lock guards putting a frame on a
// shelf and taking it off.
type shelf struct {
	frame atomic.Pointer[Frame]
	_     [56]byte
}

// tenancy is a frame's word: whether somebody has the frame, and how many answers it has given.
//
// A frame that is free stands on a shelf. Whoever seizes it has it alone, and with it the plain fields beside the word.
type tenancy struct {
	word    uint64        // atomic
	answers uint64        // the holder's count, published when the frame comes free or is listed
	clean   uint64        // the holder's count when the instance was in its first state last
	due     atomic.Uint64 // the count of answers at which the pool judges the frame; 0: at each, as when it is on no shelf
	shelved bool          // on a shelf, free or not
}

const taken = 1

// seize takes a free frame.
func (t *tenancy) seize() bool {
	word := atomic.LoadUint64(&t.word)
	return word&taken == 0 && atomic.CompareAndSwapUint64(&t.word, word, word|taken)
}

// free lets the frame be seized.
func (t *tenancy) free() { release(&t.word, t.answers<<1) }

// publish makes the count readable while the frame stays taken.
func (t *tenancy) publish() { atomic.StoreUint64(&t.word, t.answers<<1|taken) }

// published is the count as it was last published, and whether the frame is free.
func (t *tenancy) published() (answers uint64, free bool) {
	word := atomic.LoadUint64(&t.word)
	return word >> 1, word&taken == 0
}
