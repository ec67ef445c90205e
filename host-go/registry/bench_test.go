package registry_test

import (
	"bytes"
	"testing"

	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/internal/tamper"
)

// BenchmarkFetch reads and checks a signed version of 1 MiB, as a host does for each change.
func BenchmarkFetch(b *testing.B) {
	s, err := tamper.Prepare(b.TempDir(), contract, bytes.Repeat([]byte("old"), 1<<20/3), []byte("new"), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Registry.Fetch(contract, s.Trust, s.Served()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkActivate makes one of two versions active after the other: lock, checks, state, trail, with their syncs.
func BenchmarkActivate(b *testing.B) {
	r, err := registry.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	var digests []string
	for _, content := range []string{"one", "two"} {
		v, err := r.Publish(contract, "", []byte(content))
		if err != nil {
			b.Fatal(err)
		}
		digests = append(digests, v.Digest)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := r.Activate(contract, digests[i%2], registry.Activation{}); err != nil {
			b.Fatal(err)
		}
	}
}
