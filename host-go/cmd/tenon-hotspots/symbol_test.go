package main

import "testing"

func TestNamesAreTakenApart(t *testing.T) {
	for _, c := range []struct {
		name, folded, pkg, receiver, function string
		pointer                               bool
		kind                                  kind
	}{
		{"main.main", "main.main", "main", "", "main", false, kindProgram},
		{"main.measure.func1", "main.measure", "main", "", "measure", false, kindProgram},
		{"main.measure.func1.2.gowrap1", "main.measure", "main", "", "measure", false, kindProgram},
		{"github.com/a/b.(*T).M", "github.com/a/b.(*T).M", "github.com/a/b", "T", "M", true, kindProgram},
		{"github.com/a/b.(*T).M.func2", "github.com/a/b.(*T).M", "github.com/a/b", "T", "M", true, kindProgram},
		{"github.com/a/b.(*T).M-fm", "github.com/a/b.(*T).M", "github.com/a/b", "T", "M", true, kindProgram},
		{"github.com/a/b.T.M", "github.com/a/b.T.M", "github.com/a/b", "T", "M", false, kindProgram},
		{"gopkg.in/yaml%2ev3.(*parser).parse", "gopkg.in/yaml.v3.(*parser).parse", "gopkg.in/yaml.v3", "parser", "parse", true, kindProgram},
		{"github.com/a/b.F[github.com/c/d.T]", "github.com/a/b.F", "github.com/a/b", "", "F", false, kindProgram},
		{"github.com/a/b.(*L[...]).Get", "github.com/a/b.(*L).Get", "github.com/a/b", "L", "Get", true, kindProgram},
		{"github.com/a/b.glob..func1", "github.com/a/b.glob", "github.com/a/b", "", "glob", false, kindProgram},
		{"github.com/a/b.init.0", "github.com/a/b.init", "github.com/a/b", "", "init", false, kindProgram},
		{"regexp.(*Regexp).doExecute", "regexp.(*Regexp).doExecute", "regexp", "Regexp", "doExecute", true, kindStandard},
		{"internal/runtime/maps.(*Iter).Next", "internal/runtime/maps.(*Iter).Next", "internal/runtime/maps", "Iter", "Next", true, kindRuntime},
		{"runtime.mallocgc", "runtime.mallocgc", "runtime", "", "mallocgc", false, kindRuntime},
		{"indexbytebody", "indexbytebody", "", "", "indexbytebody", false, kindRuntime},
	} {
		s := parseSymbol(c.name)
		if s.name != c.folded || s.pkg != c.pkg || s.receiver != c.receiver || s.function != c.function || s.pointer != c.pointer || s.kind() != c.kind {
			t.Errorf("%s: %+v, %s", c.name, s, s.kind())
		}
	}
}

func TestAnyNameIsTaken(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a.", ".a", "a/", "/.", "a.(", "a.(*", "a.(*T)", "a.(*T).", "a.[", "a.]x[", "a.(.).", "%zz.f", "a/b.c..d"} {
		s := parseSymbol(name)
		_ = s.short("")
		_ = s.short("x/y.go")
		_ = s.kind()
	}
}

func TestShortNamesTellPackagesApart(t *testing.T) {
	for _, c := range [][3]string{
		{"main.run", "example.test/service/cmd/serve/main.go", "serve.run"},
		{"main.run", "", "main.run"},
		{"github.com/a/lru/v2.(*Cache).Get", "", "lru.(*Cache).Get"},
		{"github.com/a/b.F", "/x/y.go", "b.F"},
	} {
		if got := parseSymbol(c[0]).short(c[1]); got != c[2] {
			t.Errorf("%s in %s: %s", c[0], c[1], got)
		}
	}
}
