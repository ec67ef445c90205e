package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAProfileIsWrittenWhateverBecomesOfTheWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpu.pb.gz")
	failure := errors.New("no")
	if err := profiled(path, func() error { return failure }); !errors.Is(err, failure) {
		t.Fatalf("error %v", err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if gzip := []byte{0x1f, 0x8b}; !bytes.HasPrefix(written, gzip) {
		t.Fatalf("%d bytes that are no profile", len(written))
	}
}

func TestWithoutAPathNothingIsProfiled(t *testing.T) {
	ran := false
	if err := profiled("", func() error { ran = true; return nil }); err != nil || !ran {
		t.Fatalf("ran %v, error %v", ran, err)
	}
	nowhere := filepath.Join(t.TempDir(), "no", "such", "folder")
	if err := profiled(nowhere, func() error { t.Error("the work ran all the same"); return nil }); err == nil {
		t.Fatal("a profile that cannot be written is no error")
	}
}
