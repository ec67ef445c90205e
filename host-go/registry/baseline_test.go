package registry

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Nothing keeps anybody from the baseline but the state and the lock: labels, versions and trail may be anything.
func TestTheBaselineIsActivatedWhateverBecameOfTheRest(t *testing.T) {
	r, root := aRegistry(t)
	published(t, r, "1.0.0", "one")
	activated(t, r, "1.0.0")
	for _, name := range []string{"labels.json", "versions", "trail.jsonl"} {
		path := filepath.Join(root, "tenon", "redact", name)
		if err := errors.Join(os.RemoveAll(path), os.Mkdir(path, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := r.Activate(inMemory, "1.0.0", Activation{}); ReasonOf(err) != ReasonNotAFile || s.Exists {
		t.Errorf("Activate 1.0.0 = %+v, %v", s, err)
	}
	for range 2 {
		s, err := r.Activate(inMemory, Baseline, Activation{})
		if ReasonOf(err) != ReasonNotAFile || s.Revision != 2 || s.Active != "" { // of the trail: the change is made
			t.Errorf("Activate = %+v, %v", s, err)
		}
	}
	if now, err := r.State(inMemory); err != nil || now.Revision != 2 || now.Active != "" {
		t.Errorf("State = %+v, %v", now, err)
	}
}
