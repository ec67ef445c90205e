package tenon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/wasi"
)

// hostState is what the host keeps for one instance of a kernel that may call it. Like the instance it is for one
// goroutine at a time.
type hostState struct {
	kernel *Kernel
	ctx    hostContext
	outer  *Frame // the frame whose call is in progress; nil while the instance is made or a resource dropped
	values hostValues
	taken  []hostValue // out of the table, and in nobody's hands before the arguments or the answer are complete
	frame  Frame       // of the host call in progress: a host call cannot nest in another
	bound  []binding
	calls  uint64 // host calls so far
	wasi   wasi.State
	inside *atomic.Bool // of the host call in progress, see insideKey; nil: nobody can wait for the instance
}

func newHostState(k *Kernel) *hostState {
	st := &hostState{kernel: k, bound: make([]binding, len(k.plan.Trampolines))}
	st.ctx.state = st
	st.frame.host = st
	st.frame.fault = left
	return st
}

// hostContext is the context of calls into an instance; host functions find the instance's state through it. It is
// part of the state, so that a call allocates nothing, and never reaches the functions' implementations.
type hostContext struct {
	context.Context
	state *hostState
}

type hostKey struct{}

// Value gives the state, and the rest from the caller's context.
func (c *hostContext) Value(key any) any {
	if key == (hostKey{}) {
		return c.state
	}
	return c.Context.Value(key)
}

// enter begins a call into the instance on behalf of ctx, which the host functions get, and gives the context for
// the engine.
func (st *hostState) enter(ctx context.Context, outer *Frame) context.Context {
	st.ctx.Context, st.outer = ctx, outer
	return &st.ctx
}

// leave ends the call.
func (st *hostState) leave() { st.ctx.Context, st.outer = nil, nil }

// caller is the context for an implementation: that of whoever called the kernel. It is marked where a call from
// inside would wait for the instance for ever.
func (st *hostState) caller() context.Context {
	if st.outer == nil || st.outer.held == nil || st.outer.held.lease == nil {
		return st.ctx.Context
	}
	st.inside = new(atomic.Bool)
	st.inside.Store(true)
	return context.WithValue(st.ctx.Context, insideKey{st.outer.held.lease}, st.inside)
}

// returned ends a host call: its context marks nothing any more.
func (st *hostState) returned() {
	if st.inside != nil {
		st.inside.Store(false)
		st.inside = nil
	}
}

// settle leaves what was taken to whoever has it now.
func (st *hostState) settle() {
	clear(st.taken)
	st.taken = st.taken[:0]
}

// restore puts back what was taken in vain. The instance is lost, and drops it when it is closed.
func (st *hostState) restore() {
	for _, e := range st.taken {
		st.values.put(e.resource, e.value, true) // into a place that was just freed
	}
	st.settle()
}

// fault is a fault of a host call.
func (st *hostState) fault(kind Kind, message string, cause error) *Fault {
	return st.kernel.fault(kind, message, cause)
}

// failed is the fault of an implementation that returned an error.
func (st *hostState) failed(name string, err error) *Fault {
	if ended := ended(st.ctx.Context); ended != nil {
		if !errors.Is(err, ended) {
			err = errors.Join(ended, err)
		}
		return st.fault(KindCanceled, "the context ended in the host's "+name, err)
	}
	return st.fault(KindTrap, "the host's "+name+" failed: "+firstLine(err.Error()), err)
}

// panicked is the fault of an implementation that panicked. The panic's value is told, the Go stack is not.
func (st *hostState) panicked(name string, value any) *Fault {
	return st.fault(KindInternal, "the host's "+name+" panicked: "+firstLine(fmt.Sprint(value)), nil)
}

// drop tells the owner of a host value that the guest has dropped it.
func (st *hostState) drop(ctx context.Context, resource int, v any) (err error) {
	name := "drop of " + resourceName(st.kernel.plan, resource)
	defer func() {
		st.returned()
		if r := recover(); r != nil {
			err = st.panicked(name, r)
		}
	}()
	drop := st.kernel.grants.drops[resource].tell
	c, closes := v.(closer)
	switch {
	case drop != nil:
		drop(ctx, v)
	case closes:
		if failure := c.Close(ctx); failure != nil {
			return st.failed(name, failure)
		}
	}
	return nil
}

// close drops the values that the instance still owned, and the numbers of implementations over dynamic values. The
// instance is closed.
func (st *hostState) close(ctx context.Context, handles *engine.Handles) {
	rest := st.values.rest()
	if handles != nil {
		handles.Foreign(func(resource int, rep uint32) {
			if st.kernel.grants.drops[resource].number {
				rest = append(rest, hostValue{value: rep, resource: resource})
			}
		})
	}
	for _, e := range rest {
		st.enter(ctx, nil)
		if err := st.drop(ctx, e.resource, e.value); err != nil {
			st.kernel.rt.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "dropping a resource of the host failed",
				slog.String("kernel", st.kernel.name), slog.String("version", st.kernel.Digest()), slog.String("error", err.Error()))
		}
		st.leave()
	}
}

// resourceName is a resource's full name.
func resourceName(p *plan.Plan, resource int) string {
	r := &p.Resources[resource]
	return ResourceRef{Interface: r.Interface, Name: r.Name}.String()
}
