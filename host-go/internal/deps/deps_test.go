package deps_test

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tenon-dev/tenon/host-go"

// layer is one package and what it may import of this module.
type layer struct {
	pkg  string
	may  []string
	test []string // its tests, besides
}

// layers is the direction of imports, from the bottom up:
//
//	plan, cache, inject < abi, engine < wasi, transpile < tenon < registry, kernels, cmd
var layers = []layer{
	{pkg: "internal/plan"},
	{pkg: "internal/cache"},
	{pkg: "internal/inject"},
	{pkg: "internal/names"}, // for tests, also of package tenon
	{pkg: "internal/race"},
	{pkg: "internal/engine", may: []string{"internal/plan"}},
	{pkg: "internal/engine/enginetest", may: []string{"internal/plan"}},
	{pkg: "internal/engine/wazero", may: []string{"internal/plan", "internal/cache", "internal/engine"}, test: []string{"internal/engine/enginetest"}},
	{pkg: "internal/abi", may: []string{"internal/plan", "internal/engine"}, test: []string{"internal/engine/enginetest", "internal/engine/wazero"}},
	{pkg: "internal/wasi", may: []string{"internal/plan", "internal/engine", "internal/abi"}},
	{pkg: "internal/transpile", may: []string{"internal/plan", "internal/cache", "internal/engine", "internal/engine/wazero", "internal/race"}},
	{pkg: "internal/spec", may: []string{"internal/plan", "internal/engine", "internal/engine/wazero", "internal/abi", "internal/transpile"}},
	{pkg: "internal/oracle", test: []string{"internal/plan", "internal/engine", "internal/engine/wazero", "internal/abi", "internal/transpile", "."}},
	{pkg: ".", may: []string{"internal/plan", "internal/cache", "internal/inject", "internal/engine", "internal/engine/wazero", "internal/abi", "internal/wasi", "internal/transpile"}},
}

// insides is what lies below package tenon: a package without a line in layers or tools may not import it.
var insides = []string{"internal/abi", "internal/engine", "internal/engine/wazero", "internal/cache", "internal/inject", "internal/transpile", "internal/wasi"}

// tools are the packages that work on plans or on the engine without package tenon, and the test kit.
var tools = map[string][]string{
	"internal/gen":   {"internal/plan"},
	"cmd/tenon-gen":  {"internal/gen", "internal/plan", "internal/transpile"},
	"cmd/tenon-run":  {".", "internal/plan", "internal/cache", "internal/transpile"},
	"cmd/tenon-spec": {"internal/spec"},
	"tenontest":      {".", "internal/inject"},
	"dropin":         {"."},
}

// packages gives every package of the module.
func packages(t *testing.T) map[string]*build.Package {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*build.Package{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if name := d.Name(); rel != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && rel != "." {
			return filepath.SkipDir // another module
		}
		p, err := build.ImportDir(path, 0)
		if _, none := err.(*build.NoGoError); none {
			return nil
		}
		if err != nil {
			return err
		}
		found[filepath.ToSlash(rel)] = p
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// own gives the imports that are of this module, as folders.
func own(imports []string) []string {
	var out []string
	for _, i := range imports {
		if i == module {
			out = append(out, ".")
		} else if rest, ok := strings.CutPrefix(i, module+"/"); ok {
			out = append(out, rest)
		}
	}
	return out
}

func TestDirectionOfImports(t *testing.T) {
	all := packages(t)
	for _, l := range layers {
		p, ok := all[l.pkg]
		if !ok {
			t.Errorf("%s: no such package", l.pkg)
			continue
		}
		for _, i := range own(p.Imports) {
			if !slices.Contains(l.may, i) {
				t.Errorf("%s imports %s; it may import %v", l.pkg, i, l.may)
			}
		}
		if l.pkg == "." {
			continue // its tests use whatever runs a kernel
		}
		for _, i := range own(append(p.TestImports, p.XTestImports...)) {
			if i != l.pkg && !slices.Contains(l.may, i) && !slices.Contains(l.test, i) {
				t.Errorf("tests of %s import %s; they may import %v and %v", l.pkg, i, l.may, l.test)
			}
		}
	}
	for path, p := range all {
		if slices.ContainsFunc(layers, func(l layer) bool { return l.pkg == path }) {
			continue
		}
		for _, i := range own(p.Imports) {
			if allowed, isTool := tools[path]; isTool {
				if !slices.Contains(allowed, i) {
					t.Errorf("%s imports %s; it may import %v", path, i, allowed)
				}
			} else if slices.Contains(insides, i) {
				t.Errorf("%s imports %s, which is below package tenon", path, i)
			}
		}
	}
}

// TestOneImporterOfWazero also holds for tests: what they need of the engine goes through the seam.
func TestOneImporterOfWazero(t *testing.T) {
	users := 0
	for path, p := range packages(t) {
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if !strings.HasPrefix(i, "github.com/tetratelabs/wazero") {
				continue
			}
			if path == "internal/engine/wazero" {
				users++
			} else {
				t.Errorf("%s imports %s", path, i)
			}
		}
	}
	if users == 0 {
		t.Error("nobody imports wazero: the test looks in the wrong place")
	}
}

// TestOneDependency: the core stays on the standard library and wazero.
func TestOneDependency(t *testing.T) {
	for path, p := range packages(t) {
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			first, _, _ := strings.Cut(i, "/")
			if strings.Contains(first, ".") && i != module && !strings.HasPrefix(i, module+"/") && !strings.HasPrefix(i, "github.com/tetratelabs/wazero") {
				t.Errorf("%s imports %s", path, i)
			}
		}
	}
}
