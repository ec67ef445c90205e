// Package follow makes slots follow a registry: what is active there serves, without a redeploy.
//
//	reg, err := registry.Open(dir)
//	f, err := follow.Slot(ctx, slot, reg, follow.Config{Trust: registry.Trust{Keys: keys}})
//	defer f.Close(ctx)
//
// On each change a follower reads the active version once and verifies digest, signature and release counter on those
// bytes; loads it; checks its contract against the slot's; runs the contract's golden cases in an instance apart from
// traffic; makes as many instances as the version in service ever had; directs calls to it with one store; and waits a
// moment for the calls of the old one. Whatever fails on the way leaves the version in service as it is, and is told: a line in the log,
// an entry in the registry's trail, a counter, and [Follower.Status].
//
// What a later look may find changed is looked at again, with pauses that grow to a minute: a file that cannot be read,
// a bad signature, too little memory. What the version itself is at fault for (its contract, its golden cases, bytes that
// are no component) is not tried again until the registry changes.
//
// Whoever switches the slot past its follower, by Swap or Promote, has it so until something changes that concerns the active version,
// or [Follower.Sync] is called.
package follow

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/golden"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// Target is what a follower needs of a slot. Every [*tenon.Slot] is one.
type Target interface {
	Name() string
	Contract() tenon.Contract
	Runtime() *tenon.Runtime
	Kernel() *tenon.Kernel
	Staged() *tenon.Kernel
	Stats() tenon.SlotStats
	Swap(ctx context.Context, k *tenon.Kernel) error
	Stage(ctx context.Context, k *tenon.Kernel) error
	Promote(ctx context.Context) error
}

// Swap says how a version takes the place of another one.
type Swap int

const (
	// Straight retires the old version at once: its instances close with their calls. Its code is kept, so that rolling back
	// compiles nothing.
	Straight Swap = iota
	// BlueGreen keeps the old version staged with all of its instances: rolling back is one store. It takes twice the memory.
	BlueGreen
)

// Config says how a slot follows. The zero value trusts nobody: give keys, or allow unsigned versions.
type Config struct {
	// Trust says whose signatures count. It is the host's own, and never comes from the registry.
	Trust registry.Trust
	// Poll is the longest time until a change is seen that the system does not tell of. 0: 5 seconds.
	Poll time.Duration
	// Swap says how a version takes the place of another one.
	Swap Swap
	// SwapTimeout bounds making a version ready. The calls of the old one are waited for a moment only: it closes with its
	// last call, resource and pin, and holds up nothing. 0: 1 minute.
	SwapTimeout time.Duration
	// Golden bounds the contract's golden cases. Its Label is not used: the registry's label counts.
	Golden golden.Options
	// Load grants the versions what they import. Golden cases run with it too.
	Load tenon.LoadOptions
	// NoTrail leaves the registry's trail alone. It is written otherwise, where the folder may be written.
	NoTrail bool
}

// Follower keeps a slot in step with a registry until it is closed.
type Follower struct {
	slot     Target
	registry *registry.Registry
	contract string // the package
	cfg      Config

	watcher *registry.Watcher
	stop    context.CancelFunc
	life    context.Context
	ended   chan struct{} // closed when nothing is left
	turn    chan struct{} // held by a look, one at a time

	// Held with turn.
	served   registry.Served
	kernels  shelf
	last     *outcome // the last one that only a change of the registry ends
	why      cause
	pause    time.Duration // before the next look at what was refused; 0: none is due
	breaker  breakerWatch
	trailOff registry.Reason // why the last entry was not written; "" it was

	mu     sync.Mutex
	status Status
}

