package worldtest

// buffer collects bytes of the binary format.
type buffer []byte

func (b *buffer) raw(bytes ...byte) { *b = append(*b, bytes...) }

// u is an unsigned LEB128 number.
func (b *buffer) u(n int) {
	v := uint64(n)
	for v >= 0x80 {
		*b = append(*b, byte(v)|0x80)
		v >>= 7
	}
	*b = append(*b, byte(v))
}

// s is a signed LEB128 number.
func (b *buffer) s(v int64) {
	for v < -64 || v > 63 {
		*b = append(*b, byte(v&0x7f)|0x80)
		v >>= 7
	}
	*b = append(*b, byte(v&0x7f))
}

// name is a length and the text.
func (b *buffer) name(s string) {
	b.u(len(s))
	*b = append(*b, s...)
}

// block is a length and the bytes.
func (b *buffer) block(inner buffer) {
	b.u(len(inner))
	*b = append(*b, inner...)
}

// section is one section of a module or component, with one item where it is a list of items.
func (b *buffer) section(id byte, inner buffer) {
	b.raw(id)
	b.block(inner)
}

// one is a list with one item.
func one(item buffer) buffer { return append(buffer{1}, item...) }
