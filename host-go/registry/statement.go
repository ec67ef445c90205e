package registry

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Statement is what a signature says of a version.
type Statement struct {
	// Digest is the SHA-256 of the component, in 64 lower-case hexadecimal digits.
	Digest string
	// Kernel is the kernel's name; "" where it is not stated.
	Kernel string
	// Contract is the contract with its version, such as "tenon:redact@1.0.0".
	Contract string
	// ContractHash is the hash of the contract's types that the kernel was built for; "" where it is not stated.
	ContractHash string
	// Label is the semver label that must name the version; "" where none must.
	Label string
	// Counter numbers the releases of a contract: a host never goes back to a lower one without a Ticket.
	Counter uint64
	// NotBefore and NotAfter bound the time in which the statement counts; zero times do not.
	NotBefore, NotAfter time.Time
}

// A Ticket allows a version whose release counter is below the floor.
type Ticket struct {
	// Contract is the package of the contract, such as "tenon:redact".
	Contract string
	// Digest is the one version that is allowed.
	Digest string
	// Floor is the floor for which the ticket is good: it ends with the next release.
	Floor uint64
	// NotAfter is the end of the ticket; the zero time is none.
	NotAfter time.Time
}

type statementText struct {
	Format       int    `json:"format"`
	Digest       string `json:"digest"`
	Kernel       string `json:"kernel"`
	Contract     string `json:"contract"`
	ContractHash string `json:"contract_hash"`
	Label        string `json:"label"`
	Counter      uint64 `json:"counter"`
	NotBefore    string `json:"not_before,omitempty"`
	NotAfter     string `json:"not_after,omitempty"`
}

type ticketText struct {
	Format   int    `json:"format"`
	Contract string `json:"contract"`
	Digest   string `json:"digest"`
	Floor    uint64 `json:"floor"`
	NotAfter string `json:"not_after,omitempty"`
}

// Sign makes the envelope of a statement, for [Registry.PutEnvelope] or [Signed].
func Sign(s Statement, key ed25519.PrivateKey) (_ []byte, err error) {
	defer func() { named(&err, "sign", "") }()
	if err := s.check(); err != nil {
		return nil, malformed("", err)
	}
	payload, err := json.Marshal(statementText{1, s.Digest, s.Kernel, s.Contract, s.ContractHash, s.Label, s.Counter, clock(s.NotBefore), clock(s.NotAfter)})
	if err != nil {
		return nil, err
	}
	return seal(statementType, payload, key)
}

// SignTicket makes the envelope of a ticket, for [Activation].
func SignTicket(t Ticket, key ed25519.PrivateKey) (_ []byte, err error) {
	defer func() { named(&err, "sign", t.Contract) }()
	if err := t.check(); err != nil {
		return nil, malformed("", err)
	}
	payload, err := json.Marshal(ticketText{1, t.Contract, t.Digest, t.Floor, clock(t.NotAfter)})
	if err != nil {
		return nil, err
	}
	return seal(ticketType, payload, key)
}

// Package gives the contract's package, without its version.
func (s Statement) Package() string {
	name, _, _ := strings.Cut(s.Contract, "@")
	return name
}

// check is what is asked of a statement before it is signed.
func (s Statement) check() error {
	if err := checkDigest(s.Digest); err != nil {
		return err
	}
	if name := s.Package(); len(name) > maxName || !contractName.MatchString(name) {
		return fmt.Errorf("contract %.200q: want one such as tenon:redact@1.0.0", s.Contract)
	}
	if s.Label != "" {
		return checkLabel(s.Label)
	}
	return nil
}

// check is what is asked of a ticket before it is signed.
func (t Ticket) check() error {
	if len(t.Contract) > maxName || !contractName.MatchString(t.Contract) {
		return fmt.Errorf("contract %.200q: want a package such as tenon:redact", t.Contract)
	}
	return checkDigest(t.Digest)
}

// parseStatement reads a payload, whoever signed it.
func parseStatement(payload []byte) (s Statement, err error) {
	object, err := document("", payload, ReasonSignatureMalformed, "digest", "kernel", "contract", "contract_hash", "label", "counter", "not_before", "not_after")
	if err != nil {
		return s, err
	}
	err = errors.Join(need(object, "digest", "kernel", "contract", "counter"), field(object, "digest", &s.Digest), field(object, "kernel", &s.Kernel), field(object, "contract", &s.Contract),
		field(object, "contract_hash", &s.ContractHash), field(object, "label", &s.Label), field(object, "counter", &s.Counter),
		moment(object, "not_before", &s.NotBefore), moment(object, "not_after", &s.NotAfter))
	return s, err
}

// parseTicket reads a payload, whoever signed it.
func parseTicket(payload []byte) (t Ticket, err error) {
	object, err := document("", payload, ReasonTicketInvalid, "contract", "digest", "floor", "not_after")
	if err != nil {
		return t, err
	}
	err = errors.Join(need(object, "contract", "digest", "floor"), field(object, "contract", &t.Contract), field(object, "digest", &t.Digest), field(object, "floor", &t.Floor),
		moment(object, "not_after", &t.NotAfter))
	return t, err
}

// clock writes a time for a payload; the zero time is absent.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// moment reads a time of a payload.
func moment(object map[string]json.RawMessage, key string, into *time.Time) error {
	if object[key] == nil {
		return nil
	}
	var text string
	if err := field(object, key, &text); err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("%q: %w", key, err)
	}
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 { // an hour of a zone may be 24, which package json does not write
		return fmt.Errorf("%q: year %d: want 1 to 9999", key, t.Year())
	}
	*into = t
	return nil
}
