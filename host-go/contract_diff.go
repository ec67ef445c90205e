package tenon

import (
	"fmt"
	"slices"
	"strings"
)

// item is one item of a contract's canonical text: a line, or a block with lines of its own.
type item struct {
	text  string // the line, without indentation and the brace that opens a block
	block bool
	items []item
}

// parseContract reads a contract's canonical text. It takes any text: what is not well-formed only differs.
func parseContract(text string) item {
	root := item{block: true}
	open := []*item{&root}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		top := open[len(open)-1]
		switch {
		case line == "":
		case line == "}":
			if len(open) > 1 {
				open = open[:len(open)-1]
			}
		default:
			head, block := strings.CutSuffix(line, " {")
			if strings.HasPrefix(head, "resource ") {
				head = strings.TrimSuffix(head, ";") // one without functions is the start of one that has some
			}
			top.items = append(top.items, item{text: head, block: block})
			if block {
				open = append(open, &top.items[len(top.items)-1])
			}
		}
	}
	return root
}

// keywords begin items that have a name of their own.
var keywords = []string{"package", "interface", "record", "variant", "enum", "flags", "resource", "type", "world", "export"}

// name is what an item is called, apart from what it is.
func (i item) name() string {
	words := strings.Fields(i.text)
	switch {
	case len(words) == 0:
		return ""
	case len(words) > 1 && slices.Contains(keywords, words[0]):
		return strings.Trim(words[1], ";:")
	}
	name, _, _ := strings.Cut(i.text, ":")
	name, _, _ = strings.Cut(name, "(")
	return strings.Trim(name, ",;")
}

// extensible reports whether a later version may add items to the block without breaking callers of this one.
func (i item) extensible() bool {
	for _, word := range []string{"interface ", "resource ", "world ", "package "} {
		if strings.HasPrefix(i.text, word) {
			return true
		}
	}
	return i.text == "" || strings.HasPrefix(i.text, "export ")
}

// sides are the words for the two that are compared: who wants, and who has.
type sides struct{ want, have string }

var (
	contractSides = sides{"the contract", "the kernel"}
	importSides   = sides{"the kernel", "the host"}
)

// diff says where the text of one side lacks or changes something of what the other wants; "" if nowhere. Both are
// texts without the package's own version, which is compared elsewhere.
func (s sides) diff(want, have string) string {
	return s.items(parseContract(want), parseContract(have), "")
}

func (s sides) items(want, have item, path string) string {
	if !want.extensible() {
		for i, w := range want.items {
			if i >= len(have.items) {
				return fmt.Sprintf("%s: %s lacks %q", path, s.have, w.text)
			}
			if d := s.item(w, have.items[i], path); d != "" {
				return d
			}
		}
		if len(have.items) > len(want.items) {
			return fmt.Sprintf("%s: %s adds %q", path, s.have, have.items[len(want.items)].text)
		}
		return ""
	}
	for _, w := range want.items {
		if strings.HasPrefix(w.text, "package ") && !w.block {
			continue // compared as package and version
		}
		at := slices.IndexFunc(have.items, func(h item) bool { return h.name() == w.name() })
		if at < 0 {
			return fmt.Sprintf("%s: %s lacks %q", join(path, w.name()), s.have, w.text)
		}
		if d := s.item(w, have.items[at], path); d != "" {
			return d
		}
	}
	return ""
}

func (s sides) item(want, have item, path string) string {
	path = join(path, want.name())
	if want.text != have.text || want.block != have.block && !strings.HasPrefix(want.text, "resource ") {
		return fmt.Sprintf("%s: %s has %q, %s has %q", path, s.want, want.text, s.have, have.text)
	}
	return s.items(want, have, path)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
