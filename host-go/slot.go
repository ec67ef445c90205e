package tenon

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// Slot is a named place in a service where a contract is served: by a kernel, by its baseline, or by the one
// in place of the other. B is the contract's interface in Go. Generated clients call through it; it is safe
// for concurrent use.
type Slot[B any] struct {
	core     core
	baseline B
}

// core is what a slot is apart from the type of its baseline.
type core struct {
	rt          *Runtime
	name        string
	contract    Contract
	hasBaseline bool
	minimum     int
	first       int // instances of a version that takes no other's place
	maxWait     time.Duration
	breaker     Breaker
	clock       func() time.Duration // since the slot was made
	limits      struct {
		instances int
		bytes     uint64
		call      engine.Limits
		upkeep    upkeep
	}

	route atomic.Pointer[route]
	turn  chan struct{} // held by Swap, Stage and Promote, one at a time

	mu       sync.Mutex
	versions map[*version]struct{} // serving, staged, draining, or being made ready
	past     pastCounts            // of versions that are gone

	slotCounts
}

// NewSlot opens a slot for a contract on a runtime. The kernel, if there is one, is checked against the
// contract and has its first instances made before NewSlot returns. Close the slot, or the runtime, when it is
// no longer needed.
//
// The error is a *Fault.
func NewSlot[B any](ctx context.Context, rt *Runtime, name string, contract Contract, cfg SlotConfig[B]) (*Slot[B], error) {
	if rt == nil {
		return nil, &Fault{Kind: KindPolicy, Slot: name, Message: "the runtime is nil: make one with tenon.New"}
	}
	if fault := cfg.check(); fault != nil {
		fault.Slot = name
		return nil, fault
	}
	s := &Slot[B]{baseline: cfg.Baseline}
	c := &s.core
	c.rt = rt
	c.name = name
	c.contract = contract
	c.hasBaseline = any(cfg.Baseline) != nil
	c.minimum = cfg.MinInstances
	c.first = max(cfg.MinInstances, cfg.WarmInstances)
	c.maxWait = cfg.MaxWait
	if c.maxWait == 0 {
		c.maxWait = time.Second
	}
	c.limits.instances = cfg.MaxInstances
	if c.limits.instances <= 0 {
		c.limits.instances = max(4, 2*runtime.GOMAXPROCS(0))
	}
	c.limits.bytes = cfg.MaxMemory
	if c.limits.bytes == 0 {
		c.limits.bytes = 1 << 30
	}
	c.breaker = cfg.Breaker.withDefaults()
	c.breaker.Off = c.breaker.Off || !c.hasBaseline
	made := time.Now()
	c.clock = func() time.Duration { return time.Since(made) }
	c.limits.upkeep = cfg.upkeep()
	c.limits.call = within(cfg.Deadline, slotDeadline, cfg.Fuel)
	c.turn = make(chan struct{}, 1)
	c.versions = make(map[*version]struct{})
	if err := c.open(ctx, cfg.Kernel); err != nil {
		return nil, err
	}
	return s, nil
}

// open puts the first version in place and makes the runtime know the slot.
func (c *core) open(ctx context.Context, k *Kernel) error {
	if fault := c.servable(k); fault != nil {
		return fault
	}
	var v *version
	if k != nil {
		var err error
		if v, err = c.ready(ctx, k, c.first); err != nil {
			return err
		}
	}
	first := &route{version: v}
	if v != nil {
		v.served, first.pool = true, v.pool
	}
	c.route.Store(first)
	if err := c.rt.adopt(c); err != nil {
		c.route.Store(&route{closed: true})
		if v != nil {
			v.retire()
		}
		return err
	}
	return nil
}

// servable refuses a configuration that could answer nothing.
func (c *core) servable(k *Kernel) *Fault {
	if k == nil && !c.hasBaseline {
		return c.fault(KindPolicy, "there is neither a kernel nor a baseline: nothing could answer", nil)
	}
	return nil
}

