package registry_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/internal/tamper"
)

// withClock opens a registry whose clock a test sets.
func withClock(t *testing.T, root string, now *time.Time) *registry.Registry {
	t.Helper()
	r, err := registry.OpenWith(root, registry.Options{Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A clock that jumps does not change the order of what happened, nor which of two states is the newer one.
func TestAClockThatJumpsKeepsTheOrder(t *testing.T) {
	now := time.Now()
	r := withClock(t, filepath.Join(t.TempDir(), "registry"), &now)
	for i, jump := range []time.Duration{0, -1000 * time.Hour, 5000 * time.Hour, -20000 * time.Hour} {
		now = now.Add(jump)
		v := publish(t, r, "", string(rune('a'+i)))
		if s := activate(t, r, v.Digest); s.Revision != uint64(i+1) {
			t.Fatalf("revision %d, want %d", s.Revision, i+1)
		}
	}
	entries, err := r.Trail(contract, 100)
	if err != nil {
		t.Fatal(err)
	}
	var revisions []uint64
	for _, e := range entries {
		if e.Event == registry.EventActivated {
			revisions = append(revisions, e.Revision)
		}
	}
	if !slices.Equal(revisions, []uint64{1, 2, 3, 4}) {
		t.Errorf("revisions %v", revisions)
	}
}

// By a clock that was set back nothing is old enough to be removed.
func TestAClockThatWasSetBackCollectsNothing(t *testing.T) {
	now := time.Now()
	r := withClock(t, filepath.Join(t.TempDir(), "registry"), &now)
	publish(t, r, "", "without a label")
	for offset, want := range map[time.Duration]int{-1000 * time.Hour: 0, 0: 0, 59 * time.Minute: 0, 61 * time.Minute: 1} {
		now = time.Now().Add(offset)
		if got, err := r.Collect(contract, registry.Collection{DryRun: true}); err != nil || len(got.Removed) != want {
			t.Errorf("%v from now: %v, %v, want %d", offset, got, err, want)
		}
	}
}

// A signature's time is by the host's clock: what is out of time now may be in time when the clock is right.
func TestASignatureCountsByTheClock(t *testing.T) {
	s := scene(t)
	now := time.Now()
	r := withClock(t, s.Root, &now)
	statement := registry.Statement{Digest: s.Old, Contract: contract + "@1.0.0", Label: tamper.OldLabel, Counter: tamper.OldCounter,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	envelope, err := registry.Sign(statement, s.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.PutEnvelope(contract, s.Old, envelope); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		offset time.Duration
		want   registry.Reason
	}{{0, ""}, {-2 * time.Hour, registry.ReasonSignatureNotYetValid}, {2 * time.Hour, registry.ReasonSignatureExpired}, {time.Minute, ""}} {
		now = statement.NotBefore.Add(time.Hour + c.offset)
		if _, err := r.Fetch(contract, s.Trust, registry.Served{}); registry.ReasonOf(err) != c.want {
			t.Errorf("%v from now: %v, want %q", c.offset, err, c.want)
		}
	}
}
