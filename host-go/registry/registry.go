// Package registry keeps the versions of kernels in a folder.
//
// A version is named by the SHA-256 of its bytes; a semver label is only a name for one:
//
//	<root>/<namespace>/<package>/versions/<digest>.wasm
//	<root>/<namespace>/<package>/labels.json
//
// Every write goes to a temporary file that is synced and renamed, and the folder is synced after it, so that a crash
// leaves the old content or the new one. Every read checks the digest of the very bytes that it returns. One process
// may write at a time; any number may read.
package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Registry is a folder of versions. It holds no open files and is safe for concurrent readers.
type Registry struct{ root string }

// A Version is one published component.
type Version struct {
	// Contract is the package of the contract, such as "tenon:redact".
	Contract string
	// Digest is the SHA-256 of the component's bytes, in 64 lower-case hexadecimal digits.
	Digest string
	// Labels are the semver labels that name this version, sorted.
	Labels []string
	// Size is the component's length in bytes.
	Size int64
}

var (
	// ErrNotFound says that the registry holds no such contract, digest or label.
	ErrNotFound = errors.New("not in the registry")
	// ErrIntegrity says that a file's bytes are not those that its name promises.
	ErrIntegrity = errors.New("integrity")
	// ErrFormat says that a file was written by a newer release.
	ErrFormat = errors.New("format of a newer release")
	// ErrName says that a contract, digest or label is not written as one.
	ErrName = errors.New("malformed name")
)

var (
	contractName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*:[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	digestName   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// labelName is semver 2.0.0's grammar for a version.
	labelName = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
		`(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?` +
		`(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$`)
)

// Open opens the registry in the folder root and makes the folder where it is missing.
func Open(root string) (*Registry, error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("registry: open: %w", err)
	}
	return &Registry{root: root}, nil
}

// Publish stores a component under its digest and, unless label is empty, names it so. Publishing the same bytes again
// changes nothing; a label that names other bytes already is refused: a label never moves.
func (r *Registry) Publish(contract, label string, component []byte) (Version, error) {
	dir, err := r.folder(contract)
	if err != nil {
		return Version{}, err
	}
	if label != "" && !labelName.MatchString(label) {
		return Version{}, fmt.Errorf("registry: publish: label %q: %w: want a semver such as 1.2.0", label, ErrName)
	}
	digest := digestOf(component)
	labels, err := readLabels(dir)
	if err != nil {
		return Version{}, err
	}
	if old, ok := labels[label]; ok && old != digest {
		return Version{}, fmt.Errorf("registry: publish: label %s of %s names %s already, not %s: publish under a new label",
			label, contract, old, digest)
	}
	path := versionPath(dir, digest)
	// A damaged file under the right name is replaced, an intact one is left alone.
	if _, err := readVerified(path, digest); err != nil {
		if err := writeAtomic(path, component); err != nil {
			return Version{}, fmt.Errorf("registry: publish: %w", err)
		}
	}
	if _, ok := labels[label]; label != "" && !ok {
		labels[label] = digest
		if err := writeLabels(dir, labels); err != nil {
			return Version{}, fmt.Errorf("registry: publish: %w", err)
		}
	}
	return Version{Contract: contract, Digest: digest, Labels: labels.of(digest), Size: int64(len(component))}, nil
}

// Read returns the component with the given digest, after checking that its bytes have that digest.
func (r *Registry) Read(contract, digest string) ([]byte, error) {
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	if !digestName.MatchString(digest) {
		return nil, fmt.Errorf("registry: read: digest %q: %w: want 64 lower-case hexadecimal digits", digest, ErrName)
	}
	component, err := readVerified(versionPath(dir, digest), digest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("registry: read: version %s of %s: %w", digest, contract, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("registry: read: %w", err)
	}
	return component, nil
}

// Resolve returns the digest that a label names.
func (r *Registry) Resolve(contract, label string) (string, error) {
	dir, err := r.folder(contract)
	if err != nil {
		return "", err
	}
	labels, err := readLabels(dir)
	if err != nil {
		return "", err
	}
	digest, ok := labels[label]
	if !ok {
		return "", fmt.Errorf("registry: resolve: label %q of %s: %w", label, contract, ErrNotFound)
	}
	return digest, nil
}

// List returns the versions of a contract, sorted by digest. It reads names and sizes, not contents.
func (r *Registry) List(contract string) ([]Version, error) {
	dir, err := r.folder(contract)
	if err != nil {
		return nil, err
	}
	labels, err := readLabels(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, "versions"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("registry: list: contract %s: %w", contract, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("registry: list: %w", err)
	}
	var versions []Version
	for _, entry := range entries {
		digest, isWasm := strings.CutSuffix(entry.Name(), ".wasm")
		if !isWasm || !digestName.MatchString(digest) {
			continue // a temporary file of a write that a crash ended
		}
		info, err := entry.Info()
		if err != nil {
			return nil, fmt.Errorf("registry: list: %w", err)
		}
		versions = append(versions, Version{Contract: contract, Digest: digest, Labels: labels.of(digest), Size: info.Size()})
	}
	slices.SortFunc(versions, func(a, b Version) int { return strings.Compare(a.Digest, b.Digest) })
	return versions, nil
}

func (r *Registry) folder(contract string) (string, error) {
	if !contractName.MatchString(contract) {
		return "", fmt.Errorf("registry: contract %q: %w: want a package such as tenon:redact", contract, ErrName)
	}
	namespace, name, _ := strings.Cut(contract, ":")
	return filepath.Join(r.root, namespace, name), nil
}

func versionPath(dir, digest string) string { return filepath.Join(dir, "versions", digest+".wasm") }

func digestOf(component []byte) string {
	sum := sha256.Sum256(component)
	return hex.EncodeToString(sum[:])
}
