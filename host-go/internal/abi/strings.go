package abi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
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
	form   form
}

// form is what the bytes of a Text are.
type form uint8

const (
	formUTF8 form = iota
	formLatin1
	formUTF16
)

// TextError says why a Go string cannot cross: it is not UTF-8, or too long.
type TextError struct {
	Offset int    // of the first byte that is not UTF-8; meaningful when Size is 0
	Size   uint64 // bytes that the string takes when encoded, more than MaxBytes; 0: it is not UTF-8
}

// Error says what is wrong with the string.
func (e *TextError) Error() string {
	if e.Size != 0 {
		return fmt.Sprintf("%d bytes, at most %d can cross", e.Size, MaxBytes)
	}
	return fmt.Sprintf("invalid UTF-8 at byte %d", e.Offset)
}

// CheckText refuses a Go string that cannot cross in an encoding. The error is a *TextError.
func CheckText(s string, enc plan.Encoding) error {
	if !utf8.ValidString(s) {
		return &TextError{Offset: invalidAt(s)}
	}
	if len(s) > MaxBytes/2 { // no encoding makes more than two bytes of one
		if size := encodedSize(s, enc); size > MaxBytes {
			return &TextError{Size: size}
		}
	}
	return nil
}

// MeasureText says how a Go string travels in an encoding (CanonicalABI, store_string_into_range). The string
// must have passed CheckText; it is not looked through again for UTF-8.
func MeasureText(s string, enc plan.Encoding) Text {
	if enc == plan.UTF8 {
		return Text{Size: uint32(len(s)), Align: 1, Length: uint32(len(s))}
	}
	return measureWide(s, enc)
}

func measureWide(s string, enc plan.Encoding) Text {
	units, narrow := wideUnits(s, enc)
	switch {
	case narrow:
		return Text{Size: uint32(units), Align: 2, Length: uint32(units), form: formLatin1}
	case enc == plan.Latin1UTF16:
		return Text{Size: uint32(2 * units), Align: 2, Length: uint32(units) | UTF16Tag, form: formUTF16}
	default:
		return Text{Size: uint32(2 * units), Align: 2, Length: uint32(units), form: formUTF16}
	}
}

// wideUnits counts the code units of a string, and says whether they are Latin-1 and may be.
func wideUnits(s string, enc plan.Encoding) (units uint64, narrow bool) {
	narrow = enc == plan.Latin1UTF16
	for _, r := range s {
		units += uint64(utf16.RuneLen(r))
		narrow = narrow && r <= 0xff
	}
	return units, narrow
}

func encodedSize(s string, enc plan.Encoding) uint64 {
	if enc == plan.UTF8 {
		return uint64(len(s))
	}
	units, narrow := wideUnits(s, enc)
	if narrow {
		return units
	}
	return 2 * units
}

// Put writes the string that t was measured from to dst, which must have at least t.Size bytes.
func (t Text) Put(dst []byte, s string) {
	if t.form == formUTF8 {
		copy(dst, s)
		return
	}
	t.putWide(dst, s)
}

func (t Text) putWide(dst []byte, s string) {
	if t.form == formLatin1 {
		i := 0
		for _, r := range s {
			dst[i] = byte(r)
			i++
		}
		return
	}
	out := dst[:0]
	for _, r := range s {
		if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			out = binary.LittleEndian.AppendUint16(out, uint16(hi))
			out = binary.LittleEndian.AppendUint16(out, uint16(lo))
		} else {
			out = binary.LittleEndian.AppendUint16(out, uint16(r))
		}
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
	if enc == plan.UTF8 {
		return uint64(length), 1, uint64(length)
	}
	return wideExtent(enc, length)
}

func wideExtent(enc plan.Encoding, length uint32) (size uint64, align uint32, decoded uint64) {
	switch {
	case enc == plan.UTF16:
		return 2 * uint64(length), 2, 3 * uint64(length)
	case length&UTF16Tag != 0:
		n := uint64(length &^ UTF16Tag)
		return 2 * n, 2, 3 * n
	default:
		return uint64(length), 2, 2 * uint64(length)
	}
}

// The errors of DecodeText.
var (
	ErrUTF8  = errors.New("a string that is not UTF-8")
	ErrUTF16 = errors.New("a UTF-16 string with a lone surrogate")
)

// DecodeText copies a string out of src, which has the bytes that TextExtent gave. The result is its only
// allocation. The error is ErrUTF8 or ErrUTF16.
func DecodeText(enc plan.Encoding, length uint32, src []byte) (string, error) {
	if enc == plan.UTF8 {
		if !utf8.Valid(src) {
			return "", ErrUTF8
		}
		return string(src), nil
	}
	if enc == plan.UTF16 || length&UTF16Tag != 0 {
		return decodeUTF16(src)
	}
	return decodeLatin1(src), nil
}

func decodeLatin1(src []byte) string {
	size := len(src)
	for _, c := range src {
		size += int(c >> 7) // two bytes from 0x80 on
	}
	var out strings.Builder
	out.Grow(size)
	for _, c := range src {
		out.WriteRune(rune(c))
	}
	return out.String()
}

// decodeUTF16 goes through src twice: the size of the result is known before it is made.
func decodeUTF16(src []byte) (string, error) {
	size := 0
	for rest := src; len(rest) >= 2; {
		r, width := unit16(rest)
		if width == 0 {
			return "", ErrUTF16
		}
		size += utf8.RuneLen(r)
		rest = rest[width:]
	}
	var out strings.Builder
	out.Grow(size)
	for len(src) >= 2 {
		r, width := unit16(src)
		out.WriteRune(r)
		src = src[width:]
	}
	return out.String(), nil
}

// unit16 decodes the code point at the start of src and gives the bytes that it takes, 0 for a lone surrogate.
func unit16(src []byte) (r rune, width int) {
	r = rune(binary.LittleEndian.Uint16(src))
	if !utf16.IsSurrogate(r) {
		return r, 2
	}
	if len(src) < 4 {
		return 0, 0
	}
	if r = utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(src[2:]))); r == utf8.RuneError {
		return 0, 0
	}
	return r, 4
}
