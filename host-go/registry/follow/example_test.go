package follow_test

import (
	"context"
	"fmt"
	"os"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// A service follows a registry; whoever releases a version publishes and activates it there, by the command tenon or like
// this.
func ExampleSlot() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	slot, err := tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()})
	if err != nil {
		fmt.Println(err)
		return
	}
	reg, err := registry.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := follow.Slot(ctx, slot, reg, follow.Config{Trust: registry.Trust{Unsigned: true}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close(ctx)
	fmt.Println(slot.Kernel() == nil, f.Status().InStep)

	if _, err := reg.Publish("tenon:ledger", "1.0.0", ledger.Component()); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := reg.Activate("tenon:ledger", "1.0.0", registry.Activation{}); err != nil {
		fmt.Println(err)
		return
	}
	// It is followed within moments. Who cannot wait for that says so.
	err = f.Sync(ctx)
	fmt.Println(f.Status().Label, err)

	if _, err := reg.Publish("tenon:ledger", "2.0.0", []byte("no component")); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := reg.Activate("tenon:ledger", "2.0.0", registry.Activation{}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Sync(ctx) != nil, f.Status().Reason, f.Status().Label)
	// Output:
	// true true
	// 1.0.0 <nil>
	// true warm-failed 1.0.0
}
