package tenon_test

import (
	"context"
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// An answer that is a list or a string can be had in three ways: as a value, behind what is in a slice of the caller's,
// or where the kernel has it.
func Example_tiers() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	client := scalar.New(slot)

	text, err := client.EchoString(ctx, "a value")
	fmt.Println(text, err)

	line := []byte("log: ")
	line, err = client.AppendEchoString(ctx, line, "appended")
	fmt.Println(string(line), err)

	err = client.ViewEchoBytes(ctx, []byte{1, 2, 3}, func(list []byte) error {
		fmt.Println(list) // no longer here when the function has returned
		return nil
	})
	fmt.Println(err)
	// Output:
	// a value <nil>
	// log: appended <nil>
	// [1 2 3]
	// <nil>
}

// A function that looks at lists is tested with slices.
func ExampleViewOf() {
	largest := func(v tenon.View[uint32]) (found uint32) {
		for _, n := range v.All() {
			found = max(found, n)
		}
		return found
	}
	fmt.Println(largest(tenon.ViewOf([]uint32{3, 9, 4})))
	// Output: 9
}
