package cache_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
)

func open(t *testing.T, dir string) *cache.Store {
	t.Helper()
	s, err := cache.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := open(t, dir)
	if _, ok := s.Get("x"); ok {
		t.Fatal("an entry nobody wrote")
	}
	for _, data := range [][]byte{nil, []byte("one"), bytes.Repeat([]byte{7}, 1<<16)} {
		if err := s.Put("x", data); err != nil {
			t.Fatal(err)
		}
		// A second process has only the folder.
		if got, ok := open(t, dir).Get("x"); !ok || !bytes.Equal(got, data) {
			t.Fatalf("got %d bytes, %t; want %d", len(got), ok, len(data))
		}
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v, %v", info.Mode(), err)
	}
	info, err = os.Stat(filepath.Join(dir, "key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key mode %v, %v", info.Mode(), err)
	}
}

func TestDamageIsAMiss(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	s := open(t, dir)
	if err := s.Put("x", []byte("the entry")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(s.Path("x"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if err := os.WriteFile(s.Path("x"), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Get("x"); ok {
			t.Errorf("byte %d flipped and still served", i)
		}
		if err := os.WriteFile(s.Path("x"), good[:i], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Get("x"); ok {
			t.Errorf("cut at %d and still served", i)
		}
	}
	// A valid entry under another name is damage too.
	if err := os.WriteFile(s.Path("y"), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Get("y"); ok {
		t.Error("an entry stands in for another")
	}
}

func TestForeignKeyIsAMiss(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if err := open(t, dir).Put("x", []byte("data")); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key")
	for _, data := range [][]byte{make([]byte, 32), make([]byte, 31), nil} {
		if err := os.WriteFile(key, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := open(t, dir).Get("x"); ok {
			t.Errorf("an entry of another key is served, key of %d bytes", len(data))
		}
	}
	// A key that others could read is replaced.
	if err := os.WriteFile(key, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if got, err := os.ReadFile(key); err != nil || bytes.Equal(got, make([]byte, 32)) {
		t.Errorf("a readable key stays in use: %v", err)
	}
}

func TestRefusesASharedFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Open(dir); err == nil {
		t.Error("a folder that others can read is accepted")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Open(file); err == nil {
		t.Error("a file is accepted as a folder")
	}
}

func TestNamesStayInside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	s := open(t, dir)
	if got := s.Path("../../etc/passwd"); filepath.Dir(got) != dir {
		t.Errorf("path %s leaves %s", got, dir)
	}
}

func TestConcurrentOpenAgreesOnTheKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	stores := make([]*cache.Store, 16)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() {
			s, err := cache.Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = s
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if err := stores[0].Put("x", []byte("shared")); err != nil {
		t.Fatal(err)
	}
	for i, s := range stores {
		if _, ok := s.Get("x"); !ok {
			t.Errorf("store %d has another key", i)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "temp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files stay: %v, %v", left, err)
	}
}
