package tenon

import (
	"context"
	"errors"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
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
	inst, err := k.code.Instantiate(ctx)
	if err != nil {
		return nil, k.stamp(instanceFault(ctx, err, nil))
	}
	for _, name := range k.metadata.Warm {
		if err := k.warmUp(ctx, inst, name); err != nil {
			_ = inst.Close(context.Background()) // whatever becomes of ctx
			return nil, err
		}
	}
	return inst, nil
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
	inst, err := k.code.Instantiate(ctx)
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

// instanceFault is the fault of an error that the engine gave.
func instanceFault(ctx context.Context, err error, inst engine.Instance) *Fault {
	if ended := ctx.Err(); ended != nil {
		return &Fault{Kind: KindCanceled, Message: "the context ended while an instance was made", Err: errors.Join(ended, err)}
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
