package utf8check

import (
	"context"
	"unicode/utf8"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Baseline is the Go implementation, on the standard library's unicode/utf8. It is faster than the kernel: use it.
func Baseline() Checker { return baseline{} }

type baseline struct{}

// FirstError implements Checker.
func (baseline) FirstError(ctx context.Context, bytes []byte) (tenon.Option[uint32], error) {
	if err := ctx.Err(); err != nil {
		return tenon.None[uint32](), err
	}
	if utf8.Valid(bytes) {
		return tenon.None[uint32](), nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(bytes[at:])
		if r == utf8.RuneError && size <= 1 {
			return tenon.Some(uint32(at)), nil
		}
		at += size
	}
}
