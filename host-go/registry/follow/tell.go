package follow

import (
	"context"
	"log/slog"
	"slices"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// wanted is what the registry says shall serve.
type wanted struct {
	state          registry.State
	version, label string
	keep           bool // it says nothing: what was wanted before is right
}

// settle books the outcome of a look, and tells of what is new about it: of a version that came into service in the
// place of previous, or of a refusal. It gives err.
func (f *Follower) settle(ctx context.Context, w wanted, previous string, err error) error {
	serving := digest(f.slot.Kernel())
	now := time.Now()
	f.mu.Lock()
	s := &f.status
	before := *s
	if !w.keep {
		s.Revision, s.Want, s.WantLabel = w.state.Revision, w.version, w.label
	}
	s.Serving, s.Previous, s.Looked = serving, f.kernels.previous(), now
	s.InStep, s.Reason, s.Kind, s.Message = err == nil, "", "", ""
	swapped := err == nil && !w.keep && previous != w.version
	switch {
	case err == nil && !w.keep && serving == w.version:
		s.Label = w.label
	case serving != before.Serving:
		s.Label = ""
	}
	if swapped {
		s.Swaps++
	}
	refused := false
	if err != nil {
		s.Reason, s.Kind, s.Message = registry.ReasonOf(err), kind(err), err.Error()
		refused = before.InStep || before.Reason != s.Reason || before.Want != s.Want || before.Revision != s.Revision
	}
	s.Retry = time.Time{}
	if pause := f.again(err); pause > 0 {
		s.Retry = now.Add(pause)
	}
	if refused {
		if s.Refusals == nil {
			s.Refusals = make(map[registry.Reason]uint64)
		}
		s.Refusals[s.Reason]++
	}
	if s.InStep != before.InStep || s.Reason != before.Reason {
		s.Since = now
	}
	after := *s
	f.mu.Unlock()
	switch {
	case refused:
		f.tell(ctx, slog.LevelWarn, "version refused", after.Want, after.WantLabel, serving, after.Revision,
			slog.String("reason", string(after.Reason)), slog.String("kind", after.Kind), slog.String("error", after.Message))
		f.note(ctx, registry.Entry{Event: registry.EventRefused, Version: after.Want, Label: after.WantLabel, Previous: serving,
			Revision: after.Revision, Reason: after.Reason, Message: after.Message})
	case swapped:
		f.tell(ctx, slog.LevelInfo, "version followed", after.Want, after.WantLabel, previous, after.Revision)
		f.note(ctx, registry.Entry{Event: registry.EventSwapped, Version: after.Want, Label: after.WantLabel, Previous: previous,
			Revision: after.Revision})
	case err == nil && before.Reason != "" && serving == after.Want:
		f.tell(ctx, slog.LevelInfo, "version followed", after.Want, after.WantLabel, previous, after.Revision)
	}
	return err
}

// kind is the kind of fault of an error: of its reason, or the kernel's own.
func kind(err error) string {
	if k := registry.ReasonOf(err).Kind(); k != "" {
		return k
	}
	return string(tenon.KindOf(err))
}

// tell writes a line about a version to the runtime's log.
func (f *Follower) tell(ctx context.Context, level slog.Level, message, version, label, previous string, revision uint64, more ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String("slot", f.slot.Name()), slog.String("contract", f.contract),
		slog.String("version", version), slog.String("label", label), slog.String("previous", previous),
		slog.Uint64("revision", revision)}, more...)
	f.slot.Runtime().Logger().LogAttrs(ctx, level, message, attrs...)
}

// tellDegraded says that the system does not tell of changes.
func (f *Follower) tellDegraded(ctx context.Context, err error) {
	f.slot.Runtime().Logger().LogAttrs(ctx, slog.LevelWarn, "registry is looked at by the clock alone",
		slog.String("slot", f.slot.Name()), slog.String("contract", f.contract), slog.String("error", err.Error()))
}

// note writes an entry to the registry's trail. Where that fails the log says so, once until it succeeds.
func (f *Follower) note(ctx context.Context, e registry.Entry) {
	if state, err := f.registry.State(f.contract); f.cfg.NoTrail || err == nil && !state.Exists {
		return // a folder that is gone shall not come back with a trail in it
	}
	e.Slot = f.slot.Name()
	err := f.registry.Note(f.contract, e)
	reason := registry.ReasonOf(err)
	if err != nil && reason != f.trailOff {
		f.slot.Runtime().Logger().LogAttrs(ctx, slog.LevelWarn, "trail not written", slog.String("slot", e.Slot),
			slog.String("contract", f.contract), slog.String("reason", string(reason)), slog.String("error", err.Error()))
	}
	f.trailOff = reason
}

// breakerWatch finds what a slot's breaker did since it last looked.
type breakerWatch struct {
	trips   uint64
	tripped bool
	version string
}

// events are what happened to the version that serves.
func (b *breakerWatch) events(s tenon.SlotStats) (events []registry.Event, version string) {
	version, tripped := serving(s)
	was := *b
	*b = breakerWatch{trips: s.Trips, tripped: tripped, version: version}
	if version != was.version {
		return nil, version
	}
	again := s.Trips > was.trips && !staged(s) // which of two versions it was is not told
	again = again || tripped && !was.tripped
	if again && was.tripped || !tripped && was.tripped {
		events = append(events, registry.EventRecovered)
	}
	if again {
		events = append(events, registry.EventTripped)
		if !tripped {
			events = append(events, registry.EventRecovered)
		}
	}
	return events, version
}

// staged reports whether a slot has a version beside the one that serves.
func staged(s tenon.SlotStats) bool {
	return slices.ContainsFunc(s.Versions, func(v tenon.VersionStats) bool {
		return !v.Serving && (v.State == tenon.StateStaged || v.State == tenon.StateTripped)
	})
}

// serving is the version that a slot serves, and whether the breaker has it turned off.
func serving(s tenon.SlotStats) (version string, tripped bool) {
	for _, v := range s.Versions {
		if v.Serving {
			return v.Version, v.State == tenon.StateTripped
		}
	}
	return "", false
}

// watchBreaker writes to the trail what the slot's breaker did.
func (f *Follower) watchBreaker() {
	if f.cfg.NoTrail {
		return
	}
	select {
	case f.turn <- struct{}{}:
	default:
		return // a look is at work: the next tick comes
	}
	defer func() { <-f.turn }()
	events, version := f.breaker.events(f.slot.Stats())
	for _, e := range events {
		s := f.Status()
		f.note(f.life, registry.Entry{Event: e, Version: version, Label: s.Label, Revision: s.Revision})
	}
}
