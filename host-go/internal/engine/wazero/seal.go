package wazero

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// seal authenticates the folder in which wazero keeps the machine code of one plan. wazero itself checks its
// files for accidents only, so an authenticated list of digests stands beside the folder, and a folder that
// differs from its list is emptied before wazero sees it.
type seal struct {
	store *cache.Store
	name  string            // of the list
	dir   string            // wazero's folder
	files map[string]string // path in dir to SHA-256, as on the list
}

const sealSuffix = ".seal"

// sealName is the list's name; without its suffix it is the folder's.
func sealName(p *plan.Plan) string {
	sum := sha256.Sum256([]byte(p.Tool + "\n" + p.Component.Digest))
	return "code-" + hex.EncodeToString(sum[:]) + sealSuffix
}

// openSeal gives the folder for a plan; nil when it has none.
func openSeal(store *cache.Store, p *plan.Plan) *seal {
	if p.Component.Digest == "" {
		return nil
	}
	name := sealName(p)
	s := &seal{store: store, name: name, dir: store.Path(strings.TrimSuffix(name, sealSuffix))}
	if data, ok := store.Get(s.name); ok {
		// The list is authentic, so it is what close wrote.
		if json.Unmarshal(data, &s.files) != nil {
			s.files = nil
		}
	}
	found, err := digests(s.dir)
	if err != nil || !maps.Equal(found, s.files) {
		s.files = nil
		if os.RemoveAll(s.dir) != nil {
			return nil
		}
	}
	if os.MkdirAll(s.dir, 0o700) != nil {
		return nil
	}
	return s
}

// close lists what wazero left. After a hit there is nothing new, so only names are compared. A list that
// cannot be written makes the next load a miss, no more.
func (s *seal) close() {
	if same, err := s.unchanged(); err != nil || same {
		return
	}
	found, err := digests(s.dir)
	if err != nil {
		return
	}
	if data, err := json.Marshal(found); err == nil {
		_ = s.store.Put(s.name, data)
	}
}

// unchanged reports whether the folder has the files of the list and no others.
func (s *seal) unchanged() (bool, error) {
	n, known := 0, 0
	err := walk(s.dir, func(_, rel string) error {
		n++
		if _, ok := s.files[rel]; ok {
			known++
		}
		return nil
	})
	return n == known && n == len(s.files) && n > 0, err
}

// digests gives the SHA-256 of every file below dir.
func digests(dir string) (map[string]string, error) {
	found := map[string]string{}
	err := walk(dir, func(path, rel string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		found[rel] = hex.EncodeToString(sum[:])
		return nil
	})
	return found, err
}

// walk visits every file below dir; a folder that is not there has none.
func walk(dir string, visit func(path, rel string) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err) && path == dir:
			return filepath.SkipAll
		case err != nil || d.IsDir():
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return visit(path, rel)
	})
}

// Cached reports whether the cache has an entry for the plan's machine code, so that Compile is likely to be
// quick. Compile still checks what it finds.
func Cached(store *cache.Store, p *plan.Plan) bool {
	if store == nil || p.Component.Digest == "" {
		return false
	}
	_, ok := store.Get(sealName(p))
	return ok
}
