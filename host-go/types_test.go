package tenon

import (
	"errors"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// text writes a type down: its kind, its name, and the same of what is in it.
func (t *Type) text() string {
	if t == nil {
		return "_"
	}
	var b strings.Builder
	b.WriteString(t.Kind)
	if t.Name != "" {
		b.WriteString(" " + t.Name)
	}
	if t.Elem != nil {
		b.WriteString("<" + t.Elem.text() + ">")
	}
	for _, m := range t.Members {
		b.WriteString(" " + m.Name + "=" + m.Type.text())
	}
	return b.String()
}

func TestTypesOfEveryKind(t *testing.T) {
	u8, text, point := 0, 1, 2
	p := &plan.Plan{Types: []plan.Type{
		{Kind: plan.U8},
		{Kind: plan.String},
		{Kind: plan.Record, Name: "point", Fields: []plan.Field{{Name: "x", Type: 0}, {Name: "y", Type: 0}}},
		{Kind: plan.List, Element: &point},
		{Kind: plan.Option, Element: &u8},
		{Kind: plan.Tuple, Fields: []plan.Field{{Name: "0", Type: 1}, {Name: "1", Type: 0}}},
		{Kind: plan.Variant, Name: "v", Cases: []plan.Case{{Name: "none"}, {Name: "some", Type: &text}}},
		{Kind: plan.Enum, Cases: []plan.Case{{Name: "a"}, {Name: "b"}}},
		{Kind: plan.Flags, Flags: []plan.Label{{Name: "r"}, {Name: "w"}}},
		{Kind: plan.Result, OK: &text},
		{Kind: plan.Result, Err: &u8},
	}}
	ty := typer{p, make(map[int]*Type)}
	for at, want := range []string{
		"u8", "string", "record point x=u8 y=u8", "list<record point x=u8 y=u8>", "option<u8>", "tuple 0=string 1=u8",
		"variant v none=_ some=string", "enum a=_ b=_", "flags r=_ w=_", "result ok=string error=_", "result ok=_ error=u8",
	} {
		if got := ty.typ(at).text(); got != want {
			t.Errorf("type %d is %q, want %q", at, got, want)
		}
	}
	if ty.typ(3).Elem != ty.typ(2) {
		t.Error("a type that is used twice was made twice")
	}
}

// A hostile type that uses another one twice, and so on, is no larger for it.
func TestSharedTypesStaySmall(t *testing.T) {
	p := &plan.Plan{Types: []plan.Type{{Kind: plan.U8}}}
	for at := range 90 {
		p.Types = append(p.Types, plan.Type{Kind: plan.Tuple, Fields: []plan.Field{{Name: "0", Type: at}, {Name: "1", Type: at}}})
	}
	ty := typer{p, make(map[int]*Type)}
	if ty.typ(90); len(ty.made) != 91 {
		t.Fatalf("%d types", len(ty.made))
	}
}

func TestFuncTypeOfWhatIsNotThere(t *testing.T) {
	k := newBench(t, Config{}).load("1.0.0")
	if _, err := k.FuncType("nothing"); !errors.Is(err, ErrContract) || !strings.Contains(err.Error(), "nothing") {
		t.Fatal(err)
	}
}
