package tenon_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// kept is what a runtime with a limit leaves in its cache after one load, in bytes without the key.
func kept(t *testing.T, limit int64) (size int64) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cache")
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: dir, CacheLimit: limit})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rt.LoadFile(t.Context(), "internal/fixture/scalar/scalar.wasm"); err != nil {
		t.Fatal(err)
	}
	if err := rt.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "key" {
			return err
		}
		info, err := os.Lstat(path)
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

func TestCacheLimit(t *testing.T) {
	all := kept(t, 0)
	if all == 0 || kept(t, -1) != all {
		t.Fatalf("%d bytes within the default limit", all)
	}
	if some := kept(t, all-1); some >= all {
		t.Errorf("%d bytes, the limit is %d", some, all-1)
	}
	if none := kept(t, 1); none != 0 {
		t.Errorf("%d bytes, the limit is 1", none)
	}
}
