package follow_test

import (
	"fmt"
	"os"

	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// childRegistry names the environment variable that makes the test's program another process that publishes.
const childRegistry = "TENON_FOLLOW_CHILD"

// child publishes and activates versions 10 to 19 in the registry.
func child(root string) int {
	reg, err := registry.Open(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for n := uint32(10); n < 20; n++ {
		c, err := ledger.Version(n, 0)
		if err == nil {
			_, err = reg.Publish(contract, label(n), c)
		}
		if err == nil {
			_, err = reg.Activate(contract, label(n), registry.Activation{})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}
