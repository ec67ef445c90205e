package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	healthyKernel = "../../kernels/redact/redact-1.0.0.wasm"
	someGuests    = "../../../wit/vectors/hostile-abi"
)

// attacks run the command with one cache, which saves compiling what all of them need.
type attacks struct{ cache string }

// attacked runs the command, and gives its line.
func (a *attacks) attacked(t *testing.T, e map[string]any, component []byte, runs string) line {
	t.Helper()
	file := filepath.Join(t.TempDir(), "guest.wasm")
	if err := os.WriteFile(file, component, 0o600); err != nil {
		t.Fatal(err)
	}
	entry, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{string(entry), file, runs, a.cache}, healthyKernel, &out); err != nil {
		t.Fatal(err)
	}
	var l line
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		t.Fatalf("%s: %v", out.Bytes(), err)
	}
	if l.HealthyFailed > 0 || l.HealthyCalls == 0 {
		t.Errorf("%d of %d healthy calls failed: %s", l.HealthyFailed, l.HealthyCalls, l.HealthyMessage)
	}
	if len(l.Millis) != len(l.PeakBytes) || len(l.Millis) != len(l.Beats) {
		t.Errorf("%d times, %d peaks and %d counts of beats", len(l.Millis), len(l.PeakBytes), len(l.Beats))
	}
	return l
}

func TestAttacks(t *testing.T) {
	a := &attacks{filepath.Join(t.TempDir(), "cache")}
	t.Run("load", func(t *testing.T) {
		l := a.attacked(t, map[string]any{"name": "picture", "when": "load"}, []byte("GIF89a"), "2")
		if l.Outcomes["malformed"] != 2 || l.Message == "" || len(l.Wrong) > 0 {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("prefixes", func(t *testing.T) {
		l := a.attacked(t, map[string]any{"name": "pieces", "when": "prefixes"}, []byte("\x00asm\x0d\x00\x01\x00?"), "1")
		// Eight bytes are an empty component, fewer are nothing.
		if l.Message != "8 malformed, 1 ok" {
			t.Errorf("got %q", l.Message)
		}
	})
	t.Run("stranger", func(t *testing.T) {
		component, err := os.ReadFile(filepath.Join(someGuests, "values.wasm"))
		if err != nil {
			t.Fatal(err)
		}
		// The last of its functions gives an address that is none.
		l := a.attacked(t, map[string]any{"name": "values", "when": "any"}, component, "1")
		if l.Outcomes["abi"] != 1 || !strings.Contains(l.Message, "pointer-max") || len(l.Wrong) > 0 {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("typo", func(t *testing.T) {
		l := a.attacked(t, map[string]any{"name": "typo", "when": "sometimes"}, nil, "1")
		if len(l.Wrong) != 1 || !strings.Contains(l.Wrong[0], "sometimes") {
			t.Errorf("got %q", l.Wrong)
		}
	})
}

func TestWhatCannotBeRun(t *testing.T) {
	for _, args := range [][]string{
		{"{", healthyKernel, "1", ""},
		{"{}", "no-such-file.wasm", "1", ""},
		{"{}", healthyKernel, "0", ""},
		{"{}", healthyKernel, "many", ""},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), args, healthyKernel, &out); err == nil || out.Len() > 0 {
			t.Errorf("%q: %v, %q", args, err, out.String())
		}
	}
}
