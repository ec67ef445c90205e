package registry

import (
	"cmp"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// Baseline is the name under which [Registry.Activate] takes the version off: slots serve their baseline.
const Baseline = "baseline"

// Activation is how a version is activated. The zero value checks what is so for everybody: that the digest is that of the bytes,
// and that a signature, if there is one, is about this version and not of a lower release counter than the floor.
type Activation struct {
	// Trust also checks the signature by these keys; nil does not: the hosts check it anyhow.
	Trust *Trust
	// Ticket is the envelope of a [Ticket] that allows a version below the floor; nil is none.
	Ticket []byte
	// By is what the trail says; "" is what the registry was opened with.
	By string
}

// Activate makes a version the active one, which is named by a label, a digest or [Baseline]. It gives the state afterwards. Activating what
// is active changes nothing. When the state was written and only the note in the trail failed, the new state comes together with the
// error; the next writer adds the note.
func (r *Registry) Activate(contract, labelOrDigest string, o Activation) (_ State, err error) {
	defer func() { named(&err, "activate", contract) }()
	return r.change(contract, o, func(dir string, _ State, labels labels) (Entry, error) {
		e := Entry{Event: EventActivated}
		switch {
		case labelOrDigest == Baseline:
			return e, nil
		case digestName.MatchString(labelOrDigest):
			e.Version = labelOrDigest
			return e, nil
		}
		if err := checkLabel(labelOrDigest); err != nil {
			return e, err
		}
		digest, ok := labels[labelOrDigest]
		if !ok {
			return e, refuse(ReasonNotFound, "", "no label %q: tenon ls shows the labels", labelOrDigest)
		}
		e.Version, e.Label = digest, labelOrDigest
		return e, nil
	})
}

// Rollback makes the version active that was so before the active one, which may be the baseline, and gives the state afterwards.
// Afterwards there is nothing to go back to, so that a second Rollback changes nothing. It fails and succeeds as Activate does; a
// version whose release counter is below the floor needs a ticket.
func (r *Registry) Rollback(contract string, o Activation) (_ State, err error) {
	defer func() { named(&err, "roll back", contract) }()
	return r.change(contract, o, func(dir string, s State, _ labels) (Entry, error) {
		if !s.Exists {
			return Entry{}, refuse(ReasonNotFound, statePath(dir), "nothing was ever activated: there is nothing to go back to")
		}
		return Entry{Event: EventRolledBack, Version: s.Previous}, nil
	})
}

// change makes the version active that choose names, under the lock.
func (r *Registry) change(contract string, o Activation, choose func(dir string, s State, l labels) (Entry, error)) (State, error) {
	dir, err := r.folder(contract)
	if err != nil {
		return State{}, err
	}
	unlock, err := r.lock(dir)
	if err != nil {
		return State{}, err
	}
	defer unlock()
	old, err := r.state(dir)
	if err != nil {
		return State{}, err
	}
	labels, unread := r.labels(dir)
	e, err := choose(dir, old, labels)
	if unread != nil && (err != nil || e.Version != "") { // the baseline is there without them
		return State{}, unread
	}
	if err != nil {
		return State{}, err
	}
	next, err := r.next(dir, contract, e, old, labels, o)
	if err != nil {
		return State{}, err
	}
	if next.equal(old) {
		return old, cmp.Or(r.settle(dir), r.catchUp(dir, contract, old))
	}
	if old.Revision == math.MaxUint64 {
		return State{}, refuse(ReasonStateMalformed, statePath(dir), "there is no revision after %d: restore the file", old.Revision)
	}
	next.Revision = old.Revision + 1
	late := r.catchUp(dir, contract, old) // a trail that cannot be written does not hold up the change
	if err := r.writeState(dir, next); err != nil {
		return State{}, err
	}
	e.By, e.Previous, e.Revision = o.By, old.Active, next.Revision
	if list := labels.of(e.Version); e.Label == "" && len(list) > 0 {
		e.Label = newest(list)
	}
	return next, cmp.Or(late, r.note(dir, contract, e))
}

// next gives the state with another version active, after all checks.
func (r *Registry) next(dir, contract string, e Entry, old State, labels labels, o Activation) (State, error) {
	next, digest := old, e.Version
	next.Exists = true
	if digest != old.Active {
		next.Active, next.Previous = digest, old.Active
	}
	if e.Event == EventRolledBack {
		next.Previous = digest
	}
	next.Ticket = nil
	if digest == "" {
		return next, nil
	}
	if _, err := r.component(dir, digest); err != nil {
		return State{}, missing(err)
	}
	c := check{contract: contract, digest: digest, labels: labels, trust: o.Trust, now: r.o.Now()}
	s, err := r.statement(dir, c)
	if err != nil || !s.signed {
		return next, err
	}
	if old.Floor > 0 && s.Counter == old.Floor {
		other, err := r.numbered(dir, digest, old)
		if err != nil {
			return State{}, err
		}
		if other != "" {
			return State{}, refuse(ReasonCounterBelowFloor, envelopePath(dir, digest), "version %s has release counter %d already: sign this one with a higher counter", other, s.Counter)
		}
	}
	if s.Counter < old.Floor {
		next.Ticket = o.Ticket
		if o.Ticket == nil && digest == old.Active {
			next.Ticket = old.Ticket
		}
		if err := c.lifted(next.Ticket, envelopePath(dir, digest), s.Counter, old.Floor); err != nil {
			return State{}, err
		}
		next.Ticket = compact(next.Ticket)
	}
	next.Floor = max(old.Floor, s.Counter)
	return next, nil
}

// missing says of an active version's file that it is gone; other errors stay.
func missing(err error) error {
	if ReasonOf(err) != ReasonNotFound {
		return err
	}
	e := err.(*Error)
	return &Error{Reason: ReasonVersionMissing, Path: e.Path, Message: "the version's file is gone: publish the component again, or activate another version"}
}

// numbered gives another version than digest that has the release counter of the floor, so that hosts may have served it; "" is none.
// What is active, or was so before, had the counter first: only those two are held against it, and all versions against others.
func (r *Registry) numbered(dir, digest string, s State) (string, error) {
	others := []string{s.Active, s.Previous}
	if !slices.Contains(others, digest) {
		names, err := r.names(filepath.Join(dir, "versions"))
		if err != nil {
			return "", err
		}
		for _, name := range names {
			if of, ok := strings.CutSuffix(name, ".dsse.json"); ok && digestName.MatchString(of) {
				others = append(others, of)
			}
		}
	}
	for _, other := range others {
		if other != "" && other != digest && r.counter(dir, other) == s.Floor {
			return other, nil
		}
	}
	return "", nil
}

// counter gives the release counter that an envelope states, whoever signed it; 0 is none.
func (r *Registry) counter(dir, digest string) uint64 {
	text, err := r.content(envelopePath(dir, digest), maxEnvelope)
	if err != nil {
		return 0
	}
	s, err := readStatement(text, nil)
	if err != nil || s.Digest != digest {
		return 0
	}
	return s.Counter
}

// catchUp notes the last change of the state if whoever made it did not get to it.
func (r *Registry) catchUp(dir, contract string, s State) error {
	if !s.Exists || r.noted(dir) >= s.Revision {
		return nil
	}
	return r.note(dir, contract, Entry{Event: EventActivated, Version: s.Active, Revision: s.Revision,
		Message: "noted by the next writer, who found no entry of this change"})
}

// noted gives the revision of the last change that the trail has; 0 is none.
func (r *Registry) noted(dir string) uint64 {
	for _, look := range []int{100, maxEntries} {
		entries, _ := r.trail(dir, look) // what cannot be read does not tell
		for _, e := range slices.Backward(entries) {
			if e.Event == EventActivated || e.Event == EventRolledBack {
				return e.Revision
			}
		}
		if len(entries) < look {
			break
		}
	}
	return 0
}
