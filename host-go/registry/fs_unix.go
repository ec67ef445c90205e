//go:build !windows

package registry

import (
	"errors"
	"os"
	"syscall"
)

// dontWait lets an open of a FIFO return at once, whoever is at its other end.
const dontWait = syscall.O_NONBLOCK

func rename(from, to string) error { return os.Rename(from, to) }

func syncFolder(path string) error {
	folder, err := os.OpenFile(path, os.O_RDONLY|dontWait, 0)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // a file system that has no such thing
	}
	return errors.Join(err, folder.Close())
}

// tryLock takes the lock of an open file. It belongs to this opening of the file: a second one in the same process waits, too,
// and the system gives it back when the process ends.
func tryLock(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var locked error
	err = raw.Control(func(fd uintptr) {
		for {
			locked = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB)
			if !errors.Is(locked, syscall.EINTR) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	if errors.Is(locked, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return locked
}

func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

func isNotAFile(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENXIO)
}
