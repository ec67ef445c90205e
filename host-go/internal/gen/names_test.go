package gen

import (
	"go/token"
	"testing"
)

func TestExported(t *testing.T) {
	for kebab, want := range map[string]string{
		"agent":       "Agent",
		"patch-minor": "PatchMinor",
		"user-id":     "UserID",
		"http-url":    "HTTPURL",
		"uas":         "UAs",
		"ipv4":        "IPv4",
		"XML-text":    "XMLText",
		"a1-b2":       "A1B2",
		"idle":        "Idle", // starts with an initialism, is none
		"":            "X",
		"1st":         "X1st",
		"[static]x.y": "StaticXY",
		"naïve":       "NaVe", // never valid WIT, still an identifier
	} {
		if got := exported(kebab); got != want {
			t.Errorf("exported(%q) = %q, want %q", kebab, got, want)
		}
		if !token.IsIdentifier(exported(kebab)) || !token.IsExported(exported(kebab)) {
			t.Errorf("exported(%q) = %q is no exported identifier", kebab, exported(kebab))
		}
	}
}

func TestUnexported(t *testing.T) {
	for kebab, want := range map[string]string{
		"ua":         "ua",
		"user-id":    "userID",
		"url-path":   "urlPath",
		"XML-text":   "xmlText",
		"":           "x",
		"parse-all":  "parseAll",
		"ipv6-range": "ipv6Range",
	} {
		if got := unexported(kebab); got != want {
			t.Errorf("unexported(%q) = %q, want %q", kebab, got, want)
		}
	}
}

func TestScopePicksWhatIsFree(t *testing.T) {
	outer := newScope(nil, "taken")
	s := newScope(outer)
	for _, c := range []struct {
		candidates []string
		want       string
	}{
		{[]string{"fresh"}, "fresh"},
		{[]string{"fresh"}, "fresh2"},
		{[]string{"fresh"}, "fresh3"},
		{[]string{"taken", "takenArg"}, "takenArg"},
		{[]string{"taken", "takenArg"}, "takenArg2"},
		{[]string{"type", "typeArg"}, "typeArg"}, // a keyword
		{[]string{"len", "lenArg"}, "lenArg"},    // predeclared
		{[]string{"func"}, "func2"},
	} {
		if got := s.pick(c.candidates...); got != c.want {
			t.Errorf("pick(%q) = %q, want %q", c.candidates, got, c.want)
		}
	}
	outer.avoid = map[string]bool{"hidden": true}
	if got := outer.pick("hidden"); got != "hidden2" {
		t.Errorf("a name of an inner scope was picked: %q", got)
	}
	if got := s.pick("hidden"); got != "hidden" {
		t.Errorf("an inner scope avoids its own names: %q", got)
	}
}

func TestUncapitalised(t *testing.T) {
	for in, want := range map[string]string{
		"Parses a line.":     "parses a line.",
		"A program.":         "a program.",
		"UTF-8 text.":        "UTF-8 text.",
		"E-mail":             "E-mail",
		"already small":      "already small",
		"":                   "",
		"X":                  "x",
		"Überschrift bleibt": "Überschrift bleibt",
	} {
		if got := uncapitalised(in); got != want {
			t.Errorf("uncapitalised(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestImportsGoByNamesBeforeADot(t *testing.T) {
	source := `// fmt. and errors.New in a comment do not count.
	func x() { _ = "context.Canceled"; y := strconv.Itoa(1); _ = tenon.Some(y) ; math := 1; _ = math }`
	got := imports([]byte(source))
	if len(got) != 2 || got[0] != tenonPath || got[1] != "strconv" {
		t.Errorf("imports = %q", got)
	}
}

func TestTextLiteral(t *testing.T) {
	for in, want := range map[string]string{
		"a\n  b\n": "`a\n  b\n`",
		"tick `":   "\"tick `\"",
		"\x00":     `"\x00"`,
		"a\r\nb":   `"a\r\nb"`, // a raw literal would lose the carriage return
	} {
		if got := textLiteral(in); got != want {
			t.Errorf("textLiteral(%q) = %s, want %s", in, got, want)
		}
	}
}
