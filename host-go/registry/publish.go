package registry

import (
	"bytes"
	"path/filepath"
)

// A PublishOption adds to what Publish does.
type PublishOption func(*publishing)

type publishing struct{ envelope []byte }

// Signed stores a version's envelope with it, as [Registry.PutEnvelope] does.
func Signed(envelope []byte) PublishOption {
	return func(p *publishing) { p.envelope = envelope }
}

// Publish stores a component under its digest and, unless label is empty, names it so. Publishing the same again changes
// nothing; a label that names other bytes already is refused (ReasonLabelTaken): a label never moves. A version that is stored but
// whose note in the trail failed is returned together with the error: publish it again.
func (r *Registry) Publish(contract, label string, component []byte, o ...PublishOption) (_ Version, err error) {
	defer func() { named(&err, "publish", contract) }()
	var p publishing
	for _, option := range o {
		option(&p)
	}
	dir, err := r.folder(contract)
	if err != nil {
		return Version{}, err
	}
	if label != "" {
		if err := checkLabel(label); err != nil {
			return Version{}, err
		}
	}
	if len(component) > maxComponent {
		return Version{}, refuse(ReasonTooLarge, "", "a component of %d bytes: at most %d are read", len(component), maxComponent)
	}
	if err := r.makeFolders(filepath.Join(dir, "versions")); err != nil {
		return Version{}, err
	}
	unlock, err := r.lock(dir)
	if err != nil {
		return Version{}, err
	}
	defer unlock()
	return r.publish(dir, contract, label, component, p)
}

// publish does so under the lock.
func (r *Registry) publish(dir, contract, label string, component []byte, p publishing) (Version, error) {
	digest := digestOf(component)
	labels, err := r.labels(dir)
	if err != nil {
		return Version{}, err
	}
	old, labelled := labels[label]
	if labelled && old != digest {
		return Version{}, refuse(ReasonLabelTaken, labelsPath(dir), "label %s names %s already, not %s: publish under a new label", label, old, digest)
	}
	if label != "" {
		labels[label] = digest
	}
	if len(labels) > maxLabels {
		return Version{}, refuse(ReasonTooLarge, labelsPath(dir), "%d labels already: tenon gc --keep drops the oldest", maxLabels)
	}
	if p.envelope != nil {
		c := check{contract: contract, digest: digest, labels: labels}
		if _, err := c.statement(p.envelope); err != nil {
			return Version{}, err
		}
	}
	var events []Entry
	// A damaged file under the right name is replaced, an intact one is left alone.
	_, err = r.component(dir, digest)
	stored := err == nil
	if !stored {
		if err := r.replace(versionPath(dir, digest), component); err != nil {
			return Version{}, err
		}
		events = append(events, Entry{Event: EventPublished, Version: digest, Label: label})
	} else if err := r.settle(filepath.Join(dir, "versions")); err != nil {
		return Version{}, err
	}
	changed := false
	sign := func() (err error) {
		if p.envelope != nil {
			changed, err = r.putEnvelope(dir, digest, p.envelope)
		}
		return err
	}
	name := func() error {
		switch {
		case label == "":
			return nil
		case labelled:
			return r.settle(dir)
		}
		return r.writeLabels(dir, labels)
	}
	// No label names a new version before its signature is there. One that was stored before may be active: no signature of it states a
	// label before that names it.
	steps := []func() error{sign, name}
	if stored {
		steps = []func() error{name, sign}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return Version{}, err
		}
	}
	switch {
	case changed:
		events = append(events, Entry{Event: EventSigned, Version: digest, Label: label})
	case label != "" && !labelled && stored:
		events = append(events, Entry{Event: EventLabelled, Version: digest, Label: label})
	}
	_, err = r.fs.Stat(envelopePath(dir, digest))
	v := Version{Contract: contract, Digest: digest, Labels: labels.of(digest), Size: int64(len(component)), Signed: err == nil}
	for _, e := range events {
		if err := r.note(dir, contract, e); err != nil {
			return v, err
		}
	}
	return v, nil
}

// settle makes an earlier try's renames durable, which may have failed at just that.
func (r *Registry) settle(dir string) error { return failed(dir, r.fs.SyncFolder(dir), true) }

// Envelope reads a version's signature, unchecked. A version without one is ErrNotFound.
func (r *Registry) Envelope(contract, digest string) (_ []byte, err error) {
	defer func() { named(&err, "read signature", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	if err := checkDigest(digest); err != nil {
		return nil, err
	}
	return r.content(envelopePath(dir, digest), maxEnvelope)
}

// PutEnvelope stores the signature of a version that is there, in place of one that it may have. Whose signature it is is not
// checked, but that it is an envelope about this version and a label of it is.
func (r *Registry) PutEnvelope(contract, digest string, envelope []byte) (err error) {
	defer func() { named(&err, "sign", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return err
	}
	if err := checkDigest(digest); err != nil {
		return err
	}
	unlock, err := r.lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := r.component(dir, digest); err != nil {
		return err
	}
	labels, err := r.labels(dir)
	if err != nil {
		return err
	}
	c := check{contract: contract, digest: digest, labels: labels}
	s, err := c.statement(envelope)
	if err != nil {
		return err
	}
	changed, err := r.putEnvelope(dir, digest, envelope)
	if err != nil || !changed {
		return err
	}
	return r.note(dir, contract, Entry{Event: EventSigned, Version: digest, Label: s.Label})
}

// putEnvelope does so under the lock, and says whether it was another before.
func (r *Registry) putEnvelope(dir, digest string, envelope []byte) (changed bool, err error) {
	path := envelopePath(dir, digest)
	if old, err := r.content(path, maxEnvelope); err == nil && bytes.Equal(old, envelope) {
		return false, r.settle(filepath.Dir(path))
	}
	return true, r.replace(path, envelope)
}
