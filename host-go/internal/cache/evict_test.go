package cache_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
)

// name is the name of unit n of a kind.
func name(kind string, n int) string { return fmt.Sprintf("%s-%064x", kind, n) }

func limited(t testing.TB, dir string, limit int64) *cache.Store {
	t.Helper()
	s, err := cache.OpenLimited(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// age makes an entry look as if it was last used long ago.
func age(t *testing.T, s *cache.Store, name string, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	if err := os.Chtimes(s.Path(name), then, then); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, s *cache.Store, name string, size int) {
	t.Helper()
	if err := s.Put(name, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
}

// putFolder makes a folder with one file and its entry, as the code cache does.
func putFolder(t *testing.T, s *cache.Store, unit string, size int) {
	t.Helper()
	scratch, err := s.Scratch()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(scratch, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(scratch, "sub", "code"), make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.PutFolder(unit, scratch); err != nil {
		t.Fatal(err)
	}
	put(t, s, unit+".seal", 10)
}

func there(s *cache.Store, name string) bool {
	_, err := os.Lstat(s.Path(name))
	return err == nil
}

func TestLeastRecentlyUsedGoesFirst(t *testing.T) {
	s := limited(t, filepath.Join(t.TempDir(), "cache"), 4000)
	for n := range 3 {
		put(t, s, name("plan", n), 1000)
		age(t, s, name("plan", n), time.Duration(10-n)*time.Minute)
	}
	if _, ok := s.Get(name("plan", 0)); !ok { // the oldest is used again
		t.Fatal("it was within the limit")
	}
	put(t, s, name("plan", 3), 1000) // 4 × 1032 bytes
	for n, want := range []bool{true, false, true, true} {
		if got := there(s, name("plan", n)); got != want {
			t.Errorf("entry %d is there: %t", n, got)
		}
	}
}

func TestAFolderGoesWithItsEntry(t *testing.T) {
	s := limited(t, filepath.Join(t.TempDir(), "cache"), 5000)
	putFolder(t, s, name("code", 1), 3000)
	age(t, s, name("code", 1)+".seal", time.Hour)
	put(t, s, name("plan", 1), 1000)
	if !there(s, name("code", 1)) || !there(s, name("code", 1)+".seal") {
		t.Fatal("both fit, and one is gone")
	}
	putFolder(t, s, name("code", 2), 3000)
	if there(s, name("code", 1)) || there(s, name("code", 1)+".seal") {
		t.Error("the older folder or its entry stays")
	}
	if !there(s, name("code", 2)) || !there(s, name("plan", 1)) {
		t.Error("too much went")
	}
	// A folder without its entry is nothing that could be used, and has a size all the same.
	if err := os.Remove(s.Path(name("code", 2) + ".seal")); err != nil {
		t.Fatal(err)
	}
	age(t, s, name("code", 2), time.Hour)
	put(t, s, name("plan", 2), 3000)
	if there(s, name("code", 2)) {
		t.Error("a folder without its entry stays")
	}
}

func TestWhatIsLargerThanTheLimitDoesNotStay(t *testing.T) {
	s := limited(t, filepath.Join(t.TempDir(), "cache"), 1000)
	put(t, s, name("plan", 1), 1000) // and 32 bytes more
	if there(s, name("plan", 1)) {
		t.Error("an entry above the limit stays")
	}
	for _, none := range []int64{0, -1} {
		s := limited(t, filepath.Join(t.TempDir(), "cache"), none)
		put(t, s, name("plan", 1), 100_000)
		if !there(s, name("plan", 1)) {
			t.Errorf("limit %d removes", none)
		}
	}
}

// TestForeignFilesStay also keeps what a user put there by mistake, however large or old it is.
func TestForeignFilesStay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	s := limited(t, dir, 100)
	outside := filepath.Join(t.TempDir(), "outside")
	write := func(path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 5000), 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Unix(0, 0)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "file"))
	foreign := []string{
		"notes.txt", "temp-mine", "plan-123", "plan-" + strings.Repeat("x", 64), name("plan", 1) + ".bak.old", "Plan-" + strings.Repeat("a", 64),
		"folder/" + name("plan", 1), name("plan", 9) + ".d/file",
	}
	for _, f := range foreign {
		write(filepath.Join(dir, f))
	}
	link := name("plan", 2)
	if err := os.Symlink(filepath.Join(outside, "file"), filepath.Join(dir, link)); err != nil {
		t.Skip(err)
	}
	folderLink := name("code", 3)
	if err := os.Symlink(outside, filepath.Join(dir, folderLink)); err != nil {
		t.Fatal(err)
	}
	put(t, s, name("plan", 4), 1000)
	for _, f := range append(foreign, "key", link, folderLink) {
		if _, err := os.Lstat(filepath.Join(dir, f)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(outside, "file")); err != nil {
		t.Error(err)
	}
	if there(s, name("plan", 4)) {
		t.Error("nothing was removed at all")
	}
	// Even in the place of a unit, a link is replaced and not followed.
	putFolder(t, limited(t, dir, 0), folderLink, 10)
	if _, err := os.Stat(filepath.Join(outside, "file")); err != nil {
		t.Error(err)
	}
}

// TestHostileFolder: nothing in the folder makes Get or Put hang, fail hard, or keep what it should remove.
func TestHostileFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	s := limited(t, dir, 2000)
	mkdir := func(name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, name, "deep", "deeper"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	mkdir(name("plan", 1))           // a folder where an entry should be
	mkdir(name("code", 1) + ".seal") // likewise
	if err := os.Truncate(touch(t, dir, name("plan", 2)), 1<<40); err != nil {
		t.Skip(err) // no sparse files
	}
	future := time.Now().Add(1000 * time.Hour)
	if err := os.Chtimes(touch(t, dir, name("plan", 3)), future, future); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		if _, ok := s.Get(name("plan", n)); ok {
			t.Errorf("entry %d is served", n)
		}
	}
	if _, ok := s.Get(name("code", 1) + ".seal"); ok {
		t.Error("a folder is served as an entry")
	}
	put(t, s, name("plan", 4), 1000)
	if there(s, name("plan", 2)) || there(s, name("plan", 3)) {
		t.Error("an entry of 1 TiB, or one from the future, outlives a good one")
	}
	if _, ok := s.Get(name("plan", 4)); !ok {
		t.Error("the good entry is gone")
	}
	if err := s.Put(name("plan", 1), nil); err != nil {
		t.Errorf("the folder in an entry's place was the oldest and should be gone: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "temp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("unfinished work stays: %v, %v", left, err)
	}
}

func touch(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAbandonedWorkGoes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	s := limited(t, dir, 1_000_000)
	var scratch [2]string
	for i := range scratch {
		var err error
		if scratch[i], err = s.Scratch(); err != nil {
			t.Fatal(err)
		}
		touch(t, scratch[i], "file")
	}
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(scratch[0], old, old); err != nil {
		t.Fatal(err)
	}
	put(t, s, name("plan", 1), 1)
	if _, err := os.Stat(scratch[0]); err == nil {
		t.Error("work of yesterday stays")
	}
	if _, err := os.Stat(scratch[1]); err != nil {
		t.Error("work of today is gone")
	}
}

// TestManyProcesses stands for several: stores share nothing but the folder.
func TestManyProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	const limit = 20_000
	limited(t, dir, limit)
	var wg sync.WaitGroup
	for p := range 6 {
		wg.Go(func() {
			s, err := cache.OpenLimited(dir, limit)
			if err != nil {
				t.Error(err)
				return
			}
			for n := range 40 {
				unit := name("plan", (n*7+p)%30)
				want := bytes.Repeat([]byte(unit), 20)
				if err := s.Put(unit, want); err != nil {
					t.Error(err)
				}
				if got, ok := s.Get(unit); ok && !bytes.Equal(got, want) {
					t.Error("an entry holds something else")
				}
				code := name("code", n%5)
				scratch, err := s.Scratch()
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(scratch, "file"), want, 0o600); err != nil {
					t.Error(err)
				}
				if s.PutFolder(code, scratch) != nil {
					os.RemoveAll(scratch) // another one was quicker
				}
				if err := s.Put(code+".seal", nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	put(t, limited(t, dir, limit), name("plan", 99), 10)
	size := int64(0)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), "temp-") {
			t.Errorf("%s stays", path)
		}
		if info, err := d.Info(); err == nil && !d.IsDir() && d.Name() != "key" {
			size += info.Size()
		}
		return nil
	})
	if err != nil || size > limit || size == 0 {
		t.Errorf("%d bytes, %v; the limit is %d", size, err, limit)
	}
}
