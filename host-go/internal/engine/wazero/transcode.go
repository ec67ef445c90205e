package wazero

import (
	"context"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// utf16Tag marks the length of a latin1+utf16 string that is UTF-16 (CanonicalABI, UTF16_TAG).
const utf16Tag = 1 << 31

// conversion copies a string from src to dst. Results are the core results in order.
type conversion struct {
	srcUnit, dstUnit uint64 // bytes of a code unit
	run              func(src, dst []byte, extra uint32) ([2]uint32, error)
	told             told
}

// conversions by name. With three parameters (source, units, destination) both buffers have the same number of
// units. With five, the destination has its own number of units, and the last parameter tells more: for a
// conversion to UTF-8 whether it is the first pass, for one to the compact encoding how many bytes of Latin-1
// stand there already.
var conversions = map[string]conversion{
	"utf8-to-utf8":                    {1, 1, utf8ToUTF8, nothing},
	"utf16-to-utf16":                  {2, 2, utf16ToUTF16, nothing},
	"latin1-to-latin1":                {1, 1, latin1ToLatin1, nothing},
	"latin1-to-utf16":                 {1, 2, latin1ToUTF16, nothing},
	"utf8-to-utf16":                   {1, 2, utf8ToUTF16, written},
	"utf16-to-compact-probably-utf16": {2, 2, utf16ToCompact, tagged},
	"utf8-to-latin1":                  {1, 1, utf8ToLatin1, both},
	"utf16-to-latin1":                 {2, 1, utf16ToLatin1, both},
	"utf16-to-utf8":                   {2, 1, utf16ToUTF8, both},
	"latin1-to-utf8":                  {1, 1, latin1ToUTF8, both},
	"utf8-to-compact-utf16":           {1, 2, utf8ToCompact, written},
	"utf16-to-compact-utf16":          {2, 2, utf16ToCompactRest, written},
}

// transcoder makes the host function of a transcode trampoline.
func transcoder(t *plan.Trampoline) hostWork {
	c, known := conversions[t.Transcode]
	if !known {
		return nil
	}
	five := len(t.Core.Params) == 5
	results := len(t.Core.Results)
	return func(ctx context.Context, i *instance, stack []uint64) error {
		srcPtr, units, dstPtr := uint32(stack[0]), uint32(stack[1]), uint32(stack[2])
		dstUnits, extra := units, uint32(0)
		if five {
			dstUnits, extra = uint32(stack[3]), uint32(stack[4])
		}
		src, err := window(i.memories[t.From], srcPtr, uint64(units)*c.srcUnit)
		if err != nil {
			return err
		}
		dst, err := window(i.memories[t.To], dstPtr, uint64(dstUnits)*c.dstUnit)
		if err != nil {
			return err
		}
		out, err := c.inPieces(src, dst, extra, func(units int) error { return i.pay(ctx, int64(units)) })
		if err != nil {
			return err
		}
		for k := range results {
			stack[k] = uint64(out[k])
		}
		return nil
	}
}

func window(m engine.Memory, ptr uint32, size uint64) ([]byte, error) {
	b := m.Bytes()
	if uint64(ptr)+size > uint64(len(b)) {
		return nil, &engine.Trap{Code: engine.ABI, Message: "a string lies outside its memory"}
	}
	return b[ptr : uint64(ptr)+size], nil
}

var (
	errUTF8  = &engine.Trap{Code: engine.ABI, Message: "a string is not valid UTF-8"}
	errUTF16 = &engine.Trap{Code: engine.ABI, Message: "a string is not valid UTF-16: it has a lone surrogate"}
	errRoom  = &engine.Trap{Code: engine.Internal, Message: "a string does not fit its destination"}
)

func utf8ToUTF8(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	if !utf8.Valid(src) {
		return out, errUTF8
	}
	copy(dst, src)
	return out, nil
}

func latin1ToLatin1(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	copy(dst, src)
	return out, nil
}

func latin1ToUTF16(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	for k, b := range src {
		binary.LittleEndian.PutUint16(dst[2*k:], uint16(b))
	}
	return out, nil
}

// rune16 decodes the code point at the start of src; n is its number of code units, 0 if it is malformed.
func rune16(src []byte) (r rune, n int) {
	u := rune(binary.LittleEndian.Uint16(src))
	if !utf16.IsSurrogate(u) {
		return u, 1
	}
	if len(src) < 4 {
		return 0, 0
	}
	if r = utf16.DecodeRune(u, rune(binary.LittleEndian.Uint16(src[2:]))); r == utf8.RuneError {
		return 0, 0
	}
	return r, 2
}

// check16 reports whether src is valid UTF-16, and whether Latin-1 suffices for it.
func check16(src []byte) (latin1 bool, err error) {
	latin1 = true
	for len(src) > 0 {
		r, n := rune16(src)
		if n == 0 {
			return false, errUTF16
		}
		latin1 = latin1 && r <= 0xff
		src = src[2*n:]
	}
	return latin1, nil
}

func utf16ToUTF16(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	if _, err := check16(src); err != nil {
		return out, err
	}
	copy(dst, src)
	return out, nil
}

// put16 writes src, which must be UTF-8, as UTF-16 and gives the number of code units.
func put16(src, dst []byte) (units uint32, err error) {
	if !utf8.Valid(src) {
		return 0, errUTF8
	}
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		src = src[n:]
		need := 2 * utf16.RuneLen(r)
		if len(dst) < need {
			return 0, errRoom
		}
		if need == 2 {
			binary.LittleEndian.PutUint16(dst, uint16(r))
		} else {
			hi, lo := utf16.EncodeRune(r)
			binary.LittleEndian.PutUint16(dst, uint16(hi))
			binary.LittleEndian.PutUint16(dst[2:], uint16(lo))
		}
		dst = dst[need:]
		units += uint32(need / 2)
	}
	return units, nil
}

