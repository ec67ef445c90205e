package tenon

import (
	"context"
	"runtime"
)

// Resource is a resource of a kernel that the host owns: state in one instance of it. The instance stays checked
// out of its pool, and counts against [SlotConfig.MaxInstances], until its last resource is closed; calls on its
// resources take turns. Generated code wraps it in the contract's own types. It is safe for concurrent use.
//
// A fault of a call costs the instance, and with it all of its resources: calls on them are faults of kind
// closed. A swap leaves them on their version, which is drained when the last one is closed.
type Resource struct {
	grip    *grip
	cleanup runtime.Cleanup
}

// adopt makes the host the owner of a resource. The lease's turn is the caller's.
func (l *lease) adopt(resource int, rep uint32) *Resource {
	r := &Resource{grip: l.grab(resource, rep)}
	r.cleanup = runtime.AddCleanup(r, (*grip).leak, r.grip)
	return r
}

// Enter starts a call of the contract's function i in the resource's instance, for generated clients; others are
// further resources that it takes. It waits for its turn as long as ctx allows. Whatever becomes of the call, the
// baseline does not answer in its place.
func (r *Resource) Enter(ctx context.Context, i int, others ...*Resource) (*Frame, error) {
	if r == nil {
		return nil, &Fault{Kind: KindPolicy, Message: "the resource is nil", refused: true}
	}
	defer runtime.KeepAlive(r)
	l := r.grip.lease
	c := l.version.slot
	if fault := l.foreign(others); fault != nil {
		return nil, c.refuse(ctx, i, fault)
	}
	return l.enter(ctx, i, r, others)
}

// Close drops the resource: its destructor runs, whatever becomes of ctx, within the limits of a call
// ([SlotConfig.Deadline]). ctx bounds the wait for a call that is in the instance. Close is idempotent, and nothing is left to do when the instance was lost. A
// resource that nobody closes is closed when the garbage collector finds it, and counted: see
// [SlotStats.Leaked].
func (r *Resource) Close(ctx context.Context) error {
	if r == nil {
		return nil
	}
	defer runtime.KeepAlive(r)
	return r.grip.lease.close(ctx, r.grip, r.cleanup)
}

// foreign is the fault of resources that cannot be arguments of a call into the leased instance.
func (l *lease) foreign(rs []*Resource) *Fault {
	for _, r := range rs {
		switch {
		case r == nil:
			return &Fault{Kind: KindPolicy, Message: "a resource is nil or belongs to another implementation, such as the baseline"}
		case r.grip.lease == l:
		case r.grip.lease.version.slot != l.version.slot:
			return &Fault{Kind: KindPolicy, Message: "a resource belongs to another slot"}
		default:
			return &Fault{Kind: KindPolicy, Message: "a resource belongs to another instance: open both in one Pin"}
		}
	}
	return nil
}

// enter starts a call in the leased instance. r may be nil.
func (l *lease) enter(ctx context.Context, i int, r *Resource, others []*Resource) (*Frame, error) {
	c := l.version.slot
	if err := ctx.Err(); err != nil {
		return nil, c.refused(ctx, i, KindCanceled, "the context had ended before the call", err)
	}
	if l.inside(ctx) {
		return nil, c.refuse(ctx, i, c.busy(""))
	}
	note := newNote(ctx)
	switch err := l.take(ctx); {
	case err == errLost:
		return nil, c.refused(ctx, i, KindClosed, "the resource's instance is gone, lost to an earlier fault or closed: open it again", nil)
	case err != nil:
		return nil, c.refused(ctx, i, KindCanceled, "the context ended while another call was in the resource's instance", err)
	}
	f := l.frame
	gone := r != nil && r.grip.gone
	for _, other := range others {
		gone = gone || other.grip.gone
	}
	if gone {
		l.pass(keep)
		return nil, c.refused(ctx, i, KindClosed, "the resource is closed, or was given to the kernel", nil)
	}
	if uint(i) >= uint(len(f.bindings)) {
		l.pass(keep)
		return nil, c.refused(ctx, i, KindInternal, "the contract has no such function: generate the client again", nil)
	}
	f.begin(ctx, i, note)
	f.arm()
	f.held.pinned = true
	return f, nil
}

// busy is the fault of a host function that calls the instance which called it.
func (c *core) busy(export string) *Fault {
	return &Fault{Kind: KindABI, Slot: c.name, Export: export, refused: true,
		Message: "the instance waits for the host function that ctx comes from, and cannot be entered meanwhile"}
}

// refuse counts a call that is refused because of the caller's own arguments.
func (c *core) refuse(ctx context.Context, i int, fault *Fault) *Fault {
	fault.Slot, fault.Export, fault.refused = c.name, c.export(i), true
	c.faulted(ctx, nil, fault)
	return fault
}

// baselineTurn begins a call that only the baseline can answer; its error is that of a slot that is closed.
func (c *core) baselineTurn(ctx context.Context, i int) error {
	newNote(ctx)
	if r := c.route.Load(); r == nil || r.closed {
		return c.unserved(ctx, r, i)
	}
	return nil
}

// enterWith is Slot.EnterWith.
func (c *core) enterWith(ctx context.Context, i int, rs []*Resource) (*Frame, error) {
	var l *lease
	for _, r := range rs {
		if r != nil {
			l = r.grip.lease
			break
		}
	}
	switch {
	case len(rs) == 0:
		return c.enter(ctx, i)
	case l == nil && c.hasBaseline:
		return nil, c.baselineTurn(ctx, i) // they can only be the baseline's own
	case l == nil:
		return nil, c.refuse(ctx, i, &Fault{Kind: KindPolicy, Message: "a resource is nil or belongs to another implementation"})
	case l.version.slot != c:
		return nil, c.refuse(ctx, i, &Fault{Kind: KindPolicy, Message: "a resource belongs to another slot"})
	}
	if fault := l.foreign(rs); fault != nil {
		return nil, c.refuse(ctx, i, fault)
	}
	f, err := l.enter(ctx, i, nil, rs)
	runtime.KeepAlive(rs)
	return f, err
}
