package wazero

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// code is a compiled plan.
type code struct {
	engine      *Engine
	plan        *plan.Plan
	limit       uint64 // bytes of memory an instance
	runtime     wazero.Runtime
	cache       wazero.CompilationCache // nil without a cache
	modules     []wazero.CompiledModule
	flags       wazero.CompiledModule // nil when no host function runs
	trampolines api.Module            // likewise
	gate        api.Module            // nil without a gate
	owners      sync.Map              // api.Module to *instance: whose core instance it is; empty without a gate
	interpreted bool
	reallocs    []int // component instance of each realloc slot
	lowered     []int // trampolines that lower an import
	unlinkable  error // why no instance can be made; nil for most
	growth      atomic.Pointer[growth]

	releaseOnce sync.Once
	releaseErr  error
}

func compile(ctx context.Context, config Config, p *plan.Plan) (_ *code, err error) {
	if err := supported(p); err != nil {
		return nil, err
	}
	c := &code{plan: p, limit: config.MemoryLimit, reallocs: reallocOwners(p), lowered: lowered(p), unlinkable: unlinkable(p)}
	defer func() {
		if r := recover(); r != nil {
			err = &engine.CompileError{Code: engine.Internal, Err: fmt.Errorf("the compiler failed: %s", firstLine(fmt.Sprint(r)))}
		}
		if err != nil {
			c.release(ctx)
		}
	}()
	for k := range p.Modules {
		if size := minimum(p.Modules[k].Code); size > min(c.limit, MaxMemory) {
			return nil, &engine.CompileError{Module: k, Code: engine.MemoryLimit,
				Err: fmt.Errorf("it starts with %d bytes of memory, and an instance may have %d", size, min(c.limit, MaxMemory))}
		}
	}
	rc := wazero.NewRuntimeConfigCompiler()
	if c.interpreted = config.Interpreter || NoCompiler() != nil; c.interpreted {
		rc = wazero.NewRuntimeConfigInterpreter()
	}
	// The allocator bounds memories, so that it knows when it refused one.
	rc = rc.WithCoreFeatures(api.CoreFeaturesV2).
		WithMemoryLimitPages(MaxMemory / pageSize).
		WithDebugInfoEnabled(false)
	if config.Cache != nil && !c.interpreted {
		if sealed := openSeal(config.Cache, p); sealed != nil {
			defer func() {
				if err == nil {
					sealed.keep()
				}
				sealed.discard()
			}()
			if c.cache, err = wazero.NewCompilationCacheWithDir(sealed.dir); err == nil {
				rc = rc.WithCompilationCache(c.cache)
			}
		}
	}
	c.runtime = wazero.NewRuntimeWithConfig(ctx, rc)
	ctx = experimental.WithCompilationWorkers(ctx, config.workers)
	for i := range p.Modules {
		m, err := c.runtime.CompileModule(ctx, p.Modules[i].Code)
		if err != nil {
			return nil, c.refuse(ctx, i, err)
		}
		c.modules = append(c.modules, m)
	}
	if hosted(p) {
		if err := c.compileHost(ctx); err != nil {
			return nil, &engine.CompileError{Code: engine.Internal, Err: err}
		}
	}
	if p.Gate != nil {
		if err := c.compileGate(ctx); err != nil {
			return nil, &engine.CompileError{Code: engine.Internal, Err: err}
		}
	}
	return c, nil
}

// Interpreted implements engine.Code.
func (c *code) Interpreted() bool { return c.interpreted }

// refuse says why wazero would not compile module i.
func (c *code) refuse(ctx context.Context, i int, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &engine.CompileError{Module: i, Code: engine.Internal, Err: errors.New(firstLine(err.Error()))}
}

// hosted reports whether core modules may call the host, which is when flags and handles matter.
func hosted(p *plan.Plan) bool {
	for i := range p.Modules {
		if p.Modules[i].Adapter {
			return true
		}
	}
	return len(p.Trampolines) > 0
}

// reallocOwners gives the component instance that each realloc slot belongs to.
func reallocOwners(p *plan.Plan) []int {
	owners := make([]int, p.Slots.Reallocs)
	for i := range p.Funcs {
		if slot := p.Funcs[i].Realloc; slot != nil {
			owners[*slot] = p.Funcs[i].ComponentInstance
		}
	}
	for i := range p.Trampolines {
		if slot := p.Trampolines[i].Realloc; slot != nil {
			owners[*slot] = p.Trampolines[i].ComponentInstance
		}
	}
	return owners
}

// Close frees everything that the plan had. It is idempotent. wazero unmaps machine code when the collector finds
// that nothing refers to it any more.
func (c *code) Close(ctx context.Context) error {
	c.engine.forget(c)
	return c.release(ctx)
}

func (c *code) release(ctx context.Context) error {
	c.releaseOnce.Do(func() {
		var errs []error
		if c.runtime != nil {
			errs = append(errs, c.runtime.Close(ctx))
		}
		for _, m := range c.modules {
			errs = append(errs, m.Close(ctx))
		}
		if c.cache != nil {
			errs = append(errs, c.cache.Close(ctx))
		}
		c.releaseErr = errors.Join(errs...)
	})
	return c.releaseErr
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
