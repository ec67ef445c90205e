package transpile

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"
	"path/filepath"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

func heap() uint64 { runtime.GC(); runtime.GC(); var m runtime.MemStats; runtime.ReadMemStats(&m); return m.HeapAlloc>>20 }

func TestMeasure(t *testing.T) {
	ctx := context.Background()
	files := os.Args[len(os.Args)-1]
	comps, _ := filepath.Glob(files)
	t.Log(comps)
	dir := filepath.Join(t.TempDir(), "c")
	store, _ := cache.Open(dir)
	t.Log("heap", heap())
	for _, c := range []struct{ name string; cfg wazero.Config }{
		{"interp", wazero.Config{MemoryLimit: MemoryCap, Interpreter: true}},
		{"compiled cold", wazero.Config{MemoryLimit: MemoryCap}},
		{"compiled fill", wazero.Config{MemoryLimit: MemoryCap, Cache: store}},
		{"compiled cached", wazero.Config{MemoryLimit: MemoryCap, Cache: store}},
	} {
		e := wazero.New(c.cfg)
		s := time.Now()
		code, err := e.Compile(ctx, self())
		if err != nil { t.Fatal(err) }
		t.Log(c.name, "compile", time.Since(s), "heap", heap())
		for _, f := range comps {
			b, _ := os.ReadFile(f)
			s = time.Now()
			inst, err := code.Instantiate(ctx)
			if err != nil { t.Fatal(err) }
			d1 := time.Since(s)
			out, err := call(ctx, inst, b)
			t.Log(c.name, filepath.Base(f), len(b), "inst", d1, "run", time.Since(s)-d1, len(out), err, inst.MemorySize()>>20)
			inst.Close(ctx)
		}
		e.Close(ctx)
	}
}
