package registry

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// disk is a file system in memory that knows what would be left after a power cut, and that can fail.
type disk struct {
	live    map[string]*node // what programs see
	durable map[string]*node // which names were synced by a sync of their folder
	locks   map[string]bool
	temps   int                             // temporary files so far
	steps   int                             // operations so far
	fail    func(step int, op string) error // nil: none fails
	dead    bool                            // the process was killed: nothing happens any more
	full    int64                           // the length at which a trail is full here; 0: that of the format
}

type node struct {
	folder bool
	data   []byte // what programs see
	synced []byte // what was synced
	when   time.Time
}

// What an operation may fail with, besides errors of the system.
var (
	errDead   = errors.New("the process is dead")
	errShort  = errors.New("write half, and say so only by the number")
	errCutOff = errors.New("write half, and be dead")
)

func newDisk() *disk {
	d := &disk{live: map[string]*node{}, durable: map[string]*node{}, locks: map[string]bool{}}
	root := &node{folder: true}
	d.live["/"], d.durable["/"] = root, root
	return d
}

// clone gives a disk with the same content.
func (d *disk) clone() *disk {
	c := newDisk()
	c.full = d.full
	copies := map[*node]*node{}
	for path, n := range d.live {
		copies[n] = &node{n.folder, slices.Clone(n.data), slices.Clone(n.synced), n.when}
		c.live[path] = copies[n]
	}
	for path, n := range d.durable {
		if copies[n] == nil {
			copies[n] = &node{n.folder, slices.Clone(n.data), slices.Clone(n.synced), n.when}
		}
		c.durable[path] = copies[n]
	}
	return c
}

// The folders in which changes of names that were not synced survive a power cut.
func none(string) bool          { return false }
func all(string) bool           { return true }
func versions(path string) bool { return filepath.Base(path) == "versions" }

// powerCut gives what may be on the disk after one. Names says in which folders changes of names that were not synced survived, and
// data whether bytes that were not synced did; where not, the bytes that a file was extended by are zeros.
func (d *disk) powerCut(names func(folder string) bool, data bool) *disk {
	c := d.clone()
	seen := c.live
	c.live = map[string]*node{}
	for _, from := range []map[string]*node{seen, c.durable} {
		for path, n := range from {
			if survives := names(filepath.Dir(path)); survives && seen[path] == n || !survives && c.durable[path] == n {
				c.live[path] = n
			}
		}
	}
	for path, n := range c.live {
		if !data && !n.folder {
			left := slices.Clone(n.synced)
			if names(filepath.Dir(path)) && len(n.data) > len(left) {
				left = append(left, make([]byte, len(n.data)-len(left))...)
			}
			n.data = left
		}
		n.synced = n.data
		for above := path; above != "/"; {
			above = filepath.Dir(above)
			if c.live[above] == nil {
				delete(c.live, path)
				break
			}
		}
	}
	c.durable = maps.Clone(c.live)
	return c
}

// killed gives what the next process sees after this one was killed: everything that was done, and no lock.
func (d *disk) killed() *disk { return d.clone() }

func (d *disk) step(op string) error {
	if d.dead {
		return errDead
	}
	d.steps++
	if d.fail != nil {
		return d.fail(d.steps, op)
	}
	return nil
}

func pathError(op, path string, err error) error { return &fs.PathError{Op: op, Path: path, Err: err} }

func (d *disk) above(path string) error {
	n := d.live[filepath.Dir(path)]
	if n == nil {
		return fs.ErrNotExist
	}
	if !n.folder {
		return syscall.ENOTDIR
	}
	return nil
}

func (d *disk) Mkdir(path string) error {
	if err := d.step("mkdir"); err != nil {
		return pathError("mkdir", path, err)
	}
	if d.live[path] != nil {
		return pathError("mkdir", path, fs.ErrExist)
	}
	if err := d.above(path); err != nil {
		return pathError("mkdir", path, err)
	}
	d.live[path] = &node{folder: true}
	return nil
}

func (d *disk) Open(path string) (file, error) {
	if err := d.step("open"); err != nil {
		return nil, pathError("open", path, err)
	}
	n := d.live[path]
	if n == nil {
		return nil, pathError("open", path, fs.ErrNotExist)
	}
	return &handle{d: d, path: path, node: n}, nil
}

func (d *disk) Append(path string) (file, error) {
	if err := d.step("append"); err != nil {
		return nil, pathError("open", path, err)
	}
	if err := d.above(path); err != nil {
		return nil, pathError("open", path, err)
	}
	if d.live[path] == nil {
		d.live[path] = &node{when: time.Now()}
	}
	return &handle{d: d, path: path, node: d.live[path]}, nil
}

func (d *disk) Temp(dir string) (file, error) {
	path := filepath.Join(dir, fmt.Sprintf("%s%d", tempPrefix, d.temps))
	d.temps++
	if err := d.step("temp"); err != nil {
		return nil, pathError("open", path, err)
	}
	if err := d.above(path); err != nil {
		return nil, pathError("open", path, err)
	}
	d.live[path] = &node{when: time.Now()}
	return &handle{d: d, path: path, node: d.live[path]}, nil
}

