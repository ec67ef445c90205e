package wazero_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// both runs a test on the compiler and on the interpreter.
func both(t *testing.T, test func(t *testing.T, config wazero.Config)) {
	t.Run("compiler", func(t *testing.T) { test(t, wazero.Config{}) })
	t.Run("interpreter", func(t *testing.T) { test(t, wazero.Config{Interpreter: true}) })
}

func compile(t *testing.T, config wazero.Config, p *plan.Plan) engine.Code {
	t.Helper()
	e := wazero.New(config)
	t.Cleanup(func() { e.Close(t.Context()) })
	code, err := e.Compile(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestCodeSaysWhetherItIsInterpreted(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		want := config.Interpreter || wazero.NoCompiler() != nil
		if code := compile(t, config, new(plan.Plan)); code.Interpreted() != want {
			t.Errorf("Interpreted = %v", code.Interpreted())
		}
	})
}

func instantiate(t *testing.T, code engine.Code) engine.Instance {
	t.Helper()
	inst, err := code.Instantiate(t.Context(), nil, engine.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

// call calls a function with i32 arguments and gives its i32 result.
func call(t *testing.T, f engine.Func, args ...uint32) uint32 {
	t.Helper()
	stack := make([]uint64, max(len(args), 1))
	for i, a := range args {
		stack[i] = uint64(a)
	}
	if err := f.Call(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	return uint32(stack[0])
}

var (
	void   = et.FuncType{}
	toI32  = et.FuncType{Results: []byte{et.I32}}
	i32i32 = et.FuncType{Params: []byte{et.I32}, Results: []byte{et.I32}}
)

// counter has a global and a memory, exported as transpile does, and functions over them.
func counter() *et.Module {
	return &et.Module{
		Types: []et.FuncType{toI32, i32i32, {Params: []byte{et.I32, et.I32}}},
		Funcs: []et.Func{
			// next: global += 1; the new value
			{Type: 0, Body: et.Cat([]byte{0x23, 0}, et.I32Const(1), []byte{0x6a, 0x24, 0, 0x23, 0})},
			// grow
			{Type: 1, Body: et.Cat(et.LocalGet(0), []byte{0x40, 0})},
			// load
			{Type: 1, Body: et.Cat(et.LocalGet(0), []byte{0x28, 2, 0})},
			// store
			{Type: 2, Body: et.Cat(et.LocalGet(0), et.LocalGet(1), []byte{0x36, 2, 0})},
		},
		Memory:  &et.Memory{Min: 1, Max: 100},
		Globals: []et.Global{{Init: 40}},
		Exports: []et.Export{
			{Name: "next", Kind: et.KindFunc, Index: 0},
			{Name: "grow", Kind: et.KindFunc, Index: 1},
			{Name: "load", Kind: et.KindFunc, Index: 2},
			{Name: "store", Kind: et.KindFunc, Index: 3},
			{Name: "memory", Kind: et.KindMemory},
			{Name: "tenon:global:0", Kind: et.KindGlobal},
		},
		Data: []et.Data{{Offset: 16, Bytes: []byte("hello")}},
	}
}

const (
	next = iota
	grow
	load
	store
)

func counterPlan() *plan.Plan {
	p := et.Plan(counter())
	et.AddFunc(p, 0, "next", ":i")
	et.AddFunc(p, 0, "grow", "i:i")
	et.AddFunc(p, 0, "load", "i:i")
	et.AddFunc(p, 0, "store", "ii:")
	et.AddMemory(p, 0, "memory")
	p.Clone = plan.Clone{
		Safe:     true,
		Globals:  []plan.CloneGlobals{{Instance: 0, Exports: []string{"tenon:global:0"}}},
		Memories: []plan.CloneMemory{{Instance: 0, Export: "memory"}},
	}
	p.Component.Digest = "counter"
	return p
}

func TestCallsAndMemory(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, counterPlan())
		a, b := instantiate(t, code), instantiate(t, code)
		if got := call(t, a.Func(next)); got != 41 {
			t.Errorf("next gives %d, want 41", got)
		}
		if got := call(t, b.Func(next)); got != 41 {
			t.Errorf("another instance saw the first one's global: %d", got)
		}
		if got := string(a.Memory(0).Bytes()[16:21]); got != "hello" {
			t.Errorf("data segment is %q", got)
		}
		if got := call(t, a.Func(grow), 2); got != 1 {
			t.Errorf("grow gives %d, want 1", got)
		}
		if got := len(a.Memory(0).Bytes()); got != 3<<16 {
			t.Errorf("the new view has %d bytes", got)
		}
		if a.Meter().Memory != 3<<16 || b.Meter().Memory != 1<<16 {
			t.Errorf("sizes %d and %d", a.Meter().Memory, b.Meter().Memory)
		}
		// What the host writes the guest reads, beyond the old size too.
		a.Memory(0).Bytes()[2<<16] = 7
		if got := call(t, a.Func(load), 2<<16); got != 7 {
			t.Errorf("the guest reads %d", got)
		}
	})
}

