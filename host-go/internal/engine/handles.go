package engine

import (
	"fmt"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// MaxHandles is the most handles that the tables of an instance may have room for together. The specification allows 2^28-1
// a table; each costs 20 bytes of the host's memory, so policy is stricter.
const MaxHandles = 1 << 20

// Handles is the resource state of one instance: a handle table for each component instance and the calls in
// progress (CanonicalABI, "Resource State"). An error of any method is a trap.
type Handles struct {
	definer []int // component instance that defines each resource; nobody for one of the host's
	tables  []table
	live    int // handles over all tables
	places  int // entries over all tables, free ones too: those that a guest drops still take memory
	lent    int // handles lent by the calls in progress
	calls   []call

	stranded []foreign
}

// foreign is a resource of the host.
type foreign struct {
	resource int
	rep      uint32
}

// nobody defines the resources that a component imports: they are the host's.
const nobody = -1

// table is the handle table of one component instance. Handle 0 is never given out.
type table struct {
	entries []entry
	free    []uint32
}

type entry struct {
	used     bool
	own      bool
	resource int32
	rep      uint32
	lends    int32 // own: borrows of it that are still out
	call     int32 // borrow: depth of the call that must drop it
}

type call struct {
	borrows int       // borrowed handles that the callee has not dropped
	lenders []lending // own handles lent for this call
}

type lending struct {
	instance int32
	handle   uint32
}

// NewHandles gives the state of a fresh instance of p.
func NewHandles(p *plan.Plan) *Handles {
	h := &Handles{tables: make([]table, p.Instances), definer: make([]int, len(p.Resources))}
	for i := range p.Resources {
		h.definer[i] = p.Resources[i].ComponentInstance
		if p.Resources[i].Import != nil {
			h.definer[i] = nobody
		}
	}
	return h
}

func (h *Handles) add(instance int, e entry) (uint32, error) {
	t := &h.tables[instance]
	e.used = true
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.entries[i] = e
		h.live++
		return i, nil
	}
	if h.places >= MaxHandles {
		return 0, limitError("the component's tables have more than %d handles to resources", MaxHandles)
	}
	h.places++
	h.live++
	if len(t.entries) == 0 {
		t.entries = make([]entry, 1, 4)
	}
	if len(t.entries) == cap(t.entries) {
		// Doubled, and not by append, which copies a large table five times over on the way to the limit.
		t.entries = append(make([]entry, 0, 2*len(t.entries)), t.entries...)
	}
	t.entries = append(t.entries, e)
	return uint32(len(t.entries) - 1), nil
}

func (h *Handles) get(instance, resource int, handle uint32) (*entry, error) {
	t := &h.tables[instance]
	if uint64(handle) >= uint64(len(t.entries)) || !t.entries[handle].used {
		return nil, handleError("handle %d does not exist", handle)
	}
	e := &t.entries[handle]
	if int(e.resource) != resource {
		return nil, handleError("handle %d is of another resource type", handle)
	}
	return e, nil
}

func (h *Handles) remove(instance int, handle uint32) {
	t := &h.tables[instance]
	t.entries[handle] = entry{}
	h.live--
	t.free = append(t.free, handle)
}

// New is canon resource.new.
func (h *Handles) New(instance, resource int, rep uint32) (uint32, error) {
	return h.LowerOwn(instance, resource, rep)
}

// Rep is canon resource.rep.
func (h *Handles) Rep(instance, resource int, handle uint32) (uint32, error) {
	e, err := h.get(instance, resource, handle)
	if err != nil {
		return 0, err
	}
	return e.rep, nil
}

// Drop is canon resource.drop without the destructor, which the caller runs when own is true.
func (h *Handles) Drop(instance, resource int, handle uint32) (rep uint32, own bool, err error) {
	e, err := h.get(instance, resource, handle)
	if err != nil {
		return 0, false, err
	}
	if e.lends > 0 {
		return 0, false, handleError("handle %d is dropped while it is lent", handle)
	}
	if rep, own = e.rep, e.own; !own {
		h.calls[e.call].borrows--
	}
	h.remove(instance, handle)
	return rep, own, nil
}

