package wazero

import "encoding/binary"

// told is what the results of a conversion are.
type told int

const (
	nothing told = iota // no results: as many units are written as there are read
	written             // the units written, with those that stood there already
	both                // the units read and those written, up to where it stops
	tagged              // the units written, with utf16Tag unless all were Latin-1
)

// piece is the most bytes that are converted at once: some 100 µs. Memories are large, and a deadline or a collection
// should not wait for one.
const piece = 64 << 10

// inPieces is run for a string of any length. It pays a unit for each byte of a piece beforehand. When it fails, some of
// the destination may be written: the instance is lost anyway.
func (c conversion) inPieces(src, dst []byte, extra uint32, pay func(units int) error) (out [2]uint32, err error) {
	return c.inPiecesOf(piece, src, dst, extra, pay)
}

func (c conversion) inPiecesOf(size int, src, dst []byte, extra uint32, pay func(units int) error) (out [2]uint32, err error) {
	if c.told == tagged {
		return c.compact(size, src, dst, pay)
	}
	if c.told == written && extra > 0 {
		// What stands there already comes first, from its end.
		if uint64(extra)*c.dstUnit > uint64(len(dst)) {
			return out, errRoom
		}
		for end := int(extra); end > 0; end -= size {
			start := max(end-size, 0)
			if err := pay(end - start); err != nil {
				return out, err
			}
			widen(dst, start, end)
		}
		out[0] = extra
		dst, extra = dst[uint64(extra)*c.dstUnit:], 0
	}
	for len(src) > 0 {
		part := src[:c.cut(src, size)]
		if err := pay(len(part)); err != nil {
			return out, err
		}
		did, err := c.run(part, dst, extra)
		if err != nil {
			return out, err
		}
		units := uint64(len(part)) / c.srcUnit
		read, wrote := units, units
		switch c.told {
		case written:
			wrote = uint64(did[0])
			out[0] += did[0]
		case both:
			read, wrote = uint64(did[0]), uint64(did[1])
			out[0] += did[0]
			out[1] += did[1]
		}
		if read < units {
			break
		}
		src, dst = src[len(part):], dst[wrote*c.dstUnit:]
	}
	return out, nil
}

// compact finds out first whether Latin-1 is enough for the whole string.
func (c conversion) compact(size int, src, dst []byte, pay func(units int) error) (out [2]uint32, err error) {
	latin1 := true
	for rest := src; len(rest) > 0; {
		part := rest[:c.cut(rest, size)]
		if err := pay(len(part)); err != nil {
			return out, err
		}
		narrow, err := check16(part)
		if err != nil {
			return out, err
		}
		latin1 = latin1 && narrow
		rest = rest[len(part):]
	}
	out[0] = uint32(uint64(len(src)) / c.srcUnit)
	as := conversion{2, 1, c.run, nothing}
	if !latin1 {
		as = conversions["utf16-to-utf16"]
		out[0] |= utf16Tag
	}
	_, err = as.inPiecesOf(size, src, dst, 0, pay)
	return out, err
}

// cut gives how long the next piece of src is, at most size bytes: it does not end within a code point. Both are
// positive.
func (c conversion) cut(src []byte, size int) int {
	if len(src) <= size {
		return len(src)
	}
	if c.srcUnit == 1 {
		// In Latin-1, too, no harm is done.
		for range 3 {
			if src[size]&0xc0 == 0x80 && size > 1 {
				size--
			}
		}
		return size
	}
	if size > 2 && binary.LittleEndian.Uint16(src[size-2:])&0xfc00 == 0xd800 {
		size -= 2
	}
	return size
}
