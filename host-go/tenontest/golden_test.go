package tenontest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

type addition struct {
	Args   [2]uint32
	Result uint32
}

// spy is a test whose end is looked at.
type spy struct {
	testing.TB
	failed, skipped string
}

func (s *spy) Helper() {}

func (s *spy) Fatal(args ...any) { s.failed = args[0].(error).Error(); panic(s) }

func (s *spy) Fatalf(format string, args ...any) {
	s.failed = strings.TrimSpace(format)
	panic(s)
}

func (s *spy) Skipf(format string, args ...any) { s.skipped = format; panic(s) }

// read reads golden cases as a test would whose end is told.
func read(t *testing.T, path string, least int) (cases []addition, end *spy) {
	end = &spy{TB: t}
	defer func() {
		if p := recover(); p != nil && p != end {
			panic(p)
		}
	}()
	return tenontest.Golden[addition](end, path, least), end
}

func TestGolden(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "cases.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file(`{"format": 1, "cases": [{"args": [1, 2], "result": 3}, {"args": [4, 5], "result": 9}]}`)
	cases, end := read(t, good, 2)
	if want := (addition{[2]uint32{4, 5}, 9}); len(cases) != 2 || cases[1] != want || end.failed != "" {
		t.Errorf("got %v, %q", cases, end.failed)
	}
	if _, end := read(t, good, 3); !strings.Contains(end.failed, "only") {
		t.Errorf("two cases of three: %+v", end)
	}
	if _, end := read(t, file(`{"cases": [`), 0); end.failed == "" {
		t.Error("half a file passes")
	}
	if _, end := read(t, file(`{"cases": [{"args": ["1", 2]}]}`), 0); end.failed == "" {
		t.Error("text for a number passes")
	}
	if _, end := read(t, filepath.Join(t.TempDir(), "none.json"), 1); end.skipped == "" || end.failed != "" {
		t.Errorf("no file: %+v", end)
	}
}

func TestKernelRefusesBytesThatAreNone(t *testing.T) {
	end := &spy{TB: t}
	func() {
		defer func() { _ = recover() }()
		tenontest.Kernel(end, scalar.Component()[:100])
	}()
	if !strings.Contains(end.failed, t.Name()) {
		t.Errorf("failed as %q", end.failed)
	}
}
