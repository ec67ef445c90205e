package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	wasm "github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// gated and plain say how a kernel is transpiled: as it is served, and as it was compiled.
var (
	gated = transpile.Config{}
	plain = transpile.Config{Ungated: true, RawFloats: true}
)

// plans are those that were made in this process, by component and way.
var plans = map[[33]byte]*plan.Plan{}

// planOf transpiles a component, once a process.
func planOf(ctx context.Context, component []byte, config transpile.Config) (*plan.Plan, error) {
	digest := sha256.Sum256(component)
	key := [33]byte(append(digest[:], 0))
	if config.Ungated {
		key[32] = 1
	}
	if made := plans[key]; made != nil {
		return made, nil
	}
	transpiler := transpile.New(config)
	defer func() { _ = transpiler.Close(ctx) }()
	made, err := transpiler.Plan(ctx, component)
	if err != nil {
		return nil, err
	}
	// Both sides of a row might be the same otherwise.
	if (made.Gate == nil) != config.Ungated {
		return nil, fmt.Errorf("ungated %v is asked for, and the plan's gate is %v", config.Ungated, made.Gate)
	}
	plans[key] = made
	return made, nil
}

// A guest is an instance of a kernel on the engine's own interface: no slot, no pool.
type guest struct {
	plan     *plan.Plan
	instance engine.Instance
	limits   engine.Limits
}

func (b *bench) guest(ctx context.Context, p *plan.Plan, limits engine.Limits) (*guest, error) {
	eng := wazero.New(wazero.Config{})
	b.atEnd(func() { _ = eng.Close(ctx) })
	code, err := eng.Compile(ctx, p)
	if err != nil {
		return nil, err
	}
	instance, err := code.Instantiate(ctx, nil, limits)
	if err != nil {
		return nil, err
	}
	return &guest{p, instance, limits}, nil
}

// numbers is a side that calls func(u32) -> u64 once, with how many operations it is to do.
func (g *guest) numbers(ctx context.Context, function string) (side, error) {
	at, err := funcOf(g.plan, function)
	if err != nil {
		return nil, err
	}
	call, stack := g.instance.Func(at), make([]uint64, 1)
	return func(n int) error {
		g.instance.Begin(g.limits)
		stack[0] = uint64(n)
		return call.Call(ctx, stack)
	}, nil
}

