package data

import "strings"

var unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// UserAgent is the last quoted field of a line in the combined log format, unescaped; "" where there is none.
func UserAgent(line string) string {
	line, quoted := strings.CutSuffix(line, `"`)
	if !quoted {
		return ""
	}
	for end := len(line); ; {
		open := strings.LastIndexByte(line[:end], '"')
		if open < 0 {
			return ""
		}
		if !escaped(line, open) {
			// The request is a quoted field too; a line of the common log format has no other.
			if strings.HasPrefix(line[:open], `"`) || !strings.Contains(line[:open], `"`) {
				return ""
			}
			return unescape.Replace(line[open+1:])
		}
		end = open
	}
}

// escaped reports whether an odd number of backslashes stands before position at.
func escaped(line string, at int) bool {
	n := 0
	for at-n > 0 && line[at-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}
