package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// withEntries is a plan with two entries: of f(list<u16>, u8, string) -> string and g(string) -> result<u8, string>.
func withEntries() *plan.Plan {
	i32 := []plan.CoreType{plan.I32}
	pair := []plan.CoreType{plan.I32, plan.I32}
	return &plan.Plan{
		Format:    plan.Format,
		Instances: 1,
		Modules:   []plan.Module{{Code: []byte{}}, {Code: []byte{}}},
		Types: []plan.Type{
			{Kind: plan.U16, Size: 2, Align: 2, Flat: i32},
			{Kind: plan.List, Element: ref(0), Size: 8, Align: 4, Flat: pair},
			{Kind: plan.U8, Size: 1, Align: 1, Flat: i32},
			{Kind: plan.String, Size: 8, Align: 4, Flat: pair},
			{Kind: plan.List, Element: ref(3), Size: 8, Align: 4, Flat: pair},
			{Kind: plan.Result, OK: ref(2), Err: ref(3), Size: 12, Align: 4, Discriminant: 1, Payload: 4, Flat: []plan.CoreType{plan.I32, plan.I32, plan.I32}},
		},
		Funcs: []plan.Func{
			{Name: "f", Params: []plan.Param{{Name: "a", Type: 1}, {Name: "b", Type: 2}, {Name: "c", Type: 3}}, Result: ref(3),
				Callee: plan.Callee{Instance: 1, Export: "f"}, Memory: ref(0), Realloc: ref(0), Encoding: plan.UTF8, SpillResult: true,
				Core:  plan.CoreSig{Params: slices.Repeat(i32, 5), Results: i32},
				Entry: &plan.Entry{Instance: 1, Export: "tenon:entry:0", Staged: []int{0, 2}, Words: plan.EntryWords, Answer: plan.Text}},
			{Name: "g", Params: []plan.Param{{Name: "a", Type: 3}}, Result: ref(5),
				Callee: plan.Callee{Instance: 1, Export: "g"}, Memory: ref(0), Realloc: ref(0), Encoding: plan.UTF8, SpillResult: true,
				Core:  plan.CoreSig{Params: pair, Results: i32},
				Entry: &plan.Entry{Instance: 1, Export: "tenon:entry:1", Staged: []int{0}, Words: plan.EntryWords, Answer: plan.Flat}},
		},
		Steps: []plan.Step{
			{Op: plan.OpInstantiate}, {Op: plan.OpInstantiate, Module: 1},
			{Op: plan.OpMemory, Instance: 1, Export: "memory"}, {Op: plan.OpRealloc, Instance: 1, Export: "realloc"},
		},
		Slots: plan.Slots{Memories: 1, Reallocs: 1},
	}
}

func TestEntries(t *testing.T) {
	p, err := plan.Decode(encode(t, withEntries()))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"i32 i32 i32 i32 i32 i32" + strings.Repeat(" i64", 16) + " -> i32 i32 i32" + strings.Repeat(" i64", 8),
		"i32 i32 i32" + strings.Repeat(" i64", 8) + " -> i32 i32 i32 i32",
	} {
		f := &p.Funcs[i]
		if got := signatureText(f.Entry.Core(f.Core)); got != want {
			t.Errorf("function %d: %s, want %s", i, got, want)
		}
	}
	if len(p.Funcs[0].Core.Params) != 5 {
		t.Error("Core changed the signature that it was given")
	}
	for i, want := range []uint32{0, 2, 0, 1, 0, 0} {
		if size, ok := p.Bytes(i); size != want || ok != (want > 0) {
			t.Errorf("type %d: %d, %t", i, size, ok)
		}
	}
}

func signatureText(s plan.CoreSig) string {
	words := make([]string, 0, len(s.Params)+1+len(s.Results))
	for _, list := range [][]plan.CoreType{s.Params, {"->"}, s.Results} {
		for _, word := range list {
			words = append(words, string(word))
		}
	}
	return strings.Join(words, " ")
}

