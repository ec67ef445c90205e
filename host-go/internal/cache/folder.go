package cache

import (
	"os"
	"path/filepath"
)

// Scratch makes an empty folder in the store, for one process to work in undisturbed. Give it to [Store.PutFolder] or
// remove it; one that a dead process left goes after a day.
func (s *Store) Scratch() (string, error) { return os.MkdirTemp(s.dir, tempPrefix+"*") }

// PutFolder puts a folder that Scratch made in the place of the unit named name, and removes what was there. A reader
// finds the old folder, the new one or none; while it reads, files may vanish. The caller authenticates the contents by
// an entry that it puts afterwards.
func (s *Store) PutFolder(name, scratch string) error {
	if err := s.discard(s.Path(name)); err != nil {
		return err
	}
	// When another process put its folder in between, the rename fails, and that one stays.
	return os.Rename(scratch, s.Path(name))
}

// discard removes a file or folder in one step as others see it: a folder is first renamed.
func (s *Store) discard(path string) error {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return os.Remove(path)
	}
	grave, err := s.Scratch()
	if err != nil {
		return err
	}
	defer os.RemoveAll(grave)
	err = os.Rename(path, filepath.Join(grave, "old"))
	if os.IsNotExist(err) {
		return nil // somebody else was quicker
	}
	return err
}
