package transpile

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// forms are the ways in which the transpiler can be had.
func forms(b *testing.B, bench func(b *testing.B, make func() (*wazero.Engine, engine.Code))) {
	dir := b.TempDir() + "/cache"
	store, err := cache.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range []struct {
		name   string
		config wazero.Config
		plan   func() *plan.Plan
	}{
		{"part", wazero.Config{Interpreter: true}, partial},
		{"interpreter", wazero.Config{Interpreter: true}, self},
		{"compiler", wazero.Config{}, self},
		{"compiler-cached", wazero.Config{Cache: store}, self},
	} {
		f.config.MemoryLimit = MemoryCap
		b.Run(f.name, func(b *testing.B) {
			bench(b, func() (*wazero.Engine, engine.Code) {
				e := wazero.New(f.config)
				code, err := e.Compile(b.Context(), f.plan())
				if err != nil {
					b.Fatal(err)
				}
				return e, code
			})
		})
	}
}

// BenchmarkReady is the time until the transpiler can run.
func BenchmarkReady(b *testing.B) {
	forms(b, func(b *testing.B, make func() (*wazero.Engine, engine.Code)) {
		e, _ := make() // fills the cache
		e.Close(context.Background())
		for b.Loop() {
			e, _ := make()
			b.StopTimer()
			e.Close(context.Background())
			b.StartTimer()
		}
	})
}

// kernel reads the component of one of the Go host's kernels.
func kernel(b *testing.B, name string) []byte {
	b.Helper()
	component, err := os.ReadFile(filepath.Join("..", "..", "kernels", name, name+"-1.0.0.wasm"))
	if err != nil {
		b.Fatal(err)
	}
	return component
}

// BenchmarkRun is the time for one component: an empty one, the fixture, and two kernels.
func BenchmarkRun(b *testing.B) {
	forms(b, func(b *testing.B, make func() (*wazero.Engine, engine.Code)) {
		e, code := make()
		defer e.Close(context.Background())
		for _, c := range []struct {
			name      string
			component []byte
		}{{"empty", empty}, {"scalar", scalar(b)}, {"redact", kernel(b, "redact")}, {"useragent", kernel(b, "useragent")}} {
			component := c.component
			b.Run(c.name, func(b *testing.B) {
				b.SetBytes(int64(len(component)))
				for b.Loop() {
					if _, _, err := planning(component).run(b.Context(), code, 0); err != nil {
						b.Fatal(err)
					}
				}
				// The same on every machine, busy or not.
				_, units, err := planning(component).run(b.Context(), code, 1<<62)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(units), "units")
			})
		}
	})
}

// BenchmarkHit is a plan from the cache, by a transpiler that was never needed.
func BenchmarkHit(b *testing.B) {
	store, err := cache.Open(b.TempDir() + "/cache")
	if err != nil {
		b.Fatal(err)
	}
	component := scalar(b)
	first := New(Config{Cache: store})
	defer first.Close(b.Context())
	if _, err := first.Plan(b.Context(), component); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := New(Config{Cache: store}).Plan(b.Context(), component); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVersion is the digest of the embedded transpiler, which each process computes once.
func BenchmarkVersion(b *testing.B) {
	b.SetBytes(int64(len(wasm)))
	for b.Loop() {
		digestOf(wasm)
	}
}
