// Package names lets tests hold their words against wit/vectors/names.json, the table of what programs outside see. The README
// beside the table says what it means.
package names

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// A Table is the whole of names.json.
type Table struct {
	Format  int
	Kinds   []Word
	Codes   []Word
	States  []Word
	Reasons []Word
	Fault   []Field
	Status  []Field
	Logs    []Log
	Report  []Object
	Metrics []Metric
	// HostMetrics are those of one host alone.
	HostMetrics []Metric `json:"host_metrics"`
}

// A Word is a kind, a code, a state or a reason. Kind is that of the fault that a code or a reason makes.
type Word struct{ Name, Kind, Meaning string }

// A Field is one of a fault, or of a follower's status.
type Field struct {
	Name    string
	Always  bool
	Meaning string
}

// A Log is a line that is logged.
type Log struct {
	Message, Level string
	Keys           []string
	Meaning        string
}

// An Object is one of an admin page's JSON.
type Object struct {
	Of      string
	Names   []string
	Meaning string
}

// A Metric is one for Prometheus. Host is who has it, where that is one host alone.
type Metric struct {
	Host, Name, Type string
	Labels           []string
	Meaning          string
}

// Read gives the table, which is the same one for all: nobody may change it.
func Read(t testing.TB) *Table {
	t.Helper()
	table, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

var read = sync.OnceValues(func() (*Table, error) {
	path, err := find(filepath.Join("wit", "vectors", "names.json"))
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	table := new(Table)
	if err := json.Unmarshal(data, table); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if table.Format != 1 {
		return nil, fmt.Errorf("%s has format %d, and this package reads 1", path, table.Format)
	}
	return table, nil
})

// find gives the path of a file of the repository: tests run in the folder of their package, somewhere below its root.
func find(path string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		found := filepath.Join(dir, path)
		_, err := os.Stat(found)
		if err == nil {
			return found, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", err
		}
		dir = above
	}
}

// Constants are the values of the constants of a type in a Go file, in their order.
func Constants(t testing.TB, file, typ string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if named, ok := spec.Type.(*ast.Ident); ok && named.Name == typ {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, value)
			}
		}
		return true
	})
	return list
}
