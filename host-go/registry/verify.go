package registry

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// A Finding is something that is wrong in a registry.
type Finding struct {
	// Reason is what kind of wrong it is.
	Reason Reason
	// Path is the file.
	Path string
	// Digest is the version that is concerned; "" where it is none.
	Digest string
	// Message says what is wrong and what to do about it.
	Message string
}

// Verify reads all of a contract and gives what is wrong with it, the files of state first and then the versions by digest: nothing
// where all is well. Its error is of a registry that could not be read at all. A signature that is missing is a finding where trust asks for
// signatures.
func (r *Registry) Verify(contract string, trust Trust) (_ []Finding, err error) {
	defer func() { named(&err, "verify", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	if _, err := r.names(dir); err != nil {
		return nil, err
	}
	var v findings
	s, err := r.state(dir)
	v.add("", err)
	labels, err := r.labels(dir)
	v.add("", err)
	_, err = r.golden(dir, contract)
	v.add("", err)
	_, err = r.trail(dir, maxEntries)
	v.add("", err)

	digests := map[string]bool{}
	names, err := r.names(filepath.Join(dir, "versions"))
	if ReasonOf(err) != ReasonNotFound {
		v.add("", err)
	}
	for _, name := range names {
		if digest, isWasm := strings.CutSuffix(name, ".wasm"); isWasm && digestName.MatchString(digest) {
			digests[digest] = true
		}
	}
	for _, name := range names {
		if digest, isEnvelope := strings.CutSuffix(name, ".dsse.json"); isEnvelope && digestName.MatchString(digest) && !digests[digest] {
			v.add(digest, refuse(ReasonVersionMissing, envelopePath(dir, digest), "the signature of a version that is not there: publish it, or run tenon gc"))
		}
	}
	named := labels.byDigest()
	for digest := range named {
		digests[digest] = true
	}
	for _, digest := range []string{s.Active, s.Previous} {
		if digest != "" {
			digests[digest] = true
		}
	}
	for _, digest := range sortedKeys(digests) {
		if _, err := r.component(dir, digest); err != nil {
			if digest == s.Active || digest == s.Previous || named[digest] != nil || ReasonOf(err) != ReasonNotFound {
				v.add(digest, missing(err))
			}
			continue
		}
		c := check{contract: contract, digest: digest, labels: labels, trust: &trust, now: r.o.Now()}
		stated, err := r.statement(dir, c)
		v.add(digest, err)
		if err == nil && stated.signed && digest == s.Active {
			v.add(digest, c.above(envelopePath(dir, digest), stated.Counter, s, Served{}))
		}
	}
	return v, nil
}

type findings []Finding

func (v *findings) add(digest string, err error) {
	var e *Error
	if errors.As(err, &e) {
		message := e.Message
		if e.Err != nil {
			message += ": " + e.Err.Error()
		}
		*v = append(*v, Finding{Reason: e.Reason, Path: e.Path, Digest: digest, Message: message})
	}
}

func sortedKeys(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for key := range set {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}
