// Package tamper damages registries in all the ways that tests have thought of, each with the reason for which a host must refuse
// what is left. A test makes a Scene, lets a host serve its old version, applies a Case, and looks: the host refuses the new version
// for the case's reason, and the old version serves on.
package tamper

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// The scene's release counters, and its labels.
const (
	OldCounter = 5
	NewCounter = 6
	OldLabel   = "1.0.0"
	NewLabel   = "1.1.0"
)

// A Scene is a registry with an old version, which is active, and a new one. Both are signed.
type Scene struct {
	// Registry is what was prepared, in the folder Root.
	Registry *registry.Registry
	Root     string
	// Contract is the package of the contract.
	Contract string
	// Old and New are the digests.
	Old, New string
	// Trust is what a host trusts: the public part of Key.
	Trust registry.Trust
	// Key signs for the host, and Stranger is a key that nobody trusts.
	Key, Stranger ed25519.PrivateKey
}

// Prepare makes a scene of two components, which must differ, in the folder root. Golden is the contract's golden cases, or nil.
func Prepare(root, contract string, oldComponent, newComponent, golden []byte) (*Scene, error) {
	r, err := registry.Open(root)
	if err != nil {
		return nil, err
	}
	s := &Scene{Registry: r, Root: root, Contract: contract}
	s.Key = ed25519.NewKeyFromSeed([]byte("the key that the hosts do trust!"))
	s.Stranger = ed25519.NewKeyFromSeed([]byte("the key that nobody ever trusted"))
	s.Trust = registry.Trust{Keys: []ed25519.PublicKey{s.Key.Public().(ed25519.PublicKey)}}
	for _, v := range []struct {
		digest    *string
		label     string
		counter   uint64
		component []byte
	}{{&s.Old, OldLabel, OldCounter, oldComponent}, {&s.New, NewLabel, NewCounter, newComponent}} {
		published, err := r.Publish(contract, v.label, v.component)
		if err != nil {
			return nil, err
		}
		*v.digest = published.Digest
		envelope, err := registry.Sign(s.statement(published.Digest, v.label, v.counter), s.Key)
		if err != nil {
			return nil, err
		}
		if err := r.PutEnvelope(contract, published.Digest, envelope); err != nil {
			return nil, err
		}
	}
	if golden != nil {
		if err := os.WriteFile(s.Path("golden.json"), golden, 0o644); err != nil {
			return nil, err
		}
	}
	_, err = r.Activate(contract, OldLabel, registry.Activation{Trust: &s.Trust})
	return s, err
}

// Served is what a host remembers that has served the old version.
func (s *Scene) Served() registry.Served { return registry.Served{Counter: OldCounter, Digest: s.Old} }

// Path gives a file of the contract's folder.
func (s *Scene) Path(name ...string) string {
	namespace, pkg, _ := strings.Cut(s.Contract, ":")
	return filepath.Join(append([]string{s.Root, namespace, pkg}, name...)...)
}

func (s *Scene) wasm(digest string) string     { return s.Path("versions", digest+".wasm") }
func (s *Scene) envelope(digest string) string { return s.Path("versions", digest+".dsse.json") }

func (s *Scene) statement(digest, label string, counter uint64) registry.Statement {
	return registry.Statement{Digest: digest, Contract: s.Contract + "@1.0.0", Label: label, Counter: counter}
}

// resign puts another signature of the new version in its place.
func (s *Scene) resign(key ed25519.PrivateKey, change func(*registry.Statement)) error {
	statement := s.statement(s.New, NewLabel, NewCounter)
	change(&statement)
	envelope, err := registry.Sign(statement, key)
	if err != nil {
		return err
	}
	return os.WriteFile(s.envelope(s.New), envelope, 0o644)
}

// activate writes a state with the new version active, as whoever can write to the folder may: nothing is checked.
func (s *Scene) activate(change func(state map[string]any)) error {
	state := map[string]any{"format": 1, "revision": 100, "active": s.New, "previous": s.Old, "floor": OldCounter}
	if change != nil {
		change(state)
	}
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return put(s.Path("state.json"), text)
}

// ticket makes the member of a state that would let the new version be below the floor.
func (s *Scene) ticket(key ed25519.PrivateKey, t registry.Ticket) (json.RawMessage, error) {
	return registry.SignTicket(t, key)
}

// put replaces a file by a rename, as every writer does, so that a host that looks meanwhile sees the old one or the new one.
func put(path string, text []byte) error {
	temp := filepath.Join(filepath.Dir(path), ".write-tamper")
	if err := os.WriteFile(temp, text, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// edit changes a file's bytes.
func edit(path string, change func([]byte) []byte) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return put(path, change(text))
}

// swap replaces a text of a file that has it.
func swap(path, old, text string) error {
	found := false
	err := edit(path, func(content []byte) []byte {
		found = strings.Contains(string(content), old)
		return []byte(strings.Replace(string(content), old, text, 1))
	})
	if err == nil && !found {
		err = fmt.Errorf("%s has no %q", path, old)
	}
	return err
}

func half(text []byte) []byte { return text[:len(text)/2] }

// huge makes a file of a size without writing as much.
func huge(path string, size int64) error {
	return os.Truncate(path, size)
}

// folder puts a folder in the place of a file.
func folder(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.Mkdir(path, 0o755)
}

// loop puts a symlink to itself in the place of a file.
func loop(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.Symlink(filepath.Base(path), path)
}

var (
	lastYear = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	longOff  = time.Date(2225, 1, 1, 0, 0, 0, 0, time.UTC)
)
