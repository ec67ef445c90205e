package tenon

import (
	"context"
	"strconv"
	"sync/atomic"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Frame is one call into a kernel: what generated clients lower arguments with, make the call, and lift the
// answer. It is also one call of a kernel into the host, see [ImportFunc]: there arguments are lifted and the
// answer is lowered. It is not for hand-written code.
//
// A frame of a call into a kernel comes from [Slot.Enter], [Slot.EnterWith] or [Pin.EnterWith] and ends with
// [Frame.Leave]; in between it has an instance to itself. That of a host call is given to [ImportFunc.Call], and ends
// when it returns. The methods are sticky: after the first failure they do nothing and return zero values, and Leave
// returns the failure, or the kernel's call ends with it. A goroutine that unwinds between Enter and Leave
// (runtime.Goexit, a panic of its own) leaves the instance checked out for good, so generated code runs nothing of the
// caller's in between, but for what [Show] sees to.
//
// Every frame belongs to one instance and is used again by the next call. It has whole cache lines, see lineWords.
type Frame struct {
	// For as long as the instance lives.
	inst     engine.Instance
	version  *version // nil in a host call
	pool     *pool    // the version's
	fueled   bool     // calls have a budget of fuel
	meter    *engine.Meter
	bindings []binding // one a function of the contract, in its order
	stack    []uint64  // arguments, then results, of the widest function
	front    []uint64  // the same with a slot before it, for entries
	size     uint64    // bytes of linear memory, as the pool's books have it
	tenancy
	host   *hostState    // nil: the kernel is granted nothing that it could call
	serial atomic.Uint64 // of views: those of another number are dead
	seen   uint64        // bytes that views of the call in progress have shown; 0 between calls
	shown  words         // of an answer that an entry handed over, for a view

	// The call in progress.
	ctx    quiet // the caller's; held only from Enter to Leave
	fn     *binding
	note   *Call
	memory []byte // view of the guest's memory, valid while fresh
	progress
	budget  int64 // bytes that lifting may still allocate
	fault   *Fault
	held    *holding  // resources, and a trial; nil while the call has none
	crossed [4]uint64 // stack of realloc
}

// progress is how far a call has come. It is small, because every call sets it.
type progress struct {
	fresh   bool   // memory is a view of the guest's memory as it is
	entered bool   // the guest ran at least once
	invoked bool   // the export returned, and its flat results are in stack
	owes    bool   // the export's post-return function is to be run
	handed  bool   // the export's entry ran instead, and left the answer in words
	refused bool   // fault is the caller's doing: the kernel is not to blame
	staged  uint8  // bits of the parameters that are in words so far
	at      int16  // the flat parameter set last
	param   int16  // the parameter that Param named, from 1; 0: none
	args    uint16 // flat parameters that Arg may set; none when the call has failed or ended
	rets    uint16 // flat results that Ret may give; none before Invoke
}

// quiet is a context that ends when the caller's does and has no values. An engine looks for some on every call, which in
// a caller's context means a walk through all that it was made of.
type quiet struct{ context.Context }

// Value is nil.
func (*quiet) Value(any) any { return nil }

// inner is the context for calls into the guest. The caller's values are for host functions.
func (f *Frame) inner() context.Context {
	if f.host == nil {
		return &f.ctx
	}
	return f.ctx.Context
}

// binding is one function of the contract, bound to one instance.
type binding struct {
	call       engine.Func
	bare       engine.Bare   // call; nil where it needs what the engine does around it
	postReturn engine.Func   // nil: none
	realloc    engine.Func   // nil: none
	memory     engine.Memory // nil: none
	entry      *entry        // nil: none
	args       uint16        // the shape's; a function has 16 flat parameters at most
	results    uint16        // the shape's
	shape      *shape
}

// shape is what all instances of a version share about one function.
type shape struct {
	export    string // as faults name it
	encoding  plan.Encoding
	utf8      bool     // the encoding is UTF-8
	params    []string // names
	flat      []int    // per flat parameter, the parameter it belongs to
	spilled   bool     // the parameters travel through memory
	args      int      // flat parameters
	results   int      // flat results
	narrow    bool     // the flat result is an i32
	component int      // the component instance whose handles the function deals in
	refs      []ref    // resources by their place in the contract
	staging   *staging // nil: the function has no entry
}

// ref is a contract's resource in a plan.
type ref struct {
	index    int // in Plan.Resources; -1: the kernel has no such resource
	imported bool
	name     string
}

// left marks a frame outside of a call, so that a late method does nothing.
var left = &Fault{Kind: KindInternal, Message: "the frame was used after Leave"}

// begin starts a call of function i; arm must follow. The two are apart so that both are compiled into their callers.
func (f *Frame) begin(ctx context.Context, i int, note *Call) {
	b := &f.bindings[i]
	f.ctx.Context, f.fn, f.note, f.fault = ctx, b, note, nil
	f.progress = progress{at: -1, args: b.args}
	f.budget = f.version.budget
}

// arm puts the call under the version's limits.
func (f *Frame) arm() {
	if f.fueled {
		f.inst.Begin(f.version.limits)
		return
	}
	f.meter.Fresh = true
}

// Arg sets the flat parameter i. Narrow integers are zero-extended and floats travel as their bits.
func (f *Frame) Arg(i int, v uint64) {
	if uint(i) < uint(f.args) {
		f.stack[i], f.at = v, int16(i)
		return
	}
	f.noArg(i)
}

// noArg fails the call for a flat parameter that does not exist.
func (f *Frame) noArg(i int) {
	f.fail(KindInternal, "flat parameter "+strconv.Itoa(i)+" does not exist: generate the client again", nil)
}

// Param says which parameter is checked or lowered next, so that a refusal can name it. Clients that check all
// arguments before the guest runs need it; otherwise the flat parameters tell.
func (f *Frame) Param(i int) { f.param = int16(i) + 1 }

// Invoke calls the export. Views of the guest's memory die here.
func (f *Frame) Invoke() {
	if f.fault != nil {
		return
	}
	if f.staged != 0 && f.invokeStaged() {
		return
	}
	f.cross()
	if bare := f.fn.bare; bare == nil {
		if err := f.fn.call.Call(f.inner(), f.stack); err != nil {
			f.trapped(err)
			return
		}
	} else if err := bare.CallWithStack(&f.ctx, f.stack); err != nil {
		f.trapped(f.inst.Lost(err))
		return
	}
	f.returned(f.fn.postReturn != nil)
}

// returned notes that the export has left its flat results in stack.
func (f *Frame) returned(owes bool) { f.invoked, f.owes, f.rets = true, owes, f.fn.results }

// Ret is the flat result i. An i32 is in the low half; the upper half is unspecified, so narrow it.
func (f *Frame) Ret(i int) uint64 {
	if uint(i) < uint(f.rets) {
		return f.stack[i]
	}
	return f.noRet(i)
}

// noRet fails the call for a flat result that does not exist.
func (f *Frame) noRet(i int) uint64 {
	f.fail(KindInternal, "flat result "+strconv.Itoa(i)+" does not exist: generate the client again", nil)
	return 0
}

// OK reports whether nothing has failed so far.
func (f *Frame) OK() bool { return f.fault == nil }

// Invalid fails the call because the kernel gave a number that its type does not have: what names the type, got
// is the number.
func (f *Frame) Invalid(what string, got uint64) {
	f.fail(KindABI, "the kernel gave "+strconv.FormatUint(got, 10)+", which "+what+" does not have", nil)
}

// BadArgument fails the call because the caller passed a number that its type does not have. The kernel is
// not to blame: see [Slot.Fallback].
func (f *Frame) BadArgument(what string, got uint64) {
	f.refuse(strconv.FormatUint(got, 10) + " is not a value of " + what)
}

// Leave ends the call: it runs the export's post-return function, hands the instance back to its pool, or
// closes it when the call failed, and counts. The error is nil or a *Fault.
func (f *Frame) Leave() error {
	if f.held != nil {
		return f.leaveHeld()
	}
	if f.fault == nil && f.owes {
		f.runPostReturn()
	}
	if f.fault != nil {
		return f.leaveFault()
	}
	f.answers++
	if f.note != nil {
		f.note.answered(f)
	}
	f.end()
	p := f.pool
	if f.lean() {
		f.free()
		if p.attention.Load() == 0 || !f.seize() {
			return nil
		}
	}
	p.stow(f)
	return nil
}

// runPostReturn lets the guest free its answer.
func (f *Frame) runPostReturn() {
	f.cross()
	if f.fn.shape.narrow {
		f.stack[0] = uint64(uint32(f.stack[0]))
	}
	if err := f.fn.postReturn.Call(f.inner(), f.stack); err != nil {
		f.trapped(err)
	}
}

// leaveHeld is Leave for a call that has to do with resources, or tries a version that is turned off.
func (f *Frame) leaveHeld() error {
	f.endBorrows()
	if f.fault == nil && f.owes {
		f.runPostReturn()
	}
	if f.fault != nil {
		return f.leaveFault()
	}
	f.answers++
	if f.note != nil {
		f.note.answered(f)
	}
	v, ctx, t := f.version, f.ctx.Context, f.held.trial
	f.held.trial = nil
	f.release()
	if t != nil { // an observer, which is told, may call what it likes
		v.slot.passed(ctx, t)
	}
	return nil
}

// release ends a call's resources; the instance stays with those that are open.
func (f *Frame) release() {
	f.settleGifts()
	if f.host != nil {
		f.host.settle()
	}
	l, then := f.held.lease, f.end()
	if l == nil {
		f.held = nil
		f.version.pool.give(f, then)
		return
	}
	l.pass(then)
}

// end clears what belongs to the call and says what shall become of the instance.
func (f *Frame) end() (then fate) {
	switch {
	case f.fault == nil:
	case !f.refused:
		then = poison
	case f.entered:
		then = recycle // what the guest allocated for the arguments would stay behind
	}
	f.args, f.rets = 0, 0
	f.fault = left
	f.ctx.Context = nil
	if f.note != nil {
		f.note = nil
	}
	if f.memory != nil {
		f.memory = nil
	}
	return then
}

// leaveFault ends a call that failed.
func (f *Frame) leaveFault() error {
	fault := f.fault
	if fault == left {
		return left
	}
	v, ctx := f.version, f.ctx.Context
	fault.refused = f.refused
	if f.note != nil {
		f.note.failed(f)
	}
	if f.held != nil {
		if f.host != nil {
			f.host.restore()
		}
		fault.pure = fault.pure && !f.held.pinned
		fault.trial, f.held.trial = f.held.trial, nil
		f.release()
	} else {
		v.pool.give(f, f.end())
	}
	v.slot.faulted(ctx, v, fault)
	return fault
}

// lean reports whether a frame on a shelf may come free as it is: its memory has the size that the pool's books say.
func (f *Frame) lean() bool { return f.answers < f.due.Load() && f.meter.Memory == f.size }

// grown brings size up to date and gives what was added.
func (f *Frame) grown() uint64 {
	was := f.size
	f.size = f.meter.Memory
	return f.size - was
}

// cross marks that the guest runs next: every view of its memory dies.
func (f *Frame) cross() {
	f.fresh = false
	f.entered = true
}

// view is the guest's memory as it is now.
func (f *Frame) view() []byte {
	if f.fresh {
		return f.memory
	}
	return f.refresh()
}

func (f *Frame) refresh() []byte {
	f.memory = nil
	if m := f.fn.memory; m != nil {
		f.memory = m.Bytes()
	}
	f.fresh = true
	return f.memory
}