// LowerOwn puts a resource into a table and gives its handle (lower_own).
func (h *Handles) LowerOwn(instance, resource int, rep uint32) (uint32, error) {
	return h.add(instance, entry{own: true, resource: int32(resource), rep: rep})
}

// LowerBorrow lends a resource to the callee of the call in progress (lower_borrow). The component instance
// that defines the resource gets the representation itself.
func (h *Handles) LowerBorrow(instance, resource int, rep uint32) (uint32, error) {
	if h.definer[resource] == instance {
		return rep, nil
	}
	if len(h.calls) == 0 {
		return 0, handleError("a borrow outside a call")
	}
	n := len(h.calls) - 1
	handle, err := h.add(instance, entry{resource: int32(resource), rep: rep, call: int32(n)})
	if err == nil {
		h.calls[n].borrows++
	}
	return handle, err
}

// LiftOwn takes a handle out of a table and gives its resource (lift_own).
func (h *Handles) LiftOwn(instance, resource int, handle uint32) (uint32, error) {
	e, err := h.get(instance, resource, handle)
	if err != nil {
		return 0, err
	}
	if !e.own {
		return 0, handleError("handle %d is borrowed, not owned", handle)
	}
	if e.lends > 0 {
		return 0, handleError("handle %d is given away while it is lent", handle)
	}
	rep := e.rep
	h.remove(instance, handle)
	return rep, nil
}

// LiftBorrow gives the resource behind a handle, which stays lent until the call in progress ends
// (lift_borrow).
func (h *Handles) LiftBorrow(instance, resource int, handle uint32) (uint32, error) {
	e, err := h.get(instance, resource, handle)
	if err != nil {
		return 0, err
	}
	if e.own {
		if len(h.calls) == 0 {
			return 0, handleError("a borrow outside a call")
		}
		if h.lent >= MaxHandles {
			// Lending to the component instance that defines a resource makes no handle there that would count.
			return 0, limitError("the component lends more than %d handles to resources at once", MaxHandles)
		}
		h.lent++
		e.lends++
		c := &h.calls[len(h.calls)-1]
		c.lenders = append(c.lenders, lending{int32(instance), handle})
	}
	return e.rep, nil
}

// Enter begins a call into a component instance.
func (h *Handles) Enter() { h.calls = append(h.calls, call{}) }

// Exit ends the call that began last. It fails when the callee still holds a borrowed handle.
func (h *Handles) Exit() error {
	if len(h.calls) == 0 {
		return handleError("a call ends that never began")
	}
	c := h.calls[len(h.calls)-1]
	h.calls = h.calls[:len(h.calls)-1]
	if c.borrows > 0 {
		return handleError("%d borrowed handles are still held when the call ends", c.borrows)
	}
	h.lent -= len(c.lenders)
	for _, l := range c.lenders {
		h.tables[l.instance].entries[l.handle].lends--
	}
	return nil
}

// Strand keeps a resource of the host that was given to a component instance whose call failed before it had a handle:
// the instance is lost, and Foreign tells of it.
func (h *Handles) Strand(resource int, rep uint32) {
	h.stranded = append(h.stranded, foreign{resource, rep})
}

// Foreign calls yield for every resource of the host that a component instance owns, and for those that are stranded.
func (h *Handles) Foreign(yield func(resource int, rep uint32)) {
	for _, s := range h.stranded {
		yield(s.resource, s.rep)
	}
	for i := range h.tables {
		for _, e := range h.tables[i].entries {
			if e.used && e.own && h.definer[e.resource] == nobody {
				yield(int(e.resource), e.rep)
			}
		}
	}
}

// Live is the number of handles over all tables.
func (h *Handles) Live() int { return h.live }

func handleError(format string, args ...any) error {
	return &Trap{Code: ABI, Message: fmt.Sprintf(format, args...)}
}

func limitError(format string, args ...any) error {
	return &Trap{Code: HandleLimit, Message: fmt.Sprintf(format, args...)}
}
