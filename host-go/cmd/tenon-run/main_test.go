package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// TestHostileBytes: whatever a file holds, the command says what is wrong and ends with 1.
func TestHostileBytes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file.wasm")
	for what, data := range map[string]string{
		"garbage":            strings.Repeat("\x00asm\x0d\x00\x01\x00\xff\xff\xff\xff\x0f", 1000),
		"a section of 4 GiB": "\x00asm\x0d\x00\x01\x00\x01\xff\xff\xff\xff\x0f",
		"4 G of types":       "\x00asm\x0d\x00\x01\x00\x07\x05\xff\xff\xff\xff\x0f",
	} {
		write(t, file, []byte(data))
		for _, args := range [][]string{{file}, {file, "f"}, {"-json", file}} {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), append([]string{"-cache", cacheDir}, args...), nil, &stdout, &stderr)
			if code != 1 || !strings.HasPrefix(stderr.String(), "error: "+file+": ") || !strings.Contains(stderr.String(), "fault: ") {
				t.Errorf("%s: exit code %d, %q, %q", what, code, stdout.String(), stderr.String())
			}
		}
	}
}

// identity exports f: func(x: u32) -> u32, which gives x.
const identity = "\x00asm\x0d\x00\x01\x00" +
	"\x01\x23\x00asm\x01\x00\x00\x00\x01\x06\x01\x60\x01\x7f\x01\x7f\x03\x02\x01\x00\x07\x05\x01\x01f\x00\x00\x0a\x06\x01\x04\x00\x20\x00\x0b" +
	"\x02\x04\x01\x00\x00\x00" +
	"\x07\x08\x01\x40\x01\x01x\x79\x00\x79" +
	"\x06\x07\x01\x00\x00\x01\x00\x01f" +
	"\x08\x06\x01\x00\x00\x00\x00\x00" +
	"\x0b\x07\x01\x00\x01f\x01\x00\x00"

// TestTruncatedEverywhere: a component that is cut, or has a broken byte, is refused or listed; nothing else happens.
func TestTruncatedEverywhere(t *testing.T) {
	small := []byte(identity)
	store, err := cache.Open(cacheDir)
	if err != nil {
		t.Fatal(err)
	}
	planner := transpile.New(transpile.Config{Cache: store})
	defer planner.Close(t.Context())
	whole, err := take(t.Context(), planner, small)
	if err != nil || len(whole.Exports) != 1 || whole.Exports[0].Functions[0].Signature != "func(x: u32) -> u32" {
		t.Fatalf("%+v, %v", whole, err)
	}
	refused := 0
	for n := range small {
		broken := append(bytes.Clone(small[:n]), small[n]^0x55)
		broken = append(broken, small[n+1:]...)
		for _, bytes := range [][]byte{small[:n], broken} {
			inv, err := take(t.Context(), planner, bytes)
			if err == nil {
				_ = inv.text()
				continue // cut between two sections, or a byte of a name
			}
			refused++
			if f, _ := describe(err); f.Kind == "" || f.Kind == tenon.KindInternal || f.Message == "" {
				t.Errorf("byte %d: %v", n, err)
			}
		}
	}
	if refused < len(small) {
		t.Errorf("only %d of %d were refused", refused, 2*len(small))
	}
}

