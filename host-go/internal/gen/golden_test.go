package gen_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/gen"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// golden is one committed client and the component that it comes from.
type golden struct {
	component string // path of the component
	dir       string // the client's folder
	pkg       string
}

// goldens lists the folders of testdata and the fixture. Each folder of testdata has its contract in contract.wit;
// testdata/make builds the components. The clients of the module kernels are tested there, against its components.
func goldens(t *testing.T) []golden {
	t.Helper()
	components, err := filepath.Glob("testdata/*/component.wasm")
	if err != nil || len(components) == 0 {
		t.Fatalf("no component in testdata: %v", err)
	}
	var list []golden
	for _, c := range components {
		list = append(list, golden{c, filepath.Dir(c), filepath.Base(filepath.Dir(c))})
	}
	return append(list, golden{"../fixture/scalar/scalar.wasm", "../fixture/scalar", "scalar"})
}

const blessing = "run `BLESS=1 go test ./internal/gen` to rewrite it, and read the difference"

// TestGolden compares what is generated with what is committed.
func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.pkg, func(t *testing.T) {
			t.Parallel()
			files, err := gen.Generate(planOf(t, g.component), g.pkg)
			if err != nil {
				t.Fatal(err)
			}
			if os.Getenv("BLESS") != "" {
				if _, err := gen.Write(g.dir, files); err != nil {
					t.Fatal(err)
				}
			}
			stale, err := gen.Compare(g.dir, files)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range stale {
				t.Errorf("%s is %s: %s", filepath.Join(g.dir, d.Name), d.Why, blessing)
			}
		})
	}
}

// TestGoldensCompile vets every golden package. `./...` leaves testdata out, so they are named.
func TestGoldensCompile(t *testing.T) {
	args := []string{"vet"}
	for _, g := range goldens(t) {
		if _, err := os.Stat(filepath.Join(g.dir, "client.go")); err == nil {
			args = append(args, "./"+filepath.ToSlash(g.dir))
		}
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Errorf("go vet of the generated packages: %v\n%s", err, out)
	}
}

// TestGenerateIsDeterministic generates twice from one component.
func TestGenerateIsDeterministic(t *testing.T) {
	p := planOf(t, "testdata/variants/component.wasm")
	first, err := gen.Generate(p, "variants")
	if err != nil {
		t.Fatal(err)
	}
	second, err := gen.Generate(p, "variants")
	if err != nil {
		t.Fatal(err)
	}
	for i := range first {
		if !bytes.Equal(first[i].Source, second[i].Source) {
			t.Errorf("%s differs between two runs", first[i].Name)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	scalars := planOf(t, "testdata/scalars/component.wasm")
	for _, name := range []string{"", "type", "with-dash", "_", "a b", "1st"} {
		if _, err := gen.Generate(scalars, name); err == nil {
			t.Errorf("package name %q was accepted", name)
		}
	}
	bare := *scalars
	bare.Contract = nil
	if _, err := gen.Generate(&bare, "bare"); err == nil || !strings.Contains(err.Error(), "no interface") {
		t.Errorf("a component without a contract: %v", err)
	}
	for kind, edit := range map[string]func(p *plan.Plan){
		"the imported module":    func(p *plan.Plan) { p.Imports = []plan.Import{{Name: "m", Kind: plan.ExternModule}} },
		"the imported component": func(p *plan.Plan) { p.Imports = []plan.Import{{Name: "c", Kind: plan.ExternComponent}} },
		"the imported instance": func(p *plan.Plan) {
			p.Imports = []plan.Import{{Name: "a:b/c", Kind: plan.ExternInstance, Exports: []plan.Import{{Name: "i", Kind: plan.ExternInstance}}}}
		},
		"the exported component": func(p *plan.Plan) {
			p.Exports = append(p.Exports[:1:1], plan.Export{Name: "c", Kind: plan.ExternComponent})
		},
		"the exported instance": func(p *plan.Plan) {
			p.Exports = []plan.Export{{Name: "a:b/c", Kind: plan.ExternInstance, Exports: []plan.Export{{Name: "i", Kind: plan.ExternInstance}}}}
		},
	} {
		odd := *scalars
		edit(&odd)
		_, err := gen.Generate(&odd, "odd")
		unsupported, ok := errors.AsType[*gen.UnsupportedError](err)
		if !ok || unsupported.What != kind || unsupported.Place == "" {
			t.Errorf("%s: got %v, want an *UnsupportedError", kind, err)
		}
	}
	empty := *scalars
	empty.Exports = nil
	if _, err := gen.Generate(&empty, "empty"); err == nil || !strings.Contains(err.Error(), "no function") {
		t.Errorf("a contract without functions: %v", err)
	}
}
