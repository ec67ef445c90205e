package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
)

// A State says which version of a contract is active.
type State struct {
	// Exists is false for a contract that nothing was ever activated of: slots keep what they have.
	Exists bool
	// Revision grows by one with each change; the first one is 1.
	Revision uint64
	// Active is the digest of the version that serves; "" is the baseline.
	Active string
	// Previous is the digest of the one that was active before; "" is the baseline.
	Previous string
	// Floor is the highest release counter that was ever active; 0 is none.
	Floor uint64
	// Ticket is the envelope of the signed [Ticket] that lets Active be below the floor; nil where none is needed.
	Ticket []byte
}

// equal says whether two states say the same, whatever their revision.
func (s State) equal(t State) bool {
	return s.Exists == t.Exists && s.Active == t.Active && s.Previous == t.Previous && s.Floor == t.Floor && bytes.Equal(s.Ticket, t.Ticket)
}

// State reads what is active. A contract that nothing was ever activated of, or that does not exist, has the zero State.
func (r *Registry) State(contract string) (_ State, err error) {
	defer func() { named(&err, "state", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return State{}, err
	}
	return r.state(dir)
}

func statePath(dir string) string { return filepath.Join(dir, "state.json") }

func (r *Registry) state(dir string) (State, error) {
	path := statePath(dir)
	text, err := r.content(path, maxText)
	if ReasonOf(err) == ReasonNotFound {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	return parseState(path, text)
}

func parseState(path string, text []byte) (State, error) {
	s := State{Exists: true}
	object, err := document(path, text, ReasonStateMalformed, "revision", "active", "previous", "floor", "ticket")
	if err != nil {
		return State{}, err
	}
	err = errors.Join(field(object, "revision", &s.Revision), field(object, "active", &s.Active),
		field(object, "previous", &s.Previous), field(object, "floor", &s.Floor))
	for _, digest := range []string{s.Active, s.Previous} {
		if digest != "" && err == nil {
			err = checkDigest(digest)
		}
	}
	if err == nil && s.Revision == 0 {
		err = errors.New(`"revision" is absent or 0`)
	}
	if ticket := object["ticket"]; ticket != nil && err == nil {
		// The indentation is that of the file.
		if s.Ticket = compact(ticket); len(s.Ticket) > maxEnvelope || s.Ticket[0] != '{' {
			err = fmt.Errorf(`"ticket" is not an envelope of at most %d bytes`, maxEnvelope)
		}
	}
	if err != nil {
		return State{}, asMalformed(ReasonStateMalformed, path, err)
	}
	return s, nil
}

func (r *Registry) writeState(dir string, s State) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // a ticket stays as it is
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		Format   int             `json:"format"`
		Revision uint64          `json:"revision"`
		Active   string          `json:"active"`
		Previous string          `json:"previous"`
		Floor    uint64          `json:"floor"`
		Ticket   json.RawMessage `json:"ticket,omitempty"`
	}{1, s.Revision, s.Active, s.Previous, s.Floor, s.Ticket})
	if err != nil {
		return err
	}
	path := statePath(dir)
	if _, err := parseState(path, text.Bytes()); err != nil { // what nobody could read stays unwritten
		return err
	}
	return r.replace(path, text.Bytes())
}

// compact gives the same JSON without white space, so that an envelope is the same bytes wherever it was kept.
func compact(text []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		return text
	}
	return out.Bytes()
}
