package registry

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// Trust says which versions a host serves. The zero value trusts nothing: it refuses every version, unsigned ones with
// ReasonSignatureMissing and signed ones with ReasonKeyUnknown. Keep it with the host, never in the registry.
type Trust struct {
	// Keys are the public keys whose signatures count; one good signature is enough.
	Keys []ed25519.PublicKey
	// Unsigned also allows versions without a signature. A signature that is there must be good all the same.
	Unsigned bool
}

// Statement checks a version's envelope, its time included, and gives what it states. That it is of the right component is for the
// caller to compare.
func (t Trust) Statement(text []byte, now time.Time) (_ Statement, err error) {
	defer func() { named(&err, "check signature", "") }()
	return currentStatement(text, &t, now)
}

// currentStatement is readStatement with the time checked, where somebody is trusted.
func currentStatement(text []byte, trust *Trust, now time.Time) (Statement, error) {
	s, err := readStatement(text, trust)
	switch {
	case err != nil:
		return Statement{}, err
	case trust == nil:
		return s, nil
	case !s.NotBefore.IsZero() && now.Before(s.NotBefore):
		return Statement{}, refuse(ReasonSignatureNotYetValid, "", "valid from %s, and it is %s: wait, or set the clock", clock(s.NotBefore), clock(now))
	case !s.NotAfter.IsZero() && now.After(s.NotAfter):
		return Statement{}, refuse(ReasonSignatureExpired, "", "valid until %s, and it is %s: sign the version again", clock(s.NotAfter), clock(now))
	}
	return s, nil
}

// Ticket checks a ticket's envelope, its time included, and gives what it allows. Everything that is wrong with it is
// ReasonTicketInvalid, but for a newer format.
func (t Trust) Ticket(text []byte, now time.Time) (_ Ticket, err error) {
	defer func() { named(&err, "check ticket", "") }()
	return currentTicket(text, &t, now)
}

// currentTicket is readTicket with the time checked, where somebody is trusted.
func currentTicket(text []byte, trust *Trust, now time.Time) (Ticket, error) {
	ticket, err := readTicket(text, trust)
	if err == nil && trust != nil && !ticket.NotAfter.IsZero() && now.After(ticket.NotAfter) {
		err = fmt.Errorf("valid until %s, and it is %s", clock(ticket.NotAfter), clock(now))
	}
	return ticket, noTicket(err)
}

// readStatement reads an envelope and what it states. A nil trust does not ask who signed.
func readStatement(text []byte, trust *Trust) (Statement, error) {
	payload, err := readPayload(text, statementType, trust)
	if err != nil {
		return Statement{}, err
	}
	s, err := parseStatement(payload)
	return s, orMalformed(err)
}

// readTicket reads an envelope and what it allows. A nil trust does not ask who signed.
func readTicket(text []byte, trust *Trust) (Ticket, error) {
	payload, err := readPayload(text, ticketType, trust)
	if err != nil {
		return Ticket{}, err
	}
	return parseTicket(payload)
}

func readPayload(text []byte, payloadType string, trust *Trust) ([]byte, error) {
	e, err := parseEnvelope(text)
	if err == nil && e.payloadType != payloadType {
		err = fmt.Errorf("the payload is of type %.80q, not %q", e.payloadType, payloadType)
	}
	if err != nil {
		return nil, orMalformed(err)
	}
	if trust != nil {
		if err := e.by(trust.Keys); err != nil {
			return nil, err
		}
	}
	return e.payload, nil
}

// noTicket makes an error of a ticket that does not count.
func noTicket(err error) error {
	if err == nil || ReasonOf(err) == ReasonFormatNewer {
		return err
	}
	return &Error{Reason: ReasonTicketInvalid, Message: "the rollback ticket does not count: sign another", Err: err}
}

// orMalformed keeps a reason that there is.
func orMalformed(err error) error {
	if err == nil {
		return nil
	}
	switch ReasonOf(err) {
	case ReasonTooLarge, ReasonFormatNewer, ReasonSignatureMalformed:
		return err
	}
	return malformed("", err)
}

// KeyID names a public key: the SHA-256 of its 32 bytes, in hexadecimal digits.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// ParseKey reads a public key: PEM of a SubjectPublicKeyInfo, as tenon key new writes beside the private key.
func ParseKey(text []byte) (_ ed25519.PublicKey, err error) {
	defer func() { named(&err, "parse key", "") }()
	block, err := onePEM(text, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(block)
	if err != nil {
		return nil, notAKey(err)
	}
	key, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, notAKey(fmt.Errorf("it is a %T", parsed))
	}
	return key, nil
}

// ParsePrivateKey reads a private key: PEM of PKCS #8, as tenon key new writes.
func ParsePrivateKey(text []byte) (_ ed25519.PrivateKey, err error) {
	defer func() { named(&err, "parse key", "") }()
	block, err := onePEM(text, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block)
	if err != nil {
		return nil, notAKey(err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, notAKey(errors.New("it is a key of another kind"))
	}
	return key, nil
}

// onePEM gives the block of a text that has just one.
func onePEM(text []byte, kind string) ([]byte, error) {
	if len(text) > maxEnvelope {
		return nil, notAKey(errors.New("the text is too long"))
	}
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, notAKey(errors.New("it is not PEM"))
	}
	if block.Type != kind {
		return nil, notAKey(fmt.Errorf("it is a %.40q, not a %q", block.Type, kind))
	}
	if more, _ := pem.Decode(rest); more != nil {
		return nil, notAKey(errors.New("more than one block of PEM"))
	}
	return block.Bytes, nil
}

func notAKey(err error) error {
	return &Error{Reason: ReasonSignatureMalformed, Message: "no Ed25519 key can be read: tenon key new makes a pair", Err: err}
}
