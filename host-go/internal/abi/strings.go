package abi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// MaxBytes is the longest string or list that crosses in either direction, in bytes (CanonicalABI,
// MAX_STRING_BYTE_LENGTH and MAX_LIST_BYTE_LENGTH).
const MaxBytes = 1<<28 - 1

// UTF16Tag marks the length of a latin1+utf16 string that counts UTF-16 code units (CanonicalABI, UTF16_TAG).
const UTF16Tag = 1 << 31

// Text is how one string travels into a guest.
type Text struct {
	Size   uint32 // bytes to allocate
	Align  uint32
	Length uint32 // what the guest is given as its length, tag included
	form   plan.Encoding
}

// latin1 is the form of a Text that is latin1+utf16 and needs no UTF-16.
const latin1 plan.Encoding = "latin1"

// MeasureText checks a Go string and says how it travels in an encoding (CanonicalABI, store_string_into_range).
// It fails on a string that is not UTF-8 or is longer than MaxBytes when encoded.
func MeasureText(s string, enc plan.Encoding) (Text, error) {
	if !utf8.ValidString(s) {
		return Text{}, fmt.Errorf("invalid UTF-8 at byte %d", invalidAt(s))
	}
	t := Text{Size: uint32(len(s)), Align: 1, Length: uint32(len(s)), form: plan.UTF8}
	size := uint64(len(s))
	if enc != plan.UTF8 {
		units, narrow := uint64(0), enc == plan.Latin1UTF16
		for _, r := range s {
			units += uint64(utf16.RuneLen(r))
			narrow = narrow && r <= 0xff
		}
		if narrow {
			size = units
			t = Text{Size: uint32(units), Align: 2, Length: uint32(units), form: latin1}
		} else {
			size = 2 * units
			t = Text{Size: uint32(size), Align: 2, Length: uint32(units), form: plan.UTF16}
			if enc == plan.Latin1UTF16 {
				t.Length |= UTF16Tag
			}
		}
	}
	if size > MaxBytes {
		return Text{}, fmt.Errorf("%d bytes, at most %d can cross", size, MaxBytes)
	}
	return t, nil
}

// Put writes the string that t was measured from to dst, which has t.Size bytes.
func (t Text) Put(dst []byte, s string) {
	switch t.form {
	case latin1:
		i := 0
		for _, r := range s {
			dst[i] = byte(r)
			i++
		}
	case plan.UTF16:
		out := dst[:0]
		for _, r := range s {
			if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
				out = binary.LittleEndian.AppendUint16(out, uint16(hi))
				out = binary.LittleEndian.AppendUint16(out, uint16(lo))
			} else {
				out = binary.LittleEndian.AppendUint16(out, uint16(r))
			}
		}
	default:
		copy(dst, s)
	}
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, width := utf8.DecodeRuneInString(s[i:]); width == 1 {
				return i
			}
		}
	}
	return len(s)
}

// TextExtent gives the bytes and the alignment of a string in a guest's memory whose length is given as
// length, and the most bytes that it can have in Go (CanonicalABI, load_string_from_range).
func TextExtent(enc plan.Encoding, length uint32) (size uint64, align uint32, decoded uint64) {
	switch {
	case enc == plan.UTF8:
		return uint64(length), 1, uint64(length)
	case enc == plan.UTF16:
		return 2 * uint64(length), 2, 3 * uint64(length)
	case length&UTF16Tag != 0:
		n := uint64(length &^ UTF16Tag)
		return 2 * n, 2, 3 * n
	default:
		return uint64(length), 2, 2 * uint64(length)
	}
}

var (
	errUTF8  = errors.New("a string that is not UTF-8")
	errUTF16 = errors.New("a UTF-16 string with a lone surrogate")
)

// DecodeText copies a string out of src, which has the bytes that TextExtent gave.
func DecodeText(enc plan.Encoding, length uint32, src []byte) (string, error) {
	switch {
	case enc == plan.UTF8:
		if !utf8.Valid(src) {
			return "", errUTF8
		}
		return string(src), nil
	case enc == plan.UTF16, length&UTF16Tag != 0:
		return decodeUTF16(src)
	}
	out := make([]byte, 0, len(src))
	for _, c := range src {
		out = utf8.AppendRune(out, rune(c))
	}
	return string(out), nil
}

func decodeUTF16(src []byte) (string, error) {
	out := make([]byte, 0, len(src)/2)
	for ; len(src) >= 2; src = src[2:] {
		r := rune(binary.LittleEndian.Uint16(src))
		if utf16.IsSurrogate(r) {
			if len(src) < 4 {
				return "", errUTF16
			}
			if r = utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(src[2:]))); r == utf8.RuneError {
				return "", errUTF16
			}
			src = src[2:]
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), nil
}