func utf8ToUTF16(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	out[0], err = put16(src, dst)
	return out, err
}

func utf16ToCompact(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	latin1, err := check16(src)
	if err != nil {
		return out, err
	}
	units := uint32(len(src) / 2)
	if !latin1 {
		copy(dst, src)
		out[0] = units | utf16Tag
		return out, nil
	}
	for k := range units {
		dst[k] = src[2*k]
	}
	out[0] = units
	return out, nil
}

// utf8ToLatin1 stops at the first code point that Latin-1 does not have: units read, bytes written.
func utf8ToLatin1(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	for int(out[0]) < len(src) {
		r, n := utf8.DecodeRune(src[out[0]:])
		if r == utf8.RuneError && n <= 1 {
			return out, errUTF8
		}
		if r > 0xff {
			break
		}
		dst[out[1]] = byte(r)
		out[0] += uint32(n)
		out[1]++
	}
	return out, nil
}

// utf16ToLatin1 likewise.
func utf16ToLatin1(src, dst []byte, _ uint32) (out [2]uint32, err error) {
	for k := 0; k < len(src); k += 2 {
		u := binary.LittleEndian.Uint16(src[k:])
		if u > 0xff {
			break
		}
		dst[out[1]] = byte(u)
		out[0]++
		out[1]++
	}
	return out, nil
}

// utf16ToUTF8 stops where the destination is full; the first pass also stops at the first code point beyond
// ASCII, so that the adapter makes room.
func utf16ToUTF8(src, dst []byte, firstPass uint32) (out [2]uint32, err error) {
	for len(src) > 0 {
		r, n := rune16(src)
		if n == 0 {
			return out, errUTF16
		}
		if firstPass != 0 && r >= utf8.RuneSelf || utf8.RuneLen(r) > len(dst) {
			break
		}
		size := utf8.EncodeRune(dst, r)
		src, dst = src[2*n:], dst[size:]
		out[0] += uint32(n)
		out[1] += uint32(size)
	}
	return out, nil
}

// latin1ToUTF8 likewise.
func latin1ToUTF8(src, dst []byte, firstPass uint32) (out [2]uint32, err error) {
	for _, b := range src {
		r := rune(b)
		if firstPass != 0 && r >= utf8.RuneSelf || utf8.RuneLen(r) > len(dst) {
			break
		}
		size := utf8.EncodeRune(dst, r)
		dst = dst[size:]
		out[0]++
		out[1] += uint32(size)
	}
	return out, nil
}

// inflate turns the n bytes of Latin-1 at the start of dst into UTF-16 in place and gives what follows.
func inflate(dst []byte, n uint32) ([]byte, error) {
	if uint64(n)*2 > uint64(len(dst)) {
		return nil, errRoom
	}
	widen(dst, 0, int(n))
	return dst[2*uint64(n):], nil
}

// widen is inflate for the bytes from one to another; those behind are done.
func widen(dst []byte, from, to int) {
	for k := to - 1; k >= from; k-- {
		binary.LittleEndian.PutUint16(dst[2*k:], uint16(dst[k]))
	}
}

func utf8ToCompact(src, dst []byte, done uint32) (out [2]uint32, err error) {
	rest, err := inflate(dst, done)
	if err != nil {
		return out, err
	}
	units, err := put16(src, rest)
	out[0] = units + done
	return out, err
}

func utf16ToCompactRest(src, dst []byte, done uint32) (out [2]uint32, err error) {
	rest, err := inflate(dst, done)
	if err != nil {
		return out, err
	}
	if _, err := check16(src); err != nil {
		return out, err
	}
	if len(rest) < len(src) {
		return out, errRoom
	}
	copy(rest, src)
	out[0] = uint32(len(src)/2) + done
	return out, nil
}
