package tenon

import (
	"fmt"
	"strconv"
)

// holding is what a frame keeps of resources; frames of calls without resources have none.
type holding struct {
	lease  *lease // nil: nothing of the instance is held
	pinned bool   // the call was entered through the lease: only this instance can answer it
	scope  bool   // borrows were lent to the guest, which must give them back before the call ends
	given  []gift
	lent   []*grip
	loans  []loan
	values []hostRep  // of the host, lent for this call
	hosts  []hostGift // of the host, given to the guest
	trial  *trial     // the call tries a version that is turned off
}

// loan is a handle that the guest has for the call in progress.
type loan struct {
	resource int
	handle   uint32
}

// gift is a resource that the call in progress gives back to the guest.
type gift struct {
	resource *Resource
	handle   uint32
}

// hostRep is a resource of the host that the call in progress put into the table of values.
type hostRep struct {
	resource int
	rep      uint32
}

// hostGift is one that it gives to the guest.
type hostGift struct {
	hostRep
	handle uint32
}

// hold gives the frame's holding, and makes it on first use.
func (f *Frame) hold() *holding {
	if f.held == nil {
		f.held = new(holding)
	}
	return f.held
}

// lend gives the guest a borrow, in a scope that counts them.
func (f *Frame) lend(resource int, rep uint32) uint32 {
	h := f.hold()
	if !h.scope {
		h.scope = true
		f.inst.Handles().Enter()
	}
	component := f.fn.shape.component
	handle, err := f.inst.Handles().LowerBorrow(component, resource, rep)
	if err != nil {
		f.trapped(err)
		return 0
	}
	// Who defines the resource gets the representation itself and has nothing to give back.
	if r := &f.version.kernel.plan.Resources[resource]; r.Import != nil || r.ComponentInstance != component {
		h.loans = append(h.loans, loan{resource, handle})
	}
	return handle
}

// resourceCost is what a resource takes on the host, in bytes.
const resourceCost = 256

// resource is the plan's resource behind a contract's, or -1 after failing the frame. imported says which side
// must define it.
func (f *Frame) resource(i int, imported bool) int {
	if f.fault != nil {
		return -1
	}
	refs := f.fn.shape.refs
	if uint(i) >= uint(len(refs)) || refs[i].imported != imported {
		f.fail(KindInternal, "resource "+strconv.Itoa(i)+" does not exist: generate the code again", nil)
		return -1
	}
	if refs[i].index < 0 {
		f.fail(KindContract, "the kernel has no resource "+refs[i].name+": generate the code again", nil)
	}
	return refs[i].index
}

// LiftOwn takes over a resource that the kernel gives to the host. i is its place in [Contract.Resources].
func (f *Frame) LiftOwn(i int, handle uint32) *Resource {
	resource := f.resource(i, false)
	if resource < 0 || !f.charge(resourceCost) {
		return nil
	}
	if f.version == nil {
		f.fail(KindInternal, "a kernel's own resource in a host call: generate the code again", nil)
		return nil
	}
	rep, err := f.inst.Handles().LiftOwn(f.fn.shape.component, resource, handle)
	if err != nil {
		f.trapped(err)
		return nil
	}
	h := f.hold()
	if h.lease == nil {
		h.lease = newLease(f)
	}
	return h.lease.adopt(resource, rep)
}

// LowerOwn gives a resource back to the kernel, which then owns it: r is as good as closed unless the call is
// refused before the kernel sees it. i is its place in [Contract.Resources].
func (f *Frame) LowerOwn(i int, r *Resource) uint32 {
	resource := f.resource(i, false)
	if resource < 0 || !f.fits(r, resource) {
		return 0
	}
	if r.grip.lent {
		f.refuse("the resource is lent in the same call")
		return 0
	}
	handle, err := f.inst.Handles().LowerOwn(f.fn.shape.component, resource, r.grip.rep)
	if err != nil {
		f.trapped(err)
		return 0
	}
	r.grip.gone = true
	f.held.given = append(f.held.given, gift{r, handle})
	return handle
}

// LowerBorrow lends a resource to the kernel for the call. i is its place in [Contract.Resources].
func (f *Frame) LowerBorrow(i int, r *Resource) uint32 {
	resource := f.resource(i, false)
	if resource < 0 || !f.fits(r, resource) {
		return 0
	}
	handle := f.lend(resource, r.grip.rep)
	if f.fault == nil && !r.grip.lent {
		r.grip.lent = true
		f.held.lent = append(f.held.lent, r.grip)
	}
	return handle
}

// fits refuses a resource that cannot be an argument of this call.
func (f *Frame) fits(r *Resource, resource int) bool {
	switch {
	case r == nil:
		f.refuse("the resource is nil or belongs to another implementation, such as the baseline")
	case f.held == nil || f.held.lease == nil || f.held.lease != r.grip.lease:
		f.refuse("the resource belongs to another instance: open both in one Pin")
	case r.grip.gone:
		f.refuse("the resource is closed, or was given to the kernel")
	case r.grip.resource != resource:
		f.refuse("the resource is of another type, " + r.grip.name())
	}
	return f.fault == nil
}

