package tenon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func TestGrants(t *testing.T) {
	b := newBench(t, Config{})
	b.planner.edit = sinkPlan
	good := func() Import { return grantSinks(nil, nil, nil) }
	with := func(edit func(i *Import)) Import { i := good(); edit(&i); return i }
	for name, c := range map[string]struct {
		imports []Import
		want    error
		text    string
	}{
		"nothing":           {nil, ErrPolicy, `the component imports "` + sinkIface + `", which is not granted: grant it in LoadOptions.Imports`},
		"another package":   {[]Import{with(func(i *Import) { i.Name = "acme:other/sinks@1.2.0" })}, ErrPolicy, sinkIface},
		"another major":     {[]Import{with(func(i *Import) { i.Name = "acme:env/sinks@2.0.0" })}, ErrPolicy, sinkIface},
		"a prerelease":      {[]Import{with(func(i *Import) { i.Name = "acme:env/sinks@1.2.1-rc" })}, ErrPolicy, sinkIface},
		"twice":             {[]Import{good(), good()}, ErrPolicy, "twice"},
		"a function less":   {[]Import{with(func(i *Import) { i.Funcs = i.Funcs[:3] })}, ErrPolicy, `has no func "name"`},
		"a resource less":   {[]Import{with(func(i *Import) { i.Resources = nil })}, ErrPolicy, `has no resource "sink"`},
		"no implementation": {[]Import{with(func(i *Import) { i.Funcs[2].Call = nil })}, ErrPolicy, "needs one of Call and Dynamic"},
		"two kinds of reps": {[]Import{with(func(i *Import) {
			i.Funcs[2] = ImportFunc{Name: "take", Dynamic: func(context.Context, []Value) (Value, error) { return Value{}, nil }}
		})}, ErrPolicy, "mixes"},
		"other types":        {[]Import{with(func(i *Import) { i.Text = strings.Replace(i.Text, "text: string", "text: list<u8>", 1) })}, ErrContract, `import ` + sinkIface + `: sinks.sink.write: the kernel has "write: func(text: string) -> u32;", the host has`},
		"a type that is not": {[]Import{with(func(i *Import) { i.Text = strings.Replace(i.Text, "  name: func() -> string;\n", "", 1) })}, ErrContract, `the host lacks "name`},
	} {
		_, err := b.rt.LoadWith(t.Context(), "k.wasm", []byte("k"), LoadOptions{Imports: c.imports})
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "k.wasm") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, imports := range map[string][]Import{
		"[" + sinkIface + "]":                              {good(), with(func(i *Import) { i.Name = "acme:env/sinks@1.9.0" })},
		"[" + sinkIface + " by acme:env/sinks@1.10.1]":     {with(func(i *Import) { i.Name = "acme:env/sinks@1.10.1" }), with(func(i *Import) { i.Name = "acme:env/sinks@1.9.0" })},
		"[" + sinkIface + " by acme:env/sinks@1.0.0]":      {with(func(i *Import) { i.Name, i.Text = "acme:env/sinks@1.0.0", strings.ReplaceAll(i.Text, "1.2.0", "1.0.0") })},
		"[" + sinkIface + " by acme:env/sinks@1.3.0+meta]": {with(func(i *Import) { i.Name = "acme:env/sinks@1.3.0+meta"; i.Text = "" })},
	} {
		k, err := b.rt.LoadWith(t.Context(), "k.wasm", []byte("k"), LoadOptions{Imports: imports})
		if err != nil || fmt.Sprint(k.Grants()) != want {
			t.Errorf("want %s: %v, %v", want, k, err)
			continue
		}
		if f := k.fault(KindTrap, "", nil); f.pure {
			t.Error("a kernel that can call its host is pure")
		}
	}
	// An interface that uses another's resource shows it again; only the owner supplies it.
	b.planner.edit = func(p *plan.Plan) {
		sinkPlan(p)
		zero := 0
		p.Imports = append(p.Imports, plan.Import{Name: "acme:env/users@1.0.0", Kind: plan.ExternInstance,
			Exports: []plan.Import{{Name: "sink", Kind: plan.ExternResource, Resource: &zero}}})
	}
	if k, err := b.rt.LoadWith(t.Context(), "k.wasm", []byte("k"), LoadOptions{Imports: []Import{good()}}); err != nil || len(k.Grants()) != 1 {
		t.Errorf("a used resource: %v", err)
	}
	// An import of types alone needs no grant, and leaves the kernel pure.
	b.planner.edit = func(p *plan.Plan) {
		p.Imports = []plan.Import{{Name: "acme:env/types@1.0.0", Kind: plan.ExternInstance, Exports: []plan.Import{{Name: "t", Kind: plan.ExternType}}}}
	}
	k, err := b.rt.Load(t.Context(), "k.wasm", []byte("k"))
	if err != nil || len(k.Grants()) != 0 || !k.fault(KindTrap, "", nil).pure || len(k.Imports()) != 1 {
		t.Errorf("types alone: %v", err)
	}
	// What the world imports itself is compared like an interface.
	n, offer := 0, Import{Text: "world root {\n  log: func(n: u32);\n}\n", Funcs: []ImportFunc{{Name: "log", Call: func(context.Context, *Frame) {}}}}
	b.planner.edit = func(p *plan.Plan) {
		p.ImportFuncs = []plan.ImportFunc{{Path: []string{"log"}, Name: "log"}}
		p.Imports = []plan.Import{{Name: "log", Kind: plan.ExternFunc, Func: &n}}
		p.ImportText = "world root {\n  log: func(n: u32);\n}\n"
	}
	if k, err := b.rt.LoadWith(t.Context(), "k.wasm", []byte("k"), LoadOptions{Imports: []Import{offer}}); err != nil || fmt.Sprint(k.Grants()) != "[log]" {
		t.Errorf("a function of the world: %v", err)
	}
	offer.Text = "world root {\n  log: func(n: u64);\n}\n"
	if _, err := b.rt.LoadWith(t.Context(), "k.wasm", []byte("k"), LoadOptions{Imports: []Import{offer}}); !errors.Is(err, ErrContract) || !strings.Contains(err.Error(), "import of the world: root.log") {
		t.Errorf("of another type: %v", err)
	}
	for _, kind := range []plan.ExternKind{plan.ExternModule, plan.ExternComponent} {
		b.planner.edit = func(p *plan.Plan) { p.Imports = []plan.Import{{Name: "core", Kind: kind}} }
		if _, err := b.rt.Load(t.Context(), "k.wasm", []byte("k")); !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), `"core"`) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// WASI has no instances within its own: a kernel that imports one is told so when it is loaded.
