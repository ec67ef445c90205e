// Package transpile turns components into plans. The work is done by the transpiler of host-rust/transpile,
// which is embedded as a core module and run in a sandbox: hostile bytes meet a parser that has nothing but its
// own capped memory. Plans are kept by the component's digest, so a component is transpiled once.
package transpile

import (
	"context"
	"crypto/sha256"
	_ "embed" // transpile.wasm
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/race"
)

//go:embed transpile.wasm
var wasm []byte

// version is the digest of the transpiler. It is part of every key: another transpiler may plan differently.
var version = sync.OnceValue(func() [sha256.Size]byte { return digestOf(wasm) })

func digestOf(b []byte) [sha256.Size]byte { return sha256.Sum256(b) }

// MemoryCap is the most memory that the transpiler may use for one component, in bytes.
const MemoryCap = 256 << 20

// Config says how to transpile. The zero value works.
type Config struct {
	// Cache keeps plans and the transpiler's own machine code between processes; nil keeps none.
	Cache *cache.Store
	// Timeout is the most time that the transpiler may run for one component, once it is ready to; 0 is
	// DefaultTimeout. A component that takes longer is refused as Limit.
	Timeout time.Duration
	// Ungated leaves out what stops a kernel: its plans have no Gate. Only for kernels that one trusts, as benches do.
	Ungated bool
	// RawFloats leaves float instructions as they are even where wazero's compiler gets some of them wrong, which is on
	// amd64. For engines that get them right, and for benches.
	RawFloats bool
	// Interpreted keeps to the interpreter, as on a processor that wazero has no compiler for. For benches.
	Interpreted bool
}

// DefaultTimeout is several times what the largest component takes when the transpiler is compiled. Where the race detector slows
// down the transpiler, a component has that much longer.
const DefaultTimeout = 30 * time.Second * race.Slowdown

// Transpiler makes plans. It is safe for concurrent use.
type Transpiler struct {
	cache   *cache.Store
	timeout time.Duration
	flags   uint64
	tools   tools
	turns   chan struct{} // bounds the components at work, and so their memory
	work    sync.WaitGroup
}

// New makes a transpiler. It costs nothing until the first component that has no plan yet.
func New(config Config) *Transpiler {
	if config.Timeout <= 0 {
		config.Timeout = DefaultTimeout
	}
	flags := uint64(0)
	if !config.Ungated {
		flags |= flagGate
	}
	if !config.RawFloats && runtime.GOARCH == "amd64" {
		flags |= flagFloats
	}
	return &Transpiler{
		cache:   config.Cache,
		timeout: config.Timeout,
		flags:   flags,
		tools:   tools{cache: config.Cache, only: config.Interpreted},
		turns:   make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
}

// Plan gives the plan of a component: from the cache, or by transpiling it. The component's bytes are not kept.
// The error is an *[Error], or ctx's when it ends first.
func (t *Transpiler) Plan(ctx context.Context, component []byte) (*plan.Plan, error) {
	digest := sha256.Sum256(component)
	name := hex.EncodeToString(digest[:])
	entry := ""
	if t.cache != nil {
		entry = t.entryName(digest)
		if container, ok := t.cache.Get(entry); ok {
			// A plan that does not decode is a miss, like any other damage.
			if p, err := plan.Decode(container); err == nil && p.Component.Digest == name {
				return p, nil
			}
		}
	}
	container, err := t.run(ctx, task{function: funcTranspile, digest: digest[:], input: component})
	if err != nil {
		return nil, err
	}
	p, err := plan.Decode(container)
	if err != nil {
		return nil, internal("the transpiler's plan is not sound", err)
	}
	if p.Component.Digest != name {
		return nil, internal("the transpiler's plan is of another component", nil)
	}
	// Digests are for us to compute: interpreted, they take the transpiler as long as all else.
	for i := range p.Modules {
		sum := sha256.Sum256(p.Modules[i].Code)
		p.Modules[i].Digest = hex.EncodeToString(sum[:])
	}
	if entry != "" {
		if container, err = plan.Encode(p); err == nil {
			_ = t.cache.Put(entry, container) // or the next load is a miss, no more
		}
	}
	return p, nil
}

// entryName is the name of a component's plan in the cache.
func (t *Transpiler) entryName(digest [sha256.Size]byte) string {
	tool := version()
	key := sha256.Sum256(append(append(tool[:], digest[:]...), byte(t.flags)))
	return "plan-" + hex.EncodeToString(key[:])
}

// run has the transpiler do a task. When ctx ends its caller goes. The guest stops within a
// millisecond or so; only wazero's compiler cannot be stopped, so it ends in the background. Close waits for both.
func (t *Transpiler) run(ctx context.Context, task task) ([]byte, error) {
	task.flags, task.timeout = t.flags, t.timeout
	select {
	case t.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		<-t.turns
		return nil, err
	}
	type outcome struct {
		answer []byte
		err    error
	}
	done := make(chan outcome, 1)
	t.work.Go(func() {
		defer func() { <-t.turns }()
		answer, err := t.tools.run(ctx, task)
		done <- outcome{answer, err}
	})
	select {
	case o := <-done:
		return o.answer, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close frees the transpiler's code. No Plan, and no reading or writing of text, may be at work. It is idempotent.
func (t *Transpiler) Close(ctx context.Context) error {
	t.work.Wait()
	return t.tools.close(ctx)
}

func internal(what string, err error) *Error {
	message := what
	if err != nil {
		message = fmt.Sprintf("%s: %v", what, err)
	}
	return &Error{
		Kind:    Internal,
		Message: message,
		Help:    "this is a bug in Tenon: please report it with the component",
		Err:     err,
	}
}

var errClosed = errors.New("the transpiler is closed")
