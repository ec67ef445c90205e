package tenon_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// guestCase is one entry of wit/vectors/guests.json, whose README says what it means.
type guestCase struct {
	File    string
	WASI    string
	Calls   []guestCall
	Fault   tenon.Kind
	Message string
}

type guestCall struct {
	Export  string
	Args    []string
	Result  string
	Fault   tenon.Kind
	Message string
}

func guestCases(t *testing.T) []guestCase {
	t.Helper()
	data, err := os.ReadFile("../wit/vectors/guests.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Format int
		Cases  []guestCase
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if vectors.Format != 1 || len(vectors.Cases) == 0 {
		t.Fatalf("format %d with %d cases: this test knows format 1", vectors.Format, len(vectors.Cases))
	}
	return vectors.Cases
}

// TestGuests: components of other tool chains give the answers that the vectors say, as on the Rust host.
func TestGuests(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	for _, c := range guestCases(t) {
		options := map[string]tenon.LoadOptions{"none": {}, "stub": {WASI: tenon.WASIStub}}
		o, ok := options[c.WASI]
		if !ok {
			t.Fatalf("%s: wasi is %q", c.File, c.WASI)
		}
		k, err := rt.LoadFileWith(t.Context(), filepath.Join("..", filepath.FromSlash(c.File)), o)
		if c.Fault != "" {
			if tenon.KindOf(err) != c.Fault || !strings.Contains(err.Error(), c.Message) {
				t.Errorf("%s: %v; want %s, %q", c.File, err, c.Fault, c.Message)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		i, err := k.Open(t.Context())
		if err != nil {
			t.Error(err)
			continue
		}
		for _, call := range c.Calls {
			got, err := i.CallWAVE(t.Context(), call.Export, call.Args...)
			switch {
			case call.Fault != "":
				if tenon.KindOf(err) != call.Fault || !strings.Contains(err.Error(), call.Message) {
					t.Errorf("%s: %s%q: %q, %v; want %s, %q", c.File, call.Export, call.Args, got, err, call.Fault, call.Message)
				}
			case err != nil || got != call.Result:
				t.Errorf("%s: %s%q: %q, %v; want %q", c.File, call.Export, call.Args, got, err, call.Result)
			}
		}
		if err := i.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The WASI stub's answers are bounded as what a kernel hands over is.
func TestStubAnswersWithinTheLimit(t *testing.T) {
	rt := newRuntime(t, tenon.Config{AnswerLimit: 1 << 20})
	k, err := rt.LoadFileWith(t.Context(), "../kernels/guests/wasi/wasi.wasm", tenon.LoadOptions{WASI: tenon.WASIStub})
	if err != nil {
		t.Fatal(err)
	}
	for count, want := range map[uint64]tenon.Kind{1 << 10: "", 1 << 20: tenon.KindMemory} {
		_, err := k.Call(t.Context(), "random-bytes", tenon.Value{Bits: count})
		if tenon.KindOf(err) != want {
			t.Errorf("%d random bytes: %v", count, err)
		}
	}
}
