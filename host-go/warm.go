package tenon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// prepare makes the template: one instance, warmed by calling the functions that the kernel's metadata name
// with zero values, so that what the kernel builds on first use is there. Every further instance starts from a
// copy of the template's memory. A kernel whose state cannot be copied has no template; there each instance
// made ahead of traffic is warmed by itself.
//
// It takes as long as the kernel needs, within Config.StartTimeout, and is not for the call path. The version that asks
// holds the kernel.
func (k *Kernel) prepare(ctx context.Context) error {
	select {
	case k.template <- struct{}{}:
		defer func() { <-k.template }()
	case <-ctx.Done():
		return k.fault(KindCanceled, "the context ended while another slot made the kernel's first instance", ctx.Err())
	}
	if k.prepared {
		return nil
	}
	g, err := k.warmed(ctx)
	if err != nil {
		return err
	}
	if k.plan.Clone.Safe && g.alone() {
		snapshot, err := g.Snapshot()
		if err != nil {
			g.close()
			return k.fault(KindInternal, "copying the first instance's memory failed", err)
		}
		k.mu.Lock()
		k.snapshot = snapshot
		k.mu.Unlock()
	}
	k.mu.Lock()
	k.spare = g
	k.mu.Unlock()
	k.prepared = true
	return nil
}

// alone reports whether all of the guest's state is its own: it has no handles, and no answer of a host function
// can have left its mark. Copies of anything else would share what was made for one.
func (g *guest) alone() bool {
	return (g.host == nil || g.host.calls == 0) && g.Handles().Live() == 0
}

// warmed makes an instance and calls its warm-up functions.
func (k *Kernel) warmed(ctx context.Context) (*guest, error) {
	g, err := k.fresh(ctx)
	if err != nil {
		return nil, err
	}
	done := false
	defer func() {
		if !done { // also when a host function ends the goroutine
			g.close()
		}
	}()
	if err := k.warmUp(ctx, g); err != nil {
		return nil, err
	}
	done = true
	return g, nil
}

// fresh makes an instance in its first state.
func (k *Kernel) fresh(ctx context.Context) (*guest, error) {
	g := new(guest)
	inner := ctx
	if k.hosted() {
		g.host = newHostState(k)
		inner = g.host.enter(ctx, nil)
	}
	made := false
	defer func() {
		if g.host == nil {
			return
		}
		g.host.leave()
		if !made {
			g.host.close(context.Background(), nil) // whatever becomes of ctx
		}
	}()
	inst, err := k.code.Instantiate(inner, k.grants.imports, k.rt.cfg.start())
	if err != nil {
		f := k.stamp(instanceFault(ctx, err, nil))
		if f.Code == TrapDeadline {
			f.Message = "start: " + f.Message
		}
		return nil, f
	}
	g.Instance, made = inst, true
	return g, nil
}

// maxWarm is how many functions a kernel may name for its warm-up: metadata are not trusted.
const maxWarm = 64

// warmUp calls the functions that the kernel's metadata name, each with zero values, and all within
// Config.StartTimeout. A name that the kernel does not export, and a function that has no zero values, are passed over.
func (k *Kernel) warmUp(ctx context.Context, g *guest) error {
	caller := abi.NewCaller(k.plan, g.Instance)
	limits, began := k.rt.cfg.start(), time.Now()
	for _, name := range k.metadata.Warm[:min(len(k.metadata.Warm), maxWarm)] {
		called := false
		for at := range k.plan.Funcs {
			if k.plan.Funcs[at].Name != name {
				continue
			}
			args, ok := k.zeroArgs(at)
			if !ok {
				continue
			}
			if err := ctx.Err(); err != nil {
				return k.fault(KindCanceled, "the context ended while the first instance was warmed up", err)
			}
			rest := limits
			if limits.Timeout > 0 {
				rest.Timeout = max(limits.Timeout-time.Since(began), 1)
			}
			if err := g.warm(ctx, caller, rest, at, args); err != nil {
				f := k.stamp(instanceFault(ctx, err, g.Instance))
				f.Export = FuncRef{Interface: k.plan.Funcs[at].Interface, Name: name}.String()
				if f.Code == TrapDeadline {
					f.Message = fmt.Sprintf("the calls ran longer than %v: %s", limits.Timeout, trapHelp(engine.Deadline, byStart))
				}
				f.Message = "warm-up: " + f.Message
				return f
			}
			called = true
		}
		if !called {
			k.notWarmed(ctx, name)
		}
	}
	if n := len(k.metadata.Warm); n > maxWarm {
		k.notWarmed(ctx, fmt.Sprintf("%d more after the first %d", n-maxWarm, maxWarm))
	}
	return nil
}

