package wazero

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// TestConversionsInPieces holds conversions in pieces of a few bytes against those of the whole string, damaged ones
// included.
func TestConversionsInPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	alphabet := []rune("aaaz\x00éÿ☃𝄞\u07ff\uffff\U0010ffff")
	for range 1_000 {
		var runes []rune
		for range r.IntN(40) {
			runes = append(runes, alphabet[r.IntN(1+r.IntN(len(alphabet)))])
		}
		for name, c := range conversions {
			src := []byte(string(runes))
			switch {
			case c.srcUnit == 2:
				src = wide(string(runes))
			case name[:6] == "latin1":
				src = narrow(string(runes))
			}
			if len(src) > 0 && r.IntN(4) == 0 {
				src[r.IntN(len(src))] = byte(0xd8 + r.IntN(8))
			}
			extra := uint32(0)
			if c.told == both && c.dstUnit == 1 || c.told == written && name[len(name)-13:] == "compact-utf16" {
				extra = uint32(r.IntN(2) * r.IntN(20))
			}
			whole, parts := make([]byte, 300), make([]byte, 300)
			for k := range extra {
				whole[k], parts[k] = byte(100+k), byte(100+k)
			}
			want, wantErr := c.run(src, whole, extra)
			paid := 0
			got, err := c.inPiecesOf(8, src, parts, extra, func(units int) error {
				if units > 8 {
					t.Errorf("%s pays %d at once", name, units)
				}
				paid += units
				return nil
			})
			if (err == nil) != (wantErr == nil) || err == nil && (got != want || !bytes.Equal(whole, parts)) {
				t.Fatalf("%s of % x: got %v, %v, % x\nwant %v, %v, % x", name, src, got, err, bytes.TrimRight(parts, "\x00"), want, wantErr, bytes.TrimRight(whole, "\x00"))
			}
			if err == nil && c.told != both && paid < len(src) {
				t.Fatalf("%s of %d bytes pays %d", name, len(src), paid)
			}
		}
	}
}

// TestConversionsStopWhenUnpaid: a string of any length ends when the call has to.
func TestConversionsStopWhenUnpaid(t *testing.T) {
	over := errors.New("over")
	for name, c := range conversions {
		src := bytes.Repeat([]byte{'a', 0}, 3*piece)
		calls := 0
		_, err := c.inPieces(src, make([]byte, 4*len(src)), 0, func(int) error {
			if calls++; calls == 3 {
				return over
			}
			return nil
		})
		if err != over {
			t.Errorf("%s: %v", name, err)
		}
	}
}
