package tenontest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"
)

// Golden reads the golden cases of a contract, the list "cases" of a JSON file, each into a C by the rules of encoding/json.
// A file with fewer cases than least fails the test, so that one that lost its cases does not pass. Where there is no file
// the test is skipped: golden cases belong to a repository, and the package may be used outside of it.
func Golden[C any](t testing.TB, path string, least int) []C {
	t.Helper()
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no golden cases: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []C `json:"cases"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(file.Cases) < least {
		t.Fatalf("%s: only %d cases, there were %d", path, len(file.Cases), least)
	}
	return file.Cases
}
