package wazero_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// importPlan is a component that imports a:b/c#twice (i32 -> i32) and calls it. Functions: 0 calls it with its
// own argument, 1 does not call it. Slots: its memory, and two allocators: one gives 64, one calls the import.
func importPlan() *plan.Plan {
	reallocType := et.FuncType{Params: []byte{et.I32, et.I32, et.I32, et.I32}, Results: []byte{et.I32}}
	m := &et.Module{
		Types:   []et.FuncType{i32i32, reallocType},
		Imports: []et.Import{{Module: "t", Name: "0", Kind: et.KindFunc, Index: 0}},
		Funcs: []et.Func{
			{Type: 0, Name: "run", Body: et.Cat(et.LocalGet(0), et.Call(0))},
			{Type: 0, Body: et.LocalGet(0)},
			{Type: 1, Body: et.I32Const(64)},
			{Type: 1, Body: et.Cat(et.I32Const(5), et.Call(0))},
		},
		Memory: &et.Memory{Min: 1},
		Exports: []et.Export{
			{Name: "run", Kind: et.KindFunc, Index: 1}, {Name: "same", Kind: et.KindFunc, Index: 2},
			{Name: "realloc", Kind: et.KindFunc, Index: 3}, {Name: "bad", Kind: et.KindFunc, Index: 4},
			{Name: "memory", Kind: et.KindMemory},
		},
	}
	p := et.Plan(m)
	k := et.AddImport(p, "a:b/c@1.0.0", "twice", "i:i")
	memory := et.AddMemory(p, 0, "memory")
	realloc := et.AddRealloc(p, 0, "realloc")
	et.AddRealloc(p, 0, "bad")
	p.Trampolines[k].Memory, p.Trampolines[k].Realloc = &memory, &realloc
	et.AddFunc(p, 0, "run", "i:i")
	et.AddFunc(p, 0, "same", "i:i")
	return p
}

func giving(f engine.HostFunc) *engine.Imports { return &engine.Imports{Funcs: []engine.HostFunc{f}} }

func instantiateWith(t *testing.T, code engine.Code, imports *engine.Imports) engine.Instance {
	t.Helper()
	inst, err := code.Instantiate(t.Context(), imports, engine.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

// lost fails unless the instance refuses every further call.
func lost(t *testing.T, inst engine.Instance) {
	t.Helper()
	for f := range 2 {
		if err := inst.Func(f).Call(t.Context(), []uint64{1}); err == nil {
			t.Errorf("function %d of a lost instance answers", f)
		}
	}
}

func TestHostFunc(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, importPlan())
		type key struct{}
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "mine"))
		var kept context.Context
		inst := instantiateWith(t, code, giving(func(ctx context.Context, inst engine.Instance, stack []uint64) error {
			kept = ctx
			n := uint32(stack[0])
			inst.Memory(0).Bytes()[7] = byte(n)
			// As lowering does: the allocator runs, in the same instance.
			alloc := make([]uint64, 4)
			if err := inst.Realloc(0).Call(ctx, alloc); err != nil || uint32(alloc[0]) != 64 {
				t.Errorf("realloc gives %d, %v", alloc[0], err)
			}
			stack[0] = 0xbad0_0000_0000 | uint64(2*n)
			return nil
		}))
		for n := range uint32(3) {
			stack := []uint64{uint64(n)}
			if err := inst.Func(0).Call(ctx, stack); err != nil || uint32(stack[0]) != 2*n || inst.Memory(0).Bytes()[7] != byte(n) {
				t.Errorf("got %d, %v", uint32(stack[0]), err)
			}
		}
		// A host function may keep its context.
		cancel()
		if kept.Value(key{}) != "mine" || kept.Err() == nil {
			t.Error("the host function got another context than the caller's")
		}
	})
}

// TestHostFuncInStart: an import that a start function calls finds the slots that are filled by then, and no
// exports.
func TestHostFuncInStart(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		start := uint32(1)
		starter := &et.Module{
			Types:   []et.FuncType{i32i32, void},
			Imports: []et.Import{{Module: "t", Name: "0", Kind: et.KindFunc, Index: 0}},
			Funcs:   []et.Func{{Type: 1, Body: et.Cat(et.I32Const(9), et.Call(0), []byte{0x1a})}},
			Start:   &start,
		}
		p := importPlan()
		code := starter.Bytes()
		p.Modules = append(p.Modules, plan.Module{Size: len(code), Code: code})
		p.Steps = append(p.Steps, plan.Step{Op: plan.OpInstantiate, Module: 1})
		compiled := compile(t, config, p)
		inst := instantiateWith(t, compiled, giving(func(_ context.Context, inst engine.Instance, stack []uint64) error {
			inst.Memory(0).Bytes()[7] = byte(stack[0])
			return nil
		}))
		if got := inst.Memory(0).Bytes()[7]; got != 9 {
			t.Errorf("the start function's call wrote %d", got)
		}
		_, err := compiled.Instantiate(t.Context(), giving(func(ctx context.Context, inst engine.Instance, stack []uint64) error {
			return inst.Func(0).Call(ctx, stack)
		}), engine.Limits{})
		abiTrap(t, err, "an export under construction")
		_, err = compiled.Instantiate(t.Context(), giving(func(context.Context, engine.Instance, []uint64) error { panic("no") }), engine.Limits{})
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Host {
			t.Errorf("got %v", err)
		}
	})
}

