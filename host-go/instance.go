package tenon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// Instance is one instance of a kernel for calls by name, of functions whose types are known only at run time: for
// tools, tests and glue. Services use a [Slot] and a generated client, which cost a fraction.
//
// An instance is for one goroutine at a time; a second one gets a fault of kind overloaded. It keeps its state from call
// to call and ends with its first fault.
type Instance struct {
	kernel *Kernel
	guest  *guest
	caller *abi.Caller

	mu     sync.Mutex
	limits engine.Limits // of one call
	busy   bool
	closed bool
	freed  bool
}

// OpenOptions says how an instance is made. The zero value is that of [Kernel.Open].
type OpenOptions struct {
	// Limits bound each call; see [Instance.SetLimits].
	Limits CallLimits
	// Cold leaves out the calls of the functions that the kernel's metadata name.
	Cold bool
}

// Open makes an instance, with the functions that the kernel's metadata name called once. Close it.
//
// The error is a *Fault.
func (k *Kernel) Open(ctx context.Context) (*Instance, error) {
	return k.OpenWith(ctx, OpenOptions{})
}

// OpenWith is Open with a choice.
func (k *Kernel) OpenWith(ctx context.Context, o OpenOptions) (*Instance, error) {
	if fault := o.Limits.check(); fault != nil {
		return nil, k.stamp(fault)
	}
	return k.open(ctx, o)
}

// Call calls an export in an instance of its own; see [Instance.Call]. A resource in the answer ends with the instance
// and means nothing any more.
func (k *Kernel) Call(ctx context.Context, export string, args ...Value) (Value, error) {
	at, err := k.find(export)
	if err != nil {
		return Value{}, err
	}
	i, err := k.open(ctx, OpenOptions{Cold: true})
	if err != nil {
		return Value{}, err
	}
	v, err := i.call(ctx, at, args)
	_ = i.Close(ctx)
	return v, err
}

func (k *Kernel) open(ctx context.Context, o OpenOptions) (*Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, k.fault(KindCanceled, "the context had ended before the instance was made", err)
	}
	if !k.hold() {
		return nil, k.fault(KindClosed, "the kernel is closed: load it again", nil)
	}
	made := false
	defer func() {
		if !made {
			k.release()
		}
	}()
	g, err := k.instantiate(ctx, !o.Cold)
	if err != nil {
		return nil, err
	}
	i := &Instance{kernel: k, guest: g, caller: abi.NewCaller(k.plan, g.Instance), limits: o.Limits.engine()}
	i.caller.Budget = k.rt.cfg.AnswerLimit
	if !k.adopt(i) {
		g.close()
		return nil, k.fault(KindClosed, "the runtime was closed while the instance was made", nil)
	}
	made = true
	return i, nil
}

// Call calls an export: "redact", "redactor#redact", or in full "tenon:redact/redactor@1.0.0#redact", also without the
// version; a "." may stand for the "#". A name that means none or several is a fault of kind contract that lists the
// candidates. [Kernel.Exports] lists them with their types, which tell what a [Value] must hold.
//
// A function without a result gives the zero Value. A resource in the answer belongs to the caller until it is passed
// on as an own, or given to [Instance.Drop]; its number is good in this instance only. What the host refuses to pass,
// because it is not of the parameter's type, is a fault of kind abi, and the instance serves on; so it does where it was
// not entered at all. Any other fault ends it: the next call is a fault of kind closed. A call that runs longer than
// [CallLimits] allow, 10 seconds at first, is such a fault; a note that travels with ctx ([WithCall]) tells the fuel.
func (i *Instance) Call(ctx context.Context, export string, args ...Value) (Value, error) {
	at, err := i.kernel.find(export)
	if err != nil {
		return Value{}, err
	}
	return i.call(ctx, at, args)
}

func (i *Instance) call(ctx context.Context, at int, args []Value) (result Value, err error) {
	err = i.enter(ctx, i.kernel.exportName(at), func(ctx context.Context) (err error) {
		result, err = i.caller.Call(ctx, at, args...)
		return err
	})
	return result, err
}

