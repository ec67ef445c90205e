package tamper

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// A Case is one damage, after which the new version is active in a way that no host may take.
type Case struct {
	// Name says what was done.
	Name string
	// Reason is why a host refuses it that has served the old version.
	Reason registry.Reason
	// Damage does it.
	Damage func(*Scene) error
}

// then makes the new version active after a damage.
func then(damage func(*Scene) error) func(*Scene) error {
	return func(s *Scene) error {
		if err := damage(s); err != nil {
			return err
		}
		return s.activate(nil)
	}
}

// state is a damage to the state's members alone.
func state(change func(s *Scene, state map[string]any)) func(*Scene) error {
	return func(s *Scene) error {
		return s.activate(func(state map[string]any) { change(s, state) })
	}
}

// text is a state written as text, in which %s are the new and the old digest.
func text(format string) func(*Scene) error {
	return func(s *Scene) error {
		return put(s.Path("state.json"), fmt.Appendf(nil, format, s.New, s.Old))
	}
}

// signed is another signature of the new version by the trusted key.
func signed(change func(s *Scene, statement *registry.Statement)) func(*Scene) error {
	return then(func(s *Scene) error {
		return s.resign(s.Key, func(statement *registry.Statement) { change(s, statement) })
	})
}

// payload is another payload of the new version's envelope, signed by the trusted key; %s is the digest.
func payload(payloadType, format string) func(*Scene) error {
	return then(func(s *Scene) error {
		return put(s.envelope(s.New), seal(s.Key, payloadType, fmt.Appendf(nil, format, s.New)))
	})
}

// below is the new version signed with a counter below the floor, and a ticket that should not help.
func below(key func(*Scene) ed25519.PrivateKey, change func(s *Scene, t *registry.Ticket)) func(*Scene) error {
	return func(s *Scene) error {
		if err := s.resign(s.Key, func(statement *registry.Statement) { statement.Counter = OldCounter - 1 }); err != nil {
			return err
		}
		t := registry.Ticket{Contract: s.Contract, Digest: s.New, Floor: OldCounter}
		change(s, &t)
		ticket, err := s.ticket(key(s), t)
		if err != nil {
			return err
		}
		return s.activate(func(state map[string]any) { state["ticket"] = ticket })
	}
}

func trusted(s *Scene) ed25519.PrivateKey  { return s.Key }
func stranger(s *Scene) ed25519.PrivateKey { return s.Stranger }

const (
	versionType = "application/vnd.tenon.version.v1+json"
	ticketType  = "application/vnd.tenon.rollback.v1+json"
)

// Cases gives all damages.
func Cases() []Case {
	cases := append(components(), signatures()...)
	cases = append(cases, labels()...)
	cases = append(cases, states()...)
	cases = append(cases, counters()...)
	return append(append(cases, golden()...), special()...)
}

