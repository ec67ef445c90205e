// Package source lets drop-ins serve what is active in a registry's folder:
//
//	from := source.Folder(dir, follow.Config{Trust: registry.Trust{Keys: keys}})
//	err := useragent.Configure(ctx, useragent.Config{Use: dropin.Registry, Source: from})
//
// A program that imports it, be it for nothing else, can be told so by its environment, too: TENON_USERAGENT=registry:DIR, and
// TENON_TRUST with the keys. See package dropin.
package source

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"os"
	"path/filepath"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

func init() { dropin.SetOpener(fromEnvironment) }

// Folder is the registry in a folder. It is opened when a slot is to follow it.
func Folder(dir string, cfg follow.Config) dropin.Source { return folder{dir: dir, cfg: cfg} }

type folder struct {
	dir string
	cfg follow.Config
}

// String is the folder's path.
func (f folder) String() string { return f.dir }

// Follow implements dropin.Source. What it gives is a *follow.Follower.
func (f folder) Follow(ctx context.Context, slot dropin.Slot) (dropin.Following, error) {
	reg, err := registry.Open(f.dir)
	if err != nil {
		return nil, err
	}
	follower, err := follow.Slot(ctx, slot, reg, f.cfg)
	if err != nil {
		return nil, err // not the nil follower as a Following
	}
	return follower, nil
}

// trustVariable lists the files of public keys in the environment.
const trustVariable = "TENON_TRUST"

// unsigned is its word for a folder whose writers are all trusted.
const unsigned = "unsigned"

func fromEnvironment(dir string) (dropin.Source, error) {
	trust, err := parseTrust(os.Getenv(trustVariable))
	if err != nil {
		return nil, err
	}
	return Folder(dir, follow.Config{Trust: trust}), nil
}

// parseTrust reads the keys that a list of files has.
func parseTrust(list string) (trust registry.Trust, err error) {
	for _, path := range filepath.SplitList(list) {
		if path == unsigned {
			trust.Unsigned = true
			continue
		}
		key, err := readKey(path)
		if err != nil {
			return registry.Trust{}, &tenon.Fault{Kind: tenon.KindPolicy, File: path,
				Message: fmt.Sprintf("%s names %s, which is no public key: make one with tenon key new, and give its .pub", trustVariable, path), Err: err}
		}
		trust.Keys = append(trust.Keys, key)
	}
	return trust, nil
}

// maxKey is more than any key takes, in bytes.
const maxKey = 16 << 10

func readKey(path string) (ed25519.PublicKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for ever
		return nil, fmt.Errorf("%s is not an ordinary file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKey))
	if err != nil {
		return nil, err
	}
	return registry.ParseKey(text)
}