func TestSnapshot(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, counterPlan())
		warm := instantiate(t, code)
		call(t, warm.Func(next))
		call(t, warm.Func(grow), 3)
		call(t, warm.Func(store), 200_000, 99)
		s, err := warm.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if s.Size() != 4<<16+8 {
			t.Errorf("snapshot of %d bytes", s.Size())
		}
		call(t, warm.Func(store), 200_000, 1) // the snapshot is a copy
		for range 2 {
			inst := instantiate(t, code)
			if err := inst.Restore(s); err != nil {
				t.Fatal(err)
			}
			if got := call(t, inst.Func(load), 200_000); got != 99 {
				t.Errorf("memory holds %d, want 99", got)
			}
			for range 3 { // also where a call has left its marks
				if got := call(t, inst.Func(next)); got != 42 {
					t.Errorf("global gives %d, want 42", got)
				}
				call(t, inst.Func(store), 200_000, 5)
				call(t, inst.Func(store), 100, 5)
				if err := inst.Restore(s); err != nil {
					t.Fatal(err)
				}
				if a, b := call(t, inst.Func(load), 200_000), call(t, inst.Func(load), 100); a != 99 || b != 0 {
					t.Errorf("memory holds %d and %d, want 99 and 0", a, b)
				}
			}
		}
		large := instantiate(t, code)
		call(t, large.Func(grow), 9)
		if err := large.Restore(s); err == nil {
			t.Error("a memory shrank")
		}
	})
}

func TestSnapshotNeedsASafePlan(t *testing.T) {
	p := counterPlan()
	p.Clone.Safe, p.Clone.Reason = false, "it changes a table"
	inst := instantiate(t, compile(t, wazero.Config{}, p))
	if _, err := inst.Snapshot(); err == nil || !strings.Contains(err.Error(), "it changes a table") {
		t.Errorf("got %v", err)
	}
}

// TestImports links three modules: the second calls the first through its table, as shims do, and has a start
// function that writes the first one's memory.
func TestImports(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		start := uint32(1)
		user := &et.Module{
			Types: []et.FuncType{toI32, void},
			Imports: []et.Import{
				{Module: "i0", Name: "next", Kind: et.KindFunc, Index: 0},
				{Module: "i0", Name: "memory", Kind: et.KindMemory, Index: 1},
			},
			Funcs: []et.Func{
				{Type: 1, Body: et.Cat(et.I32Const(0), et.I32Const(123), []byte{0x36, 2, 0})},
				{Type: 0, Body: et.Cat(et.I32Const(0), []byte{0x11, 0, 0})}, // call_indirect
			},
			Table:   1,
			Elems:   []uint32{0},
			Start:   &start,
			Exports: []et.Export{{Name: "via-table", Kind: et.KindFunc, Index: 2}},
		}
		p := et.Plan(counter(), user)
		via := et.AddFunc(p, 1, "via-table", ":i")
		read := et.AddFunc(p, 0, "load", "i:i")
		code := compile(t, config, p)
		for range 2 {
			inst := instantiate(t, code)
			if got := call(t, inst.Func(read), 0); got != 123 {
				t.Errorf("the start function did not run: %d", got)
			}
			if got := call(t, inst.Func(via)); got != 41 {
				t.Errorf("got %d through the table, want 41", got)
			}
		}
	})
}

func TestLinkErrors(t *testing.T) {
	missing := &et.Module{
		Types:   []et.FuncType{toI32},
		Imports: []et.Import{{Module: "i0", Name: "nowhere", Kind: et.KindFunc, Index: 0}},
	}
	other := &et.Module{
		Types:   []et.FuncType{i32i32},
		Imports: []et.Import{{Module: "i0", Name: "next", Kind: et.KindFunc, Index: 0}},
	}
	later := &et.Module{
		Types:   []et.FuncType{toI32},
		Imports: []et.Import{{Module: "i9", Name: "next", Kind: et.KindFunc, Index: 0}},
	}
	plans := map[string]*plan.Plan{
		"no such export":    et.Plan(counter(), missing),
		"another signature": et.Plan(counter(), other),
		"no such instance":  et.Plan(counter(), later),
	}
	for _, name := range []string{"next", "none"} {
		p := counterPlan()
		et.AddFunc(p, 0, name, "iii:i")
		plans["function "+name] = p
	}
	noMemory := et.Plan(counter())
	et.AddMemory(noMemory, 0, "other")
	plans["no such memory"] = noMemory
	for name, p := range plans {
		t.Run(name, func(t *testing.T) {
			_, err := compile(t, wazero.Config{}, p).Instantiate(t.Context(), nil, engine.Limits{})
			trap, ok := errors.AsType[*engine.Trap](err)
			if !ok || trap.Code != engine.Link {
				t.Errorf("got %v, want a link trap", err)
			}
		})
	}
}

