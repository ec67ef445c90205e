package spec

import (
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
)

// TestEnvironment calls what a suite may import.
func TestEnvironment(t *testing.T) {
	env := environment()
	host := env["host"].items
	call := func(it *item, args ...uint64) (abi.Value, error) {
		values := make([]abi.Value, len(args))
		for i, n := range args {
			values[i].Bits = n
		}
		return it.fn.call(t.Context(), values)
	}
	gives := func(it *item, want uint64, args ...uint64) {
		t.Helper()
		if got, err := call(it, args...); err != nil || got.Bits != want {
			t.Errorf("got %+v, %v, want %d", got, err, want)
		}
	}
	gives(env["host-return-two"], 2)
	gives(env["host-echo-u32"], 7, 7)
	gives(host["return-three"], 3)
	gives(host["nested"].items["return-four"], 4)
	gives(host["[constructor]resource1"], 5, 5)
	gives(host["[static]resource1.assert"], 0, 5, 5)
	gives(host["[method]resource1.simple"], 0, 5, 5)
	gives(host["[method]resource1.take-own"], 0, 5, 6)
	if hi, err := call(host["return-hi"]); err != nil || hi.Text != "hi" {
		t.Errorf("got %+v, %v", hi, err)
	}
	for _, name := range []string{"[static]resource1.assert", "[method]resource1.simple"} {
		if _, err := call(host[name], 5, 6); err == nil {
			t.Errorf("%s takes another representation", name)
		}
	}

	gives(host["[static]resource1.drops"], 0)
	for rep := range uint32(3) {
		if err := host["resource1"].resource.drop(t.Context(), 10+rep); err != nil {
			t.Fatal(err)
		}
	}
	gives(host["[static]resource1.drops"], 3)
	gives(host["[static]resource1.last-drop"], 12)
	if host["resource1"].resource != host["resource1-again"].resource || host["resource1"].resource == host["resource2"].resource {
		t.Error("the resources are not those that they should be")
	}
	gives(environment()["host"].items["[static]resource1.drops"], 0)
}
