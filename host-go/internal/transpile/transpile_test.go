package transpile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func scalar(t testing.TB) []byte {
	t.Helper()
	component, err := os.ReadFile(filepath.Join("..", "fixture", "scalar", "scalar.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return component
}

// empty is a component with nothing in it.
var empty = []byte("\x00asm\x0d\x00\x01\x00")

func open(t *testing.T) *cache.Store {
	t.Helper()
	store, err := cache.Open(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// compiled keeps the transpiler's machine code for all tests: interpreting and compiling take seconds under the
// race detector.
var compiled *cache.Store

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tenon-transpile-")
	if err == nil {
		compiled, err = cache.Open(filepath.Join(dir, "cache"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// fresh gives a transpiler that keeps plans in store and is compiled.
func fresh(t testing.TB, store *cache.Store) *Transpiler {
	t.Helper()
	tr := New(Config{Cache: store})
	tr.tools.cache = compiled
	tr.tools.interpreted = interpretUnits
	t.Cleanup(func() { tr.Close(context.Background()) })
	return tr
}

func TestPlan(t *testing.T) {
	component := scalar(t)
	p, err := fresh(t, nil).Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(component)
	if p.Component.Digest != hex.EncodeToString(digest[:]) || p.Component.Size != len(component) {
		t.Errorf("component %+v", p.Component)
	}
	if p.Contract == nil || p.Contract.Package != "tenon:scalar" || len(p.Funcs) == 0 {
		t.Errorf("plan of %+v with %d functions, clone %+v", p.Contract, len(p.Funcs), p.Clone)
	}
}

func TestRefusals(t *testing.T) {
	tr := fresh(t, nil)
	component := scalar(t)
	cases := map[string]struct {
		component []byte
		want      Kind
	}{
		"nothing":     {nil, Malformed},
		"not Wasm":    {[]byte("GIF89a"), Malformed},
		"core module": {[]byte("\x00asm\x01\x00\x00\x00"), Malformed},
		"truncated":   {component[:len(component)-100], Malformed},
		"a bad count": {append(bytes.Clone(empty), 3, 5, 0xff, 0xff, 0xff, 0xff, 0x0f), Malformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := tr.Plan(t.Context(), c.component)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if e.Message == "" || strings.Contains(e.Error(), "\n") {
				t.Errorf("message %q", e.Error())
			}
		})
	}
}

// planning is the task of planning a component with everything that there is to harden.
func planning(component []byte) task {
	digest := sha256.Sum256(component)
	return task{function: funcTranspile, digest: digest[:], input: component, flags: flagGate | flagFloats, timeout: DefaultTimeout}
}

// TestFormsAgree runs the interpreted and the compiled transpiler on the same component.
func TestFormsAgree(t *testing.T) {
	var tools tools
	defer tools.close(context.Background())
	interpreted, err := tools.run(t.Context(), planning(empty))
	if err != nil {
		t.Fatal(err)
	}
	if tools.compiled.code != nil || tools.part.code != nil || tools.whole.code != nil || tools.interpreted <= interpretBase {
		t.Error("the first small component was not interpreted, or the interpreter stays, or its work is not counted")
	}
	tools.cache, tools.interpreted = compiled, interpretUnits
	compiled, err := tools.run(t.Context(), planning(empty))
	if err != nil {
		t.Fatal(err)
	}
	if tools.compiled.code == nil {
		t.Error("a component beyond the budget was not compiled for")
	}
	if !bytes.Equal(interpreted, compiled) {
		t.Error("the two forms give different plans")
	}
}

// planEntry gives the one file of the plan cache.
func planEntry(t *testing.T, store *cache.Store) string {
	t.Helper()
	files, err := filepath.Glob(store.Path("plan-") + "*")
	if err != nil || len(files) != 1 {
		t.Fatalf("entries %v, %v", files, err)
	}
	return files[0]
}

func TestCacheHit(t *testing.T) {
	store := open(t)
	component := scalar(t)
	want, err := fresh(t, store).Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	planEntry(t, store)
	hit := fresh(t, store)
	got, err := hit.Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	if hit.tools.part.code != nil || hit.tools.whole.code != nil || hit.tools.compiled.code != nil {
		t.Error("a hit ran the transpiler")
	}
	if got.Contract.Hash != want.Contract.Hash || len(got.Modules) != len(want.Modules) {
		t.Error("a hit gives another plan")
	}
	if _, err := hit.Plan(t.Context(), empty); err != nil {
		t.Errorf("another component: %v", err)
	}
}

func TestDamagedEntriesAreMisses(t *testing.T) {
	store := open(t)
	first := fresh(t, store)
	if _, err := first.Plan(t.Context(), empty); err != nil {
		t.Fatal(err)
	}
	entry := planEntry(t, store)
	good, err := os.ReadFile(entry)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(empty)
	name := first.entryName(digest)
	damage := map[string]func(){
		"flipped":   func() { overwrite(t, entry, append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1)) },
		"truncated": func() { overwrite(t, entry, good[:20]) },
		"empty":     func() { overwrite(t, entry, nil) },
		// Authentic, and yet not the plan: written by a host with another format, or for another component.
		"another format": func() { put(t, store, name, append([]byte(plan.Magic), plan.Format+1, 0, 0, 0, 0, 0, 0, 0)) },
		"no plan":        func() { put(t, store, name, []byte("hello")) },
		"another component's": func() {
			p := &plan.Plan{Format: plan.Format, Component: plan.Component{Digest: "00"}}
			container, err := plan.Encode(p)
			if err != nil {
				t.Fatal(err)
			}
			put(t, store, name, container)
		},
	}
	for what, do := range damage {
		t.Run(what, func(t *testing.T) {
			do()
			p, err := first.Plan(t.Context(), empty)
			if err != nil || p.Component.Digest != hex.EncodeToString(digest[:]) {
				t.Fatalf("got %v", err)
			}
			if _, ok := store.Get(name); !ok {
				t.Error("the entry was not written again")
			}
		})
	}
}

func overwrite(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, store *cache.Store, name string, data []byte) {
	t.Helper()
	if err := store.Put(name, data); err != nil {
		t.Fatal(err)
	}
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tr := fresh(t, nil)
	if _, err := tr.Plan(ctx, scalar(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// It works on for others.
	if _, err := tr.Plan(t.Context(), empty); err != nil {
		t.Error(err)
	}
}

func TestConcurrentPlans(t *testing.T) {
	tr := fresh(t, open(t))
	component := scalar(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := component
			if i%2 == 0 {
				c = empty
			}
			if _, err := tr.Plan(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestCloseEndsEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	tr := fresh(t, nil)
	if _, err := tr.Plan(t.Context(), empty); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := tr.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, err := tr.Plan(t.Context(), empty); err == nil {
		t.Error("a closed transpiler works")
	}
	tr.work.Wait()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if runtime.NumGoroutine() <= before {
			return
		}
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestMuchWorkIsCompiled has a small component that is much work: the interpreter gives up, and nothing shows.
func TestMuchWorkIsCompiled(t *testing.T) {
	component := hostile()["2^40 instances"]
	tools := tools{interpreted: interpretUnits - interpretBase - unitsPerByte*uint64(len(component))}
	defer tools.close(context.Background())
	// Were the machine code cached from the start, the interpreter would not be used.
	w := &watched{Context: t.Context(), do: func() {
		tools.mu.Lock()
		defer tools.mu.Unlock()
		tools.cache = compiled
	}}
	task := planning(component)
	_, err := tools.run(w, task)
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Limit {
		t.Errorf("got %v", err)
	}
	if tools.interpreted < interpretUnits || tools.compiled.code == nil || tools.part.code != nil || tools.whole.code != nil {
		t.Errorf("%d units were interpreted, and the compiler was not used", tools.interpreted)
	}
}

// TestSwitches has plans with and without what hardens, and a cache that keeps them apart.
func TestSwitches(t *testing.T) {
	store := open(t)
	component := scalar(t)
	gated, err := fresh(t, store).Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	raw := fresh(t, store)
	raw.flags = New(Config{Ungated: true, RawFloats: true}).flags
	ungated, err := raw.Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	if gated.Gate == nil || ungated.Gate != nil {
		t.Errorf("gates %v and %v", gated.Gate, ungated.Gate)
	}
	if a, b := gated.Modules[0], ungated.Modules[0]; a.Size <= b.Size || a.Digest == b.Digest || len(a.Digest) != 64 {
		t.Errorf("a module of %d bytes and digest %q, ungated %d and %q", a.Size, a.Digest, b.Size, b.Digest)
	}
	again, err := fresh(t, store).Plan(t.Context(), component)
	if err != nil || again.Gate == nil || again.Modules[0].Digest != gated.Modules[0].Digest {
		t.Errorf("from the cache: %v", err)
	}
}
