package tenon

import "context"

// maxHostValues is the most resources of the host that one instance may hold.
const maxHostValues = 1 << 20

// hostValues are the Go values behind the resources of the host that one instance has. A representation is a
// place in it, counted from 1.
type hostValues struct {
	entries []hostValue
	free    []uint32
}

type hostValue struct {
	value    any // nil: the place is free
	resource int
	owned    bool // by the guest
}

// full reports whether the instance may have no more of them.
func (h *hostValues) full() bool { return len(h.free) == 0 && len(h.entries) >= maxHostValues }

// put keeps a value and gives its representation.
func (h *hostValues) put(resource int, v any, owned bool) (rep uint32) {
	e := hostValue{v, resource, owned}
	if n := len(h.free); n > 0 {
		rep = h.free[n-1]
		h.free = h.free[:n-1]
		h.entries[rep-1] = e
		return rep
	}
	h.entries = append(h.entries, e)
	return uint32(len(h.entries))
}

// get is the value behind a representation of a resource; nil if there is none. The resource is asked for too, because
// the representations of others than the implementations on frames are no places in the table.
func (h *hostValues) get(resource int, rep uint32) any {
	if at := uint64(rep) - 1; at < uint64(len(h.entries)) && h.entries[at].resource == resource {
		return h.entries[at].value
	}
	return nil
}

// take is get, and forgets the value.
func (h *hostValues) take(resource int, rep uint32) any {
	v := h.get(resource, rep)
	if v != nil {
		h.entries[rep-1] = hostValue{}
		h.free = append(h.free, rep)
	}
	return v
}

// rest empties the table and gives what the guest still owned.
func (h *hostValues) rest() []hostValue {
	var owned []hostValue
	for _, e := range h.entries {
		if e.value != nil && e.owned {
			owned = append(owned, e)
		}
	}
	*h = hostValues{}
	return owned
}

// closer is what generated interfaces of host resources have.
type closer interface {
	Close(ctx context.Context) error
}
