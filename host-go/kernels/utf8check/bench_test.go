package utf8check_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/versus"
	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
)

// compare measures both sides at every size of bytes that begin with head and go on with the text.
func compare(b *testing.B, head, text string) {
	for _, size := range []int{16, 256, 4 << 10, 64 << 10, 1 << 20} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			bytes := []byte(head + strings.Repeat(text, size/len(text)+1))[:size]
			side := func(c utf8check.Checker) func() error {
				return func() error { _, err := c.FirstError(context.Background(), bytes); return err }
			}
			versus.Run(b, 1, side(kernel(b)), side(utf8check.Baseline()))
		})
	}
}

func BenchmarkASCII(b *testing.B) { compare(b, "", strings.Join(realinput.AccessLog(b), "\n")) }

// Five of six characters take three bytes; the smallest size has one such piece.
func BenchmarkJapanese(b *testing.B) { compare(b, "", "日本語の文,") }

// The first byte is wrong already: what the kernel takes is the call and the copy.
func BenchmarkNothingToDo(b *testing.B) { compare(b, "\xff", "x") }
