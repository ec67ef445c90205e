package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// labels maps a semver label to the digest that it names.
type labels map[string]string

// maxLabels is how many labels a contract may have.
const maxLabels = 100_000

// byDigest gives the labels of each digest, sorted as text.
func (l labels) byDigest() map[string][]string {
	found := map[string][]string{}
	for label, digest := range l {
		found[digest] = append(found[digest], label)
	}
	for _, list := range found {
		slices.Sort(list)
	}
	return found
}

// of gives the labels of a digest, sorted as text.
func (l labels) of(digest string) []string {
	var found []string
	for label, named := range l {
		if named == digest {
			found = append(found, label)
		}
	}
	slices.Sort(found)
	return found
}

func labelsPath(dir string) string { return filepath.Join(dir, "labels.json") }

// labels reads a contract's labels; a contract without the file has none.
func (r *Registry) labels(dir string) (labels, error) {
	path := labelsPath(dir)
	text, err := r.content(path, maxText)
	if ReasonOf(err) == ReasonNotFound {
		return labels{}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseLabels(path, text)
}

func parseLabels(path string, text []byte) (labels, error) {
	object, err := document(path, text, ReasonLabelsMalformed, "labels")
	if err != nil {
		return nil, err
	}
	if err := need(object, "labels"); err != nil {
		return nil, asMalformed(ReasonLabelsMalformed, path, err)
	}
	entries, err := members(object["labels"], maxLabels)
	if errors.Is(err, errTooManyKeys) {
		return nil, refuse(ReasonTooLarge, path, "more labels than %d: no contract has as many", maxLabels)
	}
	if err != nil {
		return nil, asMalformed(ReasonLabelsMalformed, path, err)
	}
	found := make(labels, len(entries))
	for label, value := range entries {
		var digest string
		if err := json.Unmarshal(value, &digest); err != nil {
			return nil, asMalformed(ReasonLabelsMalformed, path, fmt.Errorf("label %.80q: %w", label, err))
		}
		if err := errors.Join(checkLabel(label), checkDigest(digest)); err != nil {
			return nil, asMalformed(ReasonLabelsMalformed, path, err)
		}
		found[label] = digest
	}
	return found, nil
}

func (r *Registry) writeLabels(dir string, l labels) error {
	text, err := json.MarshalIndent(struct {
		Format int    `json:"format"`
		Labels labels `json:"labels"`
	}{1, l}, "", "  ")
	if err != nil {
		return err
	}
	return r.replace(labelsPath(dir), append(text, '\n'))
}