// notWarmed tells the log of what the metadata ask for and is passed over.
func (k *Kernel) notWarmed(ctx context.Context, function string) {
	if len(function) > 200 {
		function = strings.ToValidUTF8(function[:200], "") + "…"
	}
	k.rt.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "kernel cannot be warmed up as its metadata say",
		slog.String("kernel", k.name), slog.String("version", k.Digest()), slog.String("function", function))
}

// warm makes one warm-up call.
func (g *guest) warm(ctx context.Context, caller *abi.Caller, limits engine.Limits, at int, args []abi.Value) error {
	ctx, leave := g.enter(ctx)
	defer leave()
	g.Begin(limits)
	_, err := caller.Call(ctx, at, args...)
	return err
}

// zeroArgs are zero values for the parameters of the plan's function. One that answers with a resource has none: its
// answer would stay behind in every copy of the template.
func (k *Kernel) zeroArgs(at int) (args []abi.Value, ok bool) {
	if result := k.plan.Funcs[at].Result; result != nil {
		if _, ok := abi.Zero(k.plan, *result); !ok {
			return nil, false
		}
	}
	for _, p := range k.plan.Funcs[at].Params {
		v, ok := abi.Zero(k.plan, p.Type)
		if !ok {
			return nil, false
		}
		args = append(args, v)
	}
	return args, true
}

// instantiate makes an instance in the template's state. Without a template, one that is made ahead of traffic
// is warmed by itself, and one that a call waits for is left to that call.
func (k *Kernel) instantiate(ctx context.Context, ahead bool) (*guest, error) {
	k.mu.Lock()
	g, snapshot := k.spare, k.snapshot
	k.spare = nil
	k.mu.Unlock()
	if g != nil {
		return g, nil
	}
	if snapshot == nil && ahead {
		return k.warmed(ctx)
	}
	g, err := k.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if snapshot == nil || !g.alone() {
		return g, nil
	}
	if err := g.Restore(snapshot); err != nil {
		g.close()
		if _, ok := errors.AsType[*engine.Trap](err); ok { // there is no memory for what the template has grown to
			return nil, k.stamp(instanceFault(ctx, err, nil))
		}
		return nil, k.fault(KindInternal, "copying the template into a new instance failed", err)
	}
	return g, nil
}

// stamp puts the kernel's names on a fault.
func (k *Kernel) stamp(f *Fault) *Fault {
	f.Kernel, f.Version, f.Label, f.pure = k.name, k.Digest(), k.Label(), !k.hosted()
	return f
}

// instanceFault is the fault of an error that the parts below gave: the transpiler, the engine, the ABI. inst
// is the instance that it arose in, or nil.
func instanceFault(ctx context.Context, err error, inst engine.Instance) *Fault {
	if ended := ended(ctx); ended != nil {
		f := &Fault{Kind: KindCanceled, Message: "the context ended while the kernel was made ready", Err: err}
		if t, ok := err.(*engine.Trap); ok {
			f.Code, f.Backtrace, f.Err = TrapCode(t.Code), t.Backtrace, t.Err
		}
		if !errors.Is(f.Err, ended) {
			f.Err = errors.Join(ended, f.Err)
		}
		return f
	}
	if _, ok := err.(*engine.Trap); ok { // whose cause may be any error of a host function
		return trapFault(err, inst, byStart)
	}
	if t, ok := errors.AsType[*transpile.Error](err); ok {
		return &Fault{Kind: Kind(t.Kind), Message: t.Error(), Err: t.Err}
	}
	if a, ok := errors.AsType[*abi.Error](err); ok {
		return &Fault{Kind: KindABI, Message: a.Error()}
	}
	if u, ok := errors.AsType[*engine.Unsupported](err); ok {
		return &Fault{Kind: KindUnsupported, Message: u.Error()}
	}
	if c, ok := errors.AsType[*engine.CompileError](err); ok {
		if c.Code == engine.MemoryLimit {
			return &Fault{Kind: KindPolicy, Message: c.Error() + ": raise Config.MemoryLimit, or build the kernel with less memory"}
		}
		return &Fault{Kind: KindInternal, Message: c.Error(), Err: c.Err}
	}
	return trapFault(err, inst, byStart)
}
