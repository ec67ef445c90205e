package redact

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Baseline is the Go implementation that the kernel 1.0.0 replaces, on the standard library's regexp: the same rules in
// the same order, by its own code.
func Baseline() Redactor { return baseline{rules: standard()} }

// BaselineWithURLs is Baseline for the kernel 1.1.0: it finds KindURL too.
func BaselineWithURLs() Redactor { return baseline{rules: standard(), urls: true} }

// Regexp is what a baseline needs of a regular expression: [regexp.Regexp] is one, and so are those of its drop-in replacements.
type Regexp interface {
	FindStringIndex(text string) []int
	FindAllStringIndex(text string, n int) [][]int
}

// BaselineOn is Baseline on another engine for regular expressions, by which compile makes each rule from Go's syntax. Its
// answers are Baseline's if the engine prefers the leftmost match, and of these the one that Perl finds first, as regexp does.
func BaselineOn(compile func(expr string) Regexp) Redactor { return baseline{rules: newRules(compile)} }

type baseline struct {
	*rules
	urls bool
}

// Redact implements Redactor.
func (b baseline) Redact(ctx context.Context, text string) (Redaction, error) {
	if err := ctx.Err(); err != nil {
		return Redaction{}, err
	}
	s := search{rules: b.rules, text: text}
	if b.urls {
		s.findURLs()
	}
	s.findTokens()
	s.findUsers()
	s.findEmails()
	s.findAddresses()
	return Redaction{Text: mask(text, s.claimed), Findings: s.claimed}, nil
}

// mask replaces each finding by its kind.
func mask(text string, findings []Finding) string {
	var masked strings.Builder
	masked.Grow(len(text) + 8*len(findings))
	done := uint32(0)
	for _, f := range findings {
		masked.WriteString(text[done:f.Start])
		masked.WriteByte('<')
		masked.WriteString(f.Kind.String())
		masked.WriteByte('>')
		done = f.End
	}
	masked.WriteString(text[done:])
	return masked.String()
}

// search is the state of one call: the text, and what has been found in it so far. Each kind is looked for in the gaps
// that the kinds before it have left.
type search struct {
	*rules
	text    string
	claimed []Finding
	fresh   []Finding // of the kind that is being looked for
}

func (s *search) claim(kind Kind, start, end int) {
	s.fresh = append(s.fresh, Finding{Kind: kind, Start: uint32(start), End: uint32(end)})
}

// settle closes what a kind has found to those that follow.
func (s *search) settle() {
	if len(s.fresh) == 0 {
		return
	}
	s.claimed = append(s.claimed, s.fresh...)
	s.fresh = s.fresh[:0]
	slices.SortFunc(s.claimed, func(a, b Finding) int { return int(a.Start) - int(b.Start) })
}

// gaps calls find for each stretch of [start, end) that nothing has claimed.
func (s *search) gaps(start, end int, find func(start, end int)) {
	first, _ := slices.BinarySearchFunc(s.claimed, start, func(f Finding, start int) int {
		if int(f.End) <= start {
			return -1
		}
		return 1
	})
	for _, f := range s.claimed[first:] {
		if int(f.Start) >= end {
			break
		}
		if start < int(f.Start) {
			find(start, int(f.Start))
		}
		start = int(f.End)
	}
	if start < end {
		find(start, end)
	}
}

// each calls found for every match of the expression in the gaps of [start, end).
func (s *search) each(re Regexp, start, end int, found func(start, end int)) {
	s.gaps(start, end, func(start, end int) {
		for _, m := range re.FindAllStringIndex(s.text[start:end], -1) {
			found(start+m[0], start+m[1])
		}
	})
}

// rules are the regular expressions of one engine.
type rules struct{ url, token, user, email, candidate Regexp }

var standard = sync.OnceValue(func() *rules {
	return newRules(func(expr string) Regexp { return regexp.MustCompile(expr) })
})

func newRules(compile func(expr string) Regexp) *rules {
	return &rules{
		// Spelt out, because (?i:s) would match the letter \u017f too.
		url:   compile(`(?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp]|[Ww][Ss][Ss]?)://[^\x00-\x20"<>\x7f]+`),
		token: compile(`(?:Bearer|bearer|BEARER)[ \t]+[A-Za-z0-9._~+/=-]{8,}`),
		user: compile(
			` (?:(?:[Ii]nvalid|authenticating|for|from) user {1,2}|failures for (?:invalid user )?)[^ \t\r\n]+` +
				`| (?:for|User) [^ \t\r\n]+ from |[ ;]r?user=[^ \t\r\n]+`),
		email: compile(
			`[A-Za-z0-9._%+\x{80}-\x{10ffff}-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]`),
		candidate: compile(candidates),
	}
}

// findURLs finds URLs, without the punctuation that ends a sentence or a parenthesis around them.
func (s *search) findURLs() {
	if !strings.Contains(s.text, "://") {
		return
	}
	s.each(s.url, 0, len(s.text), func(start, end int) {
		s.claim(KindURL, start, start+len(strings.TrimRight(s.text[start:end], ".,;:!?)]}'")))
	})
	s.settle()
}

// findTokens finds the tokens after the word Bearer.
func (s *search) findTokens() {
	if !strings.Contains(s.text, "earer") && !strings.Contains(s.text, "EARER") {
		return
	}
	s.each(s.token, 0, len(s.text), func(start, end int) {
		s.claim(KindToken, start+strings.LastIndexAny(s.text[start:end], " \t")+1, end)
	})
	s.settle()
}

// findUsers finds the user names between "sshd[" and the end of its line.
func (s *search) findUsers() {
	for end := 0; ; {
		start := strings.Index(s.text[end:], "sshd[")
		if start < 0 {
			break
		}
		start += end
		if end = strings.IndexByte(s.text[start:], '\n'); end < 0 {
			end = len(s.text)
		} else {
			end += start
		}
		s.each(s.user, start, end, func(start, end int) {
			phrase := strings.TrimSuffix(s.text[start:end], " from ")
			name := strings.LastIndexByte(phrase, ' ') + 1
			if rest := phrase[1:]; strings.HasPrefix(rest, "user=") || strings.HasPrefix(rest, "ruser=") {
				name = strings.IndexByte(phrase, '=') + 1
			}
			s.claim(KindUser, start+name, start+len(phrase))
		})
	}
	s.settle()
}

// findEmails finds e-mail addresses.
func (s *search) findEmails() {
	if strings.IndexByte(s.text, '@') < 0 {
		return
	}
	s.each(s.email, 0, len(s.text), func(start, end int) { s.claim(KindEmail, start, end) })
	s.settle()
}
