package transpile

import (
	"bytes"
	_ "embed" // part.bits
	"encoding/binary"
	"sync"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// The list of the functions that planning calls for components of the usual sorts: the digest of the transpiler that it is of,
// and a bit for each function of its code section, the lowest of a byte first. TestPart makes it.
//
//go:embed part.bits
var partBits []byte

// partial is self without the functions that hardly a component needs: they trap. Making the interpreter takes a time that grows with
// the code, and half of it is never run: adapters between components, WAVE, messages, proposals that no host runs. Who
// gets a trap has to begin again with self. It is nil when the list is of another transpiler.
var partial = sync.OnceValue(func() *plan.Plan {
	digest := version()
	bits, ok := bytes.CutPrefix(partBits, digest[:])
	if !ok {
		return nil
	}
	code, ok := without(wasm, bits)
	if !ok {
		return nil
	}
	p := *self()
	p.Modules = []plan.Module{{Size: len(code), Code: code}}
	return &p
})

// without gives a valid core module in which the functions whose bits are not set have no instruction but one that traps. It reports
// whether there was a bit for each function.
func without(module, bits []byte) ([]byte, bool) {
	out := make([]byte, 0, len(module))
	out = append(out, module[:preamble]...)
	for rest := module[preamble:]; len(rest) > 0; {
		id := rest[0]
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, false
		}
		contents := rest[1+n:][:size]
		rest = rest[1+n+int(size):]
		if id == codeSection {
			var ok bool
			if contents, ok = withoutBodies(contents, bits); !ok {
				return nil, false
			}
		}
		out = append(out, id)
		out = binary.AppendUvarint(out, uint64(len(contents)))
		out = append(out, contents...)
	}
	return out, true
}

// withoutBodies is without for the contents of the code section.
func withoutBodies(contents, bits []byte) ([]byte, bool) {
	count, n := binary.Uvarint(contents)
	if n <= 0 || (count+7)/8 != uint64(len(bits)) {
		return nil, false
	}
	out := make([]byte, 0, len(contents))
	out = append(out, contents[:n]...)
	contents = contents[n:]
	for i := range count {
		size, n := binary.Uvarint(contents)
		if n <= 0 || size > uint64(len(contents)-n) {
			return nil, false
		}
		body := contents[:n+int(size)]
		contents = contents[len(body):]
		if bits[i/8]>>(i%8)&1 == 0 {
			body = trapping
		}
		out = append(out, body...)
	}
	return out, len(contents) == 0
}

const (
	preamble    = 8 // bytes before the first section
	codeSection = 10
)

// trapping is a function's body, which has no locals: unreachable, end.
var trapping = []byte{3, 0, 0x00, 0x0b}
