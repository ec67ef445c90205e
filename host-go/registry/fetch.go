package registry

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// A Release is what a host needs to serve a contract's active version. All of it was checked, and Component is the very bytes that
// were.
type Release struct {
	// State is what the registry says is active.
	State State
	// Digest names the version; "" is the baseline, also where nothing was ever activated (State.Exists is false then).
	Digest string
	// Label is the statement's label or else the newest label of the version; "" where it has none.
	Label string
	// Component is the version's bytes; nil for the baseline.
	Component []byte
	// Signed says that there is a signature by a trusted key, which states Statement.
	Signed bool
	// Statement is what is signed. Its ContractHash is to be compared with the loaded kernel's.
	Statement Statement
	// Counter is the statement's release counter; 0 where it is unsigned.
	Counter uint64
	// Golden is golden.json; nil for the baseline, and where there is none.
	Golden []byte
}

// Served is the release with the highest counter that a host has served of a contract. A host keeps it in memory, so that a state.json
// whose floor was turned back does not make it serve what it has passed. The zero value is none.
type Served struct {
	// Counter is the release counter.
	Counter uint64
	// Digest is the version that had it; "" where it is not known.
	Digest string
}

// After gives the highest of two releases that were served, for a host to keep. The release counter 0 is none: it numbers nothing.
func (s Served) After(release Release) Served {
	if release.Signed && release.Counter > 0 && (release.Counter > s.Counter || s.Digest == "" && release.Counter == s.Counter) {
		return Served{release.Counter, release.Digest}
	}
	return s
}