// HostOwn gives the kernel a resource of the host: v, which [ImportResource.Drop] is told of when the kernel drops
// it. i is its place in [Contract.Resources] or, in a host call, in [Import.Refs].
//
// Of a call that fails the values are the kernel's too, those that come after the failure included; its instance is
// closed and drops them. A call that is refused for its arguments gives nothing, and the values stay the caller's.
func (f *Frame) HostOwn(i int, v any) uint32 {
	if f.fault != nil {
		f.strand(i, v)
		return 0
	}
	resource := f.resource(i, true)
	if resource < 0 || !f.present(v) {
		return 0
	}
	full := f.host.values.full()
	rep := f.host.values.put(resource, v, true)
	if full {
		f.tooMany()
		return 0
	}
	handle, err := f.inst.Handles().LowerOwn(f.fn.shape.component, resource, rep)
	if err != nil {
		f.trapped(err)
		return 0
	}
	if f.version != nil {
		h := f.hold()
		h.hosts = append(h.hosts, hostGift{hostRep{resource, rep}, handle})
	}
	return handle
}

// strand keeps a value that a call gives after it has failed for the end of the instance.
func (f *Frame) strand(i int, v any) {
	if f.fault == left || f.refused || f.host == nil || v == nil {
		return
	}
	if refs := f.fn.shape.refs; uint(i) < uint(len(refs)) && refs[i].imported && refs[i].index >= 0 {
		f.host.values.put(refs[i].index, v, true)
	}
}

// HostBorrow lends the kernel a resource of the host for the call. i is as in [Frame.HostOwn].
func (f *Frame) HostBorrow(i int, v any) uint32 {
	resource := f.resource(i, true)
	if resource < 0 || !f.present(v) {
		return 0
	}
	if f.version == nil {
		f.fail(KindInternal, "a borrow in the answer of a host call: generate the code again", nil)
		return 0
	}
	if f.host.values.full() {
		f.tooMany()
		return 0
	}
	rep := f.host.values.put(resource, v, false)
	h := f.hold()
	h.values = append(h.values, hostRep{resource, rep})
	return f.lend(resource, rep)
}

func (f *Frame) present(v any) bool {
	if v == nil {
		f.refuse("the resource is nil")
		return false
	}
	if f.host == nil {
		f.fail(KindInternal, "a resource of the host in a kernel that was granted none", nil)
		return false
	}
	return true
}

func (f *Frame) tooMany() {
	f.fail(KindLimit, fmt.Sprintf("the kernel holds %d resources of the host, the most that one instance may", maxHostValues), nil)
}

// HostTake takes a resource of the host back from the kernel that owned it; nil after a failure. i is as in
// [Frame.HostOwn].
func (f *Frame) HostTake(i int, handle uint32) any {
	resource := f.resource(i, true)
	if resource < 0 {
		return nil
	}
	rep, err := f.inst.Handles().LiftOwn(f.fn.shape.component, resource, handle)
	if err != nil {
		f.trapped(err)
		return nil
	}
	v := f.host.values.take(resource, rep)
	if v == nil {
		return nil // no value of a function on frames
	}
	f.host.taken = append(f.host.taken, hostValue{v, resource, true})
	if f.version != nil {
		f.hold() // so that Leave settles it
	}
	return v
}

// Ask reports whether nothing has failed so far, when a host call is about to give its arguments to the implementation:
// the resources that were taken among them are the implementation's from then on. Those that were taken before a
// failure stay the kernel's, whose instance is closed and drops them.
func (f *Frame) Ask() bool {
	if f.fault != nil {
		return false
	}
	f.host.settle()
	return true
}

// HostValue is the resource of the host that the kernel lends for this call; nil after a failure. i is as in
// [Frame.HostOwn].
func (f *Frame) HostValue(i int, handle uint32) any {
	resource := f.resource(i, true)
	if resource < 0 {
		return nil
	}
	rep, err := f.inst.Handles().LiftBorrow(f.fn.shape.component, resource, handle)
	if err != nil {
		f.trapped(err)
		return nil
	}
	return f.host.values.get(resource, rep)
}

// endBorrows ends the scope of what the call lent to the guest.
func (f *Frame) endBorrows() {
	h := f.held
	if h.scope && f.refused && !f.invoked { // the guest never saw them
		for _, l := range h.loans {
			_, _, _ = f.inst.Handles().Drop(f.fn.shape.component, l.resource, l.handle)
		}
		_ = f.inst.Handles().Exit()
	} else if h.scope && f.fault == nil {
		if err := f.inst.Handles().Exit(); err != nil {
			f.trapped(err)
		}
	}
	h.scope = false
	h.loans = h.loans[:0]
	for _, l := range h.values {
		f.host.values.take(l.resource, l.rep)
	}
	for _, g := range h.lent {
		g.lent = false
	}
	clear(h.values)
	clear(h.lent)
	h.values, h.lent = h.values[:0], h.lent[:0]
}

// settleGifts ends the host's hold on what the call gave to the guest. A call that was refused gave nothing, and
// takes the handles back.
func (f *Frame) settleGifts() {
	h := f.held
	if f.refused && !f.invoked {
		for _, g := range h.hosts {
			if _, err := f.inst.Handles().LiftOwn(f.fn.shape.component, g.resource, g.handle); err == nil {
				f.host.values.take(g.resource, g.rep)
			}
		}
	}
	h.hosts = h.hosts[:0]
	for _, g := range h.given {
		if f.refused && !f.invoked {
			if _, err := f.inst.Handles().LiftOwn(f.fn.shape.component, g.resource.grip.resource, g.handle); err == nil {
				g.resource.grip.gone = false
				continue
			}
		}
		g.resource.cleanup.Stop()
		h.lease.loosen(g.resource.grip)
	}
	clear(h.given)
	h.given = h.given[:0]
}
