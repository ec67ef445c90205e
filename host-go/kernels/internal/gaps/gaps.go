// Package gaps has what the tests of several kernels say of the ways in which a kernel is not the library that it replaces.
package gaps

import (
	"context"
	"errors"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Memory makes a call whose input has no place in the 4 MiB that an instance may have here. It is a fault of kind memory, and where there is
// a baseline that answers. call makes it on a slot, and gives an error for a wrong answer, too.
func Memory[B any](t *testing.T, contract tenon.Contract, component []byte, baseline B, call func(*tenon.Slot[B]) error) {
	t.Helper()
	rt, err := tenon.New(t.Context(), tenon.Config{MemoryLimit: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.Background())
	k, err := rt.Load(t.Context(), contract.Package, component)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := tenon.NewSlot(t.Context(), rt, "alone", contract, tenon.SlotConfig[B]{Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	if err := call(alone); !errors.Is(err, tenon.ErrMemory) {
		t.Errorf("without a baseline: %v", err)
	}
	with, err := tenon.NewSlot(t.Context(), rt, "with a baseline", contract, tenon.SlotConfig[B]{Kernel: k, Baseline: baseline})
	if err != nil {
		t.Fatal(err)
	}
	if err := call(with); err != nil {
		t.Errorf("with a baseline: %v", err)
	}
}
