package registry_test

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// unsigned is the policy of the tests that are not about signatures.
var unsigned = registry.Trust{Unsigned: true}

func activate(t *testing.T, r *registry.Registry, name string) registry.State {
	t.Helper()
	s, err := r.Activate(contract, name, registry.Activation{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// events gives the events of the trail.
func events(t *testing.T, r *registry.Registry) []registry.Event {
	t.Helper()
	entries, err := r.Trail(contract, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var list []registry.Event
	for _, e := range entries {
		list = append(list, e.Event)
	}
	return list
}

func TestActivateAndRollBack(t *testing.T) {
	r, _ := open(t)
	one, two := publish(t, r, "1.0.0", "one"), publish(t, r, "1.1.0", "two")
	if s, err := r.State(contract); err != nil || s.Exists {
		t.Fatalf("State = %+v, %v", s, err)
	}
	if release, err := r.Fetch(contract, unsigned, registry.Served{}); err != nil || release.State.Exists || release.Digest != "" {
		t.Fatalf("Fetch of nothing = %+v, %v", release, err)
	}
	if _, err := r.Rollback(contract, registry.Activation{}); !errors.Is(err, registry.ErrNotFound) {
		t.Fatalf("Rollback of nothing: %v", err)
	}
	activate(t, r, "1.0.0")
	if s := activate(t, r, "1.0.0"); s.Revision != 1 {
		t.Fatalf("activated twice: revision %d", s.Revision)
	}
	if s := activate(t, r, two.Digest); s.Revision != 2 || s.Active != two.Digest || s.Previous != one.Digest {
		t.Fatalf("state %+v", s)
	}
	release, err := r.Fetch(contract, unsigned, registry.Served{})
	if err != nil || release.Digest != two.Digest || release.Label != "1.1.0" || string(release.Component) != "two" || release.Signed {
		t.Fatalf("Fetch = %+v, %v", release, err)
	}
	if s, err := r.Rollback(contract, registry.Activation{}); err != nil || s.Active != one.Digest || s.Previous != one.Digest || s.Revision != 3 {
		t.Fatalf("Rollback = %+v, %v", s, err)
	}
	if s, err := r.Rollback(contract, registry.Activation{}); err != nil || s.Active != one.Digest || s.Revision != 3 {
		t.Fatalf("second Rollback = %+v, %v", s, err)
	}
	if s := activate(t, r, registry.Baseline); s.Active != "" || s.Previous != one.Digest {
		t.Fatalf("state %+v", s)
	}
	if release, err := r.Fetch(contract, registry.Trust{}, registry.Served{}); err != nil || !release.State.Exists || release.Digest != "" {
		t.Fatalf("Fetch of the baseline = %+v, %v", release, err)
	}
	want := []registry.Event{"published", "published", "activated", "activated", "rolled-back", "activated"}
	if got := events(t, r); !slices.Equal(got, want) {
		t.Fatalf("trail %v, want %v", got, want)
	}
}

func TestSignedVersionsGoUpOnlyButForATicket(t *testing.T) {
	r, _ := open(t)
	public, private, _ := ed25519.GenerateKey(nil)
	trust := registry.Trust{Keys: []ed25519.PublicKey{public}}
	sign := func(label, content string, counter uint64) registry.Version {
		v := publish(t, r, label, content)
		envelope, err := registry.Sign(registry.Statement{Digest: v.Digest, Contract: contract + "@1.0.0", Label: label, Counter: counter}, private)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.PutEnvelope(contract, v.Digest, envelope); err != nil {
			t.Fatal(err)
		}
		return v
	}
	one, two := sign("1.0.0", "one", 1), sign("1.1.0", "two", 2)
	for _, v := range []registry.Version{one, two} {
		if _, err := r.Activate(contract, v.Digest, registry.Activation{Trust: &trust}); err != nil {
			t.Fatal(err)
		}
	}
	release, err := r.Fetch(contract, trust, registry.Served{})
	if err != nil || release.Counter != 2 || release.State.Floor != 2 || !release.Signed {
		t.Fatalf("Fetch = %+v, %v", release, err)
	}
	served := registry.Served{}.After(release)
	if _, err := r.Rollback(contract, registry.Activation{}); registry.ReasonOf(err) != registry.ReasonCounterBelowFloor {
		t.Fatalf("Rollback without a ticket: %v", err)
	}
	ticket, err := registry.SignTicket(registry.Ticket{Contract: contract, Digest: one.Digest, Floor: 2, NotAfter: time.Now().Add(time.Hour)}, private)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Rollback(contract, registry.Activation{Trust: &trust, Ticket: ticket})
	if err != nil || s.Active != one.Digest || s.Floor != 2 || string(s.Ticket) != string(ticket) {
		t.Fatalf("Rollback = %+v, %v", s, err)
	}
	if release, err := r.Fetch(contract, trust, served); err != nil || release.Counter != 1 {
		t.Fatalf("Fetch = %+v, %v", release, err)
	}
}

func TestWatchTellsOfChangesAndOfAFolderThatAppears(t *testing.T) {
	r, root := open(t)
	w, err := r.Watch(t.Context(), contract, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	<-w.C // the first look
	publish(t, r, "1.0.0", "one")
	<-w.C
	activate(t, r, "1.0.0")
	for s := (registry.State{}); !s.Exists; {
		<-w.C
		if s, err = r.State(contract); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(root, "tenon"), filepath.Join(root, "gone")); err != nil {
		t.Fatal(err)
	}
	<-w.C
}