// TestEntryLies changes one thing of a sound entry, or of what it rests on, at a time.
func TestEntryLies(t *testing.T) {
	name := func(n int) string { return strings.Repeat("x", n) }
	lies := []struct {
		path string // in the error, below funcs[0].entry
		lie  func(p *plan.Plan, e *plan.Entry)
	}{
		{".instance", func(_ *plan.Plan, e *plan.Entry) { e.Instance = 0 }},
		{".instance", func(_ *plan.Plan, e *plan.Entry) { e.Instance = 2 }},
		{".instance", func(_ *plan.Plan, e *plan.Entry) { e.Instance = -1 }},
		{".instance", func(p *plan.Plan, _ *plan.Entry) { p.Funcs[0].Callee.Instance = 0 }},
		{".export", func(_ *plan.Plan, e *plan.Entry) { e.Export = "" }},
		{".export", func(_ *plan.Plan, e *plan.Entry) { e.Export = name(65) }},
		{".words", func(_ *plan.Plan, e *plan.Entry) { e.Words = 7 }},
		{".words", func(_ *plan.Plan, e *plan.Entry) { e.Words = 1 << 40 }},
		{".staged", func(_ *plan.Plan, e *plan.Entry) { e.Staged = nil }},
		{".staged", func(_ *plan.Plan, e *plan.Entry) { e.Staged = []int{0} }},
		{".staged", func(_ *plan.Plan, e *plan.Entry) { e.Staged = []int{2, 0} }},
		{".staged", func(_ *plan.Plan, e *plan.Entry) { e.Staged = []int{0, 1} }},
		{".staged", func(_ *plan.Plan, e *plan.Entry) { e.Staged = []int{0, 3} }},
		{".staged", func(_ *plan.Plan, e *plan.Entry) { e.Staged = []int{-1, 2} }},
		{".staged", func(_ *plan.Plan, e *plan.Entry) { e.Staged = []int{0, 2, 2} }},
		{".answer", func(_ *plan.Plan, e *plan.Entry) { e.Answer = plan.Flat }},
		{".answer", func(_ *plan.Plan, e *plan.Entry) { e.Answer = "" }},
		{".answer", func(p *plan.Plan, _ *plan.Entry) { p.Funcs[0].Result = ref(4) }},
		{"", func(p *plan.Plan, _ *plan.Entry) { p.Funcs[0].Params[2].Type = 4 }},
		{"", func(p *plan.Plan, _ *plan.Entry) { p.Funcs[0].Encoding = plan.UTF16 }},
		{"", func(p *plan.Plan, _ *plan.Entry) { p.Modules[0].Adapter = true }},
		{"", func(p *plan.Plan, _ *plan.Entry) { p.Resources = []plan.Resource{{}} }},
		{"", func(p *plan.Plan, _ *plan.Entry) { p.Trampolines = []plan.Trampoline{{Kind: plan.ExitSyncCall}} }},
	}
	for i, l := range lies {
		p := withEntries()
		l.lie(p, p.Funcs[0].Entry)
		_, err := plan.Decode(encode(t, p))
		if e, ok := errors.AsType[*plan.Error](err); !ok || e.Path != "funcs[0].entry"+l.path {
			t.Errorf("lie %d about %q: %v", i, l.path, err)
		}
	}
}

func TestEntriesStageTwoAtMost(t *testing.T) {
	for n, accepted := range []bool{false, true, true, false} {
		p := withEntries()
		f := &p.Funcs[1]
		f.Params, f.Core.Params, f.Entry.Staged = nil, nil, nil
		for k := range n {
			f.Params = append(f.Params, plan.Param{Name: fmt.Sprint(k), Type: 3})
			f.Core.Params = append(f.Core.Params, plan.I32, plan.I32)
			f.Entry.Staged = append(f.Entry.Staged, k)
		}
		if _, err := plan.Decode(encode(t, p)); (err == nil) != accepted {
			t.Errorf("%d staged parameters: %v", n, err)
		}
	}
}