func components() []Case {
	return []Case{
		{"a bit of the component flipped", registry.ReasonDigestMismatch, then(func(s *Scene) error {
			return edit(s.wasm(s.New), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		})},
		{"the component cut", registry.ReasonDigestMismatch, then(func(s *Scene) error { return edit(s.wasm(s.New), half) })},
		{"the component emptied", registry.ReasonDigestMismatch, then(func(s *Scene) error {
			return edit(s.wasm(s.New), func([]byte) []byte { return nil })
		})},
		{"a byte after the component", registry.ReasonDigestMismatch, then(func(s *Scene) error {
			return edit(s.wasm(s.New), func(b []byte) []byte { return append(b, 0) })
		})},
		{"the old component under the new name", registry.ReasonDigestMismatch, then(func(s *Scene) error {
			old, err := os.ReadFile(s.wasm(s.Old))
			if err != nil {
				return err
			}
			return put(s.wasm(s.New), old)
		})},
		{"the component's name linked to the old one", registry.ReasonDigestMismatch, then(func(s *Scene) error {
			if err := os.Remove(s.wasm(s.New)); err != nil {
				return err
			}
			return os.Symlink(s.Old+".wasm", s.wasm(s.New))
		})},
		{"the component removed while active", registry.ReasonVersionMissing, then(func(s *Scene) error { return os.Remove(s.wasm(s.New)) })},
		{"the component linked to nothing", registry.ReasonVersionMissing, then(func(s *Scene) error {
			if err := os.Remove(s.wasm(s.New)); err != nil {
				return err
			}
			return os.Symlink("nowhere", s.wasm(s.New))
		})},
		{"a folder in the component's place", registry.ReasonNotAFile, then(func(s *Scene) error { return folder(s.wasm(s.New)) })},
		{"the component linked to itself", registry.ReasonNotAFile, then(func(s *Scene) error { return loop(s.wasm(s.New)) })},
		{"a component of 257 MiB", registry.ReasonTooLarge, then(func(s *Scene) error { return huge(s.wasm(s.New), 257<<20) })},
	}
}

func signatures() []Case {
	return []Case{
		{"the signature removed", registry.ReasonSignatureMissing, then(func(s *Scene) error { return os.Remove(s.envelope(s.New)) })},
		{"a bit of the signature flipped", registry.ReasonSignatureInvalid, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) { e.Signatures[0].Sig[7] ^= 1 })
		})},
		{"the signature cut", registry.ReasonSignatureInvalid, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) { e.Signatures[0].Sig = e.Signatures[0].Sig[:63] })
		})},
		{"a bit of the signed text flipped", registry.ReasonSignatureInvalid, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) { e.Payload[bytes.IndexByte(e.Payload, '6')] ^= 1 })
		})},
		{"a higher counter written into the signed text", registry.ReasonSignatureInvalid, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) {
				e.Payload = bytes.Replace(e.Payload, []byte(`"counter":6`), []byte(`"counter":9`), 1)
			})
		})},
		{"signed by a stranger", registry.ReasonKeyUnknown, then(func(s *Scene) error {
			return s.resign(s.Stranger, func(*registry.Statement) {})
		})},
		{"signed by a stranger in the trusted key's name", registry.ReasonSignatureInvalid, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) {
				e.Signatures[0].Sig = ed25519.Sign(s.Stranger, preAuth(e.PayloadType, e.Payload))
			})
		})},
		{"signed by a stranger who gives no name", registry.ReasonSignatureInvalid, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) {
				e.Signatures[0].KeyID, e.Signatures[0].Sig = "", ed25519.Sign(s.Stranger, preAuth(e.PayloadType, e.Payload))
			})
		})},
		{"the signed text without the type in what is signed", registry.ReasonSignatureInvalid, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) { e.Signatures[0].Sig = ed25519.Sign(s.Key, e.Payload) })
		})},
		{"a ticket in the place of a statement", registry.ReasonSignatureMalformed, payload(ticketType, `{"format":1,"contract":"a:b","digest":"%s","floor":1}`)},
		{"a statement without a counter", registry.ReasonSignatureMalformed, payload(versionType, `{"format":1,"digest":"%s","kernel":"","contract":"a:b@1.0.0"}`)},
		{"a statement with an unknown key", registry.ReasonSignatureMalformed,
			payload(versionType, `{"format":1,"digest":"%s","kernel":"","contract":"a:b@1.0.0","counter":6,"surprise":1}`)},
		{"a statement of a newer format", registry.ReasonFormatNewer, payload(versionType, `{"format":2,"digest":"%s"}`)},
		{"the envelope cut", registry.ReasonSignatureMalformed, then(func(s *Scene) error { return edit(s.envelope(s.New), half) })},
		{"an envelope without signatures", registry.ReasonSignatureMalformed, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) { e.Signatures = nil })
		})},
		{"an envelope with 17 signatures", registry.ReasonSignatureMalformed, then(func(s *Scene) error {
			return reseal(s, func(e *envelope) {
				for len(e.Signatures) < 17 {
					e.Signatures = append(e.Signatures, e.Signatures[0])
				}
			})
		})},
		{"an envelope of 1 MiB", registry.ReasonTooLarge, then(func(s *Scene) error { return huge(s.envelope(s.New), 1<<20) })},
		{"a folder in the envelope's place", registry.ReasonNotAFile, then(func(s *Scene) error { return folder(s.envelope(s.New)) })},
		{"the old version's envelope", registry.ReasonSignatureOfAnother, then(func(s *Scene) error {
			old, err := os.ReadFile(s.envelope(s.Old))
			if err != nil {
				return err
			}
			return put(s.envelope(s.New), old)
		})},
		{"signed for another contract", registry.ReasonContractMismatch, signed(func(_ *Scene, t *registry.Statement) { t.Contract = "tenon:other@1.0.0" })},
		{"signed for a time that is over", registry.ReasonSignatureExpired, signed(func(_ *Scene, t *registry.Statement) { t.NotAfter = lastYear })},
		{"signed for a time to come", registry.ReasonSignatureNotYetValid, signed(func(_ *Scene, t *registry.Statement) { t.NotBefore = longOff })},
		{"signed under a label that nothing has", registry.ReasonLabelMismatch, signed(func(_ *Scene, t *registry.Statement) { t.Label = "9.9.9" })},
		{"signed under the old label", registry.ReasonLabelMismatch, signed(func(_ *Scene, t *registry.Statement) { t.Label = OldLabel })},
	}
}