// adds is a side that calls add(u32, u32) -> u32 for each operation, within limits unless it has none.
func (g *guest) adds(ctx context.Context) (side, error) {
	at, err := funcOf(g.plan, "add")
	if err != nil {
		return nil, err
	}
	call, stack, free := g.instance.Func(at), make([]uint64, 2), g.limits == engine.Limits{}
	return func(n int) error {
		for i := range n {
			if !free {
				g.instance.Begin(g.limits)
			}
			stack[0], stack[1] = uint64(i), 2
			if err := call.Call(ctx, stack); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// texts is a side that calls func(string) for each operation, and drops the result as it lies in memory.
func (g *guest) texts(ctx context.Context, function string, texts []string) (side, error) {
	at, err := funcOf(g.plan, function)
	if err != nil {
		return nil, err
	}
	f := g.plan.Funcs[at]
	if f.Memory == nil || f.Realloc == nil || f.PostReturn == nil {
		return nil, fmt.Errorf("%s takes no text, or gives nothing to free", function)
	}
	call, realloc, post := g.instance.Func(at), g.instance.Realloc(*f.Realloc), g.instance.PostReturn(at)
	memory, stack := g.instance.Memory(*f.Memory), make([]uint64, 4)
	return eachOf(texts, func(text string) error {
		g.instance.Begin(g.limits)
		stack[0], stack[1], stack[2], stack[3] = 0, 0, 1, uint64(len(text))
		if err := realloc.Call(ctx, stack); err != nil {
			return err
		}
		ptr := uint32(stack[0])
		copy(memory.Bytes()[ptr:], text)
		stack[0], stack[1] = uint64(ptr), uint64(len(text))
		if err := call.Call(ctx, stack); err != nil {
			return err
		}
		return post.Call(ctx, stack)
	}), nil
}

// stock is a kernel's core module on wazero by itself, with wazero's own way to stop a guest.
type stock struct {
	plan   *plan.Plan
	module api.Module
}

// stock compiles an ungated plan. With own, what wazero itself can do to stop a guest is compiled in.
func (b *bench) stock(ctx context.Context, p *plan.Plan, own bool) (*stock, error) {
	code, err := b.compileStock(ctx, p, own)
	if err != nil {
		return nil, err
	}
	return code.instance(ctx)
}

// stockOf is an instance of a component without any means to stop it.
func (b *bench) stockOf(ctx context.Context, component []byte) (*stock, error) {
	code, err := b.stockCode(ctx, component)
	if err != nil {
		return nil, err
	}
	return code.instance(ctx)
}

// stockCode is a component compiled without any means to stop it.
func (b *bench) stockCode(ctx context.Context, component []byte) (*stockCode, error) {
	p, err := planOf(ctx, component, plain)
	if err != nil {
		return nil, err
	}
	return b.compileStock(ctx, p, false)
}

// stoppableCode is the core module as it is served, on wazero alone: what its countdown asks for is granted by a function by hand.
func (b *bench) stoppableCode(ctx context.Context, component []byte) (*stockCode, error) {
	p, err := planOf(ctx, component, gated)
	if err != nil {
		return nil, err
	}
	code, err := b.compileStock(ctx, p, false)
	if err != nil {
		return nil, err
	}
	const quantum = 100_000
	stop := func() { panic("calls nest too deep") }
	_, err = code.runtime.NewHostModuleBuilder("g").
		NewFunctionBuilder().WithFunc(func(int64) int64 { return quantum }).Export("tap").
		NewFunctionBuilder().WithFunc(stop).Export("stack").
		NewFunctionBuilder().WithFunc(func() {}).Export("refused").
		Instantiate(ctx)
	return code, err
}

// stockCode is what stocks are instances of.
type stockCode struct {
	plan    *plan.Plan
	runtime wasm.Runtime
	code    wasm.CompiledModule
}

func (b *bench) compileStock(ctx context.Context, p *plan.Plan, own bool) (*stockCode, error) {
	if len(p.Modules) != 1 {
		return nil, fmt.Errorf("the kernel has %d core modules; this row is written for one", len(p.Modules))
	}
	rt := wasm.NewRuntimeWithConfig(ctx, wasm.NewRuntimeConfigCompiler().WithCloseOnContextDone(own))
	b.atEnd(func() { _ = rt.Close(ctx) })
	code, err := rt.CompileModule(ctx, p.Modules[0].Code)
	return &stockCode{p, rt, code}, err
}

func (c *stockCode) instance(ctx context.Context) (*stock, error) {
	module, err := c.runtime.InstantiateModule(ctx, c.code, wasm.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	return &stock{c.plan, module}, nil
}

// numbers is a side as guest.numbers.
func (s *stock) numbers(ctx context.Context, function string) (side, error) {
	call, err := s.function(function, "")
	if err != nil {
		return nil, err
	}
	stack := make([]uint64, 1)
	return func(n int) error {
		stack[0] = uint64(n)
		return call.CallWithStack(ctx, stack)
	}, nil
}

// adds is a side as guest.adds.
func (s *stock) adds(ctx context.Context) (side, error) {
	call, err := s.function("add", "")
	if err != nil {
		return nil, err
	}
	stack := make([]uint64, 2)
	return func(n int) error {
		for i := range n {
			stack[0], stack[1] = uint64(i), 2
			if err := call.CallWithStack(ctx, stack); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// texts is a side as guest.texts.
func (s *stock) texts(ctx context.Context, function string, texts []string) (side, error) {
	call, err := s.function(function, "")
	if err != nil {
		return nil, err
	}
	post, err := s.function(function, "cabi_post_")
	if err != nil {
		return nil, err
	}
	realloc, stack := s.module.ExportedFunction("cabi_realloc"), make([]uint64, 4)
	if realloc == nil {
		return nil, errors.New("the core module exports no cabi_realloc")
	}
	return eachOf(texts, func(text string) error {
		stack[0], stack[1], stack[2], stack[3] = 0, 0, 1, uint64(len(text))
		if err := realloc.CallWithStack(ctx, stack); err != nil {
			return err
		}
		ptr := uint32(stack[0])
		if !s.module.Memory().WriteString(ptr, text) {
			return errors.New("the guest allocated out of bounds")
		}
		stack[0], stack[1] = uint64(ptr), uint64(len(text))
		if err := call.CallWithStack(ctx, stack); err != nil {
			return err
		}
		return post.CallWithStack(ctx, stack)
	}), nil
}

func (s *stock) function(name, prefix string) (api.Function, error) {
	at, err := funcOf(s.plan, name)
	if err != nil {
		return nil, err
	}
	export := prefix + s.plan.Funcs[at].Callee.Export
	f := s.module.ExportedFunction(export)
	if f == nil {
		return nil, fmt.Errorf("the core module exports no %s", export)
	}
	return f, nil
}

func funcOf(p *plan.Plan, name string) (int, error) {
	at := slices.IndexFunc(p.Funcs, func(f plan.Func) bool { return f.Name == name })
	if at < 0 {
		return 0, fmt.Errorf("the kernel has no function %s", name)
	}
	return at, nil
}
