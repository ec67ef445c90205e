package abi

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

var encodings = []plan.Encoding{plan.UTF8, plan.UTF16, plan.Latin1UTF16}

// TestTextRoundTrip: what Put writes, DecodeText reads, with one allocation for the result at most.
func TestTextRoundTrip(t *testing.T) {
	for _, s := range []string{"", "a", "naïve ÿ", "é☃", "𝄞 clef", "\x00\u007f\u0080\u00ff\u0100\u07ff\u0800\ud7ff\ue000\uffff\U0010ffff",
		strings.Repeat("ÿ", 1000), strings.Repeat("☃", 1000)} {
		for _, enc := range encodings {
			if err := CheckText(s, enc); err != nil {
				t.Fatal(err)
			}
			text := MeasureText(s, enc)
			dst := bytes.Repeat([]byte{0xee}, int(text.Size)+2)
			text.Put(dst, s)
			if tail := dst[text.Size:]; tail[0] != 0xee || tail[1] != 0xee {
				t.Errorf("%s %q: Put wrote beyond its size", enc, s)
			}
			size, align, decoded := TextExtent(enc, text.Length)
			if size != uint64(text.Size) || align != text.Align || decoded < uint64(len(s)) {
				t.Errorf("%s %q: extent %d, %d, %d of %+v", enc, s, size, align, decoded, text)
			}
			src := dst[:text.Size]
			got, err := DecodeText(enc, text.Length, src)
			if err != nil || got != s {
				t.Errorf("%s %q: got %q, %v", enc, s, got, err)
			}
			allocs := testing.AllocsPerRun(10, func() {
				if CheckText(s, enc) == nil {
					MeasureText(s, enc).Put(dst, s)
				}
				got, err = DecodeText(enc, text.Length, src)
			})
			if allocs > 1 {
				t.Errorf("%s %q: %v allocations", enc, s, allocs)
			}
		}
	}
}

func TestTextLimits(t *testing.T) {
	at := func(err error) (int, uint64) {
		t.Helper()
		e, ok := errors.AsType[*TextError](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		return e.Offset, e.Size
	}
	for _, enc := range encodings {
		if offset, size := at(CheckText("ab\xc0", enc)); offset != 2 || size != 0 {
			t.Errorf("%s: offset %d, size %d", enc, offset, size)
		}
		if offset, _ := at(CheckText("\ufffd\xed\xa0\x80", enc)); offset != 3 {
			t.Errorf("%s: a surrogate behind a genuine U+FFFD: offset %d", enc, offset)
		}
	}
	// 2^27 bytes of ASCII are 2^28 of UTF-16, one too many; Latin-1 and UTF-8 have room for twice as much.
	long := strings.Repeat("x", 1<<27)
	if _, size := at(CheckText(long, plan.UTF16)); size != 1<<28 {
		t.Errorf("size %d", size)
	}
	for _, enc := range []plan.Encoding{plan.UTF8, plan.Latin1UTF16} {
		if err := CheckText(long, enc); err != nil {
			t.Errorf("%s: %v", enc, err)
		}
	}
	if _, size := at(CheckText(long[:1<<27-1]+"☃", plan.Latin1UTF16)); size != 1<<28 {
		t.Errorf("size %d", size)
	}
	if err := CheckText(long[1:], plan.UTF16); err != nil {
		t.Error(err)
	}
}

func ExampleMeasureText() {
	text := MeasureText("é☃", plan.UTF16)
	memory := make([]byte, text.Size)
	text.Put(memory, "é☃")
	fmt.Printf("% x, %d code units\n", memory, text.Length)
	back, err := DecodeText(plan.UTF16, text.Length, memory)
	fmt.Println(back, err)
	// Output:
	// e9 00 03 26, 2 code units
	// é☃ <nil>
}

// BenchmarkText holds the shared encodings against UTF-8 written out by hand, as a frame would do it that
// knows no other encoding: 32 bytes, lowered into and lifted out of a memory.
func BenchmarkText(b *testing.B) {
	s := "thirty-two bytes of plain ASCII!"
	enc := encodings[0] // a variable, so that the compiler knows nothing
	memory := make([]byte, 4096)
	var got string
	b.Run("lower/by hand", func(b *testing.B) {
		for b.Loop() {
			if enc != plan.UTF8 || len(s) > MaxBytes || !utf8.ValidString(s) {
				b.Fatal()
			}
			copy(memory[64:], s)
		}
	})
	b.Run("lower/shared", func(b *testing.B) {
		for b.Loop() {
			if err := CheckText(s, enc); err != nil {
				b.Fatal(err)
			}
			text := MeasureText(s, enc)
			text.Put(memory[64:][:text.Size], s)
		}
	})
	b.Run("lift/by hand", func(b *testing.B) {
		for b.Loop() {
			src := memory[64 : 64+len(s)]
			if enc != plan.UTF8 || len(src) > MaxBytes || !utf8.Valid(src) {
				b.Fatal()
			}
			got = string(src)
		}
	})
	b.Run("lift/shared", func(b *testing.B) {
		for b.Loop() {
			size, _, _ := TextExtent(enc, uint32(len(s)))
			if size > MaxBytes {
				b.Fatal()
			}
			var err error
			if got, err = DecodeText(enc, uint32(len(s)), memory[64:64+size]); err != nil {
				b.Fatal(err)
			}
		}
	})
	_ = got
}
