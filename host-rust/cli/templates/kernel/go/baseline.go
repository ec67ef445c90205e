package {{package}}

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Baseline is the Go implementation that the kernel replaces: fallback, oracle and yardstick. It is code that a Go team
// would write, on the standard library, and no slower than need be.
func Baseline() Counter { return baseline{} }

type baseline struct{}

// Count implements Counter.
func (baseline) Count(ctx context.Context, text string) (Counts, error) {
	if err := ctx.Err(); err != nil {
		return Counts{}, err
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return Counts{}, FailureBinary(uint32(at))
	}
	counts := Counts{
		Lines:      uint32(strings.Count(text, "\n")),
		Words:      words(text),
		Characters: uint32(utf8.RuneCountInString(text)),
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		counts.Lines++
	}
	return counts, nil
}

// spaces has 1 for each byte of white space.
var spaces = [256]uint8{'\t': 1, '\n': 1, '\f': 1, '\r': 1, ' ': 1}

// words counts the bytes that are no white space and come after some, without a branch, as strings.Fields does.
func words(text string) (n uint32) {
	before := uint8(1)
	for i := range len(text) {
		space := spaces[text[i]]
		n += uint32(before &^ space)
		before = space
	}
	return n
}
