package tenon

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// prepare makes the template: one instance, warmed by calling the functions that the kernel's metadata name
// with zero values, so that what the kernel builds on first use is there. Every further instance starts from a
// copy of the template's memory. A kernel whose state cannot be copied has no template; there each instance
// made ahead of traffic is warmed by itself.
//
// It takes as long as the kernel needs and is not for the call path. The version that asks holds the kernel.
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
	inst, err := k.warmed(ctx)
	if err != nil {
		return err
	}
	if k.plan.Clone.Safe {
		snapshot, err := inst.Snapshot()
		if err != nil {
			_ = inst.Close(context.Background()) // whatever becomes of ctx
			return k.fault(KindInternal, "copying the first instance's memory failed", err)
		}
		k.mu.Lock()
		k.snapshot = snapshot
		k.mu.Unlock()
	}
	k.mu.Lock()
	k.spare = inst
	k.mu.Unlock()
	k.prepared = true
	return nil
}

// warmed makes an instance and calls its warm-up functions.
func (k *Kernel) warmed(ctx context.Context) (engine.Instance, error) {
	inst, err := k.code.Instantiate(ctx, nil)
	if err != nil {
		return nil, k.stamp(instanceFault(ctx, err, nil))
	}
	if err := k.warmUp(ctx, inst); err != nil {
		_ = inst.Close(context.Background()) // whatever becomes of ctx
		return nil, err
	}
	return inst, nil
}

// warmUp calls the functions that the kernel's metadata name, each with zero values. A name that the kernel
// does not export, and a function that has no zero values, are passed over.
func (k *Kernel) warmUp(ctx context.Context, inst engine.Instance) error {
	caller := abi.NewCaller(k.plan, inst)
	for _, name := range k.metadata.Warm {
		called := false
		for _, at := range slices.Sorted(maps.Values(k.funcs)) {
			args, ok := k.zeroArgs(at)
			if k.plan.Funcs[at].Name != name || !ok {
				continue
			}
			if err := ctx.Err(); err != nil {
				return k.fault(KindCanceled, "the context ended while the first instance was warmed up", err)
			}
			if _, err := caller.Call(ctx, at, args...); err != nil {
				f := k.stamp(instanceFault(ctx, err, inst))
				f.Export = FuncRef{Interface: k.plan.Funcs[at].Interface, Name: name}.String()
				f.Message = "warm-up: " + f.Message
				return f
			}
			called = true
		}
		if !called {
			k.rt.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "kernel cannot be warmed up as its metadata say",
				slog.String("kernel", k.name), slog.String("version", k.Digest()), slog.String("function", name))
		}
	}
	return nil
}

// zeroArgs are zero values for the parameters of the plan's function.
func (k *Kernel) zeroArgs(at int) (args []abi.Value, ok bool) {
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
func (k *Kernel) instantiate(ctx context.Context, ahead bool) (engine.Instance, error) {
	k.mu.Lock()
	inst, snapshot := k.spare, k.snapshot
	k.spare = nil
	k.mu.Unlock()
	if inst != nil {
		return inst, nil
	}
	if snapshot == nil && ahead {
		return k.warmed(ctx)
	}
	inst, err := k.code.Instantiate(ctx, nil)
	if err != nil {
		return nil, k.stamp(instanceFault(ctx, err, nil))
	}
	if snapshot == nil {
		return inst, nil
	}
	if err := inst.Restore(snapshot); err != nil {
		_ = inst.Close(context.Background()) // whatever becomes of ctx
		return nil, k.fault(KindInternal, "copying the template into a new instance failed", err)
	}
	return inst, nil
}

// stamp puts the kernel's names on a fault.
func (k *Kernel) stamp(f *Fault) *Fault {
	f.Kernel, f.Version, f.Label, f.pure = k.name, k.Digest(), k.Label(), len(k.imports) == 0
	return f
}

// instanceFault is the fault of an error that the parts below gave: the transpiler, the engine, the ABI. inst
// is the instance that it arose in, or nil.
func instanceFault(ctx context.Context, err error, inst engine.Instance) *Fault {
	if ended := ctx.Err(); ended != nil {
		return &Fault{Kind: KindCanceled, Message: "the context ended while the kernel was made ready", Err: errors.Join(ended, err)}
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
	kind, message, backtrace, cause := explainTrap(err, inst)
	return &Fault{Kind: kind, Message: message, Backtrace: backtrace, Err: cause}
}
