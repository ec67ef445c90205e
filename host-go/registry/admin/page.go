package admin

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/registry"
)

//go:embed page.html
var pageText string

// The names that are shown come from components, registries and faults, which may be anybody's: html/template escapes them, and
// plain makes visible what a browser would not show, or show in another order.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"plain":   plain,
	"digest":  func(s string) string { return plain(s[:min(len(s), 12)]) },
	"clock":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") },
	"mib":     func(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) },
	"kinds":   counts[tenon.Kind],
	"causes":  counts[tenon.Retirement],
	"reasons": counts[registry.Reason],
}).Parse(pageText))

// writePage writes the report for people.
func writePage(w http.ResponseWriter, r report) {
	var text bytes.Buffer
	if err := page.Execute(&text, r); err != nil {
		refuse(w, http.StatusInternalServerError, "the page cannot be made: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes()) // a client that has gone is no matter
}

// plain spells what is no character to be seen by its number: line feeds, marks that turn text around, bytes that are no text.
func plain(v any) string {
	var b strings.Builder
	for _, c := range fmt.Sprint(v) {
		if c == ' ' || unicode.IsPrint(c) && c != unicode.ReplacementChar {
			b.WriteRune(c)
		} else {
			fmt.Fprintf(&b, `\u{%x}`, c)
		}
	}
	return b.String()
}

// counts spells counts by name, in the order of the names.
func counts[K ~string](m map[K]uint64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", plain(string(name)), m[name]))
	}
	return strings.Join(parts, ", ")
}
