package wazero

import (
	"bytes"
	"fmt"
	"testing"
)

func TestPut(t *testing.T) {
	for _, n := range []int{0, 1, block - 1, block, block + 1, 3*block + 7} {
		from, to := make([]byte, n), make([]byte, n)
		for i := range from {
			from[i] = byte(i * 7)
		}
		for i := 0; i < n; i += 1000 {
			copy(to, from)
			to[i] ^= 0xff
			put(to, from)
			if !bytes.Equal(to, from) {
				t.Fatalf("%d bytes with another at %d", n, i)
			}
		}
	}
}

// What it takes to put a memory back of which some blocks have changed, against a plain copy.
func BenchmarkPut(b *testing.B) {
	for _, mib := range []int{1, 24} {
		for _, dirty := range []int{0, 4, 64} {
			from, to := make([]byte, mib<<20), make([]byte, mib<<20)
			spoil := func() {
				for i := range dirty {
					to[i*len(to)/64] = 1
				}
			}
			name := fmt.Sprintf("%dMiB/%d-blocks", mib, dirty)
			b.Run(name+"/compare", func(b *testing.B) {
				b.SetBytes(int64(len(to)))
				for b.Loop() {
					spoil()
					put(to, from)
				}
			})
			b.Run(name+"/copy", func(b *testing.B) {
				b.SetBytes(int64(len(to)))
				for b.Loop() {
					spoil()
					copy(to, from)
				}
			})
		}
	}
}
