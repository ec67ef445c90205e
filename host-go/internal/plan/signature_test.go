package plan

import "testing"

// TestSignatures writes every kind of type.
func TestSignatures(t *testing.T) {
	u8, str, point, file := 0, 1, 2, 0
	p := &Plan{
		Resources: []Resource{{Name: "file"}, {}},
		Types: []Type{
			{Kind: U8},
			{Kind: String},
			{Kind: Record, Name: "point", Fields: []Field{{Name: "x", Type: 0}}},
		},
	}
	nameless := 1
	for _, c := range []struct {
		t    Type
		want string
	}{
		{Type{Kind: List, Element: &u8}, "list<u8>"},
		{Type{Kind: Option, Element: &point}, "option<point>"},
		{Type{Kind: Tuple, Fields: []Field{{Type: 0}, {Type: 1}}}, "tuple<u8, string>"},
		{Type{Kind: Record, Fields: []Field{{Name: "a", Type: 0}, {Name: "b", Type: 2}}}, "record { a: u8, b: point }"},
		{Type{Kind: Variant, Cases: []Case{{Name: "a"}, {Name: "b", Type: &str}}}, "variant { a, b(string) }"},
		{Type{Kind: Enum, Cases: []Case{{Name: "a"}, {Name: "b"}}}, "enum { a, b }"},
		{Type{Kind: Flags, Flags: []Label{{Name: "a"}, {Name: "b"}}}, "flags { a, b }"},
		{Type{Kind: Result}, "result"},
		{Type{Kind: Result, OK: &u8}, "result<u8>"},
		{Type{Kind: Result, Err: &str}, "result<_, string>"},
		{Type{Kind: Result, OK: &u8, Err: &str}, "result<u8, string>"},
		{Type{Kind: Own, Resource: &file}, "file"},
		{Type{Kind: Borrow, Resource: &file}, "borrow<file>"},
		{Type{Kind: Own, Resource: &nameless}, "resource"},
	} {
		p.Types = append(p.Types[:3], c.t)
		at := 3
		if got := p.Signature([]Param{{Name: "v", Type: at}}, &at); got != "func(v: "+c.want+") -> "+c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	if got := p.Signature(nil, nil); got != "func()" {
		t.Errorf("got %s", got)
	}
	if got := p.Definition(2); got != "record { x: u8 }" {
		t.Errorf("got %s", got)
	}
	// A type of 2^60 parts.
	p.Types = p.Types[:1]
	for i := range 60 {
		p.Types = append(p.Types, Type{Kind: Tuple, Fields: []Field{{Type: i}, {Type: i}}})
	}
	last := len(p.Types) - 1
	if n := len(p.Signature(nil, &last)); n < maxSignature || n > 2*maxSignature {
		t.Errorf("%d bytes", n)
	}
}
