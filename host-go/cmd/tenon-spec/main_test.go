package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestLines(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	suite := `{"commands":[{"type":"assert_malformed","line":3,"module_type":"text"},{"type":"thread","line":9}]}`
	if err := os.WriteFile(filepath.Join(folder, "t.json"), []byte(suite), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), dir, &out); err != nil {
		t.Fatal(err)
	}
	var line struct {
		File, Type, Verdict, Reason string
		Line                        int
	}
	if err := json.NewDecoder(&out).Decode(&line); err != nil {
		t.Fatal(err)
	}
	if line.File != "a/b" || line.Line != 3 || line.Type != "assert_malformed" || line.Verdict != "skip" || line.Reason == "" {
		t.Errorf("got %+v", line)
	}
	if n := bytes.Count(out.Bytes(), []byte("\n")); n > 1 {
		t.Errorf("%d lines left, want at most 1", n)
	}
	if err := run(t.Context(), filepath.Join(dir, "none"), &out); err == nil {
		t.Error("a folder that is not there is read")
	}
}
