package tenon

import (
	"context"
	"log/slog"
)

// EventKind says what happened. The list grows; ignore what you do not know.
type EventKind string

// The kinds of events.
const (
	EventLoaded     EventKind = "loaded"      // a kernel was loaded
	EventSwapped    EventKind = "swapped"     // a slot serves another version, or its baseline alone
	EventSwapFailed EventKind = "swap-failed" // Swap, Stage or Promote failed, and changed nothing
	EventStaged     EventKind = "staged"      // a slot has another version staged, or none
	EventDivided    EventKind = "divided"     // a slot sends another share of its calls to the staged version
	EventTripped    EventKind = "tripped"     // the breaker turned a version off
	EventRecovered  EventKind = "recovered"   // a version that was turned off has its calls again
	EventDrained    EventKind = "drained"     // a version's last instance was closed
	EventFault      EventKind = "fault"       // a call got no answer from a kernel; the baseline may have given one
)

// Event is something that an operator may want to know. Fields that do not apply are empty.
type Event struct {
	Kind EventKind
	Slot string
	// Kernel, Version and Label name the version that the event is about; see [Fault].
	Kernel, Version, Label string
	// Previous is the Version that was served, or staged, before; of an EventSwapFailed the one that serves on.
	Previous string
	// Fault is the fault of an EventFault or EventSwapFailed; of an EventTripped the last one that was held against the version.
	Fault *Fault
}

// Observer is told of events as they happen, on the goroutine where they happen and possibly on several at
// once. It must return quickly and must not call Swap or Close. Answers are no events: see [Slot.Stats].
type Observer interface {
	Observe(Event)
}

// ObserverFunc is a function that is an Observer.
type ObserverFunc func(Event)

// Observe calls f.
func (f ObserverFunc) Observe(e Event) { f(e) }

func (rt *Runtime) observe(e Event) {
	if rt.cfg.Observer != nil {
		rt.cfg.Observer.Observe(e)
	}
}

// tell logs and reports what has become of a version; nil is the baseline.
func (c *core) tell(ctx context.Context, level slog.Level, message string, e Event, v *version, more ...slog.Attr) {
	e.Slot = c.name
	attrs := []slog.Attr{slog.String("slot", c.name)}
	if v != nil {
		e.Kernel, e.Version, e.Label = v.kernel.name, v.kernel.Digest(), v.kernel.Label()
		attrs = append(attrs, v.kernel.attrs()...)
	}
	if e.Previous != "" {
		attrs = append(attrs, slog.String("previous", e.Previous))
	}
	c.rt.cfg.Logger.LogAttrs(ctx, level, message, append(attrs, more...)...)
	c.rt.observe(e)
}

// faulted counts, logs and reports a fault. v is nil when the call reached no version.
func (c *core) faulted(ctx context.Context, v *version, f *Fault) {
	var n uint64
	log := false
	switch {
	case f.refused:
		c.rejected.Add(1)
	case v == nil:
		c.faults[f.Kind.index()].Add(1)
	default:
		n, log = c.book(v, f)
		log = log && f.Kind != KindCanceled
	}
	if log {
		attrs := append(f.attrs(), slog.Uint64("count", n))
		if owner := v.kernel.metadata.Owner; owner != "" {
			attrs = append(attrs, slog.String("owner", owner))
		}
		c.rt.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "kernel fault", attrs...)
	}
	c.rt.observe(Event{Kind: EventFault, Slot: c.name, Kernel: f.Kernel, Version: f.Version, Label: f.Label, Fault: f})
}

// book counts a fault of a version, also of one that was drained and whose counts were added up already.
func (c *core) book(v *version, f *Fault) (n uint64, log bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.versions[v]; !there {
		c.past.faults[f.Kind.index()]++
	}
	return v.count(f)
}