// Fetch reads the active version of a contract and checks all of it: digest, signature by trust, label, release counter against the
// state's floor and against served, ticket. It takes no lock and changes nothing. A contract that nothing was ever activated of gives
// the zero State. A version whose file is gone is ReasonVersionMissing.
func (r *Registry) Fetch(contract string, trust Trust, served Served) (_ Release, err error) {
	defer func() { named(&err, "fetch", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return Release{}, err
	}
	for try := 0; ; try++ {
		s, err := r.state(dir)
		if err != nil {
			return Release{}, err
		}
		release, err := r.release(dir, contract, s, trust, served)
		if err == nil || try == 3 {
			return release, err
		}
		// A label that a signature states was written before that, maybe since the labels were read.
		if try == 0 && ReasonOf(err) == ReasonLabelMismatch {
			continue
		}
		// What was just replaced may be collected already: look again if the state is another one by now.
		if now, again := r.state(dir); again != nil || now.equal(s) {
			return Release{}, err
		}
	}
}

// release reads and checks what a state says is active.
func (r *Registry) release(dir, contract string, s State, trust Trust, served Served) (Release, error) {
	release := Release{State: s, Digest: s.Active}
	if s.Active == "" {
		return release, nil
	}
	labels, err := r.labels(dir)
	if err != nil {
		return Release{}, err
	}
	component, err := r.component(dir, s.Active)
	if err != nil {
		return Release{}, missing(err)
	}
	c := check{contract: contract, digest: s.Active, labels: labels, trust: &trust, now: r.o.Now()}
	stated, err := r.statement(dir, c)
	if err != nil {
		return Release{}, err
	}
	release.Component = component
	if list := labels.of(s.Active); len(list) > 0 {
		release.Label = newest(list)
	}
	if release.Golden, err = r.golden(dir, contract); err != nil {
		return Release{}, err
	}
	if !stated.signed {
		return release, nil
	}
	if err := c.above(envelopePath(dir, s.Active), stated.Counter, s, served); err != nil {
		return Release{}, err
	}
	release.Signed, release.Statement, release.Counter = true, stated.Statement, stated.Counter
	if stated.Label != "" {
		release.Label = stated.Label
	}
	return release, nil
}

// check is what a version's signature is checked for.
type check struct {
	contract string
	digest   string
	labels   labels
	trust    *Trust // nil: whose it is does not matter
	now      time.Time
}

type signedStatement struct {
	Statement
	signed bool
}

// statement reads a version's envelope once and checks it.
func (r *Registry) statement(dir string, c check) (signedStatement, error) {
	path := envelopePath(dir, c.digest)
	text, err := r.content(path, maxEnvelope)
	if ReasonOf(err) == ReasonNotFound {
		if c.trust != nil && !c.trust.Unsigned {
			return signedStatement{}, refuse(ReasonSignatureMissing, path, "the version is not signed, and the policy asks for it: sign it with tenon sign")
		}
		return signedStatement{}, nil
	}
	if err != nil {
		return signedStatement{}, err
	}
	s, err := c.statement(text)
	if err != nil {
		if e, ok := err.(*Error); ok && e.Path == "" {
			e.Path = path
		}
		return signedStatement{}, err
	}
	return signedStatement{s, true}, nil
}

// statement checks an envelope's text.
func (c check) statement(text []byte) (s Statement, err error) {
	if s, err = currentStatement(text, c.trust, c.now); err != nil {
		return s, err
	}
	if s.Digest != c.digest {
		return s, refuse(ReasonSignatureOfAnother, "", "the signature is of version %.80q: put the one that was made for %s there", s.Digest, c.digest)
	}
	if s.Package() != c.contract {
		return s, refuse(ReasonContractMismatch, "", "the signature is of a kernel of %.80q: publish it there", s.Contract)
	}
	if named, ok := c.labels[s.Label]; s.Label != "" && (!ok || named != c.digest) {
		return s, refuse(ReasonLabelMismatch, "", "the signature is of label %.80q, which does not name this version: publish it under that label", s.Label)
	}
	return s, nil
}

// above checks a release counter against the floor and against what the host has served.
func (c check) above(path string, counter uint64, s State, served Served) error {
	if counter == served.Counter && served.Digest != "" && served.Digest != c.digest {
		return refuse(ReasonCounterBelowFloor, path, "version %s was served with release counter %d already: sign this one with a higher counter", served.Digest, counter)
	}
	if counter >= max(s.Floor, served.Counter) {
		return nil
	}
	if s.Floor < served.Counter {
		return refuse(ReasonCounterBelowFloor, path, "release counter %d, and this process has served %d already, although the floor in state.json is %d: somebody turned it back", counter, served.Counter, s.Floor)
	}
	return c.lifted(s.Ticket, path, counter, s.Floor)
}

// lifted checks that a ticket lets the version be below the floor.
func (c check) lifted(ticket []byte, path string, counter, floor uint64) error {
	if ticket == nil {
		return refuse(ReasonCounterBelowFloor, path, "release counter %d, and %d was active already: sign with a higher counter, or roll back with a ticket", counter, floor)
	}
	t, err := currentTicket(ticket, c.trust, c.now)
	if err != nil {
		return err
	}
	if want := (Ticket{Contract: c.contract, Digest: c.digest, Floor: floor, NotAfter: t.NotAfter}); t != want {
		return refuse(ReasonTicketInvalid, path, "the rollback ticket is for version %.80q of %.80q at floor %d, not for %s at floor %d: sign another", t.Digest, t.Contract, t.Floor, c.digest, floor)
	}
	return nil
}

// Golden reads a contract's golden cases, in the format of wit/vectors/README.md; nil without an error where there are none. It checks that
// it is a file of this contract, not its cases.
func (r *Registry) Golden(contract string) (_ []byte, err error) {
	defer func() { named(&err, "read golden cases", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	return r.golden(dir, contract)
}

func (r *Registry) golden(dir, contract string) ([]byte, error) {
	path := filepath.Join(dir, "golden.json")
	text, err := r.content(path, maxText)
	if ReasonOf(err) == ReasonNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return text, checkGolden(path, contract, text)
}

// checkGolden checks what golden.json says of itself.
func checkGolden(path, contract string, text []byte) error {
	object, err := document(path, text, ReasonGoldenMalformed, "contract", "tolerance", "cases")
	if err != nil {
		return err
	}
	var of string
	var tolerance float64
	err = errors.Join(need(object, "cases"), field(object, "contract", &of), field(object, "tolerance", &tolerance))
	if err == nil && object["cases"][0] != '[' { // it is JSON, and its items are for who runs them
		err = errors.New(`"cases" is no list`)
	}
	if name, _, _ := strings.Cut(of, "@"); err == nil && name != contract {
		err = fmt.Errorf("the cases are of contract %.80q", of)
	}
	if err != nil {
		return asMalformed(ReasonGoldenMalformed, path, err)
	}
	return nil
}
