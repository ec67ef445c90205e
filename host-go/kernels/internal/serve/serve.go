// Package serve opens slots on kernels for tests.
package serve

import (
	"context"
	"fmt"
	"os"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// runtime is the one that Main opened: a kernel is compiled once for all tests of a package.
var runtime *tenon.Runtime

// Main runs a package's tests beside a runtime. It is the last call of TestMain.
func Main(m *testing.M) {
	ctx := context.Background()
	var err error
	if runtime, err = tenon.New(ctx, tenon.Config{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := runtime.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// Kernel loads a component.
func Kernel(t testing.TB, component []byte) *tenon.Kernel {
	t.Helper()
	kernel, err := runtime.Load(context.Background(), t.Name(), component)
	if err != nil {
		t.Fatal(err)
	}
	return kernel
}

// Slot serves the kernel without a baseline, so that what it answers is the kernel's own.
func Slot[B any](t testing.TB, contract tenon.Contract, kernel *tenon.Kernel) *tenon.Slot[B] {
	t.Helper()
	slot, err := tenon.NewSlot(context.Background(), runtime, t.Name(), contract, tenon.SlotConfig[B]{Kernel: kernel})
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

// Open is Kernel and Slot for examples. The caller closes the slot.
func Open[B any](ctx context.Context, contract tenon.Contract, component []byte) (*tenon.Slot[B], error) {
	kernel, err := runtime.Load(ctx, contract.Package, component)
	if err != nil {
		return nil, err
	}
	return tenon.NewSlot(ctx, runtime, "example", contract, tenon.SlotConfig[B]{Kernel: kernel})
}