func TestHostFuncFails(t *testing.T) {
	cause := errors.New("the disk\nis full")
	inner := &engine.Trap{Code: engine.Unreachable}
	cases := []struct {
		name  string
		f     engine.HostFunc
		code  engine.TrapCode
		text  string
		cause error
	}{
		{"error", func(context.Context, engine.Instance, []uint64) error { return cause }, engine.Host, "the disk", cause},
		{"trap", func(context.Context, engine.Instance, []uint64) error {
			return &engine.Trap{Code: engine.ABI, Message: "mine", Err: cause}
		}, engine.ABI, "mine", cause},
		// A trap of another instance is this host function's failure.
		{"wrapped trap", func(context.Context, engine.Instance, []uint64) error { return fmt.Errorf("asking: %w", inner) },
			engine.Host, "asking: trap: unreachable", inner},
		{"panic", func(context.Context, engine.Instance, []uint64) error { panic("boo\ngoroutine 1") }, engine.Host, "the host function panicked: boo", nil},
		{"panic with an error", func(context.Context, engine.Instance, []uint64) error { panic(cause) }, engine.Host, "the host function panicked: the disk", cause},
		{"nil panic", func(context.Context, engine.Instance, []uint64) error { panic(nil) }, engine.Host, "panicked", nil},
		{"index", func(_ context.Context, _ engine.Instance, stack []uint64) error { stack[len(stack)] = 0; return nil }, engine.Host, "index out of range", nil},
		{"error whose text panics", func(context.Context, engine.Instance, []uint64) error { return (*engine.CompileError)(nil) }, engine.Host, "", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			both(t, func(t *testing.T, config wazero.Config) {
				inst := instantiateWith(t, compile(t, config, importPlan()), giving(c.f))
				err := inst.Func(0).Call(t.Context(), []uint64{1})
				trap, ok := errors.AsType[*engine.Trap](err)
				if !ok || trap.Code != c.code || !strings.Contains(trap.Message, c.text) {
					t.Fatalf("got %v, want %s with %q", err, c.code, c.text)
				}
				if c.cause != nil && !errors.Is(err, c.cause) {
					t.Error("the cause is lost")
				}
				if all := fmt.Sprintf("%v %q", err, trap.Backtrace); strings.ContainsAny(all, "\n") || strings.Contains(all, "goroutine") || strings.Contains(all, ".go:") {
					t.Errorf("a Go stack: %s", all)
				}
				if len(trap.Backtrace) == 0 || trap.Backtrace[len(trap.Backtrace)-1] != "run" {
					t.Errorf("backtrace %q", trap.Backtrace)
				}
				lost(t, inst)
			})
		})
	}
}

// TestHostFuncEndsItsGoroutine as a user's t.FailNow does: nothing after the call runs, and the instance must be
// known as lost.
func TestHostFuncEndsItsGoroutine(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, importPlan())
		imports := giving(func(context.Context, engine.Instance, []uint64) error {
			runtime.Goexit()
			return nil
		})
		inst := instantiateWith(t, code, imports)
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = inst.Func(0).Call(t.Context(), []uint64{1})
			t.Error("the call returns")
		})
		wg.Wait()
		lost(t, inst)
		if err := inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
		// The code serves on.
		if got := call(t, instantiateWith(t, code, imports).Func(1), 3); got != 3 {
			t.Errorf("got %d", got)
		}
	})
}

