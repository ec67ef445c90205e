//go:build !race

package tenon

// release stores v for whoever loads it atomically, after all that was stored before. On this processor any store does
// that: what sync/atomic has makes in addition all later loads wait for it, which takes a tenth of a small call. Not
// inlined, so that the compiler keeps the order too.
//
// A load that follows may be done before others see the store. So who frees a frame may miss that somebody began to wait
// at the same moment; see lookAgain.
//
//go:noinline
func release(word *uint64, v uint64) { *word = v }
