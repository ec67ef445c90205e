package gen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWriteTouchesOnlyWhatItWrote(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	one := []File{{"client.go", []byte(mark + "1\n")}, {"types.go", []byte(mark + "2\n")}}
	if got, err := Write(dir, one); err != nil || !slices.Equal(got, []Difference{{"client.go", "missing"}, {"types.go", "missing"}}) {
		t.Fatalf("first run: %v, %v", got, err)
	}
	if got, err := Write(dir, one); err != nil || len(got) != 0 {
		t.Fatalf("second run: %v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "abi.go"), []byte("package mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	two := []File{{"client.go", []byte(mark + "3\n")}}
	if got, err := Compare(dir, two); err != nil || !slices.Equal(got, []Difference{{"client.go", "different"}, {"types.go", "left over"}}) {
		t.Fatalf("compare: %v, %v", got, err)
	}
	if _, err := Write(dir, two); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("the folder holds %q, want client.go and the hand-written abi.go", left)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "client.go")); string(b) != mark+"3\n" {
		t.Errorf("client.go is %q", b)
	}
}

func TestWriteRefusesToReplaceHandWrittenFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "client.go")
	if err := os.WriteFile(path, []byte("package mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Write(dir, []File{{"client.go", []byte(mark + "1\n")}, {"abi.go", []byte(mark)}})
	if err == nil || !strings.Contains(err.Error(), "was not written by tenon-gen") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "package mine\n" {
		t.Errorf("the hand-written file became %q", b)
	}
	if _, err := os.Stat(filepath.Join(dir, "abi.go")); err == nil {
		t.Error("another file was written all the same")
	}
}
