// Package cache keeps authenticated entries in a folder. What a host caches is code: plans and machine code.
// So the folder belongs to its user alone, every entry carries an HMAC-SHA256 under a key that lies in the
// folder, and an entry that is damaged, truncated, renamed or written by someone without the key is a miss.
//
// What is kept are units: an entry named KIND-DIGEST, with 64 hex digits, or a folder of that name beside an entry
// KIND-DIGEST.SUFFIX. A store with a limit removes the units that were least recently used. It removes nothing else but
// what a process that died left half made, so other files in the folder are safe.
package cache

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	keyFile = "key"
	keySize = 32
	// maxEntry is more than any entry has, in bytes: what is larger is damage, and not read.
	maxEntry = 1 << 30
)

// Store is a folder of entries. It is safe for concurrent use, also by several processes.
type Store struct {
	dir   string
	key   []byte
	limit int64 // bytes of all units; 0: no limit
	sweep sync.Mutex
}

// OpenLimited is [Open] for a store whose units take at most limit bytes after each Put; what was least recently
// used goes first. The limits of several processes that share a folder do not add up: the smallest holds. A limit
// below 1 is none.
func OpenLimited(dir string, limit int64) (*Store, error) {
	s, err := Open(dir)
	if err == nil {
		s.limit = max(limit, 0)
	}
	return s, err
}

// Open opens the folder dir and makes it, with a fresh key, if it is not there. It refuses a folder that other
// users can read or write.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if !private(info) {
		return nil, fmt.Errorf("cache %s: other users can reach it (mode %#o): it holds code, so make it private with chmod 700", dir, info.Mode().Perm())
	}
	key, err := loadKey(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", dir, err)
	}
	return &Store{dir: dir, key: key}, nil
}

// Writable gives the error of making a file in the store's folder.
func (s *Store) Writable() error {
	dir, err := s.Scratch()
	if err != nil {
		return err
	}
	return os.Remove(dir)
}

// loadKey reads the key, or makes one. What is no file of the right size and mode is replaced: all entries become
// misses.
func loadKey(path string) ([]byte, error) {
	for range 10 {
		info, err := os.Lstat(path)
		if err == nil {
			// Reading a pipe would wait for ever.
			if info.Mode().IsRegular() && info.Size() == keySize && private(info) {
				if key, err := os.ReadFile(path); err == nil && len(key) == keySize {
					return key, nil
				}
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		key := make([]byte, keySize)
		rand.Read(key)
		temp, err := writeTemp(filepath.Dir(path), key)
		if err != nil {
			return nil, err
		}
		// Link, not rename: of two processes that make a key at the same time one loses and reads the other's.
		err = os.Link(temp, path)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = os.Rename(temp, path) // a file system without links
		}
		os.Remove(temp)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return nil, errors.New("other processes keep replacing the key")
}

// Path is the path of a name inside the folder, for what brings its own format; see [Store.Get] for the rest.
func (s *Store) Path(name string) string { return filepath.Join(s.dir, filepath.Base(name)) }

// Get gives the entry with a name. Whatever is wrong with it, it is a miss. A hit counts as a use of its unit.
func (s *Store) Get(name string) ([]byte, bool) {
	path := s.Path(name)
	// Reading a pipe would wait for ever.
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxEntry {
		return nil, false
	}
	data, err := os.ReadFile(path)
	if err != nil || len(data) < sha256.Size {
		return nil, false
	}
	mac, data := data[:sha256.Size], data[sha256.Size:]
	if !hmac.Equal(mac, s.mac(name, data)) {
		return nil, false
	}
	// In a folder that cannot be written nothing is removed either.
	_ = os.Chtimes(path, time.Time{}, time.Now())
	return data, true
}

// Put writes an entry: a reader sees the old one, the new one or none, never half of one. Then it brings the store
// below its limit; an entry that is larger than that does not stay.
func (s *Store) Put(name string, data []byte) error {
	if err := s.put(name, data); err != nil {
		return err
	}
	s.shrink()
	return nil
}

func (s *Store) put(name string, data []byte) error {
	temp, err := writeTemp(s.dir, s.mac(name, data), data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, s.Path(name)); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// mac binds an entry to its name, so that one entry cannot stand in for another.
func (s *Store) mac(name string, data []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	fmt.Fprintf(h, "%d:%s", len(name), name)
	h.Write(data)
	return h.Sum(nil)
}

// writeTemp writes parts to a new file that only its user can read.
func writeTemp(dir string, parts ...[]byte) (path string, err error) {
	f, err := os.CreateTemp(dir, tempPrefix+"*")
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	for _, part := range parts {
		if _, err := f.Write(part); err != nil {
			return "", err
		}
	}
	return f.Name(), nil
}
