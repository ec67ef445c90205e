package registry

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"testing"
)

// declared gives the values of the constants of a type in a file, in their order.
func declared(t *testing.T, file, typ string) []string {
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

// The reasons are those of wit/vectors/names.json, in its order and with its kinds, and the kinds are those of faults.
func TestReasonsAreThoseOfTheTable(t *testing.T) {
	data, err := os.ReadFile("../../wit/vectors/names.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Kinds   []struct{ Name string }
		Reasons []struct{ Name, Kind, Meaning string }
	}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range table.Reasons {
		names = append(names, row.Name)
		if got := Reason(row.Name).Kind(); got != row.Kind {
			t.Errorf("%s is of kind %q, and the table has %q", row.Name, got, row.Kind)
		}
		isKind := slices.ContainsFunc(table.Kinds, func(k struct{ Name string }) bool { return k.Name == row.Kind })
		if !isKind && row.Name != string(ReasonWarmFailed) {
			t.Errorf("%s: no kind %q", row.Name, row.Kind)
		}
		if row.Meaning == "" {
			t.Errorf("%s has no meaning", row.Name)
		}
	}
	if mine := declared(t, "reason.go", "Reason"); !slices.Equal(mine, names) {
		t.Errorf("reasons %q, and the table has %q", mine, names)
	}
	var listed []string
	for _, k := range kinds {
		listed = append(listed, string(k.reason))
	}
	if !slices.Equal(listed, names) {
		t.Errorf("kinds are given for %q, and the table has %q", listed, names)
	}
}
