package registry_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// Two registries lie in testdata, of the same story: one that the tenon command wrote, and one that this package wrote, for the tests
// of the Rust host. Their trails are of two files. BLESS=1 go test -run HostWrote writes them anew; TENON is the command then.
const (
	ofRust = "testdata/rust"
	ofGo   = "../../host-rust/registry/tests/data/go"
	// toldOf is the contract of the components that they hold.
	toldOf     = "golden:encodings"
	components = "../internal/gen/testdata/encodings"
)

// story is what both trails tell, and tellRust and tellGo how it came about: two signed versions were published and activated one after
// the other, then the first one came back by a ticket.
var story = []registry.Event{"published", "signed", "published", "signed", "activated", "activated", "rolled-back"}

// trails gives the files of the trail that is told, the one before it second.
func trails(dir string) (now, before string) {
	folder := filepath.Join(dir, "registry/golden/encodings")
	return filepath.Join(folder, "trail.jsonl"), filepath.Join(folder, "trail.1.jsonl")
}

// fill makes a trail as long as one that is full, by lines that say nothing: who appends next begins another one.
func fill(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) { // a process that was killed may have moved it, and begun no other
		err = os.WriteFile(path, append(text, bytes.Repeat(append(bytes.Repeat([]byte{' '}, 60_000), '\n'), 18)...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// shorten takes those lines out of a trail that was moved, for the repository.
func shorten(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(bytes.TrimRight(text, " \n"), '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func tellRust(t *testing.T, dir string) {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "release")
	golden := filepath.Join(t.TempDir(), "golden.json")
	trail, before := trails(dir)
	if err := os.WriteFile(golden, []byte(`{"format":1,"contract":"golden:encodings@1.0.0","cases":[]}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"key", "new", secret},
		{"publish", filepath.Join(components, "component.wasm"), "--label", "1.0.0", "--golden", golden},
		{"sign", toldOf, "1.0.0", "--key", secret, "--counter", "1"},
		{"publish", filepath.Join(components, "utf16.wasm"), "--label", "1.1.0"},
		{"sign", toldOf, "1.1.0", "--key", secret, "--counter", "2", "--not-after", "2126-01-01T00:00:00Z"},
		{"activate", toldOf, "1.0.0", "--trust", secret + ".pub"},
		{"fill"},
		{"activate", toldOf, "1.1.0", "--trust", secret + ".pub"},
		{"rollback", toldOf, "--trust", secret + ".pub", "--key", secret},
	} {
		if args[0] == "fill" {
			fill(t, trail)
			continue
		}
		cmd := exec.Command(os.Getenv("TENON"), args...)
		cmd.Env = append(os.Environ(), "TENON_REGISTRY="+filepath.Join(dir, "registry"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	shorten(t, before)
	public, err := os.ReadFile(secret + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "release.pub"), public, 0o644); err != nil {
		t.Fatal(err)
	}
}

func tellGo(t *testing.T, dir string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key := ed25519.NewKeyFromSeed([]byte("the release key of these tests!!"))
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	must(err)
	now := time.Date(2026, 11, 22, 2, 4, 11, 123_000_000, time.UTC)
	r, err := registry.OpenWith(filepath.Join(dir, "registry"), registry.Options{Now: func() time.Time { return now }})
	must(err)
	must(os.WriteFile(filepath.Join(dir, "release.pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644))
	var first registry.Version
	for i, v := range []struct{ file, label string }{{"component.wasm", "1.0.0"}, {"utf16.wasm", "1.1.0"}} {
		component, err := os.ReadFile(filepath.Join(components, v.file))
		must(err)
		published, err := r.Publish(toldOf, v.label, component)
		must(err)
		if i == 0 {
			first = published
		}
		s := registry.Statement{Digest: published.Digest, Kernel: "encodings", Contract: toldOf + "@1.0.0", Label: v.label, Counter: uint64(i + 1),
			NotAfter: now.AddDate(100, 0, 0)}
		envelope, err := registry.Sign(s, key)
		must(err)
		must(r.PutEnvelope(toldOf, published.Digest, envelope))
	}
	must(os.WriteFile(filepath.Join(dir, "registry/golden/encodings/golden.json"), []byte(`{"format":1,"contract":"golden:encodings@1.0.0","cases":[]}`+"\n"), 0o644))
	trust := &registry.Trust{Keys: []ed25519.PublicKey{key.Public().(ed25519.PublicKey)}}
	trail, before := trails(dir)
	for _, label := range []string{"1.0.0", "1.1.0"} {
		if label == "1.1.0" {
			fill(t, trail)
		}
		_, err = r.Activate(toldOf, label, registry.Activation{Trust: trust})
		must(err)
	}
	shorten(t, before)
	ticket, err := registry.SignTicket(registry.Ticket{Contract: toldOf, Digest: first.Digest, Floor: 2}, key)
	must(err)
	_, err = r.Rollback(toldOf, registry.Activation{Trust: trust, Ticket: ticket})
	must(err)
}

func TestWhatTheRustHostWrote(t *testing.T) { hostWrote(t, ofRust, tellRust) }
func TestWhatTheGoHostWrote(t *testing.T)   { hostWrote(t, ofGo, tellGo) }

// hostWrote reads all of a registry that lies in the repository, and goes on writing it.
func hostWrote(t *testing.T, dir string, tell func(*testing.T, string)) {
	if os.Getenv("BLESS") != "" {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		tell(t, dir)
	}
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(dir)); err != nil {
		t.Fatalf("%v: BLESS=1 writes it", err)
	}
	public, err := os.ReadFile(filepath.Join(root, "release.pub"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := registry.ParseKey(public)
	if err != nil {
		t.Fatal(err)
	}
	trust := registry.Trust{Keys: []ed25519.PublicKey{key}}
	r, err := registry.Open(filepath.Join(root, "registry"))
	if err != nil {
		t.Fatal(err)
	}
	if contracts, err := r.Contracts(); err != nil || !slices.Equal(contracts, []string{toldOf}) {
		t.Fatalf("contracts %v, %v", contracts, err)
	}
	if findings, err := r.Verify(toldOf, trust); err != nil || len(findings) != 0 {
		t.Fatalf("Verify = %v, %v", findings, err)
	}
	release, err := r.Fetch(toldOf, trust, registry.Served{Counter: 2})
	if err != nil {
		t.Fatal(err)
	}
	component, err := os.ReadFile(filepath.Join(components, "component.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	s := release.State
	if s.Revision != 3 || s.Floor != 2 || s.Ticket == nil || s.Active != s.Previous || release.Counter != 1 || release.Label != "1.0.0" ||
		release.Golden == nil || string(release.Component) != string(component) || release.Statement.Package() != toldOf {
		t.Fatalf("release %+v", release)
	}
	entries, err := r.Trail(toldOf, 100)
	if err != nil {
		t.Fatal(err)
	}
	var events []registry.Event
	for _, e := range entries {
		events = append(events, e.Event)
		if e.Contract != toldOf || e.By == "" || e.PID == 0 || e.Time.IsZero() || e.Version == "" {
			t.Errorf("entry %+v", e)
		}
	}
	if !slices.Equal(events, story) {
		t.Errorf("the trail tells %v, want %v", events, story)
	}
	// The writer had to begin another trail in between, and so has this one after it.
	now, before := trails(root)
	for path, want := range map[string]int{now: 2, before: 5} {
		if text, err := os.ReadFile(path); err != nil || bytes.Count(text, []byte("{\"format")) != want {
			t.Errorf("%s: want %d entries: %q, %v", path, want, text, err)
		}
	}
	fill(t, now)
	if err := r.Note(toldOf, registry.Entry{Event: registry.EventSwapped}); err != nil {
		t.Error(err)
	}
	if entries, err := r.Trail(toldOf, 100); err != nil || len(entries) != 3 || entries[0].Revision != 2 || entries[2].Event != registry.EventSwapped {
		t.Errorf("Trail = %+v, %v", entries, err)
	}
	// The ticket is for this floor and this version only; and a writer can go on.
	if _, err := r.Fetch(toldOf, trust, registry.Served{Counter: 3}); registry.ReasonOf(err) != registry.ReasonCounterBelowFloor {
		t.Errorf("Fetch after serving release 3: %v", err)
	}
	if s, err := r.Activate(toldOf, "1.1.0", registry.Activation{Trust: &trust}); err != nil || s.Revision != 4 || s.Ticket != nil {
		t.Errorf("Activate = %+v, %v", s, err)
	}
	if _, err := r.Collect(toldOf, registry.Collection{Now: true, Keep: 1}); err != nil {
		t.Error(err)
	}
	if findings, err := r.Verify(toldOf, trust); err != nil || len(findings) != 0 {
		t.Errorf("Verify = %v, %v", findings, err)
	}
}
