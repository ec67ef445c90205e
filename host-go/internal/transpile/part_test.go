package transpile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// usual gives the components that tell which functions a plan needs: kernels, those of other tests, files that are refused,
// and small ones of all sorts. What takes the interpreter seconds is left out.
func usual(t *testing.T) [][]byte {
	t.Helper()
	const most = 256 << 10
	files := hostile()
	delete(files, "2^40 instances") // much work, only to be refused
	components := [][]byte{empty, coreModule, nil}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		components = append(components, files[name])
	}
	for _, pattern := range []string{
		"../fixture/*/*.wasm", "../gen/testdata/*/component.wasm", "../../kernels/*/*-1.0.0.wasm",
		"../../../host-rust/fuzz/corpus/component/*", "../../../host-rust/fuzz/corpus/transpile/*",
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no files, %v", pattern, err)
		}
		for _, path := range paths {
			component, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(component) <= most {
				components = append(components, component)
			}
		}
	}
	return components
}

// TestPart holds the list of functions against the transpiler. BLESS=1 makes the list first, as `cargo xtask vectors` does; further
// components need no new one.
func TestPart(t *testing.T) {
	if os.Getenv("BLESS") != "" {
		partBits = called(t, usual(t))
		if err := os.WriteFile("part.bits", partBits, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := partial()
	if p == nil {
		t.Fatal("part.bits is of another transpiler; run `BLESS=1 go test -run TestPart$ ./internal/transpile`")
	}
	var tools tools
	defer tools.close(context.Background())
	if _, done, err := tools.interpret(t.Context(), &tools.part, p, planning(scalar(t))); !done || err != nil {
		t.Errorf("the part cannot plan scalar: %v", err)
	}
}

// called is what part.bits has to be for some components.
func called(t *testing.T, components [][]byte) []byte {
	t.Helper()
	digest := version()
	imported, count := functions(t, wasm)
	bits := make([]byte, (count+7)/8)
	ctx := wazero.Calls(t.Context(), func(index uint32) {
		i := index - imported
		bits[i/8] |= 1 << (i % 8)
	})
	e := wazero.New(wazero.Config{MemoryLimit: MemoryCap, Interpreter: true})
	defer e.Close(context.Background())
	code, err := e.Compile(ctx, self())
	if err != nil {
		t.Fatal(err)
	}
	for _, component := range components {
		// What is refused counts as well.
		_, _, _ = planning(component).run(t.Context(), code, 0)
	}
	return append(digest[:], bits...)
}

// functions gives how many functions the transpiler imports, which is all that it imports, and how many it defines.
func functions(t *testing.T, module []byte) (imported uint32, defined int) {
	t.Helper()
	const coreImports = 2
	for rest := module[preamble:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		count, _ := binary.Uvarint(rest[1+n:])
		switch rest[0] {
		case coreImports:
			imported = uint32(count)
		case coreCode:
			return imported, int(count)
		}
		rest = rest[1+n+int(size):]
	}
	t.Fatal("the transpiler has no code")
	return 0, 0
}

// TestPartLacks has a component planned by a part in which everything is missing, so that the whole one has to do it.
func TestPartLacks(t *testing.T) {
	none, ok := without(wasm, make([]byte, len(partBits)-sha256.Size))
	if !ok {
		t.Fatal("part.bits has not a bit for each function; TestPart tells more")
	}
	p := *self()
	p.Modules = []plan.Module{{Size: len(none), Code: none}}
	var tools tools
	defer tools.close(context.Background())
	_, done, err := tools.interpret(t.Context(), &tools.part, &p, planning(empty))
	if !done || !lacks(err) {
		t.Fatalf("a part without anything: %v, %v", done, err)
	}
	// A file that cannot be read is no lack.
	if _, _, err = tools.interpret(t.Context(), &tools.whole, self(), planning(coreModule)); err == nil || lacks(err) {
		t.Errorf("got %v", err)
	}
}

// TestWithout takes functions out of a module.
func TestWithout(t *testing.T) {
	module := section(bytes.Clone(coreModule), coreTypes, 1, 0x60, 0, 0)
	module = section(module, coreFuncs, 2, 0, 0)
	kept, gone := []byte{4, 0, 0x01, 0x01, 0x0b}, []byte{2, 0, 0x0b}
	whole := section(bytes.Clone(module), coreCode, slices.Concat([]byte{2}, gone, kept)...)
	whole = section(whole, 0, 1, 'x')
	want := section(bytes.Clone(module), coreCode, slices.Concat([]byte{2}, trapping, kept)...)
	want = section(want, 0, 1, 'x')
	if got, ok := without(whole, []byte{2}); !ok || !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	for _, bad := range []struct{ module, bits []byte }{
		{whole, nil}, {whole, []byte{2, 0}}, {whole[:len(module)+4], []byte{2}}, {section(bytes.Clone(module), coreCode, 2, 9), []byte{2}},
	} {
		if _, ok := without(bad.module, bad.bits); ok {
			t.Errorf("%x with %x is taken", bad.module, bad.bits)
		}
	}
}
