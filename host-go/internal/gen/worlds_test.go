package gen

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/gen/worldtest"
	"github.com/tenon-dev/tenon/host-go/internal/race"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

var (
	worlds    = flag.Int("worlds", 50, "how many random worlds TestRandomWorlds generates, compiles and runs")
	firstSeed = flag.Uint64("seed", 0, "the first one's seed")
)

// TestRandomWorlds generates clients of random worlds, compiles them, and has values make the way through client, kernel,
// the host's implementation of the imports and back. A failure names the seed:
//
//	go test ./internal/gen -run RandomWorlds -worlds 1 -seed 17
//	go test ./internal/gen -run RandomWorlds -worlds 2000 -timeout 1h
func TestRandomWorlds(t *testing.T) {
	count := *worlds
	if testing.Short() || race.Enabled { // which slows down the transpiler, an interpreted program, ten times
		count = min(count, 4)
	}
	dir := t.TempDir()
	w := &workshop{t: t, dir: dir, overlay: make(map[string]string)}
	store, err := cache.Open(filepath.Join(dir, "cache"))
	if err != nil {
		t.Fatal(err)
	}
	planner := transpile.New(transpile.Config{Cache: store})
	defer planner.Close(t.Context())
	var runs bytes.Buffer
	dropIns := 0
	for seed := *firstSeed; seed < *firstSeed+uint64(count); seed++ {
		component := worldtest.Random(seed).Component()
		p, err := planner.Plan(t.Context(), component)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		m, err := resolve(p)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		pkg := fmt.Sprintf("w%d", seed)
		files, err := Generate(p, pkg)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, f := range files {
			w.add(pkg+"/"+f.Name, f.Source)
		}
		if len(m.imports) == 0 {
			dropIn, err := Dropin(p, pkg, seed%2 == 0)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			w.add(pkg+"/"+dropIn.Name, dropIn.Source)
			m.name(pkg)
			w.addGo(pkg+"/embed.go", fmt.Appendf(nil, "package %s\n\nfunc Component() []byte { return nil }\n\nfunc Baseline() %s { return nil }\n", pkg, m.combined))
			dropIns++
		} else {
			m.name(pkg)
		}
		w.addGo(pkg+"/drive.go", m.drive())
		path := w.write(pkg+".wasm", component)
		fmt.Fprintf(&runs, "run(%d, %q, w%d.Drive)\n", seed, path, seed)
		w.imports = append(w.imports, pkg)
	}
	if dropIns == 0 && count >= 50 {
		t.Error("every world imports something: no drop-in is compiled")
	}
	w.addGo("main.go", w.program(runs.Bytes()))
	overlay, err := json.Marshal(map[string]any{"Replace": w.overlay})
	if err != nil {
		t.Fatal(err)
	}
	quick := "-gcflags=" + tenonPath + "/internal/gen/testdata/worlds/...=-N -l" // compiling takes longer than running
	cmd := exec.Command("go", "run", "-overlay", w.write("overlay.json", overlay), quick, "-ldflags=-s -w", "./testdata/worlds",
		filepath.Join(dir, "cache"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// workshop collects generated packages in a folder that only the overlay knows.
type workshop struct {
	t       *testing.T
	dir     string
	overlay map[string]string // path in this module to the file
	imports []string
}

func (w *workshop) write(name string, data []byte) string {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *workshop) add(name string, source []byte) {
	here, err := filepath.Abs("testdata/worlds")
	if err != nil {
		w.t.Fatal(err)
	}
	w.overlay[filepath.Join(here, filepath.FromSlash(name))] = w.write(name, source)
}

// addGo adds source of the test's own.
func (w *workshop) addGo(name string, source []byte) {
	source, err := format.Source(source)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	w.add(name, source)
}

// program is the main package that runs every world's driver.
func (w *workshop) program(runs []byte) []byte {
	var b bytes.Buffer
	b.WriteString("package main\n\nimport (\n\"context\"\n\"fmt\"\n\"os\"\n")
	fmt.Fprintf(&b, "tenon %q\n", tenonPath)
	for _, pkg := range w.imports {
		fmt.Fprintf(&b, "%q\n", tenonPath+"/internal/gen/testdata/worlds/"+pkg)
	}
	b.WriteString(`)

	type drive = func(ctx context.Context, rt *tenon.Runtime, component []byte, seed uint64, rounds int) error

	func main() {
		ctx := context.Background()
		rt, err := tenon.New(ctx, tenon.Config{CacheDir: os.Args[1]})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		failed := false
		run := func(seed uint64, path string, world drive) {
			component, err := os.ReadFile(path)
			if err == nil {
				err = world(ctx, rt, component, seed, 20)
			}
			if err != nil {
				failed = true
				fmt.Printf("seed %d: %v\n", seed, err)
			}
		}
	`)
	b.Write(runs)
	b.WriteString("if failed {\nos.Exit(1)\n}\n}\n")
	return b.Bytes()
}
