package wazero_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// trapping is a plan whose function "f" has the given body, called by "outer".
func trapping(body []byte) *plan.Plan {
	m := &et.Module{
		Types: []et.FuncType{void, i32i32},
		Funcs: []et.Func{
			{Type: 0, Body: et.Call(1), Name: "outer"},
			{Type: 0, Body: body, Name: "<impl core::fmt::Display for kernel::Thing>::fmt"},
			{Type: 1, Body: et.LocalGet(0)},
		},
		Table:   2,
		Elems:   []uint32{2},
		Memory:  &et.Memory{Min: 1},
		Exports: []et.Export{{Name: "outer", Kind: et.KindFunc}, {Name: "memory", Kind: et.KindMemory}},
	}
	p := et.Plan(m)
	et.AddFunc(p, 0, "outer", "")
	return p
}

func f32Const(bits uint32) []byte {
	return []byte{0x43, byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)}
}

func TestTraps(t *testing.T) {
	drop := []byte{0x1a}
	minInt := et.I32Const(-1 << 31)
	cases := []struct {
		name string
		body []byte
		want engine.TrapCode
	}{
		{"unreachable", []byte{0x00}, engine.Unreachable},
		{"load", et.Cat(et.I32Const(1<<16-3), []byte{0x28, 2, 0}, drop), engine.MemoryBounds},
		{"store", et.Cat(et.I32Const(-1), et.I32Const(0), []byte{0x36, 2, 0}), engine.MemoryBounds},
		{"memory.fill", et.Cat(et.I32Const(1), et.I32Const(0), et.I32Const(1<<16), []byte{0xfc, 11, 0}), engine.MemoryBounds},
		{"division by zero", et.Cat(et.I32Const(1), et.I32Const(0), []byte{0x6d}, drop), engine.DivideByZero},
		{"overflow", et.Cat(minInt, et.I32Const(-1), []byte{0x6d}, drop), engine.IntegerOverflow},
		{"conversion of NaN", et.Cat(f32Const(0x7fc00000), []byte{0xa8}, drop), engine.InvalidConversion},
		{"table bounds", et.Cat(et.I32Const(5), []byte{0x11, 0, 0}), engine.TableBounds},
		{"empty table entry", et.Cat(et.I32Const(1), []byte{0x11, 0, 0}), engine.TableBounds},
		{"signature", et.Cat(et.I32Const(0), []byte{0x11, 0, 0}), engine.IndirectMismatch},
		{"recursion", et.Call(1), engine.StackOverflow},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, config wazero.Config) {
				inst := instantiate(t, compile(t, config, trapping(c.body)))
				err := inst.Func(0).Call(t.Context(), nil)
				trap, ok := errors.AsType[*engine.Trap](err)
				if !ok {
					t.Fatalf("got %v, want a trap", err)
				}
				if trap.Code != c.want {
					t.Errorf("got %q, want %q", trap.Code, c.want)
				}
				if c.want != engine.StackOverflow {
					want := []string{"<impl core::fmt::Display for kernel::Thing>::fmt", "outer"}
					if !slices.Equal(trap.Backtrace, want) {
						t.Errorf("backtrace %q, want %q", trap.Backtrace, want)
					}
				}
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("the error has several lines: %q", err)
				}
				// The instance is lost, whatever is called next.
				again, ok := errors.AsType[*engine.Trap](inst.Func(0).Call(t.Context(), nil))
				if !ok || again.Code != engine.Internal {
					t.Errorf("a lost instance gives %v", again)
				}
			})
		})
	}
}

func TestTrapInStart(t *testing.T) {
	start := uint32(0)
	cases := map[string]struct {
		module *et.Module
		want   engine.TrapCode
	}{
		"start": {&et.Module{
			Types: []et.FuncType{void},
			Funcs: []et.Func{{Type: 0, Body: []byte{0x00}, Name: "start"}},
			Start: &start,
		}, engine.Unreachable},
		"data segment": {&et.Module{
			Memory: &et.Memory{Min: 1},
			Data:   []et.Data{{Offset: 1<<16 - 1, Bytes: []byte("ab")}},
		}, engine.MemoryBounds},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, config wazero.Config) {
				_, err := compile(t, config, et.Plan(c.module)).Instantiate(t.Context(), nil, engine.Limits{})
				if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != c.want {
					t.Errorf("got %v, want %s", err, c.want)
				}
			})
		})
	}
}

// TestNarrowResults keeps the reason for narrowing alive: an i32 result may leave anything in the upper half.
func TestNarrowResults(t *testing.T) {
	inst := instantiate(t, compile(t, wazero.Config{}, counterPlan()))
	stack := []uint64{0xdeadbeef_00000010}
	if err := inst.Func(load).Call(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	if got := uint32(stack[0]); got != 0x6c6c6568 {
		t.Errorf("got %#x", got)
	}
}

func TestPanicMessage(t *testing.T) {
	const at = 1 << 10
	message := func(size uint32, text string) string {
		m := counter()
		m.Data = append(m.Data, et.Data{Offset: at, Bytes: append([]byte{byte(size), byte(size >> 8), byte(size >> 16), byte(size >> 24)}, text...)})
		p := et.Plan(m)
		p.Panic = &plan.Panic{Memory: "memory", Address: at, Size: 64}
		return instantiate(t, compile(t, wazero.Config{}, p)).PanicMessage()
	}
	if got := message(5, "src/a"); got != "src/a" {
		t.Errorf("got %q", got)
	}
	if got := message(0, ""); got != "" {
		t.Errorf("no message: %q", got)
	}
	if got := message(3, "a\xffb"); got != "a\ufffdb" {
		t.Errorf("invalid UTF-8: %q", got)
	}
	if got := message(1<<32-1, strings.Repeat("x", 100)); got != strings.Repeat("x", 60) {
		t.Errorf("a lying length: %d bytes", len(got))
	}
	p := et.Plan(counter())
	p.Panic = &plan.Panic{Memory: "memory", Address: 1<<32 - 2, Size: 64}
	if got := instantiate(t, compile(t, wazero.Config{}, p)).PanicMessage(); got != "" {
		t.Errorf("outside the memory: %q", got)
	}
	if got := instantiate(t, compile(t, wazero.Config{}, counterPlan())).PanicMessage(); got != "" {
		t.Errorf("without a buffer: %q", got)
	}
}

// abrupt is a context that ends the goroutine when the engine asks it for a value, as a host function could.
type abrupt struct{ context.Context }

// Value implements [context.Context].
func (abrupt) Value(any) any {
	runtime.Goexit()
	return nil
}

func TestCallThatNeverReturns(t *testing.T) {
	p := resourcePlan()
	inst := instantiate(t, compile(t, wazero.Config{}, p))
	returned := false
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = inst.Func(0).Call(abrupt{context.Background()}, []uint64{7})
		returned = true
	}()
	if <-done; returned {
		t.Skip("the engine does not look into the context any more")
	}
	if err := inst.Func(0).Call(t.Context(), []uint64{7}); err == nil {
		t.Error("an instance whose call never completed answers")
	}
}
