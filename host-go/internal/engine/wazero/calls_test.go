package wazero_test

import (
	"slices"
	"testing"

	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

// TestCalls has the functions told that run, the host's left out.
func TestCalls(t *testing.T) {
	m := et.Gated(true)
	first, second, third := et.FirstFunc, et.FirstFunc+1, et.FirstFunc+2
	m.Types = append(m.Types, et.FuncType{})
	none := uint32(len(m.Types) - 1)
	m.Funcs = []et.Func{{Type: none, Body: et.Call(third)}, {Type: none, Body: et.Call(first)}, {Type: none}}
	m.Exports = append(m.Exports, et.Export{Name: "f", Kind: et.KindFunc, Index: first})
	p := et.GatedPlan(m)
	et.AddFunc(p, 0, "f", ":")
	var called []uint32
	ctx := wazero.Calls(t.Context(), func(index uint32) { called = append(called, index) })
	e := wazero.New(wazero.Config{Interpreter: true})
	defer e.Close(t.Context())
	code, err := e.Compile(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := instantiate(t, code).Func(0).Call(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if want := []uint32{first, third}; !slices.Equal(called, want) {
		t.Errorf("called %v, want %v, not %d", called, want, second)
	}
}
