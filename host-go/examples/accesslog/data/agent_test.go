package data

import "testing"

func TestUserAgentIsTheLastQuotedField(t *testing.T) {
	for line, want := range map[string]string{
		`h - - [d] "GET / HTTP/1.0" 200 1 "-" "Mozilla/4.0"`:       `Mozilla/4.0`,
		`h - - [d] "GET / HTTP/1.0" 200 1 "-" "say \"hi\" \\ end"`: `say "hi" \ end`,
		`h - - [d] "GET / HTTP/1.0" 200 1 "-" "ends with \\"`:      `ends with \`,
		`h - - [d] "GET / HTTP/1.0" 200 1 "-" ""`:                  ``,
		`h - - [d] "GET / HTTP/1.0" 200 1`:                         ``,
		`"GET / HTTP/1.0"`:                                         ``,
		`"`:                                                        ``,
		`\"`:                                                       ``,
		`no quotes at all`:                                         ``,
		``:                                                         ``,
	} {
		if got := UserAgent(line); got != want {
			t.Errorf("UserAgent(%s) = %q, want %q", line, got, want)
		}
	}
}