// TestListsTheWorldToo: functions without an interface, core modules, and interfaces of types alone.
func TestListsTheWorldToo(t *testing.T) {
	zero, one := 0, 1
	p := &plan.Plan{
		Types: []plan.Type{{Kind: plan.U8}, {Kind: plan.Enum, Name: "color", Interface: "a:b/colors", Cases: []plan.Case{{Name: "red"}}}},
		Funcs: []plan.Func{{Name: "run", Params: []plan.Param{{Name: "n", Type: 0}}}},
		ImportFuncs: []plan.ImportFunc{
			{Path: []string{"log"}, Name: "log", Params: []plan.Param{{Name: "level", Type: 0}}},
			{Path: []string{"a:b/colors", "inner", "pick"}, Name: "pick", Result: &one},
		},
		Exports: []plan.Export{{Name: "run", Kind: plan.ExternFunc, Func: &zero}},
		Imports: []plan.Import{
			{Name: "log", Kind: plan.ExternFunc, Func: &zero},
			{Name: "a:b/colors", Kind: plan.ExternInstance},
			{Name: "a:b/types", Kind: plan.ExternInstance},
			{Name: "code", Kind: plan.ExternModule},
			{Name: "t", Kind: plan.ExternType},
		},
	}
	const want = `
  digest  sha256:
  size    0 bytes

exports
    run: func(n: u8)

imports
  a:b/colors
    type color = enum { red }
    inner#pick: func() -> color
  a:b/types
  code, a core module or component
    log: func(level: u8)
`
	if got := (inventory{Exports: exports(p), Imports: imports(p)}).text(); got != want {
		t.Errorf("got %s", got)
	}
}

// endless is a reader without an end, as /dev/zero is.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.n += int64(len(p))
	return len(p), nil
}

func TestHugeInput(t *testing.T) {
	var in endless
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"-", "f"}, &in, io.Discard, &stderr); code != 1 || !strings.Contains(stderr.String(), "fault: limit") {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
	if in.n > maxFile+1<<20 {
		t.Errorf("%d bytes were read", in.n)
	}
}

func TestAFolderAndAPipeThatBreaks(t *testing.T) {
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{t.TempDir()}, nil, io.Discard, &stderr); code != 1 || !strings.Contains(stderr.String(), "cannot read the file") {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
	stderr.Reset()
	broken := io.MultiReader(strings.NewReader("\x00asm"), errorReader{})
	if code := run(t.Context(), []string{"-"}, broken, io.Discard, &stderr); code != 1 || !strings.Contains(stderr.String(), "standard input: cannot read") {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestWhatAComponentSaysCannotSteerATerminal.
func TestWhatAComponentSaysCannotSteerATerminal(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir)
	var stderr bytes.Buffer
	args := []string{"-cache", cacheDir, filepath.Join(dir, "scalar.wasm"), "fail", `"\u{1b}[2J\n\u{202e}"`}
	if code := run(t.Context(), args, nil, io.Discard, &stderr); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if text := stderr.String(); strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, `\u{1b}[2J\u{a}\u{202e}`) {
		t.Errorf("%q", text)
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	for _, arg := range []string{"-help", "--help", "-h"} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), []string{arg}, nil, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, %q", arg, code, stderr.String())
		}
		for _, flag := range []string{"-wasi WHAT", "-cache DIR", "-deadline DURATION", "-fuel N", "-json", "-help"} {
			if !strings.Contains(stdout.String(), flag) {
				t.Errorf("%s says nothing of %s", arg, flag)
			}
		}
	}
}

// more are calls beside those of wit/vectors/guests.json: what is refused, and the two forms of a call.
var more = [][]string{
	{"scalar.wasm", "add", "40", "2"}, {"scalar.wasm", "add(40, 2)"}, {"scalar.wasm", "calls.sum( [1,2 ,] )"}, {"scalar.wasm", "echo-string", `"\u{1f980} \"q\" \\ \n"`},
	{"scalar.wasm", "echo-bytes", "[0, 255]"}, {"scalar.wasm", "nothing"}, {"scalar.wasm", "add", "1"}, {"scalar.wasm", "add", "1", "-2"},
	{"scalar.wasm", "add", "1", "2", "3"}, {"scalar.wasm", "add", "1", "two"}, {"scalar.wasm", "add", "1", ""}, {"scalar.wasm", "add", "1", "2 3"},
	{"scalar.wasm", "add", "4294967296", "0"}, {"scalar.wasm", "add", "1.5", "0"}, {"scalar.wasm", "sum", "[1, [2]]"}, {"scalar.wasm", "echo-string", "x"},
	{"scalar.wasm", "add(1"}, {"scalar.wasm", "add(,)"}, {"scalar.wasm", "add(1)", "2"}, {"scalar.wasm", "(1)"}, {"scalar.wasm", "fail", `"on purpose"`},
	{"utf16.wasm", "echo", `"x"`}, {"c.wasm", "restyle", `"x"`, "{}"}, {"c.wasm", "restyle", `"x"`, "{lower}"}, {"c.wasm", "area", "square(1)"},
	{"c.wasm", "farthest", `[{at: {y: 1, x: 2}, name: "n"}]`}, {"c.wasm", "farthest", `[{name: "n"}]`}, {"empty.wasm", "f"}, {"notes.txt", "f"}, {"none.wasm", "f"},
}