func TestStubOfInstancesWithin(t *testing.T) {
	b := newBench(t, Config{})
	n := 0
	b.planner.edit = func(p *plan.Plan) {
		p.ImportFuncs = []plan.ImportFunc{{Path: []string{"wasi:io/poll@0.2.3", "inner", "f"}, Name: "f"}}
		inner := plan.Import{Name: "inner", Kind: plan.ExternInstance, Exports: []plan.Import{{Name: "f", Kind: plan.ExternFunc, Func: &n}}}
		p.Imports = []plan.Import{{Name: "wasi:io/poll@0.2.3", Kind: plan.ExternInstance, Exports: []plan.Import{inner}}}
	}
	_, err := b.rt.LoadWith(t.Context(), "k.wasm", []byte("k"), LoadOptions{WASI: WASIStub})
	if !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), `wasi:io/poll@0.2.3 with the instance "inner" in it`) {
		t.Error(err)
	}
}

func TestTracks(t *testing.T) {
	for name, want := range map[string]string{
		"a:b/c@1.2.3": "a:b/c@1", "a:b/c@0.2.3": "a:b/c@0.2", "a:b/c@0.0.3": "", "a:b/c@1.2.3-rc.1": "", "a:b/c": "", "a:b/c@1": "",
		"a:b/c@12.0.0+x": "a:b/c@12", "a:b/c@99999999999999999999.0.0": "", "a:b/c@01.0.0": "",
	} {
		if got, _, ok := track(name); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
	text := "package a:b@1.2.3;\n  f: func(p: c:d/e@0.2.9.point, q: c:d/e@0.0.1.q);\n"
	if got := trackedText(text); got != "package a:b@1;\n  f: func(p: c:d/e@0.2.point, q: c:d/e@0.0.1.q);\n" {
		t.Errorf("%q", got)
	}
}
