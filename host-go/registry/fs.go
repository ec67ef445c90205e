package registry

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fileSystem is all that the registry asks of the operating system. Tests put one in its place that fails.
type fileSystem interface {
	// Mkdir makes one folder.
	Mkdir(path string) error
	// Open opens for reading, and does not wait for the other end of a FIFO.
	Open(path string) (file, error)
	// Append opens for reading and appending, and makes the file where it is missing.
	Append(path string) (file, error)
	// Temp makes a new file in a folder.
	Temp(dir string) (file, error)
	// Rename puts a file in the place of another.
	Rename(from, to string) error
	Remove(path string) error
	// ReadDir gives at most max entries, in no order, and waits for no FIFO either.
	ReadDir(path string, max int) ([]fs.DirEntry, error)
	// Stat follows links.
	Stat(path string) (fs.FileInfo, error)
	// SyncFolder makes renames inside a folder durable.
	SyncFolder(path string) error
	// TryLock takes the lock that is the file path, or says errLocked. Closing gives it back.
	TryLock(path string) (io.Closer, error)
}

// file is all that is asked of an open file.
type file interface {
	io.ReadWriteCloser
	io.ReaderAt
	Name() string
	Stat() (fs.FileInfo, error)
	Sync() error
}

// errLocked says that somebody else has the lock.
var errLocked = errors.New("locked")

// tempPrefix begins the names of files that are being written.
const tempPrefix = ".write-"

// system is the file system of the machine.
type system struct{}

func (system) Mkdir(path string) error { return os.Mkdir(path, 0o755) }

func (system) Open(path string) (file, error) {
	return opened(os.OpenFile(path, os.O_RDONLY|dontWait, 0))
}

func (system) Append(path string) (file, error) {
	return opened(os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|dontWait, 0o644))
}

func (system) Temp(dir string) (file, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	path := filepath.Join(dir, tempPrefix+hex.EncodeToString(random[:]))
	return opened(os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644))
}

func (system) Rename(from, to string) error { return rename(from, to) }

func (system) Remove(path string) error { return os.Remove(path) }

func (system) ReadDir(path string, max int) ([]fs.DirEntry, error) {
	dir, err := os.OpenFile(path, os.O_RDONLY|dontWait, 0)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(max)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, err
}

func (system) Stat(path string) (fs.FileInfo, error) { return os.Stat(path) }

func (system) SyncFolder(path string) error { return syncFolder(path) }

func (system) TryLock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|dontWait, 0o644)
	if err != nil {
		return nil, err
	}
	err = onlyRegular(path, f)
	if err == nil {
		err = tryLock(f)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// opened keeps a nil *os.File from becoming a file that is not nil.
func opened(f *os.File, err error) (file, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}
