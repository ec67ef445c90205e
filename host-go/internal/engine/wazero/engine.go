// Package wazero runs core modules on wazero; nothing else in the module names that engine.
//
// Every compiled plan has a wazero runtime of its own: versions cannot collide, and closing one frees all that
// it had. Core instances are anonymous and find their imports through a resolver of their instance.
package wazero

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Config says how to compile and run. The zero value works.
type Config struct {
	// Cache keeps machine code between processes; nil keeps none.
	Cache *cache.Store
	// MemoryLimit is the most bytes that all linear memories of one instance may have together; 0 is
	// MaxMemory. Less than a page allows none.
	MemoryLimit uint64
	// TotalMemory is the most bytes that the linear memories of all instances of the engine may have together; 0 is
	// no bound.
	TotalMemory uint64
	// Interpreter runs modules without compiling them: they load at once and run many times slower.
	Interpreter bool

	workers int // goroutines that compile one plan
}

const pageSize = 64 << 10

// MaxMemory is the largest that one linear memory may be: one page below 4 GiB, because wazero
// reports the size of a full one as 0.
const MaxMemory = 1<<32 - pageSize

// Engine is an [engine.Engine].
type Engine struct {
	config Config
	total  total

	mu     sync.Mutex
	codes  map[*code]struct{} // open ones
	closed bool
}

var _ engine.Engine = (*Engine)(nil)

// New makes an engine.
func New(config Config) *Engine {
	if config.MemoryLimit == 0 {
		config.MemoryLimit = MaxMemory
	}
	return &Engine{config: config, total: total{limit: config.TotalMemory}, codes: map[*code]struct{}{}}
}

// errClosed is the cause of every use after Close.
var errClosed = errors.New("the engine is closed")

// Compile compiles each core module once. The error is an *engine.Unsupported, an *engine.CompileError or
// ctx's.
func (e *Engine) Compile(ctx context.Context, p *plan.Plan) (engine.Code, error) {
	config := e.config
	config.workers = e.workers()
	c, err := compile(ctx, config, p)
	if refused, ok := errors.AsType[*engine.CompileError](err); ok && refused.Code == engine.Internal && config.Cache != nil {
		// wazero fails where it cannot write its cache: on a full disk, for one. That is no reason not to run.
		config.Cache = nil
		c, err = compile(ctx, config, p)
	}
	if refused, ok := errors.AsType[*engine.CompileError](err); ok && refused.Code == engine.Internal && !config.Interpreter && tryCompiler() != nil {
		// The process has given up the right to make memory executable since its compiler was last made.
		config.Interpreter = true
		c, err = compile(ctx, config, p)
	}
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errors.Join(errClosed, c.release(ctx))
	}
	c.engine = e
	e.codes[c] = struct{}{}
	return c, nil
}

// workers are the goroutines that compile a plan: one for each processor, and half as many beside open instances. The compiler
// gives up a processor only when its time slice of 10 ms ends, and calls need one meanwhile.
func (e *Engine) workers() int {
	n := runtime.GOMAXPROCS(0)
	if e.Memory() > 0 {
		n = max(1, n/2)
	}
	return n
}

// Close closes every code that is still open. It is idempotent.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	codes := e.codes
	e.codes = map[*code]struct{}{}
	e.mu.Unlock()
	var errs []error
	for c := range codes {
		errs = append(errs, c.release(ctx))
	}
	return errors.Join(errs...)
}

// Memory implements [engine.Engine].
func (e *Engine) Memory() uint64 { return e.total.used.Load() }

func (e *Engine) forget(c *code) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.codes, c)
}
