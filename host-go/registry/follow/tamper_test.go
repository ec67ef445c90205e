package follow_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/internal/race"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
	"github.com/tenon-dev/tenon/host-go/registry/internal/tamper"
)

// watched calls a slot from several goroutines and looks at who answers each call.
type watched struct {
	t       *testing.T
	book    ledger.Book
	allowed atomic.Pointer[map[string]uint32] // digests with the number that their answers must have
	calls   atomic.Int64
	stop    chan struct{}
	wg      sync.WaitGroup
}

func watch(t *testing.T, book ledger.Book, callers int, allowed map[string]uint32) *watched {
	w := &watched{t: t, book: book, stop: make(chan struct{})}
	w.allowed.Store(&allowed)
	for i := range callers {
		w.wg.Go(func() { w.call(uint64(i) << 32) })
	}
	t.Cleanup(w.end)
	return w
}

func (w *watched) end() {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.wg.Wait()
}

func (w *watched) call(sequence uint64) {
	note := &tenon.Call{}
	ctx := tenon.WithCall(context.Background(), note)
	payload := []byte("what is asked while somebody tampers with the registry")
	for {
		select {
		case <-w.stop:
			return
		default:
		}
		sequence++
		allowed := *w.allowed.Load()
		entry, err := w.book.Enter(ctx, sequence, payload)
		if err != nil {
			w.t.Errorf("lost: %v", err)
			return
		}
		version, err := ledger.Audit(entry, sequence, payload)
		// A version that was allowed when the call began, or is by now.
		want, ok := allowed[note.Version]
		if !ok {
			want, ok = (*w.allowed.Load())[note.Version]
		}
		if err != nil || note.Baseline || !ok || want != version {
			w.t.Errorf("version %d of digest %s answered (baseline %v): %v", version, note.Version, note.Baseline, err)
			return
		}
		w.calls.Add(1)
		time.Sleep(200 * time.Microsecond)
	}
}

// more waits for calls that begin and end from now on.
func (w *watched) more() {
	w.t.Helper()
	before := w.calls.Load()
	eventually(w.t, "calls go on", func() bool { return w.t.Failed() || w.calls.Load() >= before+20 })
}

// scenery is a registry with an old version that a slot serves and follows, under watch.
type scenery struct {
	*bench
	*tamper.Scene
	f *follow.Follower
	w *watched
}

const oldNumber, newNumber = 41, 42

