// Package drive is what the programs that drive random worlds share: drawing values, and writing values down so that
// they can be compared.
package drive

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// Draw makes random values.
type Draw struct{ *rand.Rand }

// New starts from a seed.
func New(seed uint64) *Draw { return &Draw{rand.New(rand.NewPCG(seed, 3))} }

// Len is the length of a list.
func (d *Draw) Len() int { return d.IntN(4) }

// Coin is heads or tails.
func (d *Draw) Coin() bool { return d.IntN(2) == 0 }

// Bits draws a number of up to 64 bits, its ends more often.
func (d *Draw) Bits() uint64 {
	switch d.IntN(4) {
	case 0:
		return math.MaxUint64
	case 1:
		return 1 << d.IntN(64)
	}
	return d.Uint64()
}

// Char draws a Unicode scalar value.
func (d *Draw) Char() rune {
	for {
		if c := rune(d.IntN(utf8.MaxRune + 1)); utf8.ValidRune(c) {
			return c
		}
	}
}

// Text draws a string; often one that is Latin-1.
func (d *Draw) Text() string {
	var b strings.Builder
	wide := d.IntN(3) > 0
	for range d.IntN(10) {
		c := []rune{'a', 'ß', 'ÿ', '\x00', '\n', d.Char()}[d.IntN(6)]
		if !wide && c > 0xff {
			c = 'é'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Show writes values down, and remembers how to close the resources in them.
type Show struct {
	strings.Builder
	Ctx     context.Context
	closers []func(context.Context) error
}

// Put writes a number, a text or a label.
func (s *Show) Put(v any) {
	switch v := v.(type) {
	case string:
		fmt.Fprintf(s, "%q ", v)
	case float32:
		s.float(float64(v))
	case float64:
		s.float(v)
	default:
		fmt.Fprintf(s, "%d ", v)
	}
}

func (s *Show) float(v float64) {
	if v != v {
		s.WriteString("NaN ") // which one is not promised
		return
	}
	fmt.Fprintf(s, "%x ", math.Float64bits(v))
}

// Word writes a word of the driver's own.
func (s *Show) Word(word string) { s.WriteString(word + " ") }

// Resource writes a resource by its number.
func (s *Show) Resource(number uint32, err error, end func(context.Context) error) {
	if err != nil {
		fmt.Fprintf(s, "resource: %v ", err)
		return
	}
	fmt.Fprintf(s, "#%d ", number)
	s.closers = append(s.closers, end)
}

// End closes every resource that was written.
func (s *Show) End(ctx context.Context) error {
	for _, end := range s.closers {
		if err := end(ctx); err != nil {
			return err
		}
	}
	s.closers = nil
	return nil
}

// Same compares what came with what was sent.
func Same(place, sent, came string) error {
	if sent == came {
		return nil
	}
	return fmt.Errorf("%s: sent %.2000s\ncame %.2000s", place, sent, came)
}
