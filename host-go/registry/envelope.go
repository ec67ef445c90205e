package registry

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// An envelope is a signed payload in DSSE's form (https://github.com/secure-systems-lab/dsse, protocol.md).
type envelope struct {
	payloadType string
	payload     []byte
	signatures  []signature
}

type signature struct {
	keyID string
	sig   []byte
}

// maxSignatures is how many signatures an envelope may have.
const maxSignatures = 16

// The types of payloads.
const (
	statementType = "application/vnd.tenon.version.v1+json"
	ticketType    = "application/vnd.tenon.rollback.v1+json"
)

// malformed makes an error of an envelope or payload that cannot be read.
func malformed(path string, err error) error {
	return &Error{Reason: ReasonSignatureMalformed, Path: path, Message: "the signature cannot be read: sign the version again", Err: err}
}

func parseEnvelope(text []byte) (envelope, error) {
	var e envelope
	if len(text) > maxEnvelope {
		return e, refuse(ReasonTooLarge, "", "a signature of %d bytes: at most %d are read", len(text), maxEnvelope)
	}
	object, err := members(text, maxEnvelope) // DSSE leaves other keys alone, however many: only the payload is vouched for
	if err != nil {
		return e, err
	}
	var payload string
	var list []json.RawMessage
	err = errors.Join(field(object, "payloadType", &e.payloadType), field(object, "payload", &payload), field(object, "signatures", &list))
	if err != nil {
		return e, err
	}
	if e.payload, err = decode64(payload); err != nil {
		return e, fmt.Errorf(`"payload": %w`, err)
	}
	if len(list) == 0 || len(list) > maxSignatures {
		return e, fmt.Errorf("%d signatures: want 1 to %d", len(list), maxSignatures)
	}
	for i, text := range list {
		object, err := members(text, maxEnvelope)
		var s signature
		var sig string
		if err == nil {
			err = errors.Join(field(object, "keyid", &s.keyID), field(object, "sig", &sig))
		}
		if err == nil {
			s.sig, err = decode64(sig)
		}
		if err != nil {
			return e, fmt.Errorf("signature %d: %w", i, err)
		}
		e.signatures = append(e.signatures, s)
	}
	return e, nil
}

// decode64 reads base64 in the standard alphabet with padding, or in the URL's with or without.
func decode64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("base64 with line ends")
	}
	content, err := base64.StdEncoding.Strict().DecodeString(text)
	for _, other := range []*base64.Encoding{base64.URLEncoding, base64.RawURLEncoding} {
		if err == nil {
			break
		}
		content, err = other.Strict().DecodeString(text)
	}
	return content, err
}

// preAuth is what is signed: the type and the payload with their lengths, so that neither can pass for the other.
func preAuth(payloadType string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// by checks that one of the keys signed the envelope.
func (e envelope) by(keys []ed25519.PublicKey) error {
	message := preAuth(e.payloadType, e.payload)
	known := false
	for _, s := range e.signatures {
		for _, key := range keys {
			if len(key) != ed25519.PublicKeySize || s.keyID != "" && s.keyID != KeyID(key) {
				continue
			}
			known = true
			if ed25519.Verify(key, message, s.sig) {
				return nil
			}
		}
	}
	if known {
		return refuse(ReasonSignatureInvalid, "", "the signature is not that of the trusted key over these bytes: sign the version again")
	}
	ids := make([]string, len(e.signatures))
	for i, s := range e.signatures {
		ids[i] = fmt.Sprintf("%.16q", s.keyID)
	}
	return refuse(ReasonKeyUnknown, "", "signed by %s, which is no trusted key: add its public key to the trusted ones, or sign with another", strings.Join(ids, ", "))
}

// seal signs a payload.
func seal(payloadType string, payload []byte, key ed25519.PrivateKey) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, refuse(ReasonSignatureMalformed, "", "not an Ed25519 private key: ParsePrivateKey reads one")
	}
	type sealed struct {
		KeyID string `json:"keyid"`
		Sig   string `json:"sig"`
	}
	id := KeyID(key.Public().(ed25519.PublicKey))
	sig := ed25519.Sign(key, preAuth(payloadType, payload))
	return json.Marshal(struct {
		PayloadType string   `json:"payloadType"`
		Payload     string   `json:"payload"`
		Signatures  []sealed `json:"signatures"`
	}{payloadType, base64.StdEncoding.EncodeToString(payload), []sealed{{id, base64.StdEncoding.EncodeToString(sig)}}})
}
