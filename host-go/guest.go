package tenon

import (
	"context"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// guest is an instance with what the host keeps for it.
type guest struct {
	engine.Instance
	host *hostState // nil: the kernel is granted nothing that it could call
}

// guest is the frame's instance.
func (f *Frame) guest() *guest { return &guest{f.inst, f.host} }

// close frees the instance, whatever becomes of anybody's context.
func (g *guest) close() {
	ctx := context.Background()
	_ = g.Close(ctx)
	if g.host != nil {
		g.host.close(ctx, g.Handles())
	}
}

// enter gives the context for a call into the guest, and what ends the call.
func (g *guest) enter(ctx context.Context) (context.Context, func()) {
	if g.host == nil {
		return ctx, func() {}
	}
	return g.host.enter(ctx, nil), g.host.leave
}

// hostedFunc is an export of an instance that may call the host while it runs.
type hostedFunc struct {
	engine.Func
	frame *Frame
}

// Call implements [engine.Func]. A host function that ends its goroutine (runtime.Goexit, as t.FailNow does) costs
// the instance: nobody would come back to give it to its pool.
func (h *hostedFunc) Call(ctx context.Context, stack []uint64) error {
	f := h.frame
	returned := false
	defer func() {
		f.host.leave()
		if !returned {
			f.fail(KindInternal, "a host function ended the goroutine of the call", nil)
			_ = f.leaveFault()
		}
	}()
	err := h.Func.Call(f.host.enter(ctx, f), stack)
	returned = true
	return err
}

// destroy runs the destructor of a resource, within the limits of a call.
func (f *Frame) destroy(ctx context.Context, resource int, rep uint32) error {
	limits := f.version.limits
	if limits.Timeout == 0 {
		limits.Timeout = slotDeadline // no context would end it
	}
	f.inst.Begin(limits)
	defer f.inst.Begin(f.version.limits)
	if f.host == nil {
		return f.inst.Destroy(ctx, resource, rep)
	}
	defer f.host.leave()
	return f.inst.Destroy(f.host.enter(ctx, f), resource, rep)
}
