// Package engine is the seam to a core-Wasm engine: it compiles a plan's core modules and makes instances of
// them with memory views and bound calls. It knows neither the engine behind it nor the canonical ABI.
package engine

import (
	"context"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Engine compiles plans. It is safe for concurrent use. Close ends everything that came from it.
type Engine interface {
	Compile(ctx context.Context, p *plan.Plan) (Code, error)
	// Memory is what the linear memories of all open instances take together, in bytes.
	Memory() uint64
	Close(ctx context.Context) error
}

// Code is a compiled plan. It is safe for concurrent use.
type Code interface {
	// Instantiate runs all steps of the plan, start functions included. nil imports are none. A plan that lowers
	// an import which they lack fails with a *Trap of code Link. Start functions run under limits, and what they need
	// is not charged to any later call.
	Instantiate(ctx context.Context, imports *Imports, limits Limits) (Instance, error)
	// Interpreted reports whether there is no machine code, so that calls run many times slower.
	Interpreted() bool
	// Close frees the machine code and every instance of it.
	Close(ctx context.Context) error
}

// Limits bounds what a guest may do in one call. The zero value leaves it to the context of the call, which stops the
// guest whenever it ends.
//
// A guest is stopped from inside, by code that is compiled into it (see [plan.Gate]). One whose plan has no Gate is not
// stopped.
type Limits struct {
	// Timeout is how long the guest may run. It counts from when the engine first looks at the clock, which is when the
	// guest has run for a fraction of a millisecond, or calls the host. 0 is for ever.
	Timeout time.Duration
	// Fuel is how much work the guest may do, in units of about an instruction. What a unit is differs between versions
	// of the transpiler and from other hosts; within one, the same call stops at the same point each time. 0 is no budget.
	Fuel uint64
}

// Meter is the part of an instance that is read and written on every call, as plain fields, because a call through an
// interface is a tenth of what a small call takes. Whoever has the instance has its meter.
type Meter struct {
	// Limits are those of the call. Only the engine writes them.
	Limits Limits
	// Fresh begins a call when it is set, under the limits of the call before, which have no Fuel: [Instance.Begin] without
	// a call. The engine clears it when it first looks.
	Fresh bool
	// Memory is the size of all linear memories in bytes. Only the engine writes it.
	Memory uint64
}

// Imports is what the host gives to one instance, or to many: functions of theirs that are called at the same
// time must be safe for that.
type Imports struct {
	// Funcs are by index of Plan.Trampolines; what is not a lower-import has nil there.
	Funcs []HostFunc
	// Drops are by index of Plan.Resources and run when the guest drops an own handle to an imported resource.
	// nil: nothing is to be done.
	Drops []func(ctx context.Context, rep uint32) error
}

// HostFunc is a function of the host that a guest calls. Flat arguments are in stack[0:], results replace them;
// when the plan's trampoline spills the result, the last argument is the address to store it at. As with
// [Func] the upper half of an i32 or f32 argument is unspecified, and an error is a trap: a *Trap is taken as
// it is, any other becomes the cause of one with code Host.
//
// inst is the instance that calls. It may be under construction, because start functions call imports too:
// then it has the memories and allocators that the plan's steps have bound so far.
type HostFunc func(ctx context.Context, inst Instance, stack []uint64) error

// Instance is one instantiated component. It is single-threaded: the caller makes sure that one goroutine
// at a time uses it. After a trap it must not be called again, only closed.
type Instance interface {
	// Begin opens the books of a call: all that the guest does from now on (allocators, the call itself, post-return
	// functions, destructors) shares the limits, until the next Begin. It stores some words, no more. Not to be called
	// by a host function under a call of the instance.
	Begin(limits Limits)
	// Meter is what the instance and its owner tell each other without a call. It is the same for as long as the instance
	// lives.
	Meter() *Meter
	// Spent is the fuel that the guest has used since Begin, at most the budget; 0 without one.
	Spent() uint64
	// Func is the core function behind Plan.Funcs[f]. Called by a host function under a call of the instance, it
	// refuses with a trap of code ABI, and the instance is lost: a component instance is not re-entered.
	Func(f int) Func
	// Bare is Func(f) without what the instance does around each call, for who has no need of that: whoever calls takes an
	// error to Lost, calls nothing afterwards, and sets no Limits.Fuel. nil where the instance cannot do without.
	Bare(f int) Bare
	// Lost marks the instance lost to an error of a Bare, and gives the *Trap that it stands for.
	Lost(err error) error
	// PostReturn is the post-return function of Plan.Funcs[f]; nil if it has none.
	PostReturn(f int) Func
	// Entry is Plan.Funcs[f] in one crossing, see [plan.Entry]; nil if it has none, and where core modules may call the
	// host: what an entry runs, with allocator and post-return, is one call to it. The second result is to the first as
	// Bare is to Func.
	Entry(f int) (Func, Bare)
	// Realloc is the allocator in the given slot.
	Realloc(slot int) Func
	// Memory is the linear memory in the given slot.
	Memory(slot int) Memory
	// Handles is the state of the component's resources.
	Handles() *Handles
	// Destroy runs the destructor of a resource that the host owned; nothing happens if it has none. It refuses
	// like Func's.
	Destroy(ctx context.Context, resource int, rep uint32) error
	// Snapshot copies memories and mutable globals. It fails unless Plan.Clone.Safe.
	Snapshot() (*Snapshot, error)
	// Restore puts a snapshot of this instance, or of another of the same Code, in place. It fails when a memory has grown beyond.
	Restore(*Snapshot) error
	// PanicMessage is the text that the kernel SDK left before a trap, as valid UTF-8; "" if there is none.
	PanicMessage() string
	// Close frees the instance. It is idempotent. Handles that the guest still has are forgotten without a call of
	// Imports.Drops: what the representations of imported resources stand for is for their owner to end.
	Close(ctx context.Context) error
}

// Func is a bound core function. Arguments are in stack[0:], results replace them; stack must hold the larger
// of the two counts. An i32 or f32 is in the low half of its slot and the upper half of a result is
// unspecified. The error is a *Trap.
type Func interface {
	Call(ctx context.Context, stack []uint64) error
}

// Bare is a bound core function as the engine has it; see [Instance.Bare].
type Bare interface {
	CallWithStack(ctx context.Context, stack []uint64) error
}

// Memory is a linear memory.
type Memory interface {
	// Bytes is a view of the whole memory. It dies at every crossing into the guest: memory.grow detaches it.
	Bytes() []byte
}

// Snapshot is the state of an instance. It is immutable and may be restored any number of times, from any
// goroutine.
type Snapshot struct {
	// Memories are the contents in the order of Plan.Clone.Memories.
	Memories [][]byte
	// Globals are the raw values in the order of Plan.Clone.Globals, flattened.
	Globals []uint64
}

// Size is the number of bytes that the snapshot holds.
func (s *Snapshot) Size() uint64 {
	var n uint64
	for _, m := range s.Memories {
		n += uint64(len(m))
	}
	return n + 8*uint64(len(s.Globals))
}
