package gen

import (
	"bytes"
	"fmt"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// writer collects Go source. go/format lays it out afterwards, so nothing here cares about indentation.
type writer struct {
	buf bytes.Buffer
}

// p writes one line.
func (w *writer) p(format string, args ...any) {
	fmt.Fprintf(&w.buf, format, args...)
	w.buf.WriteByte('\n')
}

// comment writes text as a comment, line for line. Each line starts with "// ", so no text becomes a directive.
func (w *writer) comment(text string) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r", ""))
	for line := range strings.SplitSeq(text, "\n") {
		w.p("%s", strings.TrimRight("// "+line, " \t"))
	}
}

// doc writes the comment of an exported thing.
func (w *writer) doc(name, docs, fallback string) { w.comment(said(name, docs, fallback)) }

// said is what a comment says of an exported thing: its name, a colon and what the contract says, or the fallback where the
// contract says nothing but that the thing is deprecated, or nothing at all.
func said(name, docs, fallback string) string {
	docs = strings.TrimSpace(docs)
	switch {
	case docs == "":
		return fallback
	case strings.HasPrefix(docs, "Deprecated:"):
		return fallback + "\n\n" + docs
	default:
		return name + ": " + uncapitalised(docs)
	}
}

// uncapitalised lowers the first letter of a sentence, unless its first word is an abbreviation ("UTF-8 text").
func uncapitalised(s string) string {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return s
	}
	if len(s) > 1 && s[1] != ' ' && (s[1] < 'a' || s[1] > 'z') {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// packages are what generated code may import, by the name it is used under.
var packages = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "math": "math", "strconv": "strconv", "tenon": tenonPath,
	"dropin": dropinPath,
}

// imports lists the packages that the source uses, in the order of their paths. Nothing else in generated code has one
// of their names, so a name before a dot is enough to go by.
func imports(source []byte) []string {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source))
	s.Init(file, source, nil, 0)
	used := make(map[string]bool)
	last := ""
	for {
		_, tok, text := s.Scan()
		if tok == token.EOF {
			return slices.Sorted(maps.Keys(used))
		}
		if path := packages[last]; tok == token.PERIOD && path != "" {
			used[path] = true
		}
		last = ""
		if tok == token.IDENT {
			last = text
		}
	}
}
