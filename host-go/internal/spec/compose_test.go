package spec

import (
	"errors"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// Components of
//
//	(component (import "host" (instance (export "simple-module" (core module T)))))
const (
	// T is empty.
	fitting = "\x00asm\x0d\x00\x01\x00" +
		"\x07\x19\x01\x42\x02\x00\x50\x00\x04\x00\x0dsimple-module\x00\x11\x00" +
		"\x0a\x09\x01\x00\x04host\x05\x00"
	// T is (export "g" (global f32)), which is an i32.
	unfitting = "\x00asm\x0d\x00\x01\x00" +
		"\x07\x1f\x01\x42\x02\x00\x50\x01\x03\x01g\x03\x7d\x00\x04\x00\x0dsimple-module\x00\x11\x00" +
		"\x0a\x09\x01\x00\x04host\x05\x00"
)

// TestCompose puts the environment's component and a user of its module into one, which is valid when they fit.
func TestCompose(t *testing.T) {
	plans := transpile.New(transpile.Config{})
	defer plans.Close(t.Context())
	simple := &provider{component: []byte(simpleComponent)}
	user := func(component string) []byte {
		return compose(&provider{component: []byte(component), uses: map[string]*provider{simpleInstance: simple}}, nil)
	}
	if _, err := plans.Plan(t.Context(), user(fitting)); err != nil {
		t.Error(err)
	}
	_, err := plans.Plan(t.Context(), user(unfitting))
	if e, ok := errors.AsType[*transpile.Error](err); !ok || e.Kind != transpile.Malformed {
		t.Errorf("got %v", err)
	}
}

// TestModules tells imports that a composition serves from others.
func TestModules(t *testing.T) {
	module := plan.Import{Name: "m", Kind: plan.ExternModule}
	instance := func(items ...plan.Import) *plan.Import {
		return &plan.Import{Name: "i", Kind: plan.ExternInstance, Exports: items}
	}
	have := &item{kind: plan.ExternInstance, items: map[string]*item{"m": {kind: plan.ExternModule}, "f": {kind: plan.ExternFunc}}}
	cases := []struct {
		imp        *plan.Import
		only, asks bool
	}{
		{&module, false, false},
		{instance(), true, false},
		{instance(module), true, true},
		{instance(module, plan.Import{Name: "f", Kind: plan.ExternFunc}), false, true},
		{instance(*instance(module)), true, false},
		{instance(plan.Import{Name: "f", Kind: plan.ExternModule}), true, false},
	}
	for i, c := range cases {
		if only, asks := modulesOnly(c.imp), asksForModule(c.imp, have); only != c.only || asks != c.asks {
			t.Errorf("case %d: %t, %t", i, only, asks)
		}
	}
	out := modulesOf([]plan.Export{
		{Name: "f", Kind: plan.ExternFunc}, {Name: "m", Kind: plan.ExternModule},
		{Name: "i", Kind: plan.ExternInstance, Exports: []plan.Export{{Name: "m", Kind: plan.ExternModule}, {Name: "t", Kind: plan.ExternType}}},
		{Name: "none", Kind: plan.ExternInstance},
	})
	if len(out) != 2 || out[0].Name != "m" || len(out[1].Exports) != 1 {
		t.Errorf("got %+v", out)
	}
}
