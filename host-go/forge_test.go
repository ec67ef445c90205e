package tenon_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

const stdoutIface = "wasi:cli/stdout@0.2.3"

func envRef(iface string) []tenon.ResourceRef {
	return []tenon.ResourceRef{{Interface: iface, Name: "sink", Imported: true}}
}

// A component declares the types of its imports itself. It gets no handle to a resource that way which its owner did
// not give it.
func TestForgedHandles(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	one := func(context.Context, []tenon.Value) (tenon.Value, error) { return tenon.Value{Bits: 1}, nil }
	nothing := func(context.Context, *tenon.Frame) {}
	typed := func(name, fn string, resources []tenon.ImportResource, refs []tenon.ResourceRef) tenon.Import {
		return tenon.Import{Name: name, Resources: resources, Refs: refs, Funcs: []tenon.ImportFunc{{Name: fn, Call: nothing}}}
	}
	dynamic := func(name, fn string, resources []tenon.ImportResource, refs []tenon.ResourceRef) tenon.Import {
		return tenon.Import{Name: name, Resources: resources, Refs: refs, Funcs: []tenon.ImportFunc{{Name: fn, Dynamic: one}}}
	}
	sink := []tenon.ImportResource{{Name: "sink"}}
	env := typed(envIface, "use", sink, envRef(envIface))
	numbers := dynamic(envIface, "use", sink, nil)
	for name, c := range map[string]struct {
		imports []tenon.Import
		wasi    tenon.WASI
		text    string // "": it loads
	}{
		"the stub, a typed resource":         {[]tenon.Import{env}, tenon.WASIStub, "the WASI stub has only its own"},
		"the stub, a Dynamic one":            {[]tenon.Import{numbers}, tenon.WASIStub, "the WASI stub has only its own"},
		"Dynamic, a typed one":               {[]tenon.Import{env, dynamic(stdoutIface, "get-stdout", nil, nil)}, 0, "a Dynamic function knows only"},
		"Dynamic, a typed one that is named": {[]tenon.Import{env, dynamic(stdoutIface, "get-stdout", nil, envRef(envIface))}, 0, "a Dynamic function knows only"},
		"Dynamic, another's":                 {[]tenon.Import{numbers, dynamic(stdoutIface, "get-stdout", nil, nil)}, 0, "a Dynamic function knows only"},
		"Dynamic, another's that is named":   {[]tenon.Import{numbers, dynamic(stdoutIface, "get-stdout", nil, envRef(envIface))}, 0, ""},
		"typed, one that it does not know":   {[]tenon.Import{env, typed(stdoutIface, "get-stdout", nil, nil)}, 0, "the implementation does not know"},
		"typed, one that it knows":           {[]tenon.Import{env, typed(stdoutIface, "get-stdout", nil, envRef("test:wat/env@1.0.0"))}, 0, ""},
		"typed, a Dynamic one":               {[]tenon.Import{numbers, typed(stdoutIface, "get-stdout", nil, envRef(envIface))}, 0, "the implementation does not know"},
		"typed, of another major version":    {[]tenon.Import{env, typed(stdoutIface, "get-stdout", nil, envRef("test:wat/env@2.0.0"))}, 0, "the implementation does not know"},
	} {
		k, err := rt.LoadFileWith(t.Context(), "testdata/forge/forge.wasm", tenon.LoadOptions{WASI: c.wasi, Imports: c.imports})
		if c.text == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else {
				k.Close()
			}
			continue
		}
		if !errors.Is(err, tenon.ErrContract) || !strings.Contains(err.Error(), c.text) ||
			!strings.Contains(err.Error(), "import wasi:cli/stdout@0.2.3.get-stdout: the kernel's type has the resource test:wat/env@1.2.0#sink") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A resource of the WASI stub stands for nothing: dropping it drops nobody's.
func TestDropOfStubResource(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	e := &env{}
	var used []any
	k, err := rt.LoadFileWith(t.Context(), "testdata/forge/stub.wasm", tenon.LoadOptions{WASI: tenon.WASIStub, Imports: []tenon.Import{{
		Name: envIface, Refs: envRef(envIface), Resources: []tenon.ImportResource{{Name: "sink"}}, Funcs: []tenon.ImportFunc{
			{Name: "[constructor]sink", Call: func(_ context.Context, f *tenon.Frame) { f.Return(0, uint64(f.HostOwn(0, &memo{e}))) }},
			{Name: "use", Call: func(_ context.Context, f *tenon.Frame) {
				used = append(used, f.HostValue(0, uint32(f.In(0))))
				f.Return(0, uint64(e.dropped))
			}},
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := k.Call(t.Context(), "run", tenon.Value{Bits: 1})
	if err != nil || v.Bits != 0 || len(used) != 1 || used[0] == nil {
		t.Errorf("run = %v, %v; used %v", v, err, used)
	}
	if e.dropped != 1 {
		t.Errorf("%d dropped with the instance", e.dropped)
	}
}

// One grant serves two compatible versions of its interface; each function knows the resources of its own.
func TestTwoVersionsOfAnImport(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	grant := func(version string) tenon.Import {
		iface := "test:wat/env@" + version
		return tenon.Import{Name: iface, Refs: envRef(iface), Resources: []tenon.ImportResource{{Name: "sink"}}, Funcs: []tenon.ImportFunc{
			{Name: "[constructor]sink", Call: func(_ context.Context, f *tenon.Frame) { f.Return(0, uint64(f.HostOwn(0, version))) }},
			{Name: "peek", Call: func(_ context.Context, f *tenon.Frame) {
				if v := f.HostValue(0, uint32(f.In(0))); f.OK() && v != version {
					t.Errorf("%s is given %v", version, v)
				}
				f.Return(0, 42)
			}}}}
	}
	for name, imports := range map[string][]tenon.Import{
		"the older": {grant("1.2.0")}, "the newer": {grant("1.3.0")}, "a newer still": {grant("1.9.0")}, "each": {grant("1.3.0"), grant("1.2.0")},
	} {
		k, err := rt.LoadFileWith(t.Context(), "testdata/versions/imports.wasm", tenon.LoadOptions{Imports: imports})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for export, want := range map[string]uint64{"a": 7, "b": 42} {
			if v, err := k.Call(t.Context(), export); err != nil || v.Bits != want {
				t.Errorf("%s: %s = %v, %v", name, export, v, err)
			}
		}
		k.Close()
	}
}
