// Package kernels_test checks what all kernels have in common.
package kernels_test

import (
	"path/filepath"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/gen"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/topk"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
)

// TestClientsAreFresh generates each client again, from the component that its package embeds.
func TestClientsAreFresh(t *testing.T) {
	planner := transpile.New(transpile.Config{})
	defer planner.Close(t.Context())
	for name, component := range map[string][]byte{
		"editdistance": editdistance.Component(),
		"geohex":       geohex.Component(),
		"redact":       redact.Component(),
		"topk":         topk.Component(),
		"useragent":    useragent.Component(),
		"utf8check":    utf8check.Component(),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := planner.Plan(t.Context(), component)
			if err != nil {
				t.Fatal(err)
			}
			files, err := gen.Generate(p, name)
			if err != nil {
				t.Fatal(err)
			}
			stale, err := gen.Compare(name, files)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range stale {
				t.Errorf("%s is %s: write it again with `go run ./cmd/tenon-gen -o kernels/%s COMPONENT` in host-go",
					filepath.Join(name, d.Name), d.Why, name)
			}
		})
	}
}
