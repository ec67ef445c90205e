package main

import (
	"slices"
	"strings"
	"testing"
)

func TestBothFormsOfACallMeanTheSame(t *testing.T) {
	for _, c := range []struct {
		export string
		args   []string
		name   string
		want   []string
	}{
		{"add", nil, "add", nil},
		{"add", []string{"1", "[2, 3]"}, "add", []string{"1", "[2, 3]"}},
		{"add", []string{"-1", ""}, "add", []string{"-1", ""}},
		{"add(1, [2, 3])", nil, "add", []string{"1", "[2, 3]"}},
		{"add( 1 ,[2, 3] )", nil, "add", []string{"1", "[2, 3]"}},
		{"add(1, 2,)", nil, "add", []string{"1", "2"}},
		{"f()", nil, "f", nil},
		{"f( )", nil, "f", nil},
		{"f(1) ", nil, "f", []string{"1"}},
		{`a:b/c@1.0.0#f("x, (y")`, nil, "a:b/c@1.0.0#f", []string{`"x, (y"`}},
		{`f("a\"),(\\", ',', '\'')`, nil, "f", []string{`"a\"),(\\"`, `','`, `'\''`}},
		{`f("""a "quoted", b""", {x: (1, 2)})`, nil, "f", []string{`"""a "quoted", b"""`, "{x: (1, 2)}"}},
		{"f(1, // one, ) \"\n 2)", nil, "f", []string{"1", "// one, ) \"\n 2"}},
		{"f(1) // done", nil, "f", []string{"1"}},
		{"f(// nothing\n)", nil, "f", nil},
		{"f(😀)", nil, "f", []string{"😀"}},
	} {
		name, args, err := splitCall(c.export, c.args)
		if err != nil || name != c.name || !slices.Equal(args, c.want) {
			t.Errorf("%s: %q, %q, %v", c.export, name, args, err)
		}
	}
}

func TestWhatIsNotACallIsRefused(t *testing.T) {
	for _, c := range []struct{ export, says string }{
		{"(1)", "no name"}, {"f(", "missing"}, {"f(1", "missing"}, {"f(1, ", "missing"}, {"f(,)", "argument is missing"},
		{"f(1,,2)", "argument is missing"}, {"f(1))", "follows"}, {"f(1) 2", "follows"}, {"f(])", "closes nothing"}, {"f([1)", "missing"},
		{`f("x)`, "does not end"}, {`f('x)`, "does not end"}, {`f("""x")`, "does not end"}, {`f("\`, "does not end"}, {"f(// x)", "missing"},
		{"f(" + strings.Repeat("(", 100_000), "missing"},
	} {
		if name, args, err := splitCall(c.export, nil); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.20s: %q, %q, %v", c.export, name, args, err)
		}
	}
	if _, _, err := splitCall("f(1)", []string{"2"}); err == nil || !strings.Contains(err.Error(), "not both") {
		t.Error(err)
	}
}

// FuzzSplitCall: no text breaks it, and arguments that are put together again are taken apart the same way.
func FuzzSplitCall(f *testing.F) {
	for _, s := range []string{"f(1, [2])", `f("""`, "f('", "f(//", "f(1,)x", "f({a: \"}\"})"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, export string) {
		name, args, err := splitCall(export, nil)
		if err != nil || !strings.Contains(export, "(") {
			return
		}
		again := name + "(" + strings.Join(args, "\n,") + "\n)"
		name2, args2, err := splitCall(again, nil)
		if err != nil || name2 != name || !slices.Equal(args2, args) {
			t.Errorf("%q: %q, then %q, %v", export, args, args2, err)
		}
	})
}
