package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/valyala/fastjson"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/jsonpath"
	"github.com/tenon-dev/tenon/host-go/kernels/jsonpick"
)

// A query is what the functions of kernels/jsonpick take.
type query struct {
	paths    string     // as the kernel and its baseline have them
	names    [][]string // the same, name by name
	document []byte
}

func newQuery(document []byte, paths ...string) query {
	q := query{paths: strings.Join(paths, "\n"), document: document}
	for _, path := range paths {
		q.names = append(q.names, strings.Split(path, "/")[1:])
	}
	return q
}

// A picking is where values stand in a document, or, from what does not tell that, their JSON or what they are decoded to.
type picking struct {
	document []byte
	values   []jsonpick.Value
	written  []string
	decoded  []any
}

// showPicking has the JSON of each value, and a dash for none.
func showPicking(p picking) string {
	for _, v := range p.values {
		p.written = append(p.written, string(v.JSON(p.document)))
	}
	for _, value := range p.decoded {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			return err.Error()
		}
		written := strings.TrimSpace(text.String())
		if value == nil {
			written = "" // no path of these leads to a null
		}
		p.written = append(p.written, written)
	}
	for i, text := range p.written {
		if text == "" {
			p.written[i] = "-"
		}
	}
	return strings.Join(p.written, " ")
}

// pages have each of an input's texts, which are documents a line, as the items of one document.
func pages(in input) ([]query, error) {
	texts, err := in.texts()
	var all []query
	for _, text := range texts {
		items := strings.ReplaceAll(strings.TrimSpace(text), "\n", ",")
		page := `{"incomplete":false,"items":[` + items + `],"next":"https://api.forge.example/events?page=2"}`
		all = append(all, newQuery([]byte(page), "/items/0/id", "/items/0/type", "/items/0/actor/login", "/items/0/repo/name",
			"/items/0/payload/issue/title", "/items/0/created_at", "/items/0/public", "/next"))
	}
	return all, err
}

// batches have them as they are.
func batches(in input) ([]query, error) {
	texts, err := in.texts()
	var all []query
	for _, text := range texts {
		all = append(all, newQuery([]byte(text), "/id", "/type", "/actor/login", "/repo/name", "/payload/issue/title", "/created_at"))
	}
	return all, err
}

// picked is a function of kernels/jsonpick.
func picked(inputs func(input) ([]query, error), engines map[string]func(query) (picking, error),
	do func(ctx context.Context, p jsonpick.Picker, q query) ([]jsonpick.Value, error)) *typed[query, picking] {
	by := func(ctx context.Context, p jsonpick.Picker) way[query, picking] {
		return way[query, picking]{call: func(q query) (picking, error) {
			values, err := do(ctx, p, q)
			return picking{document: q.document, values: values}, err
		}}
	}
	f := &typed[query, picking]{
		inputs: inputs,
		key:    func(q query) string { return string(q.document) },
		show:   showPicking,
		serve: func(ctx context.Context, rt *tenon.Runtime) (way[query, picking], error) {
			slot, err := client[jsonpick.Picker](ctx, rt, jsonpick.Contract, jsonpick.Component())
			if err != nil {
				return way[query, picking]{}, err
			}
			return by(ctx, jsonpick.New(slot)), nil
		},
		engines: map[string]func(context.Context, *bench) (way[query, picking], error){
			"jsontext": func(ctx context.Context, _ *bench) (way[query, picking], error) {
				return by(ctx, jsonpick.Baseline()), nil
			},
		},
	}
	for name, call := range engines {
		f.engines[name] = func(context.Context, *bench) (way[query, picking], error) {
			return way[query, picking]{call: call}, nil
		}
	}
	return f
}

var (
	pick = picked(pages, map[string]func(query) (picking, error){
		"go":       func(q query) (picking, error) { return unmarshal(q.document, q.names, nil) },
		"gjson":    pickByGJSON,
		"fastjson": pickByFastJSON,
	}, func(ctx context.Context, p jsonpick.Picker, q query) ([]jsonpick.Value, error) {
		return p.Pick(ctx, q.paths, q.document)
	})
	pickLines = picked(batches, map[string]func(query) (picking, error){
		"go": func(q query) (all picking, err error) {
			for line := range bytes.Lines(q.document) {
				if all, err = unmarshal(line, q.names, all.decoded); err != nil {
					return all, err
				}
			}
			return all, nil
		},
	}, func(ctx context.Context, p jsonpick.Picker, q query) ([]jsonpick.Value, error) {
		table, err := p.PickLines(ctx, q.paths, q.document)
		return table.Values, err
	})
)

// unmarshal decodes the whole document, and puts what lies at the names behind what there is.
func unmarshal(document []byte, names [][]string, decoded []any) (picking, error) {
	var whole any
	if err := json.Unmarshal(document, &whole); err != nil {
		return picking{}, err
	}
	for _, path := range names {
		decoded = append(decoded, jsonpath.Descend(whole, path))
	}
	return picking{decoded: decoded}, nil
}

var errMalformed = errors.New("malformed JSON")

// pickByGJSON checks the document, which gjson leaves to its caller.
func pickByGJSON(q query) (picking, error) {
	if !gjson.ValidBytes(q.document) {
		return picking{}, errMalformed
	}
	written := make([]string, len(q.names))
	for i, names := range q.names {
		written[i] = gjson.GetBytes(q.document, strings.Join(names, ".")).Raw
	}
	return picking{written: written}, nil
}

var fastParsers fastjson.ParserPool

// pickByFastJSON checks what fastjson checks as it reads.
func pickByFastJSON(q query) (picking, error) {
	parser := fastParsers.Get()
	defer fastParsers.Put(parser)
	whole, err := parser.ParseBytes(q.document)
	if err != nil {
		return picking{}, err
	}
	written := make([]string, len(q.names))
	for i, names := range q.names {
		if value := whole.Get(names...); value != nil {
			written[i] = value.String()
		}
	}
	return picking{written: written}, nil
}
