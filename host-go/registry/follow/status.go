package follow

import (
	"maps"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// Status is how a slot stands to its registry. Its JSON is the same on every host.
type Status struct {
	// Slot is the slot's name, Contract the package that it follows.
	Slot     string `json:"slot"`
	Contract string `json:"contract"`
	// Revision is that of the registry's state, as it was last read; 0 where nothing was ever activated.
	Revision uint64 `json:"revision"`
	// Want is the digest that is active in the registry, WantLabel its label; "" is the baseline.
	Want      string `json:"want"`
	WantLabel string `json:"want_label,omitempty"`
	// Serving is the digest that the slot serves, Label its label; "" is the baseline.
	Serving string `json:"serving"`
	Label   string `json:"label,omitempty"`
	// Previous is the digest that is kept for going back at once; "" where none is.
	Previous string `json:"previous,omitempty"`
	// InStep is true if the last look found nothing wrong and the slot serves now what was active then; also where nothing
	// was ever activated.
	InStep bool `json:"in_step"`
	// Reason, Kind and Message say why it is not: a reason of the registry, the kind of fault, and what to do. Where somebody else
	// has switched the slot there is a message only.
	Reason  registry.Reason `json:"reason,omitempty"`
	Kind    string          `json:"kind,omitempty"`
	Message string          `json:"message,omitempty"`
	// Since is since when InStep and Reason have been as they are; Looked is the last look.
	Since  time.Time `json:"since"`
	Looked time.Time `json:"looked"`
	// Retry is when what was refused is looked at again, if nothing changes before; zero: not before something changes.
	Retry time.Time `json:"retry,omitzero"`
	// Swaps counts the versions that the follower brought into service, the baseline among them.
	Swaps uint64 `json:"swaps"`
	// Refusals counts by reason. The same reason for the same version and revision counts once.
	Refusals map[registry.Reason]uint64 `json:"refusals,omitempty"`
}

// switchedByHand is the message of a slot that serves what the registry has not said, although all of that is well.
const switchedByHand = "the slot was switched past its follower: it stays so until the active version changes, or sync is called"

// Status is how the slot stands to its registry: what the slot serves now, all else as of the last look.
func (f *Follower) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.status
	s.Refusals = maps.Clone(s.Refusals)
	s.Serving = digest(f.slot.Kernel())
	if s.Serving != f.status.Serving {
		s.Label = "" // somebody else swapped
	}
	if s.InStep && s.Revision != 0 && s.Serving != s.Want {
		s.InStep, s.Message = false, switchedByHand
	}
	return s
}
