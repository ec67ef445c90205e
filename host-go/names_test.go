package tenon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/names"
)

// sorted are the values of the constants of a type in a file.
func sorted(t *testing.T, file, typ string) []string {
	t.Helper()
	return slices.Sorted(slices.Values(names.Constants(t, file, typ)))
}

// Kinds and codes are those of the table, the engine's words among them, and each code makes the kind that it says.
func TestKindsAndCodesAreThoseOfTheTable(t *testing.T) {
	table := names.Read(t)
	var listed []Kind
	for _, k := range table.Kinds {
		listed = append(listed, Kind(k.Name))
	}
	if !slices.Equal(listed, kinds[:]) {
		t.Errorf("kinds %v, and the table has %v", kinds, listed)
	}
	var codes []string
	for _, c := range table.Codes {
		codes = append(codes, c.Name)
		if kind := trapKind(engine.TrapCode(c.Name)); string(kind) != c.Kind {
			t.Errorf("a trap of code %q is a fault of kind %s, and the table has %s", c.Name, kind, c.Kind)
		}
	}
	slices.Sort(codes)
	if mine := sorted(t, "trap.go", "TrapCode"); !slices.Equal(mine, codes) {
		t.Errorf("codes %q, and the table has %q", mine, codes)
	}
	if engines := sorted(t, "internal/engine/trap.go", "TrapCode"); !slices.Equal(engines, codes) {
		t.Errorf("the engine's codes %q, and the table has %q", engines, codes)
	}
}

func TestStatesAreThoseOfTheTable(t *testing.T) {
	var listed []string
	for _, s := range names.Read(t).States {
		listed = append(listed, s.Name)
	}
	slices.Sort(listed)
	if mine := sorted(t, "stats.go", "State"); !slices.Equal(mine, listed) {
		t.Errorf("states %q, and the table has %q", mine, listed)
	}
}

// fullFault has all that a fault may have.
var fullFault = &Fault{
	Kind: KindTrap, Code: TrapHost, Slot: "s", Kernel: "k", Version: "aa", Label: "1.0.0", File: "k.wasm", Export: "p:n/i#f",
	Message: "what happened", Backtrace: []string{"f", "g"}, Err: errors.New("why"),
}

func TestFaultAsJSON(t *testing.T) {
	table := names.Read(t)
	known := map[string]bool{}
	for _, n := range table.Fault {
		known[n.Name] = n.Always
	}
	for _, f := range []*Fault{fullFault, {Kind: KindFuel}} {
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(data, &object); err != nil {
			t.Fatal(err)
		}
		for name := range object {
			if _, listed := known[name]; !listed {
				t.Errorf("the table has no %q", name)
			}
		}
		for name, always := range known {
			if _, there := object[name]; always && !there {
				t.Errorf("%s has no %q", data, name)
			}
		}
	}
	const want = `{"kind":"trap","code":"host","slot":"s","kernel":"k","version":"aa","label":"1.0.0","file":"k.wasm","export":"p:n/i#f",` +
		`"message":"what happened","backtrace":["f","g"],"cause":"why"}`
	if data, _ := json.Marshal(fullFault); string(data) != want {
		t.Errorf("%s", data)
	}
	// Also behind other errors, and as a value of an any.
	if data, _ := json.Marshal(map[string]any{"err": error(&Fault{Kind: KindFuel, Message: "m"})}); string(data) != `{"err":{"kind":"fuel","message":"m"}}` {
		t.Errorf("%s", data)
	}
}

// What a logger gets of a fault, by itself and in the runtime's own lines, has the names of the table.
func TestFaultInLogs(t *testing.T) {
	table := names.Read(t)
	var faultNames []string
	for _, n := range table.Fault {
		faultNames = append(faultNames, n.Name)
	}
	var out bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&out, nil))
	logger.Info("call failed", "fault", error(fullFault))
	var line struct{ Fault map[string]any }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(line.Fault))
	object, _ := json.Marshal(fullFault)
	var want map[string]any
	_ = json.Unmarshal(object, &want)
	if !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("logged %v, as JSON %v", got, want)
	}

	out.Reset()
	b := newBench(t, Config{Logger: logger})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) {
		return 0, &engine.Trap{Code: engine.Fuel, Message: "m", Backtrace: []string{"f"}}
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	if _, err := (fakeClient{s}).Run(t.Context(), 1); !errors.Is(err, ErrFuel) {
		t.Fatal(err)
	}
	if err := s.Swap(context.Background(), b.load("1.1.0")); err != nil {
		t.Fatal(err)
	}
	for text := range bytes.Lines(out.Bytes()) {
		var line map[string]any
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatal(err)
		}
		at := -1
		for i, l := range table.Logs {
			if l.Message == line["msg"] {
				at = i
			}
		}
		if at < 0 {
			t.Errorf("the table has no line %q", line["msg"])
			continue
		}
		keys := table.Logs[at].Keys
		if keys[0] == "those of fault" {
			keys = slices.Concat(keys[1:], faultNames)
		}
		for key := range line {
			if key != "time" && key != "level" && key != "msg" && !slices.Contains(keys, key) {
				t.Errorf("the table has no %q in the line %q", key, line["msg"])
			}
		}
	}
	if !bytes.Contains(out.Bytes(), []byte(`"kind":"fuel","code":"fuel","slot":"s"`)) {
		t.Errorf("%s", out.Bytes())
	}
}

// Every line that the package logs is one of the table, level and keys included, so far as they are written out.
func TestLogsAreThoseOfTheTable(t *testing.T) {
	table := names.Read(t)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			message, keys := logged(call)
			if message == "" {
				return true
			}
			found++
			for _, l := range table.Logs {
				if l.Message == message {
					for _, key := range keys {
						if !slices.Contains(l.Keys, key) {
							t.Errorf("%s: the table has no %q in the line %q", file, key, message)
						}
					}
					return true
				}
			}
			t.Errorf("%s: the table has no line %q", file, message)
			return true
		})
	}
	if found < 6 {
		t.Errorf("%d calls found: the test looks for what is not written", found)
	}
}

// logged gives the message of a call of a method of a slog.Logger, and the keys that are written in it.
func logged(call *ast.CallExpr) (message string, keys []string) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", nil
	}
	if of, ok := method.X.(*ast.SelectorExpr); !ok || of.Sel.Name != "Logger" {
		return "", nil
	}
	for _, arg := range call.Args {
		switch arg := arg.(type) {
		case *ast.BasicLit:
			if message == "" {
				message, _ = strconv.Unquote(arg.Value)
			}
		case *ast.CallExpr: // slog.String("key", …)
			if key, ok := arg.Args[0].(*ast.BasicLit); ok {
				key, _ := strconv.Unquote(key.Value)
				keys = append(keys, key)
			}
		}
	}
	return message, keys
}
