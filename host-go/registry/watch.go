package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A Watcher tells that a contract's active version, or what is known of it, may have changed.
type Watcher struct {
	// C has a value at once, and one after each change. Changes that come faster than they are taken become one: look at the
	// registry after each value. It is never closed.
	C <-chan struct{}

	c        chan struct{}
	registry *Registry
	dir      string
	stop     context.CancelFunc
	done     chan struct{}
	notify   *fsnotify.Watcher      // nil: only the poll
	armed    map[string]os.FileInfo // folders that notify watches
	seen     [sha256.Size]byte

	mu       sync.Mutex
	degraded error
}

// defaultPoll is the interval of the poll where none is given.
const defaultPoll = 5 * time.Second

// newNotifier is fsnotify's; tests put one in its place that finds no room.
var newNotifier = fsnotify.NewWatcher

// Watch watches a contract's folder until ctx ends or Close is called. The system tells of changes at once where it can; besides, the files
// are looked at every poll (0 is 5 seconds), which also finds a folder that appears later, another folder behind a symlink, and what a network file
// system does not tell.
func (r *Registry) Watch(ctx context.Context, contract string, poll time.Duration) (_ *Watcher, err error) {
	defer func() { named(&err, "watch", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	if poll <= 0 {
		poll = defaultPoll
	}
	ctx, stop := context.WithCancel(ctx)
	c := make(chan struct{}, 1)
	w := &Watcher{C: c, c: c, registry: r, dir: dir, stop: stop, done: make(chan struct{}), armed: map[string]os.FileInfo{}}
	if w.notify, err = newNotifier(); err != nil {
		w.notify, w.degraded = nil, fmt.Errorf("the system does not tell of changes, only the poll finds them: %w", err)
	}
	w.arm()
	w.seen = w.look()
	w.wake()
	go w.run(ctx, poll)
	return w, nil
}

// Degraded says why changes are found by the poll alone, such as too few inotify watches; nil where the system tells of them.
func (w *Watcher) Degraded() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.degraded
}

// Close ends the watch, and returns when nothing of it is left.
func (w *Watcher) Close() {
	w.stop()
	<-w.done
}

func (w *Watcher) run(ctx context.Context, poll time.Duration) {
	defer close(w.done)
	defer w.stop()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var events <-chan fsnotify.Event
	var errors <-chan error
	if w.notify != nil {
		defer w.notify.Close()
		events, errors = w.notify.Events, w.notify.Errors
	}
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if !w.concerns(e.Name) {
				continue
			}
		case <-errors: // events were lost: look
		case <-tick.C:
		}
		w.arm()
		if seen := w.look(); seen != w.seen {
			w.seen = seen
			w.wake()
		}
	}
}

// wake puts a value into C, unless one is there.
func (w *Watcher) wake() {
	select {
	case w.c <- struct{}{}:
	default:
	}
}

// concerns leaves out the files that every write touches, and the trail: who writes to it after each value must not wake itself.
func (w *Watcher) concerns(path string) bool {
	name := filepath.Base(path)
	return name != "trail.jsonl" && name != "trail.1.jsonl" && name != ".lock" && !strings.HasPrefix(name, tempPrefix)
}

// folders are those that are watched: the contract's, and those above it in which it may appear or be replaced.
func (w *Watcher) folders() []string {
	above := filepath.Dir(w.dir)
	return []string{filepath.Dir(above), above, w.dir, filepath.Join(w.dir, "versions")}
}

// arm watches the folders that are there, anew where another folder is in the place of one, and where one was away: the system
// forgets it then, although it may be the same one that came back.
func (w *Watcher) arm() {
	if w.notify == nil {
		return
	}
	var degraded error
	told := w.notify.WatchList()
	for _, path := range w.folders() {
		info, err := os.Stat(path)
		old := w.armed[path]
		if err == nil && old != nil && os.SameFile(info, old) && slices.Contains(told, path) {
			continue
		}
		if old != nil {
			_ = w.notify.Remove(path) // it may be gone with the folder
			delete(w.armed, path)
		}
		if err != nil {
			continue
		}
		if err := w.notify.Add(path); err != nil {
			degraded = fmt.Errorf("%s: the system does not tell of changes, only the poll finds them: %w", path, err)
			continue
		}
		w.armed[path] = info
	}
	w.mu.Lock()
	w.degraded = degraded
	w.mu.Unlock()
}

// look makes a digest of all that decides what Fetch gives: the state's text, and when the other files changed.
func (w *Watcher) look() [sha256.Size]byte {
	var b bytes.Buffer
	text, err := w.registry.content(statePath(w.dir), maxText)
	fmt.Fprintf(&b, "%q %v\n", text, err)
	paths := []string{labelsPath(w.dir), filepath.Join(w.dir, "golden.json")}
	if s, err := parseState("", text); err == nil && s.Active != "" {
		paths = append(paths, versionPath(w.dir, s.Active), envelopePath(w.dir, s.Active))
	}
	for _, path := range paths {
		if info, err := w.registry.fs.Stat(path); err == nil {
			fmt.Fprintf(&b, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		} else {
			fmt.Fprintf(&b, "%q %v\n", path, err)
		}
	}
	return sha256.Sum256(b.Bytes())
}
