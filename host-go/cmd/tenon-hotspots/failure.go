package main

import (
	"strings"
	"unicode"
)

// A failure is an error for a person: what failed, what was found, what to do. It prints as the tenon command's errors do.
type failure struct {
	what  string // the file or function that failed, and how
	found string
	help  string
}

func (f *failure) Error() string {
	var text strings.Builder
	text.WriteString("error: " + printable(f.what))
	for _, note := range []struct{ label, text string }{{"found: ", f.found}, {"help:  ", f.help}} {
		label := note.label
		for line := range strings.Lines(note.text) {
			text.WriteString("\n  " + label + printable(strings.TrimRight(line, "\n")))
			label = "       "
		}
	}
	return text.String()
}

// printable is a text of a file's without what a terminal would act on.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// inOneLine is the same as one line.
func inOneLine(text string) string { return printable(strings.Join(strings.Fields(text), " ")) }

// A usage is a command line that says nothing this command can do: exit status 2.
type usage struct{ what string }

func (u *usage) Error() string {
	return "error: " + u.what + "\n\nUsage: tenon hotspots [OPTIONS] PROFILE\n\nFor more information, try '--help'."
}
