package wazero_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

// codeFiles gives the files of machine code below the cache's folder.
func codeFiles(t *testing.T, store *cache.Store) []string {
	t.Helper()
	var files []string
	root := filepath.Dir(store.Path("x"))
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Dir(path) != root {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCodeCache(t *testing.T) {
	store := openCache(t)
	config := wazero.Config{Cache: store}
	run := func() {
		t.Helper()
		if got := call(t, instantiate(t, compile(t, config, counterPlan())).Func(next)); got != 41 {
			t.Errorf("got %d", got)
		}
	}
	if wazero.Cached(store, counterPlan()) {
		t.Error("cached before the first compile")
	}
	run()
	files := codeFiles(t, store)
	if len(files) != 1 {
		t.Skipf("this machine's engine keeps %d files", len(files))
	}
	if !wazero.Cached(store, counterPlan()) {
		t.Error("not cached after the first compile")
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	run()
	if info, err := os.Stat(files[0]); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("a hit compiled again: %v", err)
	}
	damage := map[string]func(){
		"a flipped bit of code": func() {
			bad := append([]byte(nil), good...)
			bad[len(bad)/2] ^= 1
			write(t, files[0], bad)
		},
		"a truncated file": func() { write(t, files[0], good[:len(good)/2]) },
		"an empty file":    func() { write(t, files[0], nil) },
		"a file more":      func() { write(t, filepath.Join(filepath.Dir(files[0]), "more"), good) },
		"no file":          func() { os.Remove(files[0]) },
		"no seal": func() {
			seals, _ := filepath.Glob(store.Path("code-*.seal"))
			for _, s := range seals {
				os.Remove(s)
			}
		},
		"a forged seal": func() {
			seals, _ := filepath.Glob(store.Path("code-*.seal"))
			for _, s := range seals {
				write(t, s, []byte(strings.Repeat("x", 100)))
			}
		},
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			do()
			run()
			got, err := os.ReadFile(files[0])
			if err != nil || string(got) != string(good) {
				t.Errorf("the entry was not made again: %v", err)
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(files[0]), "more")); err == nil {
				t.Error("a file that was not on the list stays")
			}
			run()
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCodeCacheOfSeveralProcesses: stores that share nothing but the folder, of which one is so small that it keeps
// evicting what the others made, and a vandal who takes the files away at any time.
func TestCodeCacheOfSeveralProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	var wg, vandal sync.WaitGroup
	done := make(chan struct{})
	vandal.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			folders, _ := filepath.Glob(filepath.Join(dir, "code-*"))
			for _, f := range folders {
				os.RemoveAll(f)
			}
			time.Sleep(time.Millisecond)
		}
	})
	for limit := range 4 {
		wg.Go(func() {
			store, err := cache.OpenLimited(dir, int64(limit))
			if err != nil {
				t.Error(err)
				return
			}
			for range 10 {
				e := wazero.New(wazero.Config{Cache: store})
				if _, err := e.Compile(t.Context(), counterPlan()); err != nil {
					t.Error(err)
				}
				if err := e.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	close(done)
	vandal.Wait()
	if left, _ := filepath.Glob(filepath.Join(dir, "temp-*")); len(left) > 0 {
		t.Errorf("unfinished work stays: %v", left)
	}
}

func TestCodeCacheIsBounded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	store, err := cache.OpenLimited(dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	compile(t, wazero.Config{Cache: store}, counterPlan())
	if left, _ := filepath.Glob(filepath.Join(dir, "code-*")); len(left) > 0 || wazero.Cached(store, counterPlan()) {
		t.Errorf("kept above the limit: %v", left)
	}
}
