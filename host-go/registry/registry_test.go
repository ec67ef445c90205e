package registry_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/registry"
)

const contract = "tenon:redact"

func open(t *testing.T) (*registry.Registry, string) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "registry")
	r, err := registry.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return r, root
}

func publish(t *testing.T, r *registry.Registry, label, content string) registry.Version {
	t.Helper()
	v, err := r.Publish(contract, label, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPublishedBytesComeBack(t *testing.T) {
	r, _ := open(t)
	v := publish(t, r, "1.0.0", "one")
	got, err := r.Read(contract, v.Digest)
	if err != nil || !bytes.Equal(got, []byte("one")) {
		t.Fatalf("Read = %q, %v", got, err)
	}
	digest, err := r.Resolve(contract, "1.0.0")
	if err != nil || digest != v.Digest {
		t.Fatalf("Resolve = %q, %v, want %q", digest, err, v.Digest)
	}
}

func TestPublishIsIdempotentAndALabelNeverMoves(t *testing.T) {
	r, _ := open(t)
	first := publish(t, r, "1.0.0", "one")
	if again := publish(t, r, "1.0.0", "one"); again.Digest != first.Digest {
		t.Fatalf("the same bytes became %s and %s", first.Digest, again.Digest)
	}
	if _, err := r.Publish(contract, "1.0.0", []byte("other")); err == nil || !strings.Contains(err.Error(), "new label") {
		t.Fatalf("a label moved to other bytes: %v", err)
	}
	publish(t, r, "1.0.1", "one")
	versions, err := r.List(contract)
	if err != nil || len(versions) != 1 {
		t.Fatalf("List = %v, %v, want one version", versions, err)
	}
	if got := fmt.Sprint(versions[0].Labels); got != "[1.0.0 1.0.1]" {
		t.Fatalf("labels %s", got)
	}
}

func TestDamagedBytesAreRefusedAndPublishRepairsThem(t *testing.T) {
	r, root := open(t)
	v := publish(t, r, "", "one")
	path := filepath.Join(root, "tenon", "redact", "versions", v.Digest+".wasm")
	if err := os.WriteFile(path, []byte("0ne"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(contract, v.Digest); !errors.Is(err, registry.ErrIntegrity) {
		t.Fatalf("Read of damaged bytes: %v", err)
	}
	publish(t, r, "", "one")
	if _, err := r.Read(contract, v.Digest); err != nil {
		t.Fatalf("Read after publishing again: %v", err)
	}
}

func TestWhatIsNotThereIsNamed(t *testing.T) {
	r, _ := open(t)
	if _, err := r.List(contract); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("List of nothing: %v", err)
	}
	publish(t, r, "1.0.0", "one")
	if _, err := r.Resolve(contract, "2.0.0"); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("Resolve of an unknown label: %v", err)
	}
	if _, err := r.Read(contract, strings.Repeat("0", 64)); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("Read of an unknown digest: %v", err)
	}
}

func TestHostileNamesNeverBecomePaths(t *testing.T) {
	r, _ := open(t)
	for _, name := range []string{"", "redact", "../x:y", "tenon:..", "tenon:re/dact", "Tenon:redact", "tenon:redact\x00"} {
		if _, err := r.Publish(name, "", nil); !errors.Is(err, registry.ErrName) {
			t.Errorf("contract %q: %v", name, err)
		}
	}
	for _, label := range []string{"1", "1.0", "01.0.0", "../1.0.0", "1.0.0/x", "v1.0.0"} {
		if _, err := r.Publish(contract, label, nil); !errors.Is(err, registry.ErrName) {
			t.Errorf("label %q: %v", label, err)
		}
	}
	for _, digest := range []string{"", "../../x", strings.Repeat("A", 64), strings.Repeat("0", 63)} {
		if _, err := r.Read(contract, digest); !errors.Is(err, registry.ErrName) {
			t.Errorf("digest %q: %v", digest, err)
		}
	}
}

func TestLabelsOfANewerReleaseOrDamagedOnesAreRefused(t *testing.T) {
	r, root := open(t)
	publish(t, r, "1.0.0", "one")
	path := filepath.Join(root, "tenon", "redact", "labels.json")
	for text, want := range map[string]error{
		`{"format":2,"rollouts":{}}`:                  registry.ErrFormat,
		`{"format":1,"labels":{"1.0.0":"../../etc"}}`: registry.ErrName,
		`{"format":1,"labels":{},"surprise":true}`:    registry.ErrIntegrity,
		`{"format":1,"labels":{"1.0.0":`:              registry.ErrIntegrity,
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Resolve(contract, "1.0.0"); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
		if _, err := r.Publish(contract, "1.1.0", []byte("two")); !errors.Is(err, want) {
			t.Errorf("publish over %s: %v, want %v", text, err, want)
		}
	}
}

func TestLeftoversOfACrashedWriteAreNoVersions(t *testing.T) {
	r, root := open(t)
	publish(t, r, "", "one")
	left := filepath.Join(root, "tenon", "redact", "versions", ".write-123")
	if err := os.WriteFile(left, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if versions, err := r.List(contract); err != nil || len(versions) != 1 {
		t.Fatalf("List = %v, %v", versions, err)
	}
}

func Example() {
	root, err := os.MkdirTemp("", "registry")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)

	r, err := registry.Open(root)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := r.Publish("tenon:redact", "1.0.0", []byte("a component's bytes"))
	if err != nil {
		fmt.Println(err)
		return
	}
	digest, err := r.Resolve("tenon:redact", "1.0.0")
	fmt.Println(digest == v.Digest, v.Size, v.Labels, err)
	// Output: true 19 [1.0.0] <nil>
}