// TestReentrance: a host function that calls what called it is refused, and so is the guest, even when the host
// function keeps the refusal to itself.
func TestReentrance(t *testing.T) {
	enter := map[string]func(ctx context.Context, inst engine.Instance) error{
		"export":     func(ctx context.Context, inst engine.Instance) error { return inst.Func(1).Call(ctx, []uint64{1}) },
		"destructor": func(ctx context.Context, inst engine.Instance) error { return inst.Destroy(ctx, 0, 1) },
	}
	for name, enter := range enter {
		for _, swallow := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", swallow), func(t *testing.T) {
				both(t, func(t *testing.T, config wazero.Config) {
					p := importPlan()
					p.Resources = []plan.Resource{{Name: "thing"}}
					inst := instantiateWith(t, compile(t, config, p), giving(func(ctx context.Context, inst engine.Instance, _ []uint64) error {
						err := enter(ctx, inst)
						abiTrap(t, err, "within")
						if swallow {
							return nil
						}
						return fmt.Errorf("cannot: %w", err)
					}))
					err := inst.Func(0).Call(t.Context(), []uint64{1})
					if trap, ok := errors.AsType[*engine.Trap](err); !ok || swallow && trap.Code != engine.ABI || !swallow && trap.Code != engine.Host {
						t.Errorf("got %v", err)
					}
					lost(t, inst)
				})
			})
		}
	}
}

func TestImportFromRealloc(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		calls := 0
		inst := instantiateWith(t, compile(t, config, importPlan()), giving(func(context.Context, engine.Instance, []uint64) error {
			calls++
			return nil
		}))
		abiTrap(t, inst.Realloc(1).Call(t.Context(), make([]uint64, 4)), "an import called by realloc")
		if calls != 0 {
			t.Error("the host function ran")
		}
	})
}

// TestReallocOfATrampolineOnly: an allocator that only a lowered import names belongs to that one's component
// instance.
func TestReallocOfATrampolineOnly(t *testing.T) {
	p := importPlan()
	p.Instances = 2
	one := 1
	p.Trampolines[0].ComponentInstance, p.Trampolines[0].Realloc = 1, &one
	calls := 0
	inst := instantiateWith(t, compile(t, wazero.Config{}, p), giving(func(context.Context, engine.Instance, []uint64) error {
		calls++
		return nil
	}))
	abiTrap(t, inst.Realloc(1).Call(t.Context(), make([]uint64, 4)), "an import called by realloc")
	if calls != 0 {
		t.Error("the host function ran")
	}
}

func TestMissingImports(t *testing.T) {
	code := compile(t, wazero.Config{}, importPlan())
	for name, imports := range map[string]*engine.Imports{"nil": nil, "empty": {}, "nil function": giving(nil)} {
		_, err := code.Instantiate(t.Context(), imports, engine.Limits{})
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Link || !strings.Contains(err.Error(), "a:b/c@1.0.0#twice") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	p := et.Plan(counter())
	p.Steps = append([]plan.Step{{Op: plan.OpInstantiateImport, Path: []string{"libc"}}}, p.Steps...)
	_, err := compile(t, wazero.Config{}, p).Instantiate(t.Context(), nil, engine.Limits{})
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Link || !strings.Contains(err.Error(), `"libc"`) {
		t.Errorf("a core module: got %v", err)
	}
}

// importedResourcePlan is a component that drops what it is told to: function 0 drops a handle of resource 0,
// which is the host's.
func importedResourcePlan() *plan.Plan {
	drop := et.FuncType{Params: []byte{et.I32}}
	m := &et.Module{
		Types:   []et.FuncType{drop},
		Imports: []et.Import{{Module: "t", Name: "0", Kind: et.KindFunc, Index: 0}},
		Funcs:   []et.Func{{Type: 0, Body: et.Cat(et.LocalGet(0), et.Call(0))}},
		Exports: []et.Export{{Name: "drop", Kind: et.KindFunc, Index: 1}},
	}
	p := et.Plan(m)
	zero := 0
	p.Resources = []plan.Resource{{Name: "blob", Import: []string{"a:b/c@1.0.0", "blob"}}}
	p.Tables = []plan.Table{{Resource: &zero}}
	p.Trampolines = []plan.Trampoline{{Kind: plan.ResourceDrop, Core: et.Sig("i:"), Resource: &zero, Table: &zero}}
	et.AddFunc(p, 0, "drop", "i:")
	et.AddFunc(p, 0, "drop", "i:")
	return p
}

func TestImportedResources(t *testing.T) {
	both(t, func(t *testing.T, config wazero.Config) {
		code := compile(t, config, importedResourcePlan())
		var dropped []uint32
		imports := &engine.Imports{Drops: []func(context.Context, uint32) error{func(_ context.Context, rep uint32) error {
			dropped = append(dropped, rep)
			return nil
		}}}
		inst := instantiateWith(t, code, imports)
		h, err := inst.Handles().LowerOwn(0, 0, 4711)
		if err != nil {
			t.Fatal(err)
		}
		call(t, inst.Func(0), h)
		if fmt.Sprint(dropped) != "[4711]" || inst.Handles().Live() != 0 {
			t.Errorf("dropped %v, %d live", dropped, inst.Handles().Live())
		}
		if err := inst.Destroy(t.Context(), 0, 5); err != nil || fmt.Sprint(dropped) != "[4711 5]" {
			t.Errorf("dropped %v, %v", dropped, err)
		}
		abiTrap(t, inst.Func(0).Call(t.Context(), []uint64{uint64(h)}), "double drop")
		if err := inst.Destroy(t.Context(), 0, 6); err == nil || len(dropped) != 2 {
			t.Errorf("a lost instance drops: %v, %v", dropped, err)
		}

		// A borrowed handle ends without the host hearing of it.
		dropped = nil
		inst = instantiateWith(t, code, imports)
		inst.Handles().Enter()
		if h, err = inst.Handles().LowerBorrow(0, 0, 4711); err != nil {
			t.Fatal(err)
		}
		call(t, inst.Func(0), h)
		if err := inst.Handles().Exit(); err != nil || len(dropped) != 0 {
			t.Errorf("dropped %v, %v", dropped, err)
		}

		// Without a function there is nothing to do.
		inst = instantiateWith(t, code, nil)
		h, _ = inst.Handles().LowerOwn(0, 0, 1)
		call(t, inst.Func(0), h)
	})
}

func TestDropFails(t *testing.T) {
	cause := errors.New("cause")
	for name, drop := range map[string]func(context.Context, uint32) error{
		"error": func(context.Context, uint32) error { return cause },
		"panic": func(context.Context, uint32) error { panic(cause) },
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, config wazero.Config) {
				inst := instantiateWith(t, compile(t, config, importedResourcePlan()), &engine.Imports{Drops: []func(context.Context, uint32) error{drop}})
				h, _ := inst.Handles().LowerOwn(0, 0, 1)
				err := inst.Func(0).Call(t.Context(), []uint64{uint64(h)})
				if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Host || !errors.Is(err, cause) {
					t.Errorf("got %v", err)
				}
				lost(t, inst)
			})
		})
	}
}

