package tenontest_test

import (
	"context"
	"slices"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
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

func TestAClientIsTheSameToAllTests(t *testing.T) {
	clients := map[*scalar.Client]bool{}
	for range 3 {
		t.Run("", func(t *testing.T) {
			client := tenontest.Client(t, scalar.Contract, scalar.Component(), scalar.New)
			if got, err := client.Add(t.Context(), 40, 2); err != nil || got != 42 {
				t.Errorf("got %d, %v", got, err)
			}
			clients[client] = true
		})
	}
	if len(clients) != 1 {
		t.Errorf("%d clients", len(clients))
	}
	asOther := tenontest.Client(t, scalar.Contract, scalar.Component(), func(s *tenon.Slot[scalar.Calls]) scalar.Calls {
		return scalar.New(s)
	})
	if clients[asOther.(*scalar.Client)] {
		t.Error("a client of another type is the same")
	}
}