func labels() []Case {
	write := func(format string) func(*Scene) error {
		return then(func(s *Scene) error { return put(s.Path("labels.json"), fmt.Appendf(nil, format, s.Old)) })
	}
	return []Case{
		{"the label moved to the old version", registry.ReasonLabelMismatch, then(func(s *Scene) error {
			return swap(s.Path("labels.json"), s.New, s.Old)
		})},
		{"the labels removed", registry.ReasonLabelMismatch, then(func(s *Scene) error { return os.Remove(s.Path("labels.json")) })},
		{"the labels cut", registry.ReasonLabelsMalformed, then(func(s *Scene) error { return edit(s.Path("labels.json"), half) })},
		{"a bit of a label's digest flipped", registry.ReasonLabelsMalformed, then(func(s *Scene) error {
			return edit(s.Path("labels.json"), func(b []byte) []byte { b[bytes.Index(b, []byte(s.New))] ^= 0x40; return b })
		})},
		{"a label that names a path", registry.ReasonLabelsMalformed, write(`{"format":1,"labels":{"1.0.0":"../../%.60s"}}`)},
		{"a label that is a path", registry.ReasonLabelsMalformed, write(`{"format":1,"labels":{"../1.0.0":"%s"}}`)},
		{"a label twice", registry.ReasonLabelsMalformed, write(`{"format":1,"labels":{"1.0.0":"%[1]s","1.0.0":"%[1]s"}}`)},
		{"labels with an unknown key", registry.ReasonLabelsMalformed, write(`{"format":1,"labels":{"1.0.0":"%s"},"surprise":1}`)},
		{"labels of a newer format", registry.ReasonFormatNewer, write(`{"format":2,"rollouts":{"1.0.0":"%s"}}`)},
		{"labels of 17 MiB", registry.ReasonTooLarge, then(func(s *Scene) error { return huge(s.Path("labels.json"), 17<<20) })},
		{"a folder in the labels' place", registry.ReasonNotAFile, then(func(s *Scene) error { return folder(s.Path("labels.json")) })},
	}
}

func states() []Case {
	return []Case{
		{"the state cut", registry.ReasonStateMalformed, text(`{"format":1,"revision":100,"active":"%s","previous":"%s`)},
		{"the state emptied", registry.ReasonStateMalformed, text(`%.0s%.0s`)},
		{"zeros in the state's place", registry.ReasonStateMalformed, text("\x00\x00\x00\x00%.0s%.0s")},
		{"a bit of the active digest flipped", registry.ReasonStateMalformed, state(func(s *Scene, state map[string]any) {
			digest := []byte(s.New)
			digest[0] ^= 0x40
			state["active"] = string(digest)
		})},
		{"a path in the active digest's place", registry.ReasonStateMalformed, text(`{"format":1,"revision":100,"active":"../%.61s","previous":"%s"}`)},
		{"another version's digest", registry.ReasonVersionMissing, state(func(s *Scene, state map[string]any) {
			state["active"] = fmt.Sprintf("%x", sha256.Sum256([]byte("no component")))
		})},
		{"a state with an unknown key", registry.ReasonStateMalformed, state(func(_ *Scene, state map[string]any) { state["surprise"] = 1 })},
		{"a state with a key twice", registry.ReasonStateMalformed, text(`{"format":1,"revision":100,"active":"%s","active":"%s"}`)},
		{"a state with a key in capitals", registry.ReasonStateMalformed, text(`{"format":1,"revision":100,"Active":"%s","previous":"%s"}`)},
		{"a state with a second object", registry.ReasonStateMalformed, text(`{"format":1,"revision":100,"active":"%s","previous":"%s"}{}`)},
		{"a state without a revision", registry.ReasonStateMalformed, state(func(_ *Scene, state map[string]any) { delete(state, "revision") })},
		{"a state with a negative floor", registry.ReasonStateMalformed, state(func(_ *Scene, state map[string]any) { state["floor"] = -1 })},
		{"a state without a format", registry.ReasonStateMalformed, state(func(_ *Scene, state map[string]any) { delete(state, "format") })},
		{"a state of a newer format", registry.ReasonFormatNewer, state(func(_ *Scene, state map[string]any) { state["format"] = 2 })},
		{"a state of 10 GiB", registry.ReasonTooLarge, func(s *Scene) error { return huge(s.Path("state.json"), 10<<30) }},
		{"a folder in the state's place", registry.ReasonNotAFile, func(s *Scene) error { return folder(s.Path("state.json")) }},
		{"the state linked to itself", registry.ReasonNotAFile, func(s *Scene) error { return loop(s.Path("state.json")) }},
		{"a state with a ticket that is a text", registry.ReasonStateMalformed, state(func(_ *Scene, state map[string]any) { state["ticket"] = "let me" })},
	}
}

