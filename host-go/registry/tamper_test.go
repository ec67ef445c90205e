package registry_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/internal/tamper"
)

// scene prepares a registry that is about to be damaged.
func scene(t *testing.T) *tamper.Scene {
	t.Helper()
	golden := []byte(`{"format":1,"contract":"tenon:redact@1.0.0","cases":[]}`)
	s, err := tamper.Prepare(filepath.Join(t.TempDir(), "registry"), contract, []byte("the old component"), []byte("the new component"), golden)
	if err != nil {
		t.Fatal(err)
	}
	release, err := s.Registry.Fetch(contract, s.Trust, registry.Served{})
	if err != nil || release.Digest != s.Old || (registry.Served{}).After(release) != s.Served() {
		t.Fatalf("Fetch before any damage = %+v, %v", release, err)
	}
	return s
}

// Without damage the new version is taken: the cases below are refused for what was done, and for nothing else.
func TestTheUndamagedNewVersionIsTaken(t *testing.T) {
	s := scene(t)
	if findings, err := s.Registry.Verify(contract, s.Trust); err != nil || len(findings) != 0 {
		t.Fatalf("Verify = %v, %v", findings, err)
	}
	if _, err := s.Registry.Activate(contract, tamper.NewLabel, registry.Activation{Trust: &s.Trust}); err != nil {
		t.Fatal(err)
	}
	release, err := s.Registry.Fetch(contract, s.Trust, s.Served())
	if err != nil || release.Digest != s.New || release.Counter != tamper.NewCounter || string(release.Component) != "the new component" {
		t.Fatalf("Fetch = %+v, %v", release, err)
	}
}

func TestTampering(t *testing.T) {
	seen := map[registry.Reason]bool{}
	for _, c := range tamper.Cases() {
		seen[c.Reason] = true
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel() // they wait for the disk
			s := scene(t)
			if err := c.Damage(s); err != nil {
				t.Fatal(err)
			}
			release, err := s.Registry.Fetch(contract, s.Trust, s.Served())
			if registry.ReasonOf(err) != c.Reason || release.Component != nil {
				t.Fatalf("Fetch: %v, want %s", err, c.Reason)
			}
			var e *registry.Error
			if !errors.As(err, &e) || e.Op != "fetch" || e.Contract != contract || e.Message == "" || e.Kind() == "" {
				t.Errorf("error %#v", e)
			}
			if e.Path == "" && c.Reason != registry.ReasonTicketInvalid {
				t.Errorf("%v names no file", err)
			}
			if !registry.ReasonOf(err).Passing() && e.Kind() == "integrity" != errors.Is(err, registry.ErrIntegrity) {
				t.Errorf("%v is not of its group", err)
			}
			// Verify finds it too, unless only the host's memory can tell.
			findings, err := s.Registry.Verify(contract, s.Trust)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range findings {
				found = found || f.Reason == c.Reason
			}
			state, stateErr := s.Registry.State(contract)
			turnedBack := c.Reason == registry.ReasonCounterBelowFloor && stateErr == nil && state.Floor < tamper.OldCounter
			equal := c.Name == "the counter of the old version"
			if !found && !turnedBack && !equal {
				t.Errorf("Verify found only %v", findings)
			}
		})
	}
	if len(tamper.Cases()) < 25 || len(seen) < 15 {
		t.Errorf("%d cases with %d reasons", len(tamper.Cases()), len(seen))
	}
}

// The bytes that Fetch returns are those that it checked, whatever the file's name points at by then.
func TestALinkThatMovesDoesNotChangeWhatWasFetched(t *testing.T) {
	s := scene(t)
	swap, err := tamper.SwapLinks(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Registry.Activate(contract, tamper.NewLabel, registry.Activation{}); err != nil {
		t.Fatal(err)
	}
	release, err := s.Registry.Fetch(contract, s.Trust, s.Served())
	if err != nil {
		t.Fatal(err)
	}
	if err := swap(); err != nil {
		t.Fatal(err)
	}
	if string(release.Component) != "the new component" {
		t.Fatalf("component %q", release.Component)
	}
	if text, err := os.ReadFile(s.Path("versions", s.New+".wasm")); err != nil || string(text) != "the old component" {
		t.Fatalf("the link points at %q, %v", text, err)
	}
	if _, err := s.Registry.Fetch(contract, s.Trust, s.Served()); registry.ReasonOf(err) != registry.ReasonDigestMismatch {
		t.Fatalf("Fetch after the swap: %v", err)
	}
}
