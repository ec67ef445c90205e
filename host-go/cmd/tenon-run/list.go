package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// inventory is what a component has: the JSON object of a listing.
type inventory struct {
	Format  int     `json:"format"` // names are only added within one format
	File    string  `json:"file"`
	Digest  string  `json:"digest"`
	Size    int     `json:"size"`
	Exports []group `json:"exports"`
	Imports []group `json:"imports"`
}

// group is an interface with what is in it, or what the world has by itself.
type group struct {
	Name      string     `json:"name"` // "" for the world
	Kind      string     `json:"kind"` // "instance", or "world", "module", "component"
	Types     []typ      `json:"types"`
	Functions []function `json:"functions"`
}

type typ struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

type function struct {
	Name      string `json:"name"`
	Signature string `json:"signature"`
	Docs      string `json:"docs"`
}

// list is the command without an export. Nothing of the component runs.
func list(ctx context.Context, o options, stdin io.Reader, stdout io.Writer) error {
	component, err := read(o.file, stdin)
	if err != nil {
		return err
	}
	config := transpile.Config{}
	if o.cache != "" {
		if config.Cache, err = cache.OpenLimited(o.cache, cacheLimit); err != nil {
			return err
		}
	}
	planner := transpile.New(config)
	defer planner.Close(ctx)
	inv, err := take(ctx, planner, component)
	if err != nil {
		return err
	}
	inv.File = name(o.file)
	if !o.json {
		_, err = io.WriteString(stdout, inv.text())
		return err
	}
	return printJSON(stdout, inv)
}

// take takes a component's inventory.
func take(ctx context.Context, planner *transpile.Transpiler, component []byte) (inventory, error) {
	p, err := planner.Plan(ctx, component)
	if err != nil {
		return inventory{}, err
	}
	return inventory{Format: format, Digest: p.Component.Digest, Size: p.Component.Size, Exports: exports(p), Imports: imports(p)}, nil
}

// exports lists what the component exports.
func exports(p *plan.Plan) []group {
	list := []group{}
	world := newGroup(p, "", "world")
	add := func(to *group, at int) {
		f := &p.Funcs[at]
		to.Functions = append(to.Functions, function{Name: f.Name, Signature: p.Signature(f.Params, f.Result), Docs: f.Docs})
	}
	for _, e := range p.Exports {
		switch e.Kind {
		case plan.ExternFunc:
			if e.Func != nil {
				add(&world, *e.Func)
			}
		case plan.ExternInstance:
			one := newGroup(p, e.Name, string(e.Kind))
			for _, inner := range e.Exports {
				if inner.Kind == plan.ExternFunc && inner.Func != nil {
					add(&one, *inner.Func)
				}
			}
			list = append(list, one)
		}
	}
	if len(world.Functions) > 0 {
		list = append(list, world)
	}
	return list
}

// imports lists what the component imports.
func imports(p *plan.Plan) []group {
	list := []group{}
	world := newGroup(p, "", "world")
	for _, i := range p.Imports {
		switch i.Kind {
		case plan.ExternType, plan.ExternResource:
		case plan.ExternFunc:
			if i.Func != nil {
				world.Functions = append(world.Functions, imported(p, *i.Func))
			}
		default:
			one := newGroup(p, i.Name, string(i.Kind))
			for at := range p.ImportFuncs {
				if path := p.ImportFuncs[at].Path; len(path) > 1 && path[0] == i.Name {
					one.Functions = append(one.Functions, imported(p, at))
				}
			}
			list = append(list, one)
		}
	}
	if len(world.Functions) > 0 {
		list = append(list, world)
	}
	return list
}

func imported(p *plan.Plan, at int) function {
	f := &p.ImportFuncs[at]
	name := f.Name
	if len(f.Path) > 1 {
		name = strings.Join(f.Path[1:], "#")
	}
	return function{Name: name, Signature: p.Signature(f.Params, f.Result), Docs: f.Docs}
}

// newGroup is an interface with its named types; those of one that is both imported and exported stand there once.
func newGroup(p *plan.Plan, name, kind string) group {
	g := group{Name: name, Kind: kind, Types: []typ{}, Functions: []function{}}
	seen := map[string]bool{}
	for at := range p.Types {
		t := &p.Types[at]
		if t.Name != "" && t.Interface == name && !seen[t.Name] {
			seen[t.Name] = true
			g.Types = append(g.Types, typ{Name: t.Name, Definition: p.Definition(at)})
		}
	}
	return g
}

// text is the listing for a person.
func (inv inventory) text() string {
	var b strings.Builder
	line := func(indent int, format string, args ...any) {
		b.WriteString(strings.Repeat(" ", indent) + printable(fmt.Sprintf(format, args...)) + "\n")
	}
	line(0, "%s", inv.File)
	line(2, "digest  sha256:%s", inv.Digest)
	line(2, "size    %d bytes", inv.Size)
	part := func(title string, list []group) {
		b.WriteString("\n" + title + "\n")
		if len(list) == 0 {
			line(2, "none")
		}
		for _, i := range list {
			switch i.Kind {
			case "world":
			case "instance":
				line(2, "%s", i.Name)
			default:
				line(2, "%s, a core module or component", i.Name)
			}
			for _, t := range i.Types {
				line(4, "type %s = %s", t.Name, t.Definition)
			}
			for _, f := range i.Functions {
				line(4, "%s: %s", f.Name, f.Signature)
				if first, _, _ := strings.Cut(f.Docs, "\n"); first != "" {
					line(8, "%s", first)
				}
			}
		}
	}
	part("exports", inv.Exports)
	part("imports", inv.Imports)
	return b.String()
}

// printJSON prints one object.
func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
