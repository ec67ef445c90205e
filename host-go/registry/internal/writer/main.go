// Command writer changes a registry as a program with the Go host does, one change a run: for the test of the Rust host whose
// follower looks on.
//
//	writer REGISTRY CONTRACT@VERSION SEED publish FILE LABEL COUNTER
//	writer REGISTRY CONTRACT@VERSION SEED activate LABEL
//	writer REGISTRY CONTRACT@VERSION SEED rollback
//
// SEED is that of the key that signs and is trusted, in hexadecimal.
package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/tenon-dev/tenon/host-go/registry"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "writer:", err)
		os.Exit(1)
	}
}

type writer struct {
	registry *registry.Registry
	contract string // the package
	version  string // and its version
	key      ed25519.PrivateKey
}

func run(args []string) error {
	usage := errors.New("give REGISTRY CONTRACT@VERSION SEED, and what to do")
	if len(args) < 4 {
		return usage
	}
	seed, err := hex.DecodeString(args[2])
	if err != nil || len(seed) != ed25519.SeedSize {
		return fmt.Errorf("the seed is no %d bytes in hexadecimal: %w", ed25519.SeedSize, err)
	}
	w := writer{key: ed25519.NewKeyFromSeed(seed)}
	w.contract, w.version, _ = strings.Cut(args[1], "@")
	if w.registry, err = registry.Open(args[0]); err != nil {
		return err
	}
	switch do, rest := args[3], args[4:]; {
	case do == "publish" && len(rest) == 3:
		return w.publish(rest[0], rest[1], rest[2])
	case do == "activate" && len(rest) == 1:
		_, err := w.registry.Activate(w.contract, rest[0], w.trusting())
		return err
	case do == "rollback" && len(rest) == 0:
		return w.rollback()
	}
	return usage
}

// publish publishes a component and signs it.
func (w *writer) publish(file, label, counter string) error {
	component, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s := registry.Statement{Contract: w.contract + "@" + w.version, Label: label}
	if s.Counter, err = strconv.ParseUint(counter, 10, 64); err != nil {
		return err
	}
	v, err := w.registry.Publish(w.contract, label, component)
	if err != nil {
		return err
	}
	s.Digest = v.Digest
	envelope, err := registry.Sign(s, w.key)
	if err != nil {
		return err
	}
	return w.registry.PutEnvelope(w.contract, v.Digest, envelope)
}

// rollback brings the version before back, by a ticket.
func (w *writer) rollback() error {
	state, err := w.registry.State(w.contract)
	if err != nil {
		return err
	}
	how := w.trusting()
	how.Ticket, err = registry.SignTicket(registry.Ticket{Contract: w.contract, Digest: state.Previous, Floor: state.Floor}, w.key)
	if err != nil {
		return err
	}
	_, err = w.registry.Rollback(w.contract, how)
	return err
}

func (w *writer) trusting() registry.Activation {
	return registry.Activation{Trust: &registry.Trust{Keys: []ed25519.PublicKey{w.key.Public().(ed25519.PublicKey)}}}
}
