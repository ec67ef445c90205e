package transpile

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

// section appends a section to a module or component.
func section(to []byte, id byte, body ...byte) []byte {
	to = append(to, id)
	to = binary.AppendUvarint(to, uint64(len(body)))
	return append(to, body...)
}

// coreModule is a core module with nothing in it.
var coreModule = []byte("\x00asm\x01\x00\x00\x00")

// The identifiers of sections.
const (
	coreTypes, coreFuncs, coreCode                     = 1, 3, 10
	modules, components, instances, aliases, typesList = 1, 4, 5, 6, 7
)

// hostile gives files that are made to hurt whoever reads them; all have to be refused.
func hostile() map[string][]byte {
	files := map[string][]byte{
		"count bomb": section(bytes.Clone(empty), typesList, 0xff, 0xff, 0xff, 0xff, 0x0f),
		// A size of six bytes, where five are enough for any.
		"overlong number":   append(bytes.Clone(empty), typesList, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0),
		"size of 4 GiB":     append(bytes.Clone(empty), modules, 0xff, 0xff, 0xff, 0xff, 0x0f, 0),
		"truncated section": append(bytes.Clone(empty), typesList, 9, 1, 0x40),
	}
	nested := bytes.Clone(empty)
	for range 1_000 {
		nested = section(bytes.Clone(empty), components, nested...)
	}
	files["components 1,000 deep"] = nested

	// Each component instantiates the one before twice.
	const captured, instantiate = 2, 0
	exponential := section(bytes.Clone(empty), components, empty...)
	for i := range byte(40) {
		twice := section(bytes.Clone(empty), aliases, 1, 4, captured, 1, i)
		twice = section(twice, instances, 2, instantiate, 0, 0, instantiate, 0, 0)
		exponential = section(exponential, components, twice...)
	}
	files["2^40 instances"] = section(exponential, instances, 1, instantiate, 40, 0)

	// Each type is a pair of the one before.
	const primitiveU8, tuple = 0x7d, 0x6f
	types := []byte{41, primitiveU8}
	for i := range byte(40) {
		types = append(types, tuple, 2, i, i)
	}
	files["2^40 flattened types"] = section(bytes.Clone(empty), typesList, types...)

	code := binary.AppendUvarint([]byte{1}, 10_000_000)
	code = append(code, 0x7f, 0x0b) // i32, and the end of the function
	function := append([]byte{1, byte(len(code))}, code...)
	module := section(bytes.Clone(coreModule), coreTypes, 1, 0x60, 0, 0)
	module = section(section(module, coreFuncs, 1, 0), coreCode, function...)
	files["10 million locals"] = section(bytes.Clone(empty), modules, module...)
	return files
}

// BenchmarkHostile is the time to refuse a hostile file, instance included, in both forms.
func BenchmarkHostile(b *testing.B) {
	files := hostile()
	forms(b, func(b *testing.B, make func() (*wazero.Engine, engine.Code)) {
		e, code := make()
		defer e.Close(b.Context())
		for _, name := range slices.Sorted(maps.Keys(files)) {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if _, _, err := planning(files[name]).run(b.Context(), code, 0); err == nil {
						b.Fatal("accepted")
					}
				}
			})
		}
	})
}
