//go:build !amd64 || race

package tenon

import "sync/atomic"

// release stores v for whoever loads it atomically, after all that was stored before.
func release(word *uint64, v uint64) { atomic.StoreUint64(word, v) }
