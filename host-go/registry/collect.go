package registry

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Collection is what [Registry.Collect] removes. The zero value removes what no label names, but not what is an hour old or younger.
type Collection struct {
	// Keep is how many labels stay, the newest ones by semver; 0 keeps all. The labels of the active and the previous version
	// stay in any case.
	Keep int
	// Now also removes what is younger than an hour. A publish without a label that is at work elsewhere loses its version then.
	Now bool
	// DryRun removes nothing.
	DryRun bool
}

// Collected is what [Registry.Collect] removed, or would remove.
type Collected struct {
	// Removed are the versions, with the labels that they had.
	Removed []Version
	// Dropped are the labels, the lowest first; another label may keep the version that one of them named.
	Dropped []Dropped
}

// Dropped is a label that is not there any more.
type Dropped struct {
	// Label is the label.
	Label string
	// Digest is the version that it named.
	Digest string
}

// young is the age up to which unlabelled files stay.
const young = time.Hour

// Collect removes versions that nothing names, and what crashed writes left. It never removes the active and the previous version.
// What it had removed when it failed comes together with the error.
func (r *Registry) Collect(contract string, o Collection) (done Collected, err error) {
	defer func() { named(&err, "collect", contract) }()
	dir, err := r.folder(contract)
	if err != nil {
		return done, err
	}
	if !o.DryRun {
		unlock, err := r.lock(dir)
		if err != nil {
			return done, err
		}
		defer unlock()
	}
	s, err := r.state(dir)
	if err != nil {
		return done, err
	}
	labels, err := r.labels(dir)
	if err != nil {
		return done, err
	}
	versions, err := r.List(contract)
	if err != nil {
		return done, err
	}
	kept := keepLabels(labels, s, o.Keep)
	if !o.DryRun {
		// A label must not come back by a power cut when its version is gone, so also what an earlier try dropped is made durable.
		if len(kept) < len(labels) {
			err = r.writeLabels(dir, kept)
		} else {
			err = r.settle(dir)
		}
		if err != nil {
			return done, err
		}
	}
	done.Dropped = labels.without(kept)
	named := kept.byDigest()
	versions = slices.DeleteFunc(versions, func(v Version) bool {
		wasLabelled := len(v.Labels) > 0
		return v.Digest == s.Active || v.Digest == s.Previous || named[v.Digest] != nil ||
			!wasLabelled && !o.Now && !r.old(versionPath(dir, v.Digest))
	})
	if o.DryRun {
		done.Removed = versions
		return done, nil
	}
	for _, v := range versions {
		if err := r.remove(dir, v.Digest); err != nil {
			return done, err
		}
		done.Removed = append(done.Removed, v)
		if err := r.note(dir, contract, Entry{Event: EventCollected, Version: v.Digest}); err != nil {
			return done, err
		}
	}
	return done, r.sweep(dir, o)
}

// keepLabels drops all but the newest labels and those of versions in use.
func keepLabels(l labels, s State, keep int) labels {
	if keep <= 0 || len(l) <= keep {
		return l
	}
	names := make([]string, 0, len(l))
	for label := range l {
		names = append(names, label)
	}
	slices.SortFunc(names, func(a, b string) int { return compareLabels(b, a) })
	kept := labels{}
	for i, label := range names {
		if digest := l[label]; i < keep || digest == s.Active || digest == s.Previous {
			kept[label] = digest
		}
	}
	return kept
}

// without gives the labels that others have not, the lowest first.
func (l labels) without(others labels) []Dropped {
	var dropped []Dropped
	for label, digest := range l {
		if _, ok := others[label]; !ok {
			dropped = append(dropped, Dropped{Label: label, Digest: digest})
		}
	}
	slices.SortFunc(dropped, func(a, b Dropped) int { return compareLabels(a.Label, b.Label) })
	return dropped
}

// remove takes a version's files away, the component first: a crash leaves a signature without a version, and not an unsigned version.
func (r *Registry) remove(dir, digest string) error {
	for _, path := range []string{versionPath(dir, digest), envelopePath(dir, digest)} {
		if err := r.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failed(path, err, true)
		}
	}
	return nil
}

// sweep removes what crashed writes left, temporary files and signatures of components that are not there, and makes all removals durable.
func (r *Registry) sweep(dir string, o Collection) error {
	for _, folder := range []string{dir, filepath.Join(dir, "versions")} {
		names, err := r.names(folder)
		if err != nil {
			return err
		}
		there := set(names)
		for _, name := range names {
			digest, isEnvelope := strings.CutSuffix(name, ".dsse.json")
			orphan := isEnvelope && digestName.MatchString(digest) && !there[digest+".wasm"]
			path := filepath.Join(folder, name)
			if !orphan && !strings.HasPrefix(name, tempPrefix) || !o.Now && !r.old(path) {
				continue
			}
			if err := r.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return failed(path, err, true)
			}
		}
		if err := r.settle(folder); err != nil {
			return err
		}
	}
	return nil
}

// old says whether a file was written more than an hour ago. By a clock that was set back it was not.
func (r *Registry) old(path string) bool {
	info, err := r.fs.Stat(path)
	return err == nil && r.o.Now().Sub(info.ModTime()) > young
}
