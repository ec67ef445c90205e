package cache

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tempPrefix begins the names of what is not finished yet.
const tempPrefix = "temp-"

// abandoned is the age at which unfinished work belongs to a process that died.
const abandoned = 24 * time.Hour

var (
	unitName = regexp.MustCompile(`^[a-z]+-[0-9a-f]{64}(\.[a-z]+)?$`)
	tempName = regexp.MustCompile(`^` + tempPrefix + `[0-9]+$`)
)

// unit is what goes together: an entry, and the folder that it authenticates.
type unit struct {
	parts []string // paths, the entry first: without it the folder is a miss
	size  int64
	used  time.Time
}

// shrink removes the least recently used units until the rest fit the limit. What cannot be looked at or removed is
// left alone: a cache has no errors, only misses.
func (s *Store) shrink() {
	if s.limit == 0 {
		return
	}
	s.sweep.Lock()
	defer s.sweep.Unlock()
	now := time.Now()
	units, total := s.units(now)
	if total <= s.limit {
		return
	}
	slices.SortFunc(units, func(a, b unit) int {
		return cmp.Or(a.used.Compare(b.used), strings.Compare(a.parts[0], b.parts[0]))
	})
	for _, u := range units {
		if total <= s.limit {
			return
		}
		gone := true
		for _, part := range u.parts {
			gone = s.discard(part) == nil && gone
		}
		if gone {
			total -= u.size
		}
	}
}

// units lists what the store holds, with the bytes of all, and removes abandoned work on the way.
func (s *Store) units(now time.Time) (list []unit, total int64) {
	found, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, 0
	}
	byName := map[string]*unit{}
	for _, d := range found {
		path := filepath.Join(s.dir, d.Name())
		info, err := d.Info()
		if err != nil {
			continue // gone in the meantime
		}
		switch {
		case tempName.MatchString(d.Name()):
			if now.Sub(info.ModTime()) > abandoned {
				_ = os.RemoveAll(path)
			}
		case !unitName.MatchString(d.Name()):
		case info.Mode().IsRegular(), info.IsDir() && !strings.Contains(d.Name(), "."):
			name, _, _ := strings.Cut(d.Name(), ".")
			u := byName[name]
			if u == nil {
				u = &unit{}
				byName[name] = u
			}
			used := info.ModTime()
			if used.After(now.Add(time.Hour)) {
				used = time.Time{} // somebody's clock went wrong: not a reason to stay for ever
			}
			if info.IsDir() {
				u.parts = append(u.parts, path)
				u.size += sizeOf(path)
				if len(u.parts) == 1 {
					u.used = used
				}
			} else {
				u.parts = slices.Insert(u.parts, 0, path)
				u.size += info.Size()
				u.used = used
			}
		}
	}
	for _, u := range byName {
		list = append(list, *u)
		total += u.size
	}
	return list, total
}

// sizeOf is the bytes of the files below a folder, without following links.
func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read has no size
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}
