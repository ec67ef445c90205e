package tenon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Runtime loads kernels: compiled code, caches, bounds. One a process, or one a tenant. It is safe for
// concurrent use.
type Runtime struct {
	cfg         Config
	engine      engine.Engine
	plans       planner
	interpreted bool

	mu      sync.Mutex
	closed  bool
	kernels map[*Kernel]struct{}
	slots   map[*core]struct{}
	working int           // loads, and texts that are read or written, at work
	quiet   chan struct{} // replaced whenever a kernel goes or such work ends
	end     func() error  // frees engine and planner once; whoever comes second waits for that
}

// planner makes plans of components.
type planner interface {
	// Plan transpiles a component, or finds its plan in the cache.
	Plan(ctx context.Context, component []byte) (*plan.Plan, error)
	// Close frees what the planner holds. No Plan is at work.
	Close(ctx context.Context) error
}

// New opens a runtime. Close it when it is no longer needed.
func New(ctx context.Context, cfg Config) (*Runtime, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Fault{Kind: KindCanceled, Message: "the context had ended before the runtime was opened", Err: err}
	}
	if fault := cfg.check(); fault != nil {
		return nil, fault
	}
	cfg = cfg.withDefaults()
	p, err := assemble(cfg)
	if err != nil {
		return nil, err
	}
	rt := newRuntime(cfg, p.engine, p.plans)
	rt.interpreted = p.interpreted
	return rt, nil
}

func newRuntime(cfg Config, e engine.Engine, plans planner) *Runtime {
	rt := &Runtime{
		cfg:     cfg,
		engine:  e,
		plans:   plans,
		kernels: make(map[*Kernel]struct{}),
		slots:   make(map[*core]struct{}),
		quiet:   make(chan struct{}),
	}
	rt.end = sync.OnceValue(rt.free)
	return rt
}

// Logger is Config.Logger, or one that tells nobody: for parts of a service that report on the runtime's slots.
func (rt *Runtime) Logger() *slog.Logger { return rt.cfg.Logger }

// Close closes all slots and kernels of the runtime and frees what they hold: no goroutine or open file stays
// behind, and the mappings of machine code go with the next garbage collection. Calls in flight finish first, and
// resources are waited for until they are closed. If the context ends before, the runtime takes no more work, Close
// says what it waits for, and may be called again to wait on. It is idempotent.
func (rt *Runtime) Close(ctx context.Context) error {
	rt.mu.Lock()
	rt.closed = true
	var slots []*core
	for c := range rt.slots {
		slots = append(slots, c)
	}
	rt.mu.Unlock()
	var errs []error
	for _, c := range slots {
		errs = append(errs, c.close(ctx))
	}
	for _, k := range rt.loaded() {
		k.shut()
		k.closeInstances(ctx)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for {
		rt.mu.Lock()
		if len(rt.kernels) == 0 && rt.working == 0 {
			rt.mu.Unlock()
			return rt.end()
		}
		quiet := rt.quiet
		rt.mu.Unlock()
		select {
		case <-quiet:
		case <-ctx.Done():
			return &Fault{Kind: KindCanceled, Message: "the context ended while kernels were in use: call Close again", Err: ctx.Err()}
		}
	}
}

// free frees engine and planner, when nothing uses them any more.
func (rt *Runtime) free() error {
	// Freeing must not stop half-way, whatever becomes of the caller's context.
	ctx := context.Background()
	if err := errors.Join(rt.plans.Close(ctx), rt.engine.Close(ctx)); err != nil {
		return &Fault{Kind: KindInternal, Message: "closing the engine failed", Err: err}
	}
	return nil
}

func (rt *Runtime) loaded() []*Kernel {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	list := make([]*Kernel, 0, len(rt.kernels))
	for k := range rt.kernels {
		list = append(list, k)
	}
	return list
}

// Stats is a snapshot of the runtime's slots and kernels.
func (rt *Runtime) Stats() RuntimeStats {
	rt.mu.Lock()
	s := RuntimeStats{Kernels: len(rt.kernels), Memory: rt.engine.Memory(), MemoryLimit: rt.cfg.TotalMemory, Interpreted: rt.interpreted}
	var slots []*core
	for c := range rt.slots {
		slots = append(slots, c)
	}
	rt.mu.Unlock()
	for _, c := range slots {
		one := c.stats()
		for _, v := range one.Versions {
			s.Instances += v.Instances
		}
		s.Slots = append(s.Slots, one)
	}
	slices.SortFunc(s.Slots, func(a, b SlotStats) int { return strings.Compare(a.Slot, b.Slot) })
	return s
}

// adopt makes the runtime close the slot with itself.
func (rt *Runtime) adopt(c *core) error {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.closed {
		return &Fault{Kind: KindClosed, Slot: c.name, Message: "the runtime is closed"}
	}
	rt.slots[c] = struct{}{}
	return nil
}

func (rt *Runtime) disown(c *core) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	delete(rt.slots, c)
}

// ended reports whether the runtime takes no more work.
func (rt *Runtime) ended() bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.closed
}

// also books what a load goes on with in the background. The load is booked.
func (rt *Runtime) also() {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.working++
}

// begin books work that needs the engine or the planner: a load, or reading and writing text. done ends it, with the kernel that it made
// or nil.
func (rt *Runtime) begin(name string) error {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.closed {
		return &Fault{Kind: KindClosed, Kernel: name, Message: "the runtime is closed"}
	}
	rt.working++
	return nil
}

func (rt *Runtime) done(k *Kernel) {
	rt.mu.Lock()
	rt.working--
	if k != nil {
		rt.kernels[k] = struct{}{}
	}
	late := rt.closed // Close has shut the kernels that it found, and waits for this one
	rt.stir()
	rt.mu.Unlock()
	if k != nil && late {
		k.shut()
	}
}

// gone forgets a kernel whose code was freed.
func (rt *Runtime) gone(k *Kernel) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	delete(rt.kernels, k)
	rt.stir()
}

// stir wakes who waits in Close. The lock is held.
func (rt *Runtime) stir() {
	close(rt.quiet)
	rt.quiet = make(chan struct{})
}
