package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// labelsFormat numbers the layout of labels.json; a reader refuses a newer one and reads every older one.
const labelsFormat = 1

// labels maps a semver label to the digest that it names.
type labels map[string]string

type labelsFile struct {
	Format int    `json:"format"`
	Labels labels `json:"labels"`
}

// of returns the labels of a digest, sorted.
func (l labels) of(digest string) []string {
	var found []string
	for label := range maps.Keys(l) {
		if l[label] == digest {
			found = append(found, label)
		}
	}
	slices.Sort(found)
	return found
}

// readLabels reads a contract's labels; a contract without the file has none.
func readLabels(dir string) (labels, error) {
	path := filepath.Join(dir, "labels.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return labels{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("registry: labels: %w", err)
	}
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("registry: labels: %s: %w: restore the file or publish the labels again", path, errors.Join(ErrIntegrity, err))
	}
	if head.Format > labelsFormat {
		return nil, fmt.Errorf("registry: labels: %s: format %d, known up to %d: %w: update this program", path, head.Format, labelsFormat, ErrFormat)
	}
	var file labelsFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("registry: labels: %s: %w", path, errors.Join(ErrIntegrity, err))
	}
	for label, digest := range file.Labels {
		if !labelName.MatchString(label) || !digestName.MatchString(digest) {
			return nil, fmt.Errorf("registry: labels: %s: entry %q: %q: %w", path, label, digest, ErrName)
		}
	}
	if file.Labels == nil {
		file.Labels = labels{}
	}
	return file.Labels, nil
}

func writeLabels(dir string, l labels) error {
	text, err := json.MarshalIndent(labelsFile{Format: labelsFormat, Labels: l}, "", "  ")
	if err != nil {
		return err
	}
	return writeAtomic(filepath.Join(dir, "labels.json"), append(text, '\n'))
}

// readVerified reads a file once and returns its bytes only if they have the digest.
func readVerified(path, digest string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if found := digestOf(content); found != digest {
		return nil, fmt.Errorf("%s: the bytes have digest %s: %w: publish the component again", path, found, ErrIntegrity)
	}
	return content, nil
}

// writeAtomic puts content at path in one step that survives a crash.
func writeAtomic(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

// syncFolder makes a rename inside the folder durable.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
