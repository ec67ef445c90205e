package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Registry is a folder of versions. It holds no open files and is safe for concurrent use, by several processes too.
type Registry struct {
	root      string
	fs        fileSystem
	o         Options
	fullTrail int64 // bytes of a trail, from which on who appends begins another one
}

// Options are what a registry may be opened with. The zero value works.
type Options struct {
	// LockWait is how long a write waits for other writers of the same contract, before it fails with ReasonLocked; 0 is 10 seconds.
	LockWait time.Duration
	// By is what the trail says of who wrote; "" is "go".
	By string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// A Version is one published component.
type Version struct {
	// Contract is the package of the contract, such as "tenon:redact".
	Contract string
	// Digest is the SHA-256 of the component's bytes, in 64 lower-case hexadecimal digits.
	Digest string
	// Labels are the semver labels that name this version, sorted as text.
	Labels []string
	// Size is the component's length in bytes.
	Size int64
	// Signed says that there is a signature, not that it is good.
	Signed bool
}

// Limits of what is read. More is refused with ReasonTooLarge.
const (
	maxComponent = 256 << 20 // bytes of a component
	maxText      = 16 << 20  // bytes of a file of JSON
	maxEnvelope  = 64 << 10  // bytes of a signature
	maxEntries   = 400_000   // entries of a folder
	maxName      = 128       // bytes of a contract or a label
)

var (
	contractName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*:[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	digestName   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// labelName is semver 2.0.0's grammar for a version.
	labelName = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
		`(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?` +
		`(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$`)
)

// Open opens the registry in the folder root with no options, and makes the folder where it is missing. A folder that may only
// be read is opened for reading.
func Open(root string) (*Registry, error) { return OpenWith(root, Options{}) }

// OpenWith is Open with options.
func OpenWith(root string, o Options) (*Registry, error) { return openOn(system{}, root, o) }

func openOn(disk fileSystem, root string, o Options) (_ *Registry, err error) {
	defer func() { named(&err, "open", "") }()
	if o.LockWait == 0 {
		o.LockWait = 10 * time.Second
	}
	if o.By == "" {
		o.By = "go"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if root == "" {
		return nil, refuse(ReasonNameMalformed, "", "the folder has no name: give the registry's path")
	}
	r := &Registry{root: root, fs: disk, o: o, fullTrail: fullTrail}
	return r, r.makeFolders(root)
}

// Root gives the folder that the registry was opened with.
func (r *Registry) Root() string { return r.root }

// Contracts gives the contracts that something was published or activated of, sorted.
func (r *Registry) Contracts() (_ []string, err error) {
	defer func() { named(&err, "contracts", "") }()
	var found []string
	namespaces, err := r.names(r.root)
	if err != nil {
		return nil, err
	}
	for _, namespace := range namespaces {
		if !contractName.MatchString(namespace + ":x") {
			continue
		}
		packages, err := r.names(filepath.Join(r.root, namespace))
		if err != nil {
			if reason := ReasonOf(err); reason == ReasonNotAFile || reason == ReasonNotFound {
				continue // a file beside the namespaces, or a folder that has just gone
			}
			return nil, err
		}
		for _, name := range packages {
			contract := namespace + ":" + name
			if !contractName.MatchString(contract) {
				continue
			}
			for _, inside := range []string{"versions", "labels.json", "state.json"} {
				if _, err := r.fs.Stat(filepath.Join(r.root, namespace, name, inside)); err == nil {
					found = append(found, contract)
					break
				}
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// names gives the names in a folder.
func (r *Registry) names(dir string) ([]string, error) {
	entries, err := r.fs.ReadDir(dir, maxEntries+1)
	if err != nil {
		return nil, failed(dir, err, false)
	}
	if len(entries) > maxEntries {
		return nil, refuse(ReasonTooLarge, dir, "more than %d entries: this is no folder of a registry", maxEntries)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}

// set makes names ready to be looked up.
func set(names []string) map[string]bool {
	found := make(map[string]bool, len(names))
	for _, name := range names {
		found[name] = true
	}
	return found
}

// Read returns the component with the given digest, after checking that its bytes have that digest.
func (r *Registry) Read(contract, digest string) (_ []byte, err error) {
	defer func() { named(&err, "read", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	if err := checkDigest(digest); err != nil {
		return nil, err
	}
	return r.component(dir, digest)
}

// component reads a version's bytes once and returns them only if they have the digest.
func (r *Registry) component(dir, digest string) ([]byte, error) {
	path := versionPath(dir, digest)
	content, err := r.content(path, maxComponent)
	if err != nil {
		return nil, err
	}
	if found := digestOf(content); found != digest {
		return nil, refuse(ReasonDigestMismatch, path, "the bytes have digest %s: publish the component again", found)
	}
	return content, nil
}

// Resolve returns the digest that a label names.
func (r *Registry) Resolve(contract, label string) (_ string, err error) {
	defer func() { named(&err, "resolve", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return "", err
	}
	labels, err := r.labels(dir)
	if err != nil {
		return "", err
	}
	digest, ok := labels[label]
	if !ok {
		return "", refuse(ReasonNotFound, "", "no label %q: tenon ls shows the labels", label)
	}
	return digest, nil
}

// List returns the versions of a contract, sorted by digest. It reads names and sizes, not contents.
func (r *Registry) List(contract string) (_ []Version, err error) {
	defer func() { named(&err, "list", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	labels, err := r.labels(dir)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(dir, "versions")
	names, err := r.names(folder)
	if err != nil {
		return nil, err
	}
	byDigest, there := labels.byDigest(), set(names)
	var versions []Version
	for _, name := range names {
		digest, isWasm := strings.CutSuffix(name, ".wasm")
		if !isWasm || !digestName.MatchString(digest) {
			continue // a signature, or a temporary file of a write that a crash ended
		}
		path := filepath.Join(folder, name)
		info, err := r.fs.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // collected since
		}
		if err != nil {
			return nil, failed(path, err, false)
		}
		versions = append(versions, Version{Contract: contract, Digest: digest, Labels: byDigest[digest], Size: info.Size(),
			Signed: there[digest+".dsse.json"]})
	}
	slices.SortFunc(versions, func(a, b Version) int { return strings.Compare(a.Digest, b.Digest) })
	return versions, nil
}

// folder gives a contract's folder, which need not exist.
func (r *Registry) folder(contract string) (string, error) {
	if len(contract) > maxName || !contractName.MatchString(contract) {
		return "", refuse(ReasonNameMalformed, "", "contract %.200q: want a package such as tenon:redact, in at most %d bytes", contract, maxName)
	}
	namespace, name, _ := strings.Cut(contract, ":")
	return filepath.Join(r.root, namespace, name), nil
}

func checkDigest(digest string) error {
	if !digestName.MatchString(digest) {
		return refuse(ReasonNameMalformed, "", "digest %.200q: want 64 lower-case hexadecimal digits", digest)
	}
	return nil
}

func checkLabel(label string) error {
	if !isLabel(label) {
		return refuse(ReasonNameMalformed, "", "label %.200q: want a semver such as 1.2.0, in at most %d bytes", label, maxName)
	}
	return nil
}

// isLabel says whether a text is a semver whose three numbers fit 64 bits, as the Rust host's do.
func isLabel(label string) bool {
	match := labelName.FindStringSubmatch(label)
	if len(label) > maxName || match == nil {
		return false
	}
	for _, number := range match[1:4] {
		if _, err := strconv.ParseUint(number, 10, 64); err != nil {
			return false
		}
	}
	return true
}

func versionPath(dir, digest string) string { return filepath.Join(dir, "versions", digest+".wasm") }

func envelopePath(dir, digest string) string {
	return filepath.Join(dir, "versions", digest+".dsse.json")
}

func digestOf(component []byte) string {
	sum := sha256.Sum256(component)
	return hex.EncodeToString(sum[:])
}

// content reads a whole file once, if it is an ordinary one and has at most limit bytes.
func (r *Registry) content(path string, limit int64) ([]byte, error) {
	f, err := r.fs.Open(path)
	if err != nil {
		return nil, failed(path, err, false)
	}
	defer f.Close()
	if err := onlyRegular(path, f); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, failed(path, err, false)
	}
	tooLarge := refuse(ReasonTooLarge, path, "more than %d bytes: no file of a registry has as many", limit)
	if info.Size() > limit {
		return nil, tooLarge
	}
	content := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		if int64(len(content)) > limit {
			return nil, tooLarge
		}
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return nil, failed(path, err, false)
		}
		if len(content) == cap(content) {
			content = slices.Grow(content, 1)
		}
	}
}

// onlyRegular refuses what is not an ordinary file.
func onlyRegular(path string, f interface{ Stat() (fs.FileInfo, error) }) error {
	info, err := f.Stat()
	if err != nil {
		return failed(path, err, false)
	}
	if !info.Mode().IsRegular() {
		return refuse(ReasonNotAFile, path, "a %s is in the place of the file: remove it", modeName(info.Mode()))
	}
	return nil
}

func modeName(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "folder"
	case mode&fs.ModeNamedPipe != 0:
		return "FIFO"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&os.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
