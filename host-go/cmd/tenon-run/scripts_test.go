package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// A script is a text file of steps and what they print:
//
//	# a comment
//	$ tenon-run scalar.wasm add 40 2
//	42
//
// A step runs in a folder with the components. Lines of standard error begin with "2> ", and an exit code other than 0
// is the last line, as [1]; an empty line of standard output is ".". `< FILE` gives standard input. BLESS=1 writes what
// was printed into the scripts. Digests, sizes and the frames of stacks are not compared.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for i := range scripts {
		if scripts[i], err = filepath.Abs(scripts[i]); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	lay(t, folder)
	t.Chdir(folder)
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { script(t, path) })
	}
}

// cacheDir is a cache for all tests. It has the transpiler's own machine code, which only large components are worth: the
// interpreter would be made anew by each run, and takes its time under the race detector.
var cacheDir string

func TestMain(m *testing.M) {
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func prepare(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "tenon-run-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	cacheDir = filepath.Join(dir, "cache")
	store, err := cache.Open(cacheDir)
	if err != nil {
		return 0, err
	}
	large, err := os.ReadFile(filepath.Join("..", "..", "..", "kernels", "guests", "wasip2", "wasip2.wasm"))
	if err != nil {
		return 0, err
	}
	planner := transpile.New(transpile.Config{Cache: store})
	_, err = planner.Plan(context.Background(), large)
	if err = errors.Join(err, planner.Close(context.Background())); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// lay puts the components into a folder.
func lay(t *testing.T, folder string) {
	t.Helper()
	top := filepath.Join("..", "..", "..")
	for _, file := range []string{
		"host-go/internal/fixture/scalar/scalar.wasm", "kernels/guests/c/c.wasm", "kernels/guests/utf16/utf16.wasm",
		"kernels/guests/wasip2/wasip2.wasm", "host-go/testdata/runaway/runaway.wasm", "host-go/testdata/runaway/start.wasm",
	} {
		data, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, filepath.Base(file)), data)
	}
	write(t, filepath.Join(folder, "empty.wasm"), nil)
	write(t, filepath.Join(folder, "notes.txt"), []byte("no WebAssembly at all"))
	write(t, filepath.Join(folder, "module.wasm"), []byte("\x00asm\x01\x00\x00\x00"))
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// script runs one script.
func script(t *testing.T, path string) {
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	lines := strings.SplitAfter(string(want), "\n")
	for len(lines) > 0 {
		line := strings.TrimSuffix(lines[0], "\n")
		lines = lines[1:]
		step, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			// Comments and empty lines stay; what a step printed is printed anew.
			if line == "" && len(lines) > 0 || strings.HasPrefix(line, "#") {
				got.WriteString(line + "\n")
			}
			continue
		}
		got.WriteString(line + "\n" + perform(t, step))
		for len(lines) > 0 && lines[0] != "\n" && lines[0] != "" && !strings.HasPrefix(lines[0], "$ ") {
			lines = lines[1:]
		}
	}
	if got.String() == string(want) {
		return
	}
	if os.Getenv("BLESS") != "" {
		write(t, path, []byte(got.String()))
		return
	}
	wanted := strings.Split(string(want), "\n")
	for n, line := range strings.Split(got.String(), "\n") {
		if n >= len(wanted) || line != wanted[n] {
			t.Fatalf("%s:%d: printed %q, want %q; BLESS=1 writes what was printed", filepath.Base(path), n+1, line, strings.Join(wanted[n:min(n+1, len(wanted))], ""))
		}
	}
	t.Fatalf("%s: steps at the end are missing", filepath.Base(path))
}

// perform does a step and gives what it printed.
func perform(t *testing.T, step string) string {
	t.Helper()
	args := words(t, step)
	var in bytes.Buffer
	if n := len(args); n > 2 && args[n-2] == "<" {
		data, err := os.ReadFile(args[n-1])
		if err != nil {
			t.Fatal(err)
		}
		in.Write(data)
		args = args[:n-2]
	}
	if args[0] != "tenon-run" {
		t.Fatalf("a script may not say %q", args[0])
	}
	// The cache only saves time.
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), append([]string{"-cache", cacheDir}, args[1:]...), &in, &stdout, &stderr)
	var out strings.Builder
	for line := range strings.Lines(stdout.String()) {
		if line = strings.TrimRight(line, " \n"); line == "" {
			line = "."
		}
		out.WriteString(line + "\n")
	}
	for line := range strings.Lines(stderr.String()) {
		out.WriteString("2> " + strings.TrimRight(line, " \n") + "\n")
	}
	if code != 0 {
		fmt.Fprintf(&out, "[%d]\n", code)
	}
	// A rebuilt component does not change what the command does.
	text := digest.ReplaceAllString(out.String(), "<digest>")
	text = size.ReplaceAllString(text, "${1}<size>")
	text = stack.ReplaceAllString(text, "2>   stack: <frames>\n")
	return backtrace.ReplaceAllString(text, `"backtrace": [<frames>]`)
}

var (
	digest    = regexp.MustCompile(`[0-9a-f]{64}|\b[0-9a-f]{12}\b`)
	size      = regexp.MustCompile(`(size    |"size": )[0-9]+`)
	stack     = regexp.MustCompile(`2>   stack: .*\n(2>          .*\n)*`)
	backtrace = regexp.MustCompile(`"backtrace": \[\s[^\]]*\]`)
)

// words splits a step as a shell does, as far as scripts need it: single quotes quote.
func words(t *testing.T, step string) []string {
	t.Helper()
	var list []string
	var word strings.Builder
	quoted, any := false, false
	for _, r := range step {
		switch {
		case r == '\'':
			quoted, any = !quoted, true
		case r == ' ' && !quoted:
			if any {
				list = append(list, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteRune(r)
			any = true
		}
	}
	if quoted {
		t.Fatalf("%s: a quote does not end", step)
	}
	if any {
		list = append(list, word.String())
	}
	return list
}