// ready checks a kernel against the contract and makes n instances of it.
func (c *core) ready(ctx context.Context, k *Kernel, n int) (*version, error) {
	if k.rt != c.rt {
		return nil, c.fault(KindPolicy, "kernel "+k.name+" belongs to another runtime: load it with the slot's own", nil)
	}
	if err := c.contract.check(k); err != nil {
		err.Slot = c.name
		return nil, err
	}
	// The version lets go of the kernel when it retires, which may happen while it is still being warmed.
	if !k.hold() {
		return nil, c.fault(KindClosed, "kernel "+k.name+" is closed: load it again", nil)
	}
	defer k.release()
	v, err := newVersion(c, k)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	r := c.route.Load()
	closed := r != nil && r.closed // close has collected the versions and would not wait for this one
	if !closed {
		c.versions[v] = struct{}{}
	}
	c.mu.Unlock()
	if closed {
		v.retire()
		return nil, c.fault(KindClosed, "the slot was closed during the swap", nil)
	}
	warm := false
	defer func() {
		if !warm { // also when a host function ends the goroutine
			v.retire()
		}
	}()
	if err := v.warm(ctx, n); err != nil {
		return nil, err
	}
	warm = true
	return v, nil
}

// Name is the slot's name.
func (s *Slot[B]) Name() string { return s.core.name }

// Contract is the contract that the slot serves, as its clients were compiled against it.
func (s *Slot[B]) Contract() Contract { return s.core.contract }

// Runtime is the runtime that the slot's kernels are loaded with.
func (s *Slot[B]) Runtime() *Runtime { return s.core.rt }

// Kernel is the kernel that serves now, also while it is turned off by the slot's [Breaker]; nil when the baseline serves
// alone.
func (s *Slot[B]) Kernel() *Kernel {
	if r := s.core.route.Load(); r != nil && r.version != nil {
		return r.version.kernel
	}
	return nil
}

// Enter starts a call of the contract's function i, for generated clients. With a frame, the kernel answers.
// Without one, ask Fallback, with the error if there is one.
func (s *Slot[B]) Enter(ctx context.Context, i int) (*Frame, error) { return s.core.enter(ctx, i) }

// EnterWith is Enter for a function that takes resources: the call goes to the instance that they are of, in its
// turn, for which it waits as long as ctx allows. nil stands for a value that is nil or of another implementation.
// All of them nil: they are the baseline's, if there is one, and there is no frame. No resources: it is Enter.
//
// Resources that are not of one instance are a fault of kind policy, closed ones of kind closed, before the
// kernel is entered. A call on a kernel's resources has no fallback.
func (s *Slot[B]) EnterWith(ctx context.Context, i int, rs ...*Resource) (*Frame, error) {
	return s.core.enterWith(ctx, i, rs)
}

// Fallback gives the baseline if it shall answer in place of the kernel: because there is no kernel (err is
// nil), or because the kernel failed and the same input may be tried again: then there is a turn, to be settled with what
// becomes of the call. Otherwise it returns err, or the context's end if that came in between.
//
//	base, turn, err := slot.Fallback(ctx, i, fault)
//	if err != nil {
//		return out, err
//	}
//	if turn != nil {
//		defer turn.Settle(ctx, turn.Await(&err))
//	}
//	return base.Redact(ctx, text)
//
// Without a turn a panic of the baseline is the caller's, as of any function; with one it is the call's error.
//
// The baseline does not answer for a caller whose context has ended, for a slot that is closed, for an
// argument that was refused before the kernel saw it, nor for a kernel that was granted functions of the
// host, which may have had effects.
func (s *Slot[B]) Fallback(ctx context.Context, i int, err error) (B, *Turn, error) {
	turn, err := s.core.fallback(ctx, i, err)
	if err != nil {
		var none B
		return none, nil, err
	}
	return s.baseline, turn, nil
}

// Swap serves another kernel: checks it against the contract, makes as many instances as the old version ever
// had at a time, directs new calls to it with one store, then waits until the old version's calls are done, its
// resources and pins closed, and its instances with them. nil leaves the baseline to serve alone. A staged kernel is
// no longer staged then; another one stays so, with its share. See [Slot.Promote] for a way that keeps the old version.
//
// When Swap fails before the store, the old version serves on. A context that ends while the old version
// drains leaves the swap in force: Kernel is the new one, the error is a *Fault of kind canceled, and the old
// version closes with its last call and resource. Swapping to the version in service does nothing.
func (s *Slot[B]) Swap(ctx context.Context, k *Kernel) error { return s.core.swap(ctx, k) }

// Close ends the slot: further calls are faults of kind closed, calls in flight finish, resources serve until they are
// closed, and then the instances are closed.
// A context that ends the wait leaves the slot closed; Close may be called again to wait on. It is idempotent.
func (s *Slot[B]) Close(ctx context.Context) error { return s.core.close(ctx) }

// Stats is a snapshot of the slot's counters.
func (s *Slot[B]) Stats() SlotStats { return s.core.stats() }
