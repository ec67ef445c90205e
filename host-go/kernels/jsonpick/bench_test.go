package jsonpick_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/fixture/jsonpath"
	"github.com/tenon-dev/tenon/host-go/kernels/jsonpick"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// sizes are of documents, in bytes.
var sizes = []int{64, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10}

// pagePaths are eight values of a page: seven of its first event, and one behind the last.
var pagePaths = []string{"/items/0/id", "/items/0/type", "/items/0/actor/login", "/items/0/repo/name", "/items/0/payload/issue/title",
	"/items/0/created_at", "/items/0/public", "/next"}

// page is a document of the form of an API's answer, with as many of the events as make it the first of at least so many bytes. A
// page that is smaller than an event has none.
func page(t testing.TB, size int) []byte {
	const end = `],"next":"https://api.forge.example/events?page=2"}`
	document := []byte(`{"incomplete":false,"items":[`)
	lines := events(t)
	for i := 0; size > 500 && len(document)+len(end) < size; i++ {
		if i > 0 {
			document = append(document, ',')
		}
		document = append(document, lines[i%len(lines)]...)
	}
	return append(document, end...)
}

// lookUp is what json.Unmarshal gives for the paths.
func lookUp(document []byte, paths [][]string, found []any) error {
	var whole any
	if err := json.Unmarshal(document, &whole); err != nil {
		return err
	}
	for i, path := range paths {
		found[i] = jsonpath.Descend(whole, path)
	}
	return nil
}

func split(paths []string) [][]string {
	var all [][]string
	for _, path := range paths {
		all = append(all, strings.Split(path, "/")[1:])
	}
	return all
}

// BenchmarkPick has json.Unmarshal into an any as its baseline: what most Go code does.
func BenchmarkPick(b *testing.B) {
	tenontest.Sweep(b, sizes, func(b *testing.B, size int) tenontest.Sides {
		document, kernel, paths := page(b, size), kernel(b), strings.Join(pagePaths, "\n")
		names, found := split(pagePaths), make([]any, len(pagePaths))
		return tenontest.Sides{
			Kernel:   func() error { _, err := kernel.Pick(b.Context(), paths, document); return err },
			Baseline: func() error { return lookUp(document, names, found) },
		}
	})
}

// BenchmarkPickByTokens has the package's baseline.
func BenchmarkPickByTokens(b *testing.B) {
	tenontest.Sweep(b, sizes, func(b *testing.B, size int) tenontest.Sides {
		document, kernel, paths := page(b, size), kernel(b), strings.Join(pagePaths, "\n")
		baseline := jsonpick.Baseline()
		return tenontest.Sides{
			Kernel:   func() error { _, err := kernel.Pick(b.Context(), paths, document); return err },
			Baseline: func() error { _, err := baseline.Pick(b.Context(), paths, document); return err },
		}
	})
}

// BenchmarkPickLines has json.Unmarshal of each line as its baseline. A size is a number of lines, and so are the operations.
func BenchmarkPickLines(b *testing.B) {
	paths := []string{"/id", "/type", "/actor/login", "/repo/name", "/payload/issue/title", "/created_at"}
	tenontest.Sweep(b, []int{1, 4, 16, 64, 256}, func(b *testing.B, size int) tenontest.Sides {
		lines := events(b)
		var documents []byte
		for i := range size {
			documents = append(append(documents, lines[i%len(lines)]...), '\n')
		}
		kernel, all := kernel(b), strings.Join(paths, "\n")
		names, found := split(paths), make([]any, len(paths))
		return tenontest.Sides{
			Operations: size,
			Kernel:     func() error { _, err := kernel.PickLines(b.Context(), all, documents); return err },
			Baseline: func() error {
				for line := range bytes.Lines(documents) {
					if err := lookUp(line, names, found); err != nil {
						return err
					}
				}
				return nil
			},
		}
	})
}
