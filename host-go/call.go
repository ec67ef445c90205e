package tenon

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// Call is a note that travels with one call's context: what the caller wants of it, and afterwards who
// answered. It is for one call at a time.
type Call struct {
	// Key decides which version answers where a slot divides its calls: those with one key go to one version. See
	// [Slot.Divide].
	Key string

	// Version is the SHA-256 of the component that answered, in lower-case hex; "" when the baseline did, or
	// nobody.
	Version string
	// Label is the semantic version that the kernel's metadata give to Version.
	Label string
	// Baseline is true when the baseline answered.
	Baseline bool
	// Fault is the fault that made the baseline answer; nil if there was none.
	Fault error
	// Fuel is what the kernel did, in units, also when it failed; 0 where the call had no budget.
	Fuel uint64
}

type callKey struct{}

// callsInUse stays false until the first WithCall, so that programs without one look up nothing per call.
var callsInUse atomic.Bool

// WithCall gives a call a note. Read it when the call has returned.
func WithCall(ctx context.Context, c *Call) context.Context {
	callsInUse.Store(true)
	return context.WithValue(ctx, callKey{}, c)
}

func noteOf(ctx context.Context) *Call {
	if !callsInUse.Load() {
		return nil
	}
	note, _ := ctx.Value(callKey{}).(*Call)
	return note
}

// newNote is the note of a call that begins; nil if it has none.
func newNote(ctx context.Context) *Call {
	note := noteOf(ctx)
	if note != nil {
		*note = Call{Key: note.Key}
	}
	return note
}

// answered notes that the frame's kernel has answered. The note may have been used by calls in between: of a host
// function that went on with the context that it was given.
func (c *Call) answered(f *Frame) {
	k := f.version.kernel
	*c = Call{Key: c.Key, Version: k.Digest(), Label: k.Label(), Fuel: f.inst.Spent()}
}

// took notes what a call of an Instance took.
func (c *Call) took(i *Instance, err error) {
	*c = Call{Key: c.Key, Fuel: i.guest.Spent()}
	if err == nil {
		c.Version, c.Label = i.kernel.Digest(), i.kernel.Label()
	}
}

// failed notes that it has not.
func (c *Call) failed(f *Frame) { *c = Call{Key: c.Key, Fuel: f.inst.Spent()} }

// enter is Slot.Enter.
func (c *core) enter(ctx context.Context, i int) (*Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, c.refused(ctx, i, KindCanceled, "the context had ended before the call", err)
	}
	var note *Call
	if callsInUse.Load() {
		note = newNote(ctx)
	}
	r := c.route.Load()
	if r == nil || r.pool == nil {
		return c.enterApart(ctx, i, note)
	}
	stack := stackHere()
	f := r.pool.lanes.pick(stack).first()
	if f == nil || !f.seize() {
		if f = r.pool.search(stack); f == nil {
			return c.enterApart(ctx, i, note)
		}
	}
	if uint(i) >= uint(len(f.bindings)) {
		f.pool.give(f, keep)
		return nil, c.refused(ctx, i, KindInternal, "the contract has no such function: generate the client again", nil)
	}
	f.begin(ctx, i, note)
	f.arm()
	return f, nil
}

// enterApart is enter where the route leads elsewhere than to one pool, or where that has no instance to spare.
func (c *core) enterApart(ctx context.Context, i int, note *Call) (*Frame, error) {
	f, t, err := c.obtain(ctx, i, note)
	if f == nil {
		return nil, err
	}
	if uint(i) >= uint(len(f.bindings)) {
		t.open()
		f.pool.give(f, keep)
		return nil, c.refused(ctx, i, KindInternal, "the contract has no such function: generate the client again", nil)
	}
	f.begin(ctx, i, note)
	f.arm()
	if t != nil {
		f.hold().trial = t
	}
	return f, nil
}