// TestLending: what the guest lends to the host it has back after the call.
func TestLending(t *testing.T) {
	p := importPlan()
	p.Resources = []plan.Resource{{Name: "blob", Import: []string{"a:b/c@1.0.0", "blob"}}}
	inst := instantiateWith(t, compile(t, wazero.Config{}, p), giving(func(_ context.Context, inst engine.Instance, stack []uint64) error {
		h := uint32(stack[0])
		if rep, err := inst.Handles().LiftBorrow(0, 0, h); err != nil || rep != 4711 {
			t.Errorf("got %d, %v", rep, err)
		}
		_, err := inst.Handles().LiftOwn(0, 0, h)
		abiTrap(t, err, "given away while lent")
		return nil
	}))
	h, err := inst.Handles().LowerOwn(0, 0, 4711)
	if err != nil {
		t.Fatal(err)
	}
	call(t, inst.Func(0), h)
	if rep, err := inst.Handles().LiftOwn(0, 0, h); err != nil || rep != 4711 {
		t.Errorf("after the call: %d, %v", rep, err)
	}
}

// TestHostFuncAllocatesNothing of the engine's own.
func TestHostFuncAllocatesNothing(t *testing.T) {
	inst := instantiateWith(t, compile(t, wazero.Config{}, importPlan()), giving(func(context.Context, engine.Instance, []uint64) error { return nil }))
	f, stack, ctx := inst.Func(0), make([]uint64, 1), t.Context()
	if allocs := testing.AllocsPerRun(100, func() { _ = f.Call(ctx, stack) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// TestHostFuncHammer gives one set of imports to many instances at once; the race detector watches.
func TestHostFuncHammer(t *testing.T) {
	code := compile(t, wazero.Config{}, importPlan())
	imports := giving(func(_ context.Context, _ engine.Instance, stack []uint64) error {
		stack[0] = uint64(2 * uint32(stack[0]))
		return nil
	})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				inst, err := code.Instantiate(t.Context(), imports, engine.Limits{})
				if err != nil {
					t.Error(err)
					return
				}
				stack := make([]uint64, 1)
				for n := range uint64(20) {
					stack[0] = n
					if err := inst.Func(0).Call(t.Context(), stack); err != nil || uint32(stack[0]) != uint32(2*n) {
						t.Errorf("got %d, %v", stack[0], err)
						return
					}
				}
				inst.Close(t.Context())
			}
		})
	}
	wg.Wait()
}
