package tenon

import (
	"context"
	"fmt"
	"math/bits"
	"sync/atomic"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// version is one kernel as a slot serves it: its pool, and what is resolved once for all of its instances.
type version struct {
	slot     *core
	kernel   *Kernel
	funcs    []int         // the plan's function behind each function of the contract
	shapes   []shape       // in the same order
	widest   int           // stack slots that every function fits in
	budget   int64         // bytes that one call's lifting may allocate
	limits   engine.Limits // of one call
	pool     *pool
	faults   [len(kinds)]atomic.Uint64
	served   bool // calls went to it, under the slot's turn
	standing *standing
	open     atomic.Int64  // resources and pins
	leaked   atomic.Uint64 // those that nobody closed
}

// newVersion resolves the contract's functions in the kernel, which was checked against the contract before,
// and takes a reference to the kernel for as long as instances live.
func newVersion(s *core, k *Kernel) (*version, error) {
	v := &version{slot: s, kernel: k, budget: s.rt.cfg.AnswerLimit, limits: s.limits.call, widest: 1, standing: new(standing)}
	for _, ref := range s.contract.Funcs {
		at, ok := k.lookup(ref)
		if !ok {
			return nil, v.fault(KindContract, "the kernel does not export "+ref.String(), nil)
		}
		v.funcs = append(v.funcs, at)
	}
	refs, fault := k.refs(s.contract.Resources, v.funcs)
	if fault != nil {
		fault.Slot = s.name
		return nil, fault
	}
	for _, at := range v.funcs {
		sh := newShape(k.plan, at, refs)
		v.shapes = append(v.shapes, sh)
		v.widest = max(v.widest, sh.args, sh.results, sh.staging.slots())
	}
	if !k.hold() {
		return nil, v.fault(KindClosed, "the kernel is closed: load it again", nil)
	}
	v.pool = newPool(s.limits.instances, s.limits.bytes)
	v.pool.upkeep = s.limits.upkeep
	v.pool.build = v.build
	v.pool.closed = v.finish
	return v, nil
}

// newShape resolves what a call of the plan's function needs to know.
func newShape(p *plan.Plan, at int, refs []ref) shape {
	fn := &p.Funcs[at]
	s := shape{
		export:    FuncRef{Interface: fn.Interface, Name: fn.Name}.String(),
		encoding:  fn.Encoding,
		utf8:      fn.Encoding == plan.UTF8,
		spilled:   fn.SpillParams != nil,
		args:      len(fn.Core.Params),
		results:   len(fn.Core.Results),
		narrow:    len(fn.Core.Results) == 1 && fn.Core.Results[0] == plan.I32,
		component: fn.ComponentInstance,
		refs:      refs,
		staging:   newStaging(p, fn),
	}
	for i, param := range fn.Params {
		s.params = append(s.params, param.Name)
		for range p.Types[param.Type].Flat {
			s.flat = append(s.flat, i)
		}
	}
	return s
}

// lineWords is how many words a cache line has. What every call writes is made of whole lines, which instances that run
// at the same time then do not share.
const lineWords = 8

// build makes an instance with its frame: ahead of traffic, or for a call that waits for it.
func (v *version) build(ctx context.Context, ahead bool) (*Frame, error) {
	g, err := v.kernel.instantiate(ctx, ahead)
	if err != nil {
		return nil, v.wrap(ctx, err)
	}
	inst := g.Instance
	f := &Frame{inst: inst, host: g.host, version: v, pool: v.pool, meter: inst.Meter(), fault: left}
	f.size, f.fueled = f.meter.Memory, v.limits.Fuel != 0
	inst.Begin(v.limits)
	f.front = make([]uint64, 1+v.widest, (v.widest+lineWords)&^(lineWords-1))
	f.stack = f.front[1:]
	f.publish() // taken, by whoever builds it
	if f.size > v.pool.bytes {
		g.close()
		return nil, v.fault(KindMemory, fmt.Sprintf(
			"one instance takes %d bytes, more than the %d that SlotConfig.MaxMemory allows", f.size, v.pool.bytes), nil)
	}
	if most := v.pool.upkeep.memory; f.size > most {
		g.close()
		return nil, v.fault(KindMemory, fmt.Sprintf(
			"one instance takes %d bytes from the start, more than the %d that SlotConfig.MaxInstanceMemory allows", f.size, most), nil)
	}
	f.bindings = make([]binding, len(v.funcs))
	for i, at := range v.funcs {
		fn := &v.kernel.plan.Funcs[at]
		b := &f.bindings[i]
		b.shape = &v.shapes[i]
		b.args, b.results = uint16(b.shape.args), uint16(b.shape.results)
		b.call = inst.Func(at)
		if f.host != nil {
			b.call = &hostedFunc{b.call, f}
		} else if !f.fueled {
			b.bare = inst.Bare(at)
		}
		if fn.PostReturn != nil {
			b.postReturn = inst.PostReturn(at)
		}
		if call, bare := inst.Entry(at); call != nil && b.shape.staging != nil {
			if f.fueled {
				bare = nil
			}
			b.entry = &entry{b.shape.staging, call, bare}
		}
		if fn.Realloc != nil {
			b.realloc = inst.Realloc(*fn.Realloc)
		}
		if fn.Memory != nil {
			b.memory = inst.Memory(*fn.Memory)
		}
	}
	return f, nil
}

// warm makes the version fit for traffic: n instances, whose lazy state is in place.
func (v *version) warm(ctx context.Context, n int) error {
	if err := v.kernel.prepare(ctx); err != nil {
		return v.wrap(ctx, err)
	}
	if v.pool.reset == ResetSnapshot {
		if fault := v.snapshotted(); fault != nil {
			return fault
		}
	}
	if err := v.fill(ctx, n); err != nil {
		return err
	}
	v.pool.attend()
	return nil
}

// fill makes instances until there are n.
func (v *version) fill(ctx context.Context, n int) error {
	err := v.pool.fill(ctx, max(1, n))
	if err == errRetired {
		return v.fault(KindClosed, "the slot was closed while instances were made", nil)
	}
	return err
}

// snapshotted has instances put back to the template's state after each call, or says why that cannot be.
func (v *version) snapshotted() *Fault {
	k := v.kernel
	k.mu.Lock()
	snapshot := k.snapshot
	k.mu.Unlock()
	if snapshot == nil {
		why := k.plan.Clone.Reason
		if k.plan.Clone.Safe {
			why = "it called the host, or kept handles, before its first call"
		}
		return v.fault(KindUnsupported, "the kernel's state cannot be put back: "+why+
			": use another SlotConfig.Reset, as ResetFresh", nil)
	}
	v.pool.restore = func(f *Frame) error { return f.inst.Restore(snapshot) }
	return nil
}

// retire ends the version's service; see pool.retire.
func (v *version) retire() { v.pool.retire() }

// finish runs once, when the last instance of a retired version is closed.
func (v *version) finish() {
	v.slot.forget(v)
	v.kernel.release()
	v.slot.rt.observe(Event{Kind: EventDrained, Slot: v.slot.name, Kernel: v.kernel.name, Version: v.kernel.Digest(),
		Label: v.kernel.Label()})
}

// fault is a fault of this version.
func (v *version) fault(kind Kind, message string, cause error) *Fault {
	f := v.kernel.fault(kind, message, cause)
	f.Slot, f.standing = v.slot.name, v.standing
	return f
}

// wrap puts the slot's name on a fault of its kernel.
func (v *version) wrap(ctx context.Context, err error) *Fault {
	f, ok := asFault(err)
	if !ok {
		f = v.kernel.stamp(instanceFault(ctx, err, nil))
	}
	f.Slot, f.standing = v.slot.name, v.standing
	return f
}

// count books a fault and says whether it is worth a line in the log: the first, second, fourth, eighth, …
func (v *version) count(f *Fault) (n uint64, log bool) {
	n = v.faults[f.Kind.index()].Add(1)
	return n, bits.OnesCount64(n) == 1
}