// SetLimits bounds each call from the next one on, and each Drop. The error is a *Fault of kind policy for values that
// cannot be meant.
func (i *Instance) SetLimits(l CallLimits) error {
	if fault := l.check(); fault != nil {
		return i.kernel.stamp(fault)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.limits = l.engine()
	return nil
}

// Drop gives back a resource that a call gave to the host; its destructor runs in the guest.
func (i *Instance) Drop(ctx context.Context, resource Value) error {
	return i.enter(ctx, "", func(ctx context.Context) error { return i.caller.Drop(ctx, resource) })
}

// Close frees the instance, with all resources that it has; destructors do not run. One that is in a call is freed when
// the call ends. It is idempotent.
func (i *Instance) Close(context.Context) error {
	i.mu.Lock()
	i.closed = true
	i.free()
	return nil
}

// enter runs one crossing into the guest, on behalf of an export.
func (i *Instance) enter(ctx context.Context, export string, work func(ctx context.Context) error) error {
	note := newNote(ctx)
	if err := ctx.Err(); err != nil {
		return i.fault(export, KindCanceled, "the context had ended before the call", err)
	}
	limits, f := i.begin(export)
	if f != nil {
		return f
	}
	defer i.end() // also when a function of the host ends the goroutine
	inner, leave := i.guest.enter(ctx)
	defer leave()
	i.guest.Begin(limits)
	err := work(inner)
	if note != nil {
		note.took(i, err)
	}
	if err == nil {
		return nil
	}
	return i.explain(export, err)
}

// begin takes the instance for a call, within these limits.
func (i *Instance) begin(export string) (engine.Limits, *Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.closed:
		return engine.Limits{}, i.fault(export, KindClosed, "the instance is closed: open another one", nil)
	case i.busy:
		return engine.Limits{}, i.fault(export, KindOverloaded, "the instance is in another call: open one for each goroutine, or use a Slot", nil)
	case i.caller.Poisoned():
		return engine.Limits{}, i.fault(export, KindClosed, "the instance ended with an earlier fault: open another one", nil)
	}
	i.busy = true
	return i.limits, nil
}

func (i *Instance) end() {
	i.mu.Lock()
	i.busy = false
	i.free()
}

// free frees a closed instance once, when it is in no call. The lock is held, and given up.
func (i *Instance) free() {
	if !i.closed || i.busy || i.freed {
		i.mu.Unlock()
		return
	}
	i.freed = true
	i.mu.Unlock()
	defer i.kernel.release() // also when a function of the host ends the goroutine
	defer i.kernel.disown(i)
	i.guest.close()
}

// explain is the fault of a crossing that failed.
func (i *Instance) explain(export string, err error) *Fault {
	if a, ok := errors.AsType[*abi.Error](err); ok {
		kind := KindABI
		if a.Class == abi.Budget {
			kind = KindMemory
		}
		f := i.fault(export, kind, strings.TrimPrefix(a.Error(), export+": "), nil)
		f.refused = a.Class == abi.Argument
		return f
	}
	t := trapFault(err, i.guest.Instance, byCall)
	f := i.fault(export, t.Kind, t.Message, t.Err)
	f.Code, f.Backtrace = t.Code, t.Backtrace
	return f
}

func (i *Instance) fault(export string, kind Kind, message string, cause error) *Fault {
	f := i.kernel.fault(kind, message, cause)
	f.Export = export
	return f
}

// exportName is the full name of the plan's function.
func (k *Kernel) exportName(at int) string {
	f := &k.plan.Funcs[at]
	return FuncRef{Interface: f.Interface, Name: f.Name}.String()
}

// find is the plan's function that a name means.
func (k *Kernel) find(name string) (int, error) {
	var matches, all []string
	at := -1
	for _, e := range k.exports() {
		full := e.ref.String()
		all = append(all, full)
		if e.ref.means(name) {
			matches = append(matches, full)
			at = e.at
		}
	}
	switch {
	case len(matches) == 1:
		return at, nil
	case len(all) == 0:
		return 0, k.fault(KindContract, fmt.Sprintf("there is no export %q: the kernel exports no functions at all", name), nil)
	case len(matches) == 0:
		return 0, k.fault(KindContract, fmt.Sprintf("there is no export %q: the kernel has %s", name, strings.Join(all, ", ")), nil)
	}
	return 0, k.fault(KindContract, fmt.Sprintf("several exports have the name %q: %s", name, strings.Join(matches, ", ")), nil)
}

// means reports whether a name is one of the function's.
func (r FuncRef) means(name string) bool {
	if name == r.Name {
		return true
	}
	prefix, ok := strings.CutSuffix(name, r.Name)
	if !ok || r.Interface == "" || !strings.HasSuffix(prefix, "#") && !strings.HasSuffix(prefix, ".") {
		return false
	}
	prefix = prefix[:len(prefix)-1]
	bare, _, _ := strings.Cut(r.Interface, "@")
	return prefix == r.Interface || prefix == bare || prefix == bare[strings.LastIndexByte(bare, '/')+1:]
}

// adopt makes the runtime close the instance with itself; it cannot when the runtime has closed those that it found.
func (k *Kernel) adopt(i *Instance) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rt.ended() {
		return false
	}
	if k.instances == nil {
		k.instances = make(map[*Instance]struct{})
	}
	k.instances[i] = struct{}{}
	return true
}

func (k *Kernel) disown(i *Instance) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.instances, i)
}

// closeInstances closes what Open made and nobody closed.
func (k *Kernel) closeInstances(ctx context.Context) {
	k.mu.Lock()
	var list []*Instance
	for i := range k.instances {
		list = append(list, i)
	}
	k.mu.Unlock()
	for _, i := range list {
		_ = i.Close(ctx)
	}
}
