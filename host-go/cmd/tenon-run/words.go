package main

import (
	"fmt"
	"strings"
)

// errCall is the error of a word that is not a call.
type errCall struct{ word, why string }

func (e *errCall) Error() string { return fmt.Sprintf("`%s` is not a call: %s", e.word, e.why) }

// splitCall gives the function's name and its arguments, from `redact "…"` as from `redact("…")`. What the arguments
// are is for the component's types to say; here they are only taken apart.
func splitCall(export string, args []string) (name string, list []string, err error) {
	wrong := func(why string) (string, []string, error) {
		return "", nil, &errCall{export, why}
	}
	open := strings.IndexByte(export, '(')
	switch {
	case open < 0:
		return export, args, nil
	case open == 0:
		return wrong("no name stands before the parenthesis")
	case len(args) > 0:
		return wrong("give arguments in parentheses or after the name, not both")
	}
	rest := export[open+1:]
	for {
		n, err := scanValue(rest)
		if err != nil {
			return wrong(err.Error())
		}
		value, end := strings.TrimSpace(rest[:n]), rest[n]
		rest = rest[n+1:]
		empty := withoutComments(value) == ""
		switch {
		case end == ',' && empty:
			return wrong("an argument is missing before a comma")
		case !empty:
			list = append(list, value)
		}
		if end == ')' {
			break
		}
	}
	if withoutComments(rest) != "" {
		return wrong(fmt.Sprintf("%q follows the last parenthesis", strings.TrimSpace(rest)))
	}
	return export[:open], list, nil
}

// scanValue gives the length of the text before the next comma or closing parenthesis that belongs to the call.
func scanValue(s string) (int, error) {
	depth := 0
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				if c != ')' {
					return 0, fmt.Errorf("%q closes nothing", c)
				}
				return i, nil
			}
			depth--
		case ',':
			if depth == 0 {
				return i, nil
			}
		case '"', '\'', '/':
			n := scanQuoted(s[i:])
			if n == 0 {
				return 0, fmt.Errorf("what begins with %q does not end", c)
			}
			i += n
			continue
		}
		i++
	}
	return 0, fmt.Errorf("the closing parenthesis is missing")
}

// scanQuoted gives the length of the string, character or comment that s begins with; 0 if it does not end.
func scanQuoted(s string) int {
	switch {
	case strings.HasPrefix(s, `"""`):
		if end := strings.Index(s[3:], `"""`); end >= 0 {
			return 3 + end + 3
		}
		return 0
	case strings.HasPrefix(s, "//"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end
		}
		return len(s)
	case s[0] == '/':
		return 1 // no WAVE, but that is not for us to say
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return 0
}

// withoutComments is a text without white space and comments, as far as it has nothing else.
func withoutComments(s string) string {
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if !strings.HasPrefix(s, "//") {
			return s
		}
		_, s, _ = strings.Cut(s, "\n")
	}
}
