package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// BenchmarkRedact masks texts of so many bytes, cut out of the bundled access log at sixteen places; a line of it has 190.
// kernels/redact/benches/sweep.rs cuts the same.
func BenchmarkRedact(b *testing.B) {
	log := strings.Join(realinput.AccessLog(b), "\n")
	kernel, baseline := open(b)["1.0.0"]["kernel"], redact.Baseline()
	tenontest.Sweep(b, []int{16, 64, 256, 1 << 10, 4 << 10, 64 << 10}, func(b *testing.B, size int) tenontest.Sides {
		var texts [16]string
		for i := range texts {
			at := i * 140_009
			if texts[i] = log[at : at+size]; !utf8.ValidString(texts[i]) {
				b.Fatalf("%d bytes from %d on cut a character up", size, at)
			}
		}
		side := func(r redact.Redactor) func() error {
			next := 0
			return func() error {
				next++
				_, err := r.Redact(b.Context(), texts[next%len(texts)])
				return err
			}
		}
		return tenontest.Sides{Kernel: side(kernel), Baseline: side(baseline)}
	})
}