func counters() []Case {
	return []Case{
		{"a lower counter", registry.ReasonCounterBelowFloor, signed(func(_ *Scene, t *registry.Statement) { t.Counter = OldCounter - 1 })},
		{"a lower counter and the floor turned back", registry.ReasonCounterBelowFloor, func(s *Scene) error {
			if err := s.resign(s.Key, func(t *registry.Statement) { t.Counter = OldCounter - 1 }); err != nil {
				return err
			}
			return s.activate(func(state map[string]any) { state["floor"] = OldCounter - 1 })
		}},
		{"a lower counter, the floor turned back, and the ticket of that time", registry.ReasonCounterBelowFloor, func(s *Scene) error {
			if err := s.resign(s.Key, func(t *registry.Statement) { t.Counter = OldCounter - 2 }); err != nil {
				return err
			}
			ticket, err := s.ticket(s.Key, registry.Ticket{Contract: s.Contract, Digest: s.New, Floor: OldCounter - 1})
			if err != nil {
				return err
			}
			return s.activate(func(state map[string]any) { state["floor"], state["ticket"] = OldCounter-1, ticket })
		}},
		{"the counter of the old version", registry.ReasonCounterBelowFloor, signed(func(_ *Scene, t *registry.Statement) { t.Counter = OldCounter })},
		{"a ticket for another version", registry.ReasonTicketInvalid, below(trusted, func(s *Scene, t *registry.Ticket) { t.Digest = s.Old })},
		{"a ticket for another contract", registry.ReasonTicketInvalid, below(trusted, func(_ *Scene, t *registry.Ticket) { t.Contract = "tenon:other" })},
		{"a ticket for another floor", registry.ReasonTicketInvalid, below(trusted, func(_ *Scene, t *registry.Ticket) { t.Floor-- })},
		{"a ticket whose time is over", registry.ReasonTicketInvalid, below(trusted, func(_ *Scene, t *registry.Ticket) { t.NotAfter = lastYear })},
		{"a ticket by a stranger", registry.ReasonTicketInvalid, below(stranger, func(*Scene, *registry.Ticket) {})},
		{"a ticket that is no envelope", registry.ReasonTicketInvalid, func(s *Scene) error {
			if err := s.resign(s.Key, func(t *registry.Statement) { t.Counter = OldCounter - 1 }); err != nil {
				return err
			}
			return s.activate(func(state map[string]any) { state["ticket"] = map[string]any{} })
		}},
	}
}

func golden() []Case {
	write := func(format string) func(*Scene) error {
		return then(func(s *Scene) error { return put(s.Path("golden.json"), fmt.Appendf(nil, format, s.Contract)) })
	}
	return []Case{
		{"the golden cases cut", registry.ReasonGoldenMalformed, write(`{"format":1,"contract":"%s@1.0.0","cas`)},
		{"golden cases of another contract", registry.ReasonGoldenMalformed, write(`{"format":1,"contract":"%s-too@1.0.0","cases":[]}`)},
		{"golden cases that are no list", registry.ReasonGoldenMalformed, write(`{"format":1,"contract":"%s@1.0.0","cases":{}}`)},
		{"golden cases of a newer format", registry.ReasonFormatNewer, write(`{"format":2,"contract":"%s@1.0.0"}`)},
		{"a folder in the golden cases' place", registry.ReasonNotAFile, then(func(s *Scene) error { return folder(s.Path("golden.json")) })},
	}
}

// envelope is an envelope whose bytes can be changed.
type envelope struct {
	PayloadType string `json:"payloadType"`
	Payload     []byte `json:"payload"`
	Signatures  []struct {
		KeyID string `json:"keyid"`
		Sig   []byte `json:"sig"`
	} `json:"signatures"`
}

// reseal changes the new version's envelope.
func reseal(s *Scene, change func(*envelope)) error {
	path := s.envelope(s.New)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	change(&e)
	if text, err = json.Marshal(e); err != nil {
		return err
	}
	return put(path, text)
}

// seal makes the envelope of any payload.
func seal(key ed25519.PrivateKey, payloadType string, payload []byte) []byte {
	sig := ed25519.Sign(key, preAuth(payloadType, payload))
	return fmt.Appendf(nil, `{"payloadType":%q,"payload":%q,"signatures":[{"keyid":%q,"sig":%q}]}`, payloadType,
		base64.StdEncoding.EncodeToString(payload), registry.KeyID(key.Public().(ed25519.PublicKey)), base64.StdEncoding.EncodeToString(sig))
}

func preAuth(payloadType string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// SwapLinks makes the new version's file a link, and gives a function that points it at the old component from then on: what
// somebody does who hopes that a host reads the file twice.
func SwapLinks(s *Scene) (swap func() error, err error) {
	path := s.wasm(s.New)
	real := path + ".real"
	if err := os.Rename(path, real); err != nil {
		return nil, err
	}
	if err := os.Symlink(filepath.Base(real), path); err != nil {
		return nil, err
	}
	return func() error {
		link := filepath.Join(filepath.Dir(path), ".write-link")
		if err := os.Symlink(s.Old+".wasm", link); err != nil {
			return err
		}
		return os.Rename(link, path)
	}, nil
}