func newScenery(t *testing.T, b *bench) *scenery {
	t.Helper()
	s := &scenery{bench: b}
	var err error
	root := filepath.Join(t.TempDir(), "registry")
	s.Scene, err = tamper.Prepare(root, contract, component(t, oldNumber, 0), component(t, newNumber, 0), []byte(goldenCases))
	if err != nil {
		t.Fatal(err)
	}
	slot, err := tenon.NewSlot(t.Context(), b.rt, "tampered", ledger.Contract, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline(), MaxWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	cfg := unsigned
	cfg.Trust = s.Trust
	cfg.NoTrail = true // whole folders are replaced below, under a lock that nobody holds
	if s.f, err = follow.Slot(t.Context(), slot, s.Registry, cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.f.Close(context.Background()), slot.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	inStep(t, s.f, s.Old)
	s.w = watch(t, ledger.New(slot), 2, map[string]uint32{s.Old: oldNumber})
	return s
}

// goldenCases hold for the versions with these labels only, which is none.
const goldenCases = `{"format":1,"contract":"tenon:ledger@1.0.0","cases":[{"func":"enter","kernels":["0.0.1"],"args":[0,[]],"fault":"trap"}]}`

// Each damage is refused for its own reason while the old version answers; what is repaired is followed.
func TestTamperingWithALiveSlot(t *testing.T) {
	b := newBench(t, registry.Options{})
	cases := tamper.Cases()
	reasons := map[registry.Reason]bool{}
	for _, c := range cases {
		reasons[c.Reason] = true
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel() // they wait for the disk, and for each other's locks
			s := newScenery(t, b)
			backup := filepath.Join(t.TempDir(), "backup")
			if err := os.CopyFS(backup, os.DirFS(s.Path())); err != nil {
				t.Fatal(err)
			}
			s.w.more()
			if err := c.Damage(s.Scene); err != nil {
				t.Fatal(err)
			}
			status := refused(t, s.f, c.Reason)
			if status.InStep || status.Serving != s.Old || status.Message == "" || status.Kind == "" || status.Refusals[c.Reason] == 0 {
				t.Errorf("%+v", status)
			}
			must(t, s.f.Sync(t.Context()), c.Reason)
			s.w.more()
			s.w.allowed.Store(&map[string]uint32{s.Old: oldNumber, s.New: newNumber})
			if err := os.RemoveAll(s.Path()); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(s.Path(), os.DirFS(backup)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Registry.Activate(contract, tamper.NewLabel, registry.Activation{Trust: &s.Trust}); err != nil {
				t.Fatal(err)
			}
			inStep(t, s.f, s.New)
			s.w.allowed.Store(&map[string]uint32{s.New: newNumber})
			s.w.more()
			s.w.end()
		})
	}
	if len(cases) < 25 || len(reasons) < 15 {
		t.Errorf("%d cases with %d reasons", len(cases), len(reasons))
	}
}

// Somebody points the new version's name at other bytes again and again while hosts read it. What comes into service is
// what was verified, or nothing does.
func TestLinksThatMoveWhileAHostReads(t *testing.T) {
	b := newBench(t, registry.Options{})
	s := newScenery(t, b)
	path := s.Path("versions", s.New+".wasm")
	contents := map[string]string{"good": s.New, "other": s.Old}
	for name, digest := range contents {
		text, err := os.ReadFile(s.Path("versions", digest+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	point := func(name string) {
		link := filepath.Join(filepath.Dir(path), ".link")
		if err := errors.Join(os.Symlink(name, link), os.Rename(link, path)); err != nil {
			t.Error(err)
		}
	}
	point("other")
	s.w.allowed.Store(&map[string]uint32{s.Old: oldNumber, s.New: newNumber})
	state := func(active string) {
		text := `{"format":1,"revision":100,"active":"` + active + `","previous":"","floor":5}`
		if err := os.WriteFile(s.Path(".write-state"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(s.Path(".write-state"), s.Path("state.json")); err != nil {
			t.Fatal(err)
		}
	}
	state(s.New)
	stop := make(chan struct{})
	var links sync.WaitGroup
	links.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				point("good")
				return
			default:
				point([]string{"good", "other"}[i%2])
			}
		}
	})
	looks := 0
	for range 60 {
		if err := s.f.Sync(t.Context()); err != nil {
			must(t, err, registry.ReasonDigestMismatch)
			looks++
		}
	}
	close(stop)
	links.Wait()
	inStep(t, s.f, s.New)
	s.w.more()
	t.Logf("%d of 60 looks found other bytes", looks)
}

// What lies in the cache is damaged or swapped between two starts, and while the service runs: that is a miss, never an error, and
// never another answer. The race detector sees one kind of damage: the others differ in what is read, and not in who reads it when.
func TestADamagedCacheIsAMiss(t *testing.T) {
	entries := func(t *testing.T, dir string) (files []string) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && d.Name() != "key" {
				files = append(files, path)
			}
			return err
		})
		if err != nil || len(files) < 4 {
			t.Fatalf("%d files in the cache, %v", len(files), err)
		}
		return files
	}
	edit := func(change func([]byte) []byte) func(t *testing.T, files []string) {
		return func(t *testing.T, files []string) {
			for _, path := range files {
				text, err := os.ReadFile(path)
				if err == nil {
					err = os.WriteFile(path, change(text), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for name, damage := range map[string]func(t *testing.T, files []string){
		"a bit of each entry flipped": edit(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }),
		"the last bit flipped":        edit(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }),
		"entries cut":                 edit(func(b []byte) []byte { return b[:len(b)/2] }),
		"entries emptied":             edit(func([]byte) []byte { return nil }),
		"entries of an older tool":    edit(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("TENONPLN"), []byte("TENONPL0")) }),
		"each entry in the place of the next": func(t *testing.T, files []string) {
			first, err := os.ReadFile(files[0])
			for i := 0; err == nil && i < len(files); i++ {
				text := first
				if i+1 < len(files) {
					if text, err = os.ReadFile(files[i+1]); err != nil {
						break
					}
				}
				err = os.WriteFile(files[i], text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if race.Enabled && name != "entries cut" {
				t.Skip("the race detector slows the transpiler, which each of these runs four times")
			}
			dir := filepath.Join(t.TempDir(), "cache")
			if err := os.CopyFS(dir, os.DirFS(warmCache(t))); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			damage(t, entries(t, dir))
			rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: dir})
			if err != nil {
				t.Fatal(err)
			}
			b := newBenchOn(t, rt)
			f := b.follow(unsigned)
			for n := uint32(1); n <= 2; n++ {
				inStep(t, f, b.publishAndActivate(n))
				b.serves(n)
			}
			// What was written anew is damaged again, under a service that runs.
			damage(t, entries(t, dir))
			inStep(t, f, b.publishAndActivate(3))
			b.serves(3)
			b.activate("1.0.0")
			inStep(t, f, b.digest("1.0.0"))
			b.serves(1)
		})
	}
}

// warmCache is a cache folder in which versions 1 and 2 are.
func warmCache(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "warm")
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for n := uint32(1); n <= 2; n++ {
		if _, err := rt.Load(t.Context(), "ledger", component(t, n, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := rt.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir
}