func TestMemoryLimit(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		config.MemoryLimit = 3 << 16
		inst := instantiate(t, compile(t, config, counterPlan()))
		if got := call(t, inst.Func(grow), 2); got != 1 {
			t.Errorf("grow within the limit gives %d", int32(got))
		}
		if got := int32(call(t, inst.Func(grow), 1)); got != -1 {
			t.Errorf("grow beyond the limit gives %d", got)
		}
		// Each fits alone, both together do not.
		two := &et.Module{Memory: &et.Memory{Min: 2}}
		_, err := compile(t, config, et.Plan(two, two)).Instantiate(t.Context(), nil, engine.Limits{})
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.MemoryLimit {
			t.Errorf("two memories: %v", err)
		}
		e := wazero.New(config)
		defer e.Close(t.Context())
		_, err = e.Compile(t.Context(), et.Plan(&et.Module{Memory: &et.Memory{Min: 4}}))
		if refusal, ok := errors.AsType[*engine.CompileError](err); !ok || refusal.Code != engine.MemoryLimit {
			t.Errorf("one memory: %v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	e := wazero.New(wazero.Config{})
	defer e.Close(t.Context())
	garbage := et.Plan()
	garbage.Modules = []plan.Module{{Code: []byte("\x00asm\x01\x00\x00\x00\xff\xff")}}
	if _, err := e.Compile(t.Context(), garbage); err == nil {
		t.Error("garbage compiles")
	} else if _, ok := errors.AsType[*engine.CompileError](err); !ok {
		t.Errorf("garbage: %T", err)
	}
	other := counterPlan()
	other.Trampolines = []plan.Trampoline{{Kind: plan.Other, Name: "stream-new"}}
	if _, err := e.Compile(t.Context(), other); err == nil {
		t.Error("an unknown trampoline compiles")
	} else if u, ok := errors.AsType[*engine.Unsupported](err); !ok || !strings.Contains(u.Error(), "stream-new") {
		t.Errorf("unknown trampoline: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compile(t, wazero.Config{}, counterPlan()).Instantiate(ctx, nil, engine.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestClose(t *testing.T) {
	e := wazero.New(wazero.Config{})
	code, err := e.Compile(t.Context(), counterPlan())
	if err != nil {
		t.Fatal(err)
	}
	inst := instantiate(t, code)
	for range 2 {
		if err := inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := inst.Func(next).Call(t.Context(), make([]uint64, 1)); err == nil {
		t.Error("a closed instance answers")
	}
	for range 2 {
		if err := code.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, err := code.Instantiate(t.Context(), nil, engine.Limits{}); err == nil {
		t.Error("closed code makes instances")
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := e.Compile(t.Context(), counterPlan()); err == nil {
		t.Error("a closed engine compiles")
	}
}

// TestHammer uses many instances of several codes at once; the race detector watches.
func TestHammer(t *testing.T) {
	e := wazero.New(wazero.Config{})
	defer e.Close(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			code, err := e.Compile(t.Context(), counterPlan())
			if err != nil {
				t.Error(err)
				return
			}
			var inner sync.WaitGroup
			for range 8 {
				inner.Go(func() {
					for range 20 {
						inst, err := code.Instantiate(t.Context(), nil, engine.Limits{})
						if err != nil {
							t.Error(err)
							return
						}
						stack := make([]uint64, 1)
						for k := range 5 {
							if err := inst.Func(next).Call(t.Context(), stack); err != nil || uint32(stack[0]) != uint32(41+k) {
								t.Errorf("got %d, %v", stack[0], err)
								return
							}
						}
						inst.Close(t.Context())
					}
				})
			}
			inner.Wait()
			if err := code.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func openCache(t *testing.T) *cache.Store {
	t.Helper()
	store, err := cache.Open(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// TestCloseLeavesNothing compiles and closes again and again; mappings of machine code must not pile up. wazero
// unmaps code when the collector finds it unused, so the test collects.
func TestCloseLeavesNothing(t *testing.T) {
	mappings := func() int {
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Skip("this system does not list mappings: ", err)
		}
		return strings.Count(string(maps), "r-xp")
	}
	config := wazero.Config{Cache: openCache(t)}
	cycle := func() {
		e := wazero.New(config)
		for range 3 {
			code, err := e.Compile(t.Context(), counterPlan())
			if err != nil {
				t.Fatal(err)
			}
			instantiate(t, code) // left open: closing the engine ends it
			code, err = e.Compile(t.Context(), resourcePlan())
			if err != nil {
				t.Fatal(err)
			}
			instantiate(t, code)
			if err := code.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	cycle()
	runtime.GC()
	before := mappings()
	for range 10 {
		cycle()
	}
	after := 0
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC() // finalizers run on a goroutine of their own
		if after = mappings(); after <= before {
			return
		}
	}
	t.Errorf("%d executable mappings, %d before", after, before)
}
