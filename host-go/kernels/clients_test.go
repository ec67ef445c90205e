// Package kernels_test checks what all kernels have in common.
package kernels_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/gen"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// TestClientsAreFresh generates each client again, from the component that lies beside it. Of several, which serve one
// contract, that is the first by name.
func TestClientsAreFresh(t *testing.T) {
	clients, err := filepath.Glob("*/client.go")
	if err != nil || len(clients) == 0 {
		t.Fatalf("no clients, %v", err)
	}
	planner := transpile.New(transpile.Config{})
	defer planner.Close(t.Context())
	for _, client := range clients {
		name := filepath.Dir(client)
		t.Run(name, func(t *testing.T) {
			components, err := filepath.Glob(filepath.Join(name, "*.wasm"))
			if err != nil || len(components) == 0 {
				t.Fatalf("no component beside %s, %v: build it with `cargo xtask vectors %s`", client, err, name)
			}
			component, err := os.ReadFile(components[0])
			if err != nil {
				t.Fatal(err)
			}
			p, err := planner.Plan(t.Context(), component)
			if err != nil {
				t.Fatal(err)
			}
			files, err := gen.Generate(p, name)
			if err != nil {
				t.Fatal(err)
			}
			baseline, err := filepath.Glob(filepath.Join(name, "baseline.go"))
			if err != nil {
				t.Fatal(err)
			}
			dropIn, err := gen.Dropin(p, name, len(baseline) > 0)
			if err != nil {
				t.Fatal(err)
			}
			stale, err := gen.Compare(name, append(files, dropIn))
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range stale {
				t.Errorf("%s is %s: write it again with `go run ./cmd/tenon-gen -dropin -o kernels/%s COMPONENT` in host-go",
					filepath.Join(name, d.Name), d.Why, name)
			}
		})
	}
}
