package wazero_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	stock "github.com/tetratelabs/wazero"
)

// The modules are run by wazero alone, since it is wazero's compiler that is in question.

// program is a random program on floats, as it was made and hardened, and what wasmtime answers.
type program struct {
	raw, hardened []byte
	calls         []floatCall
}

type floatCall struct {
	args [4]uint64
	want uint64
}

// programs reads floats-answers.bin, as host-rust/host/tests/oracle/floats.rs tells.
func programs(t *testing.T) []program {
	t.Helper()
	dir := os.Getenv("TENON_ORACLE")
	if dir == "" {
		t.Skip("TENON_ORACLE is not set: it names the folder that `tenon-oracle floats` wrote; `cargo xtask oracle` does both")
	}
	file, err := os.ReadFile(filepath.Join(dir, "floats-answers.bin"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("wasmtime has not answered yet: `cargo xtask oracle` runs the Rust host's tests first, which write floats-answers.bin")
	}
	if err != nil {
		t.Fatal(err)
	}
	count := func() uint32 {
		n := binary.LittleEndian.Uint32(file)
		file = file[4:]
		return n
	}
	module := func() []byte {
		n := count()
		wasm := file[:n]
		file = file[n:]
		return wasm
	}
	var all []program
	for len(file) > 0 {
		p := program{raw: module(), hardened: module()}
		p.calls = make([]floatCall, count())
		for i := range p.calls {
			numbers := make([]uint64, 5)
			for j := range numbers {
				numbers[j] = binary.LittleEndian.Uint64(file[8*j:])
			}
			file = file[40:]
			p.calls[i] = floatCall{[4]uint64(numbers[:4]), numbers[4]}
		}
		all = append(all, p)
	}
	return all
}

// wrong tells how many calls of a program wazero answers otherwise than wasmtime.
func wrong(t *testing.T, r stock.Runtime, wasm []byte, calls []floatCall) int {
	t.Helper()
	ctx := context.Background()
	m, err := r.Instantiate(ctx, wasm)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(ctx)
	f := m.ExportedFunction("f")
	wrong := 0
	for _, c := range calls {
		stack := c.args[:]
		if err := f.CallWithStack(ctx, stack); err != nil {
			t.Fatal(err)
		}
		if stack[0] != c.want {
			wrong++
		}
	}
	return wrong
}

// TestFloats holds wazero to what wasmtime computes: its interpreter, and its compiler with hardened floats. What its compiler gets wrong
// without is printed: when that is nothing with some version, hardening can go.
func TestFloats(t *testing.T) {
	all := programs(t)
	ctx := context.Background()
	interpreter := stock.NewRuntimeWithConfig(ctx, stock.NewRuntimeConfigInterpreter())
	defer interpreter.Close(ctx)
	compilers := runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"
	var compiler stock.Runtime
	if compilers {
		compiler = stock.NewRuntimeWithConfig(ctx, stock.NewRuntimeConfigCompiler())
		defer compiler.Close(ctx)
	}
	var calls, interpreted, rawModules, rawCalls, hardened int
	for i, p := range all {
		calls += len(p.calls)
		if n := wrong(t, interpreter, p.raw, p.calls); n > 0 {
			interpreted += n
			t.Errorf("program %d: the interpreter is wrong in %d of %d calls", i, n, len(p.calls))
		}
		if !compilers {
			continue
		}
		if n := wrong(t, compiler, p.raw, p.calls); n > 0 {
			rawModules++
			rawCalls += n
		}
		if n := wrong(t, compiler, p.hardened, p.calls); n > 0 {
			hardened += n
			t.Errorf("program %d: the compiler is wrong in %d of %d calls although it is hardened", i, n, len(p.calls))
		}
	}
	figures := fmt.Sprintf("%d programs on floats, %d calls; wrong interpreted %d, compiled %d in %d programs, hardened %d",
		len(all), calls, interpreted, rawCalls, rawModules, hardened)
	t.Log(figures)
	// For `cargo xtask oracle` to print.
	if err := os.WriteFile(filepath.Join(os.Getenv("TENON_ORACLE"), "floats-figures.txt"), []byte(figures), 0o666); err != nil {
		t.Error(err)
	}
}