// Slot makes a slot follow the contract's folder in a registry. It looks once before it returns: the active version
// serves then, if it is good. If it is not, the slot is left as it is, which [Follower.Status] and the log tell; that is no
// error. A contract of which nothing was ever activated leaves the slot as it is too; "baseline" as the active version
// leaves the slot's baseline to serve.
//
// ctx bounds the first look. The follower ends with [Follower.Close], not with ctx; close it before the slot.
//
// The error is a *registry.Error, or a *tenon.Fault of kind policy for a configuration that cannot be meant.
func Slot(ctx context.Context, slot Target, reg *registry.Registry, cfg Config) (*Follower, error) {
	if err := checked(slot, reg, &cfg); err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	f := &Follower{slot: slot, registry: reg, contract: slot.Contract().Package, cfg: cfg, life: life, stop: stop,
		ended: make(chan struct{}), turn: make(chan struct{}, 1)}
	var err error
	if f.watcher, err = reg.Watch(life, f.contract, cfg.Poll); err != nil {
		stop()
		return nil, err
	}
	f.breaker.events(slot.Stats())
	f.status = Status{Slot: slot.Name(), Contract: f.contract, Since: time.Now()}
	<-f.watcher.C // the value that is there at once: the first look is this one
	if err := f.watcher.Degraded(); err != nil {
		f.tellDegraded(ctx, err)
	}
	go f.run(f.looked(ctx, changed) == nil || !f.Status().Looked.IsZero())
	return f, nil
}

// checked refuses what cannot be meant, and fills in what is zero.
func checked(slot Target, reg *registry.Registry, cfg *Config) error {
	bad := func(message string) error { return &tenon.Fault{Kind: tenon.KindPolicy, Message: "follow: " + message} }
	v := reflect.ValueOf(slot)
	switch {
	case slot == nil || v.Kind() == reflect.Pointer && v.IsNil():
		return bad("the slot is nil: make one with tenon.NewSlot")
	case slot.Runtime() == nil:
		return bad("the slot was not made by tenon.NewSlot")
	case reg == nil:
		return bad("the registry is nil: open one with registry.Open")
	case cfg.Poll < 0 || cfg.SwapTimeout < 0:
		return bad(fmt.Sprintf("Config.Poll is %v and Config.SwapTimeout %v: give 0 for the defaults", cfg.Poll, cfg.SwapTimeout))
	case cfg.Swap != Straight && cfg.Swap != BlueGreen:
		return bad(fmt.Sprintf("Config.Swap is %d, which means nothing", cfg.Swap))
	}
	if cfg.Poll == 0 {
		cfg.Poll = 5 * time.Second
	}
	if cfg.SwapTimeout == 0 {
		cfg.SwapTimeout = time.Minute
	}
	return nil
}

// Sync looks at the registry now, also at a version that was refused before. It returns when the slot is in step, nil,
// or with why it is not, a *registry.Error. When ctx ends before, its error is in the chain.
func (f *Follower) Sync(ctx context.Context) error { return f.looked(ctx, asked) }

// cause is why a look is made.
type cause int

const (
	changed cause = iota // something may have changed
	due                  // what was refused is looked at again
	asked                // somebody wants to know
)

// looked is one look, in its turn.
func (f *Follower) looked(ctx context.Context, why cause) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(f.life, cancel)()
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return f.interrupted(ctx)
	}
	defer func() { <-f.turn }()
	if ctx.Err() != nil {
		return f.interrupted(ctx)
	}
	f.why = why
	return f.look(ctx)
}

// interrupted is the error of a look that was not made, or not finished.
func (f *Follower) interrupted(ctx context.Context) error {
	if f.life.Err() != nil {
		return &registry.Error{Reason: registry.ReasonClosed, Op: "follow", Contract: f.contract, Message: "the follower is closed"}
	}
	return fmt.Errorf("follow: %s: the look was ended before the slot was in step: %w", f.contract, context.Cause(ctx))
}

// Close ends the follower and waits until nothing of it is left. The slot serves on as it does. A ctx that ends the wait
// leaves the follower closed; Close may be called again to wait on. It is idempotent.
func (f *Follower) Close(ctx context.Context) error {
	f.stop()
	select {
	case <-f.ended:
		return nil
	default:
	}
	select {
	case <-f.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("follow: %s: the follower is closed, and its last look not done yet: %w", f.contract, ctx.Err())
	}
}
