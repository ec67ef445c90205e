package cache_test

import (
	"path/filepath"
	"testing"
)

// BenchmarkPut writes an entry of 64 KiB into a store with 1,000 others, which is a lot of kernels: what looking for
// something to evict costs.
func BenchmarkPut(b *testing.B) {
	for _, c := range []struct {
		name  string
		limit int64
	}{{"bounded", 1 << 40}, {"unbounded", 0}} {
		b.Run(c.name, func(b *testing.B) {
			s := limited(b, filepath.Join(b.TempDir(), "cache"), 0)
			for n := range 1000 {
				put(b, s, name("plan", n), 1<<16)
			}
			s = limited(b, filepath.Dir(s.Path("x")), c.limit)
			for b.Loop() {
				put(b, s, name("plan", 1), 1<<16)
			}
		})
	}
}
