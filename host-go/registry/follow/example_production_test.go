package follow_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// followed opens what a service needs: a slot that follows the registry in a folder.
func followed(ctx context.Context, rt *tenon.Runtime, folder string, releaseKey ed25519.PublicKey) (*follow.Follower, error) {
	slot, err := tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, tenon.SlotConfig[ledger.Book]{
		Baseline: ledger.Baseline(), // answers until something is active, and when a kernel fails
	})
	if err != nil {
		return nil, err
	}
	reg, err := registry.Open(folder)
	if err != nil {
		return nil, err
	}
	return follow.Slot(ctx, slot, reg, follow.Config{
		Trust: registry.Trust{Keys: []ed25519.PublicKey{releaseKey}},
		Swap:  follow.BlueGreen, // the version before stays warm: rolling back is one store
	})
}

// release does what tenon sign, tenon publish and tenon activate do.
func release(reg *registry.Registry, component []byte, s registry.Statement, releaseKey ed25519.PrivateKey) error {
	envelope, err := registry.Sign(s, releaseKey)
	if err != nil {
		return err
	}
	if _, err := reg.Publish("tenon:ledger", s.Label, component, registry.Signed(envelope)); err != nil {
		return err
	}
	_, err = reg.Activate("tenon:ledger", s.Label, registry.Activation{})
	return err
}

// goBack allows one version below the highest release counter so far, and rolls back to it.
func goBack(reg *registry.Registry, releaseKey ed25519.PrivateKey) error {
	state, err := reg.State("tenon:ledger")
	if err != nil {
		return err
	}
	ticket, err := registry.SignTicket(registry.Ticket{Contract: "tenon:ledger", Digest: state.Previous, Floor: state.Floor}, releaseKey)
	if err != nil {
		return err
	}
	_, err = reg.Rollback("tenon:ledger", registry.Activation{Ticket: ticket})
	return err
}

// A service with signed releases: two go out, the second one is taken back.
func Example_production() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "registry")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	public, private := key(7)
	f, err := followed(ctx, rt, folder, public)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close(ctx)

	reg, err := registry.Open(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := uint32(1); n <= 2; n++ {
		component, err := ledger.Version(n, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		k, err := rt.Load(ctx, "ledger", component)
		if err != nil {
			fmt.Println(err)
			return
		}
		err = release(reg, component, registry.Statement{Digest: k.Digest(), Contract: "tenon:ledger@1.0.0", Label: label(n), Counter: uint64(n)}, private)
		k.Close()
		if err != nil {
			fmt.Println(err)
			return
		}
		err = f.Sync(ctx)
		fmt.Println(f.Status().Label, err)
	}
	if err := goBack(reg, private); err != nil {
		fmt.Println(err)
		return
	}
	err = f.Sync(ctx)
	fmt.Println(f.Status().Label, f.Status().InStep, err)
	// Output:
	// 1.0.0 <nil>
	// 2.0.0 <nil>
	// 1.0.0 true <nil>
}
