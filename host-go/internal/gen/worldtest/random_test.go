package worldtest

import (
	"bytes"
	"maps"
	"slices"
	"testing"
)

func TestRandomIsTheSameForOneSeed(t *testing.T) {
	for seed := range uint64(20) {
		if !bytes.Equal(Random(seed).Component(), Random(seed).Component()) {
			t.Errorf("seed %d gives two components", seed)
		}
	}
}

// TestRandomDrawsEverything: among some hundred worlds there is everything that a world can have.
func TestRandomDrawsEverything(t *testing.T) {
	seen := make(map[string]bool)
	var walk func(t *Type)
	walk = func(t *Type) {
		if t == nil {
			return
		}
		seen[t.Kind] = true
		for _, e := range t.Elems {
			walk(e)
		}
	}
	for seed := range uint64(300) {
		w := Random(seed)
		seen[[]string{"utf8", "utf16", "latin1+utf16"}[w.Encoding]] = true
		for _, i := range append(slices.Clone(w.Imports), w.Exports...) {
			if len(i.uses().types) > 0 {
				seen["a used type"] = true
			}
			if len(i.uses().resources) > 0 {
				seen["a used resource"] = true
			}
			for _, f := range i.Funcs {
				seen[[]string{"imported", "same", "relay", "constructor", "method"}[f.Role]] = true
				flat := 0
				for _, p := range f.Params {
					flat += len(p.Type.layout().flat)
					walk(p.Type)
				}
				if flat > 16 && f.Role == Imported {
					seen["spilled parameters of an import"] = true
				}
				if f.spilled() && f.Role == Imported {
					seen["a spilled result of an import"] = true
				}
				walk(f.Result)
			}
		}
	}
	want := append(slices.Sorted(maps.Keys(primitives)), "list", "record", "tuple", "variant", "enum", "option", "result", "flags",
		"own", "borrow", "utf8", "utf16", "latin1+utf16", "a used type", "a used resource", "imported", "same", "relay",
		"constructor", "method", "spilled parameters of an import", "a spilled result of an import")
	for _, what := range want {
		if !seen[what] {
			t.Errorf("no world has %s", what)
		}
	}
}

// TestLayouts compares with what the specification's rules give by hand.
func TestLayouts(t *testing.T) {
	u8, u64, f, s := &Type{Kind: "u8"}, &Type{Kind: "u64"}, &Type{Kind: "f32"}, &Type{Kind: "string"}
	for _, c := range []struct {
		typ         *Type
		size, align uint32
		flat        []byte
	}{
		{u8, 1, 1, []byte{i32}},
		{s, 8, 4, []byte{i32, i32}},
		{&Type{Kind: "record", Elems: []*Type{u8, u64, u8}}, 24, 8, []byte{i32, i64, i32}},
		{&Type{Kind: "option", Elems: []*Type{u64}}, 16, 8, []byte{i32, i64}},
		{&Type{Kind: "result", Elems: []*Type{nil, nil}}, 1, 1, []byte{i32}},
		{&Type{Kind: "variant", Elems: []*Type{f, u8}}, 8, 4, []byte{i32, i32}},
		{&Type{Kind: "variant", Elems: []*Type{s, u64}}, 16, 8, []byte{i32, i64, i32}},
		{&Type{Kind: "variant", Elems: make([]*Type, 257)}, 2, 2, []byte{i32}},
		{&Type{Kind: "flags", Labels: make([]string, 9)}, 2, 2, []byte{i32}},
		{&Type{Kind: "flags", Labels: make([]string, 17)}, 4, 4, []byte{i32}},
	} {
		l := c.typ.layout()
		if l.size != c.size || l.align != c.align || !bytes.Equal(l.flat, c.flat) {
			t.Errorf("%s: %+v, want size %d, alignment %d, %x", c.typ.Kind, l, c.size, c.align, c.flat)
		}
	}
}