// runaways are calls that a bound ends, behind the deadline that they have.
var runaways = [][]string{
	{"50ms", "runaway.wasm", "spin"}, {"50ms", "runaway.wasm", "take", `"thirteen byte"`}, {"50ms", "runaway.wasm", "tell", "1"}, {"50ms", "start.wasm", "work", "1"},
	{"10s", "runaway.wasm", "dive", "0"}, {"10s", "runaway.wasm", "need", "5000"}, {"none", "runaway.wasm", "grow", "5000"}, {"1m", "runaway.wasm", "work", "1000"},
}

// TestSameTextAsTenonCall compares the command with the Rust host's, whose binary the variable TENON_CALL names: results,
// exit codes and kinds of faults.
func TestSameTextAsTenonCall(t *testing.T) {
	binary := os.Getenv("TENON_CALL")
	if binary == "" {
		t.Skip("TENON_CALL names no tenon command with the Rust host: `cargo xtask test` gives it")
	}
	dir := t.TempDir()
	lay(t, dir)
	deadline := "10s"
	compare := func(wasi string, words ...string) {
		t.Helper()
		var ours, our bytes.Buffer
		code := run(t.Context(), append([]string{"-cache", cacheDir, "-wasi", wasi, "-deadline", deadline}, words...), nil, &ours, &our)
		var theirs, their bytes.Buffer
		// What follows the dashes is no flag, as -1 might be.
		command := exec.CommandContext(t.Context(), binary, append([]string{"call", "--wasi", wasi, "--deadline", deadline, "--"}, words...)...)
		command.Stdout, command.Stderr = &theirs, &their
		if err := command.Run(); err != nil && command.ProcessState == nil {
			t.Fatal(err)
		}
		if code != command.ProcessState.ExitCode() || ours.String() != theirs.String() || kindIn(our.String()) != kindIn(their.String()) {
			t.Errorf("%q:\nGo   %d %q %q\nRust %d %q %q", words, code, ours.String(), our.String(),
				command.ProcessState.ExitCode(), theirs.String(), their.String())
		}
	}
	for _, words := range more {
		compare("none", append([]string{filepath.Join(dir, words[0])}, words[1:]...)...)
	}
	for _, words := range runaways {
		deadline = words[0]
		compare("none", append([]string{filepath.Join(dir, words[1])}, words[2:]...)...)
	}
	deadline = "10s"
	top := filepath.Join("..", "..", "..")
	data, err := os.ReadFile(filepath.Join(top, "wit", "vectors", "guests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Cases []struct {
			File  string
			WASI  string
			Calls []struct {
				Export string
				Args   []string
			}
		}
	}
	if err := json.Unmarshal(data, &vectors); err != nil || len(vectors.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(vectors.Cases), err)
	}
	for _, c := range vectors.Cases {
		file := filepath.Join(top, filepath.FromSlash(c.File))
		// Both hosts' own tests make all of the calls; here a few of each stand for them.
		for _, one := range c.Calls[:min(2, len(c.Calls))] {
			compare(c.WASI, append([]string{file, one.Export}, one.Args...)...)
		}
		if len(c.Calls) == 0 {
			compare(c.WASI, file, "f")
		}
	}
}

// kindIn is the kind of fault in an error's text.
func kindIn(text string) string {
	_, after, _ := strings.Cut(text, "\n  fault: ")
	kind, _, _ := strings.Cut(after, "\n")
	kind, _, _ = strings.Cut(kind, ",")
	return kind
}
