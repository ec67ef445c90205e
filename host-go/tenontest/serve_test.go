package tenontest_test

import (
	"context"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestEqualComponentsAreLoadedOnce(t *testing.T) {
	first := tenontest.Kernel(t, scalar.Component())
	if again := tenontest.Kernel(t, slices.Clone(scalar.Component())); again != first {
		t.Error("the same bytes were loaded twice")
	}
	ctx := context.Background()
	slot, err := tenontest.Open[scalar.Calls](ctx, scalar.Contract, scalar.Component())
	if err != nil {
		t.Fatal(err)
	}
	defer slot.Close(ctx)
	if slot.Kernel() != first {
		t.Error("Open loaded what Kernel had")
	}
}
