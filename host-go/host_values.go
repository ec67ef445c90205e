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

// put keeps a value and gives its representation.
func (h *hostValues) put(resource int, v any, owned bool) (rep uint32, ok bool) {
	e := hostValue{v, resource, owned}
	if n := len(h.free); n > 0 {
		rep = h.free[n-1]
		h.free = h.free[:n-1]
		h.entries[rep-1] = e
		return rep, true
	}
	if len(h.entries) >= maxHostValues {
		return 0, false
	}
	h.entries = append(h.entries, e)
	return uint32(len(h.entries)), true
}

// get is the value behind a representation; nil if there is none.
func (h *hostValues) get(rep uint32) any {
	if at := uint64(rep) - 1; at < uint64(len(h.entries)) {
		return h.entries[at].value
	}
	return nil
}

// take is get, and forgets the value.
func (h *hostValues) take(rep uint32) any {
	v := h.get(rep)
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