// obtain finds a free instance, makes one or waits for one, of the version that the route leads to by then. There is a
// trial only if the call is one, of the contract's function i; an instance for more than one call is none, with an i of -1.
// Without a frame and an error it is the baseline's turn.
func (c *core) obtain(ctx context.Context, i int, note *Call) (*Frame, *trial, error) {
	wait := patience{bound: c.maxWait}
	defer wait.stop()
	key := ""
	if note != nil {
		key = note.Key
	}
	for {
		r := c.route.Load()
		if r == nil {
			return nil, nil, c.unserved(ctx, r, i)
		}
		v, t := c.direct(r, key, i >= 0)
		if v == nil {
			return nil, nil, c.unserved(ctx, r, i)
		}
		fault := r.inject.meet(ctx, v)
		if fault == nil {
			if r.pool == nil { // else enter has looked
				if f := v.pool.take(); f != nil {
					return f, t, nil
				}
			}
			f, err := v.pool.acquire(ctx, &wait)
			switch {
			case err == nil:
				return f, t, nil
			case err == errRetired:
				t.open()
				continue // the route was changed before the pool was retired
			}
			fault = c.acquireFault(ctx, v, err)
		}
		fault.Export, fault.trial = c.export(i), t
		c.faulted(ctx, v, fault)
		return nil, nil, fault
	}
}

// acquireFault is the fault of a call that got no instance.
func (c *core) acquireFault(ctx context.Context, v *version, err error) *Fault {
	switch {
	case err == errFull:
		message := "no instance came free in " + c.maxWait.String() +
			": raise SlotConfig.MaxInstances, MaxMemory or MaxWait, or send fewer calls at a time"
		if n := v.pool.kept(); n > 0 {
			message += fmt.Sprintf("; %d instances are kept by open resources and pins: close them sooner", n)
		}
		return v.fault(KindOverloaded, message, nil)
	case ctx.Err() != nil:
		return v.fault(KindCanceled, "the context ended before an instance was to be had", ctx.Err())
	}
	return v.wrap(ctx, err)
}

// unserved is the answer to a call when no kernel serves: nil for the baseline's turn.
func (c *core) unserved(ctx context.Context, r *route, i int) error {
	switch {
	case r == nil:
		return &Fault{Kind: KindClosed, Message: "the slot was not made by NewSlot"}
	case r.closed:
		return c.refused(ctx, i, KindClosed, "the slot is closed", nil)
	case !c.hasBaseline:
		return c.refused(ctx, i, KindClosed, "the slot has neither a kernel nor a baseline", nil)
	}
	return nil
}

// checkOut takes an instance of the version that serves, for more than one call; (nil, nil) when the baseline does.
func (c *core) checkOut(ctx context.Context) (*Frame, error) {
	if err := ctx.Err(); err != nil {
		return nil, c.refused(ctx, -1, KindCanceled, "the context had ended before an instance was taken", err)
	}
	f, _, err := c.obtain(ctx, -1, noteOf(ctx))
	return f, err
}

// refused is the fault of a call that reached no version.
func (c *core) refused(ctx context.Context, i int, kind Kind, message string, cause error) *Fault {
	fault := &Fault{Kind: kind, Slot: c.name, Export: c.export(i), Message: message, Err: cause}
	c.faulted(ctx, nil, fault)
	return fault
}

func (c *core) export(i int) string {
	if i < 0 || i >= len(c.contract.Funcs) {
		return ""
	}
	return c.contract.Funcs[i].String()
}

// fallback is Slot.Fallback: no error when the baseline shall answer, and a turn when a kernel has failed.
func (c *core) fallback(ctx context.Context, i int, err error) (turn *Turn, _ error) {
	if err != nil {
		fault, ok := asFault(err)
		if !ok {
			return nil, err
		}
		if !c.hasBaseline || fault.refused || !fault.retryable() {
			fault.trial.open()
			return nil, err
		}
		if ended := ended(ctx); ended != nil {
			fault.trial.open()
			return nil, &Fault{Kind: KindCanceled, Slot: c.name, Kernel: fault.Kernel, Version: fault.Version,
				Label: fault.Label, Export: fault.Export, Message: "the context ended while the kernel failed",
				Err: errors.Join(ended, err)}
		}
		c.fallbacks.Add(1)
		turn = &Turn{core: c, fault: fault, export: c.export(i)}
	}
	c.baselines.Add(1)
	if note := noteOf(ctx); note != nil {
		note.Baseline, note.Fault = true, err
	}
	return turn, nil
}

// retryable reports whether the same input may be run on the baseline.
func (f *Fault) retryable() bool {
	switch f.Kind {
	case KindCanceled, KindClosed:
		return false
	}
	return f.pure || f.Kind == KindOverloaded
}
