package admin

import (
	"errors"
	"slices"
	"sync"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Recorder keeps the last faults of each slot, and the last of all other events, for the handler to show. It is an observer: give it to
// the runtime as its Config.Observer. The zero value works. It is safe for concurrent use.
type Recorder struct {
	// Keep is how many faults of a slot are kept, and how many other events. 0: 16.
	Keep int
	// Next is told of every event as well. nil: nobody is.
	Next tenon.Observer

	mu     sync.Mutex
	faults map[string][]Fault // by slot, the oldest first
	events []Event
}

// Fault is a fault that was.
type Fault struct {
	Time  time.Time    `json:"time"`
	Fault *tenon.Fault `json:"fault"`
}

// Event is another event that was; see [tenon.Event].
type Event struct {
	Time     time.Time       `json:"time"`
	Event    tenon.EventKind `json:"event"`
	Slot     string          `json:"slot,omitempty"`
	Kernel   string          `json:"kernel,omitempty"`
	Version  string          `json:"version,omitempty"`
	Label    string          `json:"label,omitempty"`
	Previous string          `json:"previous,omitempty"`
	// Fault is why, where something failed.
	Fault *tenon.Fault `json:"fault,omitempty"`
}

// Bounds of what is kept, whatever kernels say.
const (
	maxSlots  = 1000
	maxText   = 2 << 10 // bytes of one text
	maxFrames = 32      // of a backtrace
)

// Observe implements tenon.Observer.
func (r *Recorder) Observe(e tenon.Event) {
	if r.Next != nil {
		defer r.Next.Observe(e)
	}
	now, fault := time.Now(), short(e.Fault)
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Kind != tenon.EventFault {
		r.events = push(r.events, r.keep(), Event{Time: now, Event: e.Kind, Slot: e.Slot, Kernel: cut(e.Kernel), Version: e.Version,
			Label: cut(e.Label), Previous: e.Previous, Fault: fault})
		return
	}
	if fault == nil {
		return
	}
	if r.faults == nil {
		r.faults = map[string][]Fault{}
	}
	if _, known := r.faults[e.Slot]; known || len(r.faults) < maxSlots {
		r.faults[e.Slot] = push(r.faults[e.Slot], r.keep(), Fault{now, fault})
	}
}

func (r *Recorder) keep() int {
	if r.Keep <= 0 {
		return 16
	}
	return r.Keep
}

// push appends to a list of at most so many, of which the oldest goes.
func push[T any](list []T, most int, one T) []T {
	if len(list) >= most {
		list = slices.Delete(list, 0, len(list)-most+1)
	}
	return append(list, one)
}

// Faults are the last faults of a slot, the latest first; those of no slot are the ones of "".
func (r *Recorder) Faults(slot string) []Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.faults[slot])
	slices.Reverse(list)
	return list
}

// Events are the last events that are no faults of calls, the latest first.
func (r *Recorder) Events() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.events)
	slices.Reverse(list)
	return list
}

// short is a copy of a fault that holds on to nothing: an error may have a whole request behind it.
func short(f *tenon.Fault) *tenon.Fault {
	if f == nil {
		return nil
	}
	s := &tenon.Fault{Kind: f.Kind, Code: f.Code, Slot: cut(f.Slot), Kernel: cut(f.Kernel), Version: f.Version, Label: cut(f.Label),
		File: cut(f.File), Export: cut(f.Export), Message: cut(f.Message)}
	for _, frame := range f.Backtrace[:min(len(f.Backtrace), maxFrames)] {
		s.Backtrace = append(s.Backtrace, cut(frame))
	}
	if f.Err != nil {
		s.Err = errors.New(cut(f.Err.Error()))
	}
	return s
}

// cut is a text of bounded length, which does not keep a longer one alive.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return string([]byte(s[:maxText])) + " …"
}
