package jsonpick

import (
	"strconv"
	"strings"
)

// tree is where paths lead: a value, and what lies in it.
type tree struct {
	lines    []int // of the paths that end here
	children map[string]*tree
	places   map[int]*tree // the children that an array has too
}

var unescapeName = strings.NewReplacer("~1", "/", "~0", "~")

// newTree reads JSON Pointers, one a line, and tells how many there are. It fails with the first line that is none.
func newTree(paths string) (root *tree, n int, err error) {
	root = &tree{}
	for line := range strings.Lines(paths) {
		at := root
		path := strings.TrimSuffix(line, "\n")
		names := strings.Split(path, "/")
		if path != "" && names[0] != "" {
			return nil, 0, FailurePath(uint32(n))
		}
		for _, name := range names[1:] {
			if strings.Count(name, "~") != strings.Count(name, "~0")+strings.Count(name, "~1") {
				return nil, 0, FailurePath(uint32(n))
			}
			at = at.child(unescapeName.Replace(name))
		}
		at.lines = append(at.lines, n)
		n++
	}
	return root, n, nil
}

// child is the one with the name, which is made if need be.
func (t *tree) child(name string) *tree {
	child, ok := t.children[name]
	if ok {
		return child
	}
	child = &tree{}
	if t.children == nil {
		t.children = map[string]*tree{}
	}
	t.children[name] = child
	if place, err := strconv.Atoi(name); err == nil && strconv.Itoa(place) == name && place >= 0 {
		if t.places == nil {
			t.places = map[int]*tree{}
		}
		t.places[place] = child
	}
	return child
}

// forget takes back what was found there and below.
func (t *tree) forget(values []Value) {
	for _, line := range t.lines {
		values[line] = Value{}
	}
	for _, child := range t.children {
		child.forget(values)
	}
}
