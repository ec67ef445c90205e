package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Polls of the tests: none but the one at hand, or that alone.
const (
	never = time.Hour
	often = 5 * time.Millisecond
)

func aRegistry(t *testing.T) (*Registry, string) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "registry")
	r, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return r, root
}

func published(t *testing.T, r *Registry, label, content string) Version {
	t.Helper()
	v, err := r.Publish(inMemory, label, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func activated(t *testing.T, r *Registry, name string) State {
	t.Helper()
	s, err := r.Activate(inMemory, name, Activation{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// watched begins a watch and takes its first value.
func watched(t *testing.T, r *Registry, poll time.Duration) *Watcher {
	t.Helper()
	w, err := r.Watch(t.Context(), inMemory, poll)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	heard(t, w, "at once", func() bool { return true })
	return w
}

// heard takes values until what is waited for is so. It looks after values only, so that a change without one is a hang.
func heard(t *testing.T, w *Watcher, what string, is func() bool) {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case <-w.C:
			if is() {
				return
			}
		case <-late:
			t.Fatalf("%s: nobody told", what)
		}
	}
}

func (r *Registry) active(digest string) func() bool {
	return func() bool {
		s, err := r.State(inMemory)
		return err == nil && s.Active == digest
	}
}

// Without any poll: the system tells of each change, also of a folder that was not there, or that was moved and came back.
func TestWatchIsToldByTheSystem(t *testing.T) {
	r, root := aRegistry(t)
	w := watched(t, r, never)
	if err := w.Degraded(); err != nil {
		t.Skip(err)
	}
	one, two := published(t, r, "1.0.0", "one"), published(t, r, "1.1.0", "two")
	activated(t, r, "1.0.0")
	heard(t, w, "a folder that appeared", r.active(one.Digest))
	for i := range 20 {
		v := []Version{one, two}[(i+1)%2]
		activated(t, r, v.Digest)
		heard(t, w, "a change", r.active(v.Digest))
	}
	aside := filepath.Join(root, "aside")
	if err := os.Rename(filepath.Join(root, "tenon"), aside); err != nil {
		t.Fatal(err)
	}
	heard(t, w, "a folder that went away", func() bool { s, err := r.State(inMemory); return err == nil && !s.Exists })
	if err := os.Rename(aside, filepath.Join(root, "tenon")); err != nil {
		t.Fatal(err)
	}
	heard(t, w, "a folder that came back", func() bool { s, err := r.State(inMemory); return err == nil && s.Exists })
	activated(t, r, Baseline)
	heard(t, w, "a change after all that", r.active(""))
}

// A folder that is moved away and back at once is the same one, but the system tells nothing more of it unless it is asked again.
func TestWatchIsToldOfAFolderThatWasAwayForAMoment(t *testing.T) {
	r, root := aRegistry(t)
	one, two := published(t, r, "1.0.0", "one"), published(t, r, "1.1.0", "two")
	w := watched(t, r, never)
	if err := w.Degraded(); err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(root, "tenon", "redact")
	for i := range 10 {
		if err := errors.Join(os.Rename(dir, dir+"-aside"), os.Rename(dir+"-aside", dir)); err != nil {
			t.Fatal(err)
		}
		for _, v := range [2]Version{one, two} { // the watcher has seen the moves when it has heard of the first
			activated(t, r, v.Digest)
			heard(t, w, fmt.Sprintf("a change after %d moves", i+1), r.active(v.Digest))
		}
	}
}

// The active version's file comes back, its signature comes, golden cases come: each is worth another try.
func TestWatchTellsWhatElseDecides(t *testing.T) {
	for name, poll := range map[string]time.Duration{"told by the system": never, "by the poll": often} {
		t.Run(name, func(t *testing.T) {
			if poll == often {
				withoutNotify(t, errNoRoom)
			}
			r, root := aRegistry(t)
			v := published(t, r, "1.0.0", "one")
			activated(t, r, "1.0.0")
			dir := filepath.Join(root, "tenon", "redact")
			if err := os.Remove(versionPath(dir, v.Digest)); err != nil {
				t.Fatal(err)
			}
			w := watched(t, r, poll)
			if poll == never && w.Degraded() != nil {
				t.Skip(w.Degraded())
			}
			published(t, r, "1.0.0", "one")
			heard(t, w, "the version came back", func() bool { _, err := r.Read(inMemory, v.Digest); return err == nil })
			if err := r.PutEnvelope(inMemory, v.Digest, sealed("one", "1.0.0", 1)); err != nil {
				t.Fatal(err)
			}
			heard(t, w, "a signature came", func() bool { _, err := r.Fetch(inMemory, Trust{Keys: testTrust.Keys}, Served{}); return err == nil })
			if err := os.WriteFile(filepath.Join(dir, "golden.json"), []byte(`{"format":1,"contract":"tenon:redact@1.0.0","cases":[]}`), 0o644); err != nil {
				t.Fatal(err)
			}
			heard(t, w, "golden cases came", func() bool { golden, err := r.Golden(inMemory); return err == nil && golden != nil })
		})
	}
}

// A folder behind a link is another folder when the link is moved, as deployments do.
func TestWatchFollowsALinkThatMoves(t *testing.T) {
	r, root := aRegistry(t)
	one, two := published(t, r, "1.0.0", "one"), published(t, r, "1.1.0", "two")
	activated(t, r, "1.0.0")
	dir := filepath.Join(root, "tenon", "redact")
	for i, name := range []string{"blue", "green"} {
		if err := os.CopyFS(filepath.Join(root, name), os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			activated(t, r, "1.1.0")
		}
	}
	point := func(name string) {
		t.Helper()
		link := filepath.Join(root, "tenon", ".write-link")
		if err := errors.Join(os.Symlink(filepath.Join(root, name), link), os.Rename(link, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	point("blue")
	w := watched(t, r, often)
	point("green")
	heard(t, w, "the link moved", r.active(two.Digest))
	point("blue")
	heard(t, w, "the link moved back", r.active(one.Digest))
	activated(t, r, "1.1.0")
	heard(t, w, "a change behind the link", r.active(two.Digest))
}

// A host writes to the trail what it did about a value; that is no change.
func TestWatchIsNotWokenByTheTrail(t *testing.T) {
	r, _ := aRegistry(t)
	published(t, r, "1.0.0", "one")
	activated(t, r, "1.0.0")
	r.fullTrail = 400 // some of the lines begin another trail
	w := watched(t, r, often)
	for range 5 {
		if err := r.Note(inMemory, Entry{Event: EventRefused}); err != nil {
			t.Fatal(err)
		}
	}
	quiet := time.After(20 * often)
	select {
	case <-w.C:
		t.Fatal("woken by the trail")
	case <-quiet:
	}
}

var errNoRoom = errors.New("no space left on device")

// withoutNotify makes the system's watches fail as they do where there are no more of them.
func withoutNotify(t *testing.T, err error) {
	t.Helper()
	old := newNotifier
	newNotifier = func() (*fsnotify.Watcher, error) { return nil, err }
	t.Cleanup(func() { newNotifier = old })
}

// Where the system has no room for another watch, the poll finds the changes, and the watcher says so.
func TestWatchWithoutRoomForWatches(t *testing.T) {
	withoutNotify(t, errNoRoom)
	r, _ := aRegistry(t)
	w := watched(t, r, often)
	if err := w.Degraded(); !errors.Is(err, errNoRoom) {
		t.Fatalf("Degraded = %v", err)
	}
	v := published(t, r, "1.0.0", "one")
	activated(t, r, "1.0.0")
	heard(t, w, "a change", r.active(v.Digest))
}

// Changes that nobody takes become one value, and the last state is seen after it.
func TestWatchCoalesces(t *testing.T) {
	r, _ := aRegistry(t)
	for i := range 5 {
		published(t, r, fmt.Sprintf("1.%d.0", i), fmt.Sprint("version ", i))
	}
	w := watched(t, r, often)
	var last State
	for i := range 50 {
		last = activated(t, r, fmt.Sprintf("1.%d.0", i%5))
	}
	heard(t, w, "the last change", r.active(last.Active))
	values := 0
	for range cap(w.c) {
		select {
		case <-w.C:
			values++
		default:
		}
	}
	if values > 1 {
		t.Errorf("%d values are kept", values)
	}
}

// Close and the end of the context leave nothing behind; a contract that is none is refused.
func TestWatchEnds(t *testing.T) {
	r, _ := aRegistry(t)
	if _, err := r.Watch(t.Context(), "../x", 0); ReasonOf(err) != ReasonNameMalformed {
		t.Errorf("Watch of no contract: %v", err)
	}
	before := runtime.NumGoroutine()
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		a, errA := r.Watch(ctx, inMemory, 0)
		b, errB := r.Watch(t.Context(), inMemory, 0)
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		cancel()
		a.Close()
		b.Close()
		b.Close() // again is no mistake
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 1000 {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}
