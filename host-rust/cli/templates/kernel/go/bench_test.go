package {{package}}_test

import (
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/tenontest"

	"{{import}}"
)

// line is what the inputs repeat, here and in the crate's benches/sweep.rs. Put in your own: what is measured is worth as
// much as its input is like yours.
const line = "GET /index.html 200 1043 the quick brown fox jumps over the lazy dog\n"

func BenchmarkCount(b *testing.B) {
	tenontest.Sweep(b, []int{16, 256, 4096, 65536}, func(b *testing.B, size int) tenontest.Sides {
		text := strings.Repeat(line, size/len(line)+1)[:size]
		side := func(c {{package}}.Counter) func() error {
			return func() error { _, err := c.Count(b.Context(), text); return err }
		}
		return tenontest.Sides{Kernel: side(kernel(b)), Baseline: side({{package}}.Baseline())}
	})
}
