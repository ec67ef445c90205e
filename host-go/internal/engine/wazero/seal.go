package wazero

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// seal authenticates the folder in which wazero keeps the machine code of one plan. wazero itself checks its
// files for accidents only, so an authenticated list of digests stands beside the folder. wazero works in a copy,
// made of links, that nobody else touches: a folder that differs from its list is never seen by it, and other
// processes may replace or evict the folder at any time.
type seal struct {
	store *cache.Store
	name  string            // of the list
	dir   string            // wazero's folder, ours alone
	files map[string]string // path in dir to SHA-256, as on the list
}

const sealSuffix = ".seal"

// sealName is the list's name; without its suffix it is the folder's. It depends on the modules as they are compiled, which may
// be hardened or not.
func sealName(p *plan.Plan) string {
	h := sha256.New()
	fmt.Fprintln(h, p.Tool, p.Component.Digest)
	for i := range p.Modules {
		fmt.Fprintln(h, p.Modules[i].Digest)
	}
	return "code-" + hex.EncodeToString(h.Sum(nil)) + sealSuffix
}

// folder is the name of the folder that the list is about.
func (s *seal) folder() string { return strings.TrimSuffix(s.name, sealSuffix) }

// openSeal gives the folder for a plan; nil when it has none. Discard it in the end.
func openSeal(store *cache.Store, p *plan.Plan) *seal {
	if p.Component.Digest == "" {
		return nil
	}
	s := &seal{store: store, name: sealName(p)}
	var err error
	if s.dir, err = store.Scratch(); err != nil {
		return nil
	}
	data, ok := store.Get(s.name)
	if !ok {
		return s
	}
	// The list is authentic, so it is what keep wrote.
	if json.Unmarshal(data, &s.files) != nil || s.copy() != nil {
		s.files = nil
		if s.clear() != nil {
			s.discard()
			return nil
		}
	}
	return s
}

// errSeal is the error of a folder that differs from its list.
var errSeal = errors.New("the folder differs from its list")

// copy brings the stored folder into ours and compares it with the list.
func (s *seal) copy() error {
	stored := s.store.Path(s.folder())
	known := 0
	err := walk(stored, func(path, rel string) error {
		want, ok := s.files[rel]
		if !ok {
			return errSeal
		}
		known++
		to := filepath.Join(s.dir, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		linked := os.Link(path, to)
		if linked == nil {
			path = to // read what wazero will read
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if digest(data) != want {
			return errSeal
		}
		if linked != nil {
			return os.WriteFile(to, data, 0o600) // a file system without links
		}
		return nil
	})
	if err == nil && known != len(s.files) {
		return errSeal
	}
	return err
}

// clear empties our folder.
func (s *seal) clear() error {
	if err := os.RemoveAll(s.dir); err != nil {
		return err
	}
	return os.Mkdir(s.dir, 0o700)
}

// discard removes our folder.
func (s *seal) discard() { _ = os.RemoveAll(s.dir) }

// keep stores what wazero left, unless it is what was there: after a hit there is nothing new, so only names are
// compared. What cannot be stored makes the next load a miss, no more.
func (s *seal) keep() {
	if same, err := s.unchanged(); err != nil || same {
		return
	}
	found, err := digests(s.dir)
	if err != nil {
		return
	}
	data, err := json.Marshal(found)
	if err == nil && s.store.PutFolder(s.folder(), s.dir) == nil {
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
		if err == nil {
			found[rel] = digest(data)
		}
		return err
	})
	return found, err
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// walk visits every file below dir, all of which are regular; a folder that is not there has none.
func walk(dir string, visit func(path, rel string) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err) && path == dir:
			return filepath.SkipAll
		case err != nil || d.IsDir():
			return err
		case !d.Type().IsRegular():
			return errSeal
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
