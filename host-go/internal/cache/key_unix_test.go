//go:build unix

package cache_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
)

// TestKeyThatIsNoFile: what stands in the key's place is not waited for, and replaced.
func TestKeyThatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link":   func(path string) error { return os.Symlink("/dev/zero", path) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"too long": func(path string) error { return os.WriteFile(path, make([]byte, 1<<20), 0o600) },
	} {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := put(filepath.Join(dir, "key")); err != nil {
			t.Fatal(err)
		}
		opened := make(chan error, 1)
		go func() {
			s, err := cache.Open(dir)
			if err == nil {
				err = s.Put("x", []byte("entry"))
			}
			opened <- err
		}()
		select {
		case err := <-opened:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: Open waits for the key", name)
		}
		if got, ok := open(t, dir).Get("x"); !ok || string(got) != "entry" {
			t.Errorf("%s: the key is not kept", name)
		}
	}
}
