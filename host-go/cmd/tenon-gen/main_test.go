package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const scalar = "../../internal/fixture/scalar/scalar.wasm"

// command runs the command and returns its exit code and what it printed.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestWritesChecksAndRepairs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scalar")
	if code, _, stderr := command(t, "-o", dir, scalar); code != 0 || !strings.Contains(stderr, "client.go was missing") {
		t.Fatalf("first run: %d, %s", code, stderr)
	}
	have, err := os.ReadFile(filepath.Join(dir, "client.go"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../internal/fixture/scalar/client.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("the client differs from the committed one")
	}
	if code, _, stderr := command(t, "-check", "-o", dir, scalar); code != 0 || stderr != "" {
		t.Errorf("a fresh client: %d, %s", code, stderr)
	}
	if err := os.WriteFile(filepath.Join(dir, "client.go"), append(have, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "-check", "-o", dir, scalar); code != 1 || !strings.Contains(stderr, "client.go is different") {
		t.Errorf("a stale client: %d, %s", code, stderr)
	}
	if code, _, stderr := command(t, "-check", "-package", "other", "-o", dir, scalar); code != 1 || !strings.Contains(stderr, "stale") {
		t.Errorf("another package: %d, %s", code, stderr)
	}
	if code, _, stderr := command(t, "-o", dir, scalar); code != 0 {
		t.Errorf("repair: %d, %s", code, stderr)
	}
	if have, _ := os.ReadFile(filepath.Join(dir, "client.go")); !bytes.Equal(have, want) {
		t.Error("the stale client was not repaired")
	}
}

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	notWasm := filepath.Join(dir, "not.wasm")
	if err := os.WriteFile(notWasm, []byte("no WebAssembly at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(scalar)
	if err != nil {
		t.Fatal(err)
	}
	truncated := filepath.Join(dir, "truncated.wasm")
	if err := os.WriteFile(truncated, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	// An import of a core module, which no WIT world has, after everything else.
	module := filepath.Join(dir, "module.wasm")
	odd := append(whole[:len(whole):len(whole)], 3, 3, 1, 0x50, 0, 10, 7, 1, 0, 1, 'm', 0, 0x11, 0)
	if err := os.WriteFile(module, odd, 0o600); err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(dir, "bare.wasm")
	if err := os.WriteFile(bare, []byte{0, 'a', 's', 'm', 0x0d, 0, 1, 0}, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no component", nil, 2, "want one component"},
		{"two components", []string{"a", "b"}, 2, "want one component"},
		{"unknown flag", []string{"-x"}, 2, "-x"},
		{"missing file", []string{filepath.Join(dir, "none.wasm")}, 1, "tenon build"},
		{"a folder", []string{dir}, 1, dir},
		{"not Wasm", []string{"-package", "x", notWasm}, 1, notWasm},
		{"truncated", []string{"-package", "x", truncated}, 1, truncated},
		{"bad package", []string{"-package", "no-name", "-o", dir, scalar}, 1, `"no-name"`},
		{"an imported module", []string{"-package", "x", "-o", dir, module}, 1, "no Go for the imported module at import m"},
		{"no contract", []string{"-package", "x", "-o", dir, bare}, 1, "exports no interface"},
	} {
		code, stdout, stderr := command(t, c.args...)
		if code != c.code || !strings.Contains(stderr, c.says) || stdout != "" {
			t.Errorf("%s: exit code %d, want %d; stderr %q, want %q in it", c.name, code, c.code, stderr, c.says)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.go")); len(left) != 0 {
		t.Errorf("failed runs left %q", left)
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	for _, arg := range []string{"-help", "--help", "-h"} {
		code, stdout, stderr := command(t, arg)
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", arg, code, stderr)
		}
		for _, flag := range []string{"-o DIR", "-package NAME", "-check", "-help"} {
			if !strings.Contains(stdout, flag) {
				t.Errorf("%s says nothing of %s", arg, flag)
			}
		}
	}
}

func TestWritesDropins(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scalar")
	if code, _, stderr := command(t, "-dropin", "-o", dir, scalar); code != 1 || !strings.Contains(stderr, "func Component() []byte") {
		t.Fatalf("without a component: %d, %s", code, stderr)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("embed.go", "package scalar\n\nfunc Component() []byte { return nil }\n")
	write("baseline_test.go", "package scalar\n\nfunc Baseline() Calls { return nil }\n")
	for _, hasBaseline := range []bool{false, true} {
		if hasBaseline {
			if code, _, stderr := command(t, "-dropin", "-check", "-o", dir, scalar); code != 0 {
				t.Fatalf("%d, %s", code, stderr)
			}
			write("baseline.go", "package scalar\n\nfunc Baseline() Calls { return nil }\n")
			if code, _, stderr := command(t, "-dropin", "-check", "-o", dir, scalar); code != 1 || !strings.Contains(stderr, "dropin.go is different") {
				t.Fatalf("%d, %s", code, stderr)
			}
		}
		if code, _, stderr := command(t, "-dropin", "-o", dir, scalar); code != 0 {
			t.Fatalf("%d, %s", code, stderr)
		}
		source, err := os.ReadFile(filepath.Join(dir, "dropin.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(source), "func Add(ctx context.Context, a uint32, b uint32) (uint32, error) {") ||
			strings.Contains(string(source), "Baseline,") != hasBaseline {
			t.Errorf("%s", source)
		}
	}
	if code, _, stderr := command(t, "-o", dir, scalar); code != 0 || !strings.Contains(stderr, "dropin.go was left over") {
		t.Errorf("without -dropin: %d, %s", code, stderr)
	}
	write("broken.go", "package")
	if code, _, stderr := command(t, "-dropin", "-o", dir, scalar); code != 1 || !strings.Contains(stderr, "broken.go") {
		t.Errorf("a file that is no Go: %d, %s", code, stderr)
	}
	if code, _, stderr := command(t, "-dropin", "-o", dir, "../../internal/gen/testdata/imports/component.wasm"); code != 1 {
		t.Errorf("a kernel with imports: %d, %s", code, stderr)
	}
}
