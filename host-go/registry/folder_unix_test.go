//go:build !windows

package registry

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A FIFO in the place of a folder is refused like any other thing that is none. Opening it waits for a writer that never comes.
func TestAFIFOInTheFoldersPlace(t *testing.T) {
	r, root := aRegistry(t)
	published(t, r, "1.0.0", "one")
	activated(t, r, "1.0.0")
	versions := filepath.Join(root, "tenon", "redact", "versions")
	if err := os.Rename(versions, versions+"-aside"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{versions, filepath.Join(root, "spool")} {
		if err := syscall.Mkfifo(path, 0o644); err != nil {
			t.Skip(err)
		}
	}
	for name, ask := range map[string]func() error{
		"List":    func() error { _, err := r.List(inMemory); return err },
		"Collect": func() error { _, err := r.Collect(inMemory, Collection{}); return err },
		"Publish": func() error { _, err := r.Publish(inMemory, "1.1.0", []byte("two")); return err },
		"Fetch":   func() error { _, err := r.Fetch(inMemory, Trust{Unsigned: true}, Served{}); return err },
		"Verify": func() error {
			found, err := r.Verify(inMemory, Trust{Unsigned: true})
			if err == nil && len(found) > 0 {
				err = &Error{Reason: found[0].Reason}
			}
			return err
		},
	} {
		if err := ended(t, name, ask); ReasonOf(err) != ReasonNotAFile {
			t.Errorf("%s: %v", name, err)
		}
	}
	var contracts []string
	err := ended(t, "Contracts", func() (err error) { contracts, err = r.Contracts(); return err })
	if err != nil || len(contracts) != 1 {
		t.Errorf("Contracts = %q, %v", contracts, err)
	}
}

// ended fails the test if something does not end.
func ended(t *testing.T, what string, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		t.Fatalf("%s hangs", what)
		return nil
	}
}
