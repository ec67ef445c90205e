package utf8check_test

import (
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// sweep measures both sides at every size of bytes that begin with head and go on with the text; kernels/utf8check/benches
// has the same.
func sweep(b *testing.B, head, text string) {
	kernel, baseline := kernel(b), utf8check.Baseline()
	tenontest.Sweep(b, []int{16, 256, 4 << 10, 64 << 10, 1 << 20}, func(b *testing.B, size int) tenontest.Sides {
		bytes := []byte(head + strings.Repeat(text, size/len(text)+1))[:size]
		side := func(c utf8check.Checker) func() error {
			return func() error { _, err := c.FirstError(b.Context(), bytes); return err }
		}
		return tenontest.Sides{Kernel: side(kernel), Baseline: side(baseline)}
	})
}

func BenchmarkASCII(b *testing.B) { sweep(b, "", strings.Join(realinput.AccessLog(b), "\n")) }

// Five of six characters take three bytes; the smallest size has one such piece.
func BenchmarkJapanese(b *testing.B) { sweep(b, "", "日本語の文,") }

// The first byte is wrong already: what the kernel takes is the call and the copy.
func BenchmarkNothingToDo(b *testing.B) { sweep(b, "\xff", "x") }
