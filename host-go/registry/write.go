package registry

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"time"
)

// makeFolders makes a folder and those above it where they are missing, each durable in the one above.
func (r *Registry) makeFolders(path string) error {
	info, err := r.fs.Stat(path)
	if err == nil {
		if !info.IsDir() {
			return refuse(ReasonNotAFile, path, "a file is in the place of a folder of the registry: remove it")
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return failed(path, err, true)
	}
	above := filepath.Dir(path)
	if above != path {
		if err := r.makeFolders(above); err != nil {
			return err
		}
	}
	if err := r.fs.Mkdir(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return failed(path, err, true)
	}
	return failed(above, r.fs.SyncFolder(above), true)
}

// replace puts content at path in one step that survives a crash.
func (r *Registry) replace(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := r.fs.Temp(dir)
	if err != nil {
		return failed(path, err, true)
	}
	defer func() {
		if err != nil {
			_ = r.fs.Remove(f.Name())
		}
	}()
	if err := errors.Join(writeAll(f, content), f.Close()); err != nil {
		return failed(path, err, true)
	}
	if err := r.fs.Rename(f.Name(), path); err != nil {
		return failed(path, err, true)
	}
	return failed(dir, r.fs.SyncFolder(dir), true)
}

// writeAll writes and syncs.
func writeAll(f file, content []byte) error {
	n, err := f.Write(content)
	if err == nil && n < len(content) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

// lock takes a contract's lock, which is the file .lock in its folder.
func (r *Registry) lock(dir string) (unlock func(), err error) {
	path := filepath.Join(dir, ".lock")
	end := time.Now().Add(r.o.LockWait)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		held, err := r.fs.TryLock(path)
		if err == nil {
			return func() { _ = held.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, failed(path, err, true)
		}
		left := time.Until(end)
		if left <= 0 {
			return nil, refuse(ReasonLocked, path, "another writer has kept the lock for %v: see that none hangs, then try again", r.o.LockWait)
		}
		time.Sleep(min(pause, left))
	}
}
