package jsonpick

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Baseline is a Go implementation of the contract, token by token on jsontext, the syntax layer of encoding/json/v2: the Go
// library that has both the same rules, for the whole of a document, and the places of values. The kernel's README says what it
// gains and loses against it, against encoding/json and against others.
//
// As the kernel does, it keeps the paths of its latest call, ready to be followed.
func Baseline() Picker { return &baseline{} }

type baseline struct{ latest atomic.Pointer[prepared] }

// prepared are paths as a tree, which nothing changes.
type prepared struct {
	paths string
	root  *tree
	n     int
}

func (b *baseline) prepare(paths string) (*prepared, error) {
	if p := b.latest.Load(); p != nil && p.paths == paths {
		return p, nil
	}
	root, n, err := newTree(paths)
	if err != nil {
		return nil, err
	}
	p := &prepared{paths: paths, root: root, n: n}
	b.latest.Store(p)
	return p, nil
}

// Pick implements Picker.
func (b *baseline) Pick(ctx context.Context, paths string, document []byte) ([]Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := b.prepare(paths)
	if err != nil {
		return nil, err
	}
	values := make([]Value, p.n)
	w := walk{values: values}
	if m, ok := w.document(p.root, document); !ok {
		return nil, FailureDocument(m)
	}
	return values, nil
}

// maxValues is how many values a table may have.
const maxValues = 1 << 20

// PickLines implements Picker. It looks at the context before each line.
func (b *baseline) PickLines(ctx context.Context, paths string, documents []byte) (Table, error) {
	p, err := b.prepare(paths)
	if err != nil {
		return Table{}, err
	}
	var table Table
	var w walk
	start := uint32(0)
	for line := range bytes.Lines(documents) {
		if err := ctx.Err(); err != nil {
			return Table{}, err
		}
		if len(table.Values)+p.n > maxValues {
			return Table{}, FailureTooManyValues()
		}
		table.Values = append(table.Values, make([]Value, p.n)...)
		w.values = table.Values[len(table.Values)-p.n:]
		document := bytes.TrimSuffix(line, []byte("\n"))
		if len(bytes.Trim(document, " \t\r")) > 0 {
			if m, ok := w.document(p.root, document); !ok {
				clear(w.values)
				table.Mistakes = append(table.Mistakes, Mistake{Line: table.Lines, Offset: start + m.Offset, Reason: m.Reason})
			}
			for i, v := range w.values {
				if v.Kind != KindAbsent {
					w.values[i].Start, w.values[i].End = start+v.Start, start+v.End
				}
			}
		}
		table.Lines++
		start += uint32(len(line))
	}
	return table, nil
}

// walk reads a document beside the tree of the paths.
type walk struct {
	decoder jsontext.Decoder
	values  []Value
}

// document tells its first mistake, if it has one.
func (w *walk) document(root *tree, document []byte) (Mistake, bool) {
	// What is no UTF-8 is looked for at once. That also lets half a surrogate pair through, as encoding/json does.
	w.decoder.Reset(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if w.value(root) == nil {
		if _, err := w.decoder.ReadToken(); err == io.EOF && utf8.Valid(document) {
			return Mistake{}, true
		}
	}
	return mistake(document), false
}

// value reads the next value, which the node is for; nil is for one that no path leads to.
func (w *walk) value(node *tree) error {
	if node == nil {
		return w.decoder.SkipValue()
	}
	kind := w.decoder.PeekKind()
	if node.children == nil || kind != '{' && kind != '[' {
		value, err := w.decoder.ReadValue()
		if err == nil {
			w.found(node, kinds[kind], len(value))
		}
		return err
	}
	if _, err := w.decoder.ReadToken(); err != nil {
		return err
	}
	start := w.decoder.InputOffset() - 1
	var met map[*tree]bool
	for place := 0; ; place++ {
		var child *tree
		if kind == '[' {
			child = node.places[place]
		}
		switch w.decoder.PeekKind() {
		case ']', '}':
			_, err := w.decoder.ReadToken()
			w.found(node, kinds[kind], int(w.decoder.InputOffset()-start))
			return err
		case '"':
			if kind != '{' {
				break
			}
			name, err := w.decoder.ReadToken()
			if err != nil {
				return err
			}
			if child = node.children[name.String()]; child == nil {
				break
			}
			if met[child] {
				child.forget(w.values)
			}
			if met == nil {
				met = map[*tree]bool{}
			}
			met[child] = true
		}
		if err := w.value(child); err != nil {
			return err
		}
	}
}

// found notes a value that was read to its end, of so many bytes.
func (w *walk) found(node *tree, kind Kind, length int) {
	end := uint32(w.decoder.InputOffset())
	for _, line := range node.lines {
		w.values[line] = Value{Kind: kind, Start: end - uint32(length), End: end}
	}
}

var kinds = map[jsontext.Kind]Kind{
	'n': KindNull, 't': KindBoolean, 'f': KindBoolean, '"': KindText, '0': KindNumber, '{': KindObject, '[': KindArray,
}

// mistake is the first one of a document that has one. jsontext tells of the token it is in, and encoding/json of the byte.
func mistake(document []byte) Mistake {
	invalid := uint32(len(document))
	for i := 0; i < len(document); {
		r, size := utf8.DecodeRune(document[i:])
		if r == utf8.RuneError && size == 1 {
			invalid = uint32(i)
			break
		}
		i += size
	}
	var value json.RawMessage
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal(document, &value), &syntax) {
		return Mistake{Offset: invalid, Reason: ReasonInvalidUTF8}
	}
	m := Mistake{Offset: uint32(syntax.Offset) - 1}
	switch text := syntax.Error(); {
	case strings.HasSuffix(text, "exceeded max depth"):
		m.Reason = ReasonTooDeep
	case strings.HasPrefix(text, "unexpected end"), cutShort(syntax, document):
		m = Mistake{Offset: uint32(len(document)), Reason: ReasonUnexpectedEnd}
	}
	if invalid < m.Offset {
		m = Mistake{Offset: invalid, Reason: ReasonInvalidUTF8}
	}
	return m
}

// cutShort tells whether the document ends in a word, number or escape: there encoding/json complains of a space behind it.
func cutShort(err *json.SyntaxError, document []byte) bool {
	return int(err.Offset) == len(document) && !bytes.HasSuffix(document, []byte(" ")) &&
		strings.HasPrefix(err.Error(), "invalid character ' '")
}