func (d *disk) Rename(from, to string) error {
	if err := d.step("rename"); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	if d.live[from] == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrNotExist}
	}
	d.live[to] = d.live[from]
	delete(d.live, from)
	return nil
}

func (d *disk) Remove(path string) error {
	if err := d.step("remove"); err != nil {
		return pathError("remove", path, err)
	}
	if d.live[path] == nil {
		return pathError("remove", path, fs.ErrNotExist)
	}
	delete(d.live, path)
	return nil
}

func (d *disk) ReadDir(path string, max int) ([]fs.DirEntry, error) {
	if err := d.step("readdir"); err != nil {
		return nil, pathError("open", path, err)
	}
	if d.live[path] == nil {
		return nil, pathError("open", path, fs.ErrNotExist)
	}
	var entries []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(d.live)) {
		if filepath.Dir(name) == path && name != "/" && len(entries) < max {
			entries = append(entries, fs.FileInfoToDirEntry(about{name, d.live[name]}))
		}
	}
	return entries, nil
}

func (d *disk) Stat(path string) (fs.FileInfo, error) {
	if err := d.step("stat"); err != nil {
		return nil, pathError("stat", path, err)
	}
	if d.live[path] == nil {
		return nil, pathError("stat", path, fs.ErrNotExist)
	}
	return about{path, d.live[path]}, nil
}

func (d *disk) SyncFolder(path string) error {
	if err := d.step("sync folder"); err != nil {
		return pathError("fsync", path, err)
	}
	for name := range d.durable {
		if filepath.Dir(name) == path && name != "/" {
			delete(d.durable, name)
		}
	}
	for name, n := range d.live {
		if filepath.Dir(name) == path {
			d.durable[name] = n
		}
	}
	return nil
}

func (d *disk) TryLock(path string) (io.Closer, error) {
	if err := d.step("lock"); err != nil {
		return nil, pathError("open", path, err)
	}
	if err := d.above(path); err != nil {
		return nil, pathError("open", path, err)
	}
	if d.locks[path] {
		return nil, errLocked
	}
	if d.live[path] == nil {
		d.live[path] = &node{when: time.Now()}
	}
	d.locks[path] = true
	return unlocker(func() { delete(d.locks, path) }), nil
}

type unlocker func()

func (u unlocker) Close() error { u(); return nil }

// handle is an open file.
type handle struct {
	d    *disk
	path string
	node *node
	at   int
}

func (h *handle) Name() string { return h.path }

func (h *handle) Close() error {
	if err := h.d.step("close"); err != nil {
		return pathError("close", h.path, err)
	}
	return nil
}

func (h *handle) Read(into []byte) (int, error) {
	if err := h.d.step("read"); err != nil {
		return 0, pathError("read", h.path, err)
	}
	if h.node.folder {
		return 0, pathError("read", h.path, syscall.EISDIR)
	}
	n := copy(into, h.node.data[min(h.at, len(h.node.data)):])
	h.at += n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (h *handle) ReadAt(into []byte, at int64) (int, error) {
	if err := h.d.step("read"); err != nil {
		return 0, pathError("read", h.path, err)
	}
	n := copy(into, h.node.data[min(int(at), len(h.node.data)):])
	if n < len(into) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) Write(text []byte) (int, error) {
	err := h.d.step("write")
	if errors.Is(err, errDead) {
		return 0, err
	}
	n := len(text)
	if err != nil {
		n /= 2
	}
	h.node.data = append(h.node.data, text[:n]...)
	switch {
	case errors.Is(err, errShort):
		return n, nil
	case errors.Is(err, errCutOff):
		h.d.dead = true
	}
	if err != nil {
		return n, pathError("write", h.path, err)
	}
	return n, nil
}

func (h *handle) Stat() (fs.FileInfo, error) {
	if err := h.d.step("stat"); err != nil {
		return nil, pathError("stat", h.path, err)
	}
	return about{h.path, h.node}, nil
}

func (h *handle) Sync() error {
	if err := h.d.step("sync"); err != nil {
		return pathError("fsync", h.path, err)
	}
	h.node.synced = slices.Clone(h.node.data)
	return nil
}

// about is what Stat says.
type about struct {
	path string
	node *node
}

func (a about) Name() string       { return filepath.Base(a.path) }
func (a about) Size() int64        { return int64(len(a.node.data)) }
func (a about) ModTime() time.Time { return a.node.when }
func (a about) IsDir() bool        { return a.node.folder }
func (a about) Sys() any           { return nil }
func (a about) Mode() fs.FileMode {
	if a.node.folder {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

// print is the same for disks with the same content.
func (d *disk) print() [sha256.Size]byte {
	h := sha256.New()
	for _, names := range []map[string]*node{d.live, d.durable} {
		for _, path := range slices.Sorted(maps.Keys(names)) {
			fmt.Fprintf(h, "%q %d %d ", path, len(names[path].data), len(names[path].synced))
			h.Write(names[path].data)
			h.Write(names[path].synced)
		}
		fmt.Fprintln(h)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// String gives the files that hold content, for messages.
func (d *disk) String() string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(d.live)) {
		if n := d.live[path]; !n.folder {
			fmt.Fprintf(&b, "%s (%d) %.300q\n", path, len(n.data), n.data)
		}
	}
	return b.String()
}
