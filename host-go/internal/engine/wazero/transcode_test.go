package wazero

import (
	"bytes"
	"encoding/binary"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func narrow(s string) []byte {
	var out []byte
	for _, r := range s {
		out = append(out, byte(r))
	}
	return out
}

var texts = []string{"", "a", "hello", "é", "naïve ÿ", "☃ snow", "a☃", "𝄞 clef", "é☃𝄞", "\x00\x7f\u0080\u07ff\u0800\uffff\U0010ffff"}

// TestConversions holds every conversion against Go's own encoders.
func TestConversions(t *testing.T) {
	for _, s := range texts {
		units := uint32(len(wide(s)) / 2)
		isLatin1 := bytes.IndexFunc([]byte(s), func(r rune) bool { return r > 0xff }) < 0
		check := func(name string, src, want []byte, room int, extra uint32, results ...uint32) {
			t.Helper()
			dst := make([]byte, room)
			out, err := conversions[name].run(src, dst, extra)
			if err != nil {
				t.Errorf("%s %q: %v", name, s, err)
				return
			}
			if !bytes.Equal(dst[:len(want)], want) {
				t.Errorf("%s %q: % x, want % x", name, s, dst[:len(want)], want)
			}
			for i, r := range results {
				if out[i] != r {
					t.Errorf("%s %q: result %d is %d, want %d", name, s, i, out[i], r)
				}
			}
		}
		n := uint32(len(s))
		check("utf8-to-utf8", []byte(s), []byte(s), len(s), 0)
		check("utf16-to-utf16", wide(s), wide(s), len(wide(s)), 0)
		check("utf8-to-utf16", []byte(s), wide(s), 2*len(s), 0, units)
		check("utf16-to-utf8", wide(s), []byte(s), 3*int(units), 0, units, n)
		if isLatin1 {
			l := narrow(s)
			ln := uint32(len(l))
			check("latin1-to-latin1", l, l, len(l), 0)
			check("latin1-to-utf16", l, wide(s), 2*len(l), 0)
			check("latin1-to-utf8", l, []byte(s), 2*len(l), 0, ln, n)
			check("utf8-to-latin1", []byte(s), l, len(s), 0, n, ln)
			check("utf16-to-latin1", wide(s), l, int(units), 0, ln, ln)
			check("utf16-to-compact-probably-utf16", wide(s), l, len(wide(s)), 0, ln)
		} else {
			check("utf16-to-compact-probably-utf16", wide(s), wide(s), len(wide(s)), 0, units|utf16Tag)
			// As the adapters do it: Latin-1 as far as it goes, then the rest.
			dst := make([]byte, 2*len(s))
			first, err := utf8ToLatin1([]byte(s), dst, 0)
			if err != nil {
				t.Fatal(err)
			}
			rest, err := utf8ToCompact([]byte(s)[first[0]:], dst, first[1])
			if err != nil || rest[0] != units || !bytes.Equal(dst[:2*units], wide(s)) {
				t.Errorf("utf8 to compact %q: % x, %d, %v", s, dst, rest[0], err)
			}
			dst = make([]byte, len(wide(s)))
			first, _ = utf16ToLatin1(wide(s), dst, 0)
			rest, err = utf16ToCompactRest(wide(s)[2*first[0]:], dst, first[1])
			if err != nil || rest[0] != units || !bytes.Equal(dst, wide(s)) {
				t.Errorf("utf16 to compact %q: % x, %d, %v", s, dst, rest[0], err)
			}
		}
		// In the first pass to UTF-8 only ASCII crosses.
		ascii := 0
		for ascii < len(s) && s[ascii] < utf8.RuneSelf {
			ascii++
		}
		check("utf16-to-utf8", wide(s), []byte(s)[:ascii], 3*int(units), 1, uint32(ascii), uint32(ascii))
	}
}

func TestConversionsStopWhenFull(t *testing.T) {
	src := wide("aé☃𝄞")
	for room := range 12 {
		dst := make([]byte, room)
		out, err := utf16ToUTF8(src, dst, 0)
		if err != nil || out[1] > uint32(room) || !utf8.Valid(dst[:out[1]]) {
			t.Errorf("room %d: %v, %v", room, out, err)
		}
	}
	if _, err := utf8ToUTF16([]byte("abc"), make([]byte, 4), 0); err == nil {
		t.Error("a destination without room is accepted")
	}
	if _, err := utf8ToCompact([]byte("☃"), make([]byte, 4), 3); err == nil {
		t.Error("more Latin-1 than fits is accepted")
	}
}

func TestConversionsRefuseMalformedText(t *testing.T) {
	bad8 := [][]byte{{0xff}, {0xc0, 0x80}, {0xe2, 0x98}, {0xed, 0xa0, 0x80}, {0xf4, 0x90, 0x80, 0x80}}
	bad16 := [][]byte{{0, 0xd8}, {0, 0xdc}, {0, 0xd8, 0, 0xd8}, {0, 0xdc, 0, 0xd8}, {'a', 0, 0, 0xd8}}
	for name, c := range conversions {
		bad := bad8
		switch name {
		case "utf16-to-utf16", "utf16-to-compact-probably-utf16", "utf16-to-utf8", "utf16-to-compact-utf16":
			bad = bad16
		case "latin1-to-latin1", "latin1-to-utf16", "latin1-to-utf8", "utf16-to-latin1":
			continue // every byte is Latin-1; a surrogate is not, so the last one stops and leaves it to the next
		}
		for _, src := range bad {
			if _, err := c.run(src, make([]byte, 64), 0); err == nil {
				t.Errorf("%s accepts % x", name, src)
			}
		}
	}
}
