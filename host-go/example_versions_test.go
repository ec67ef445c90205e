package tenon_test

import (
	"context"
	"fmt"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
)

// openLedger opens a slot of the contract ledger with version 1, and loads version 2, which traps at the numbers that
// trapAt divides; 0: at none.
func openLedger(ctx context.Context, cfg tenon.SlotConfig[ledger.Book], trapAt uint32) (*tenon.Runtime, *tenon.Slot[ledger.Book], *tenon.Kernel, error) {
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return nil, nil, nil, err
	}
	load := func(n, trapAt uint32) (k *tenon.Kernel) {
		if err == nil {
			var component []byte
			if component, err = ledger.Version(n, trapAt); err == nil {
				k, err = rt.Load(ctx, "ledger.wasm", component)
			}
		}
		return k
	}
	one, two := load(1, 0), load(2, trapAt)
	var slot *tenon.Slot[ledger.Book]
	if err == nil {
		cfg.Kernel = one
		slot, err = tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, cfg)
	}
	if err != nil {
		_ = rt.Close(ctx)
		return nil, nil, nil, err
	}
	return rt, slot, two, nil
}

// answersFor says which version answers a call with a key.
func answersFor(ctx context.Context, slot *tenon.Slot[ledger.Book], key string) string {
	entry, err := ledger.New(slot).Enter(tenon.WithCall(ctx, &tenon.Call{Key: key}), 7, []byte("payload"))
	if err != nil {
		return err.Error()
	}
	version, err := ledger.Audit(entry, 7, []byte("payload"))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint("version ", version)
}

// Two versions are warm: the flip, and the flip back, are one store.
func ExampleSlot_Promote() {
	ctx := context.Background()
	rt, slot, two, err := openLedger(ctx, tenon.SlotConfig[ledger.Book]{}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	if err := slot.Stage(ctx, two); err != nil {
		fmt.Println(err)
	}
	fmt.Println(answersFor(ctx, slot, ""), slot.Staged() == two)
	for range 2 {
		if err := slot.Promote(ctx); err != nil {
			fmt.Println(err)
		}
		fmt.Println(answersFor(ctx, slot, ""))
	}
	// Output:
	// version 1 true
	// version 2
	// version 1
}

// A staged version gets a third of the keys, then all calls.
func ExampleSlot_Divide() {
	ctx := context.Background()
	rt, slot, two, err := openLedger(ctx, tenon.SlotConfig[ledger.Book]{}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	if err := slot.Stage(ctx, two); err != nil {
		fmt.Println(err)
	}
	if err := slot.Divide(0.33); err != nil {
		fmt.Println(err)
	}
	for _, key := range []string{"user-1", "user-2", "user-3", ""} {
		fmt.Printf("%q %s\n", key, answersFor(ctx, slot, key))
	}
	if err := slot.Promote(ctx); err != nil {
		fmt.Println(err)
	}
	for _, v := range slot.Stats().Versions {
		fmt.Println(v.Kernel, v.State, v.Answers)
	}
	// Output:
	// "user-1" version 2
	// "user-2" version 1
	// "user-3" version 2
	// "" version 1
	// ledger serving 2
	// ledger staged 2
}

// A version that is staged in place of another one, and then none.
func ExampleSlot_Stage() {
	ctx := context.Background()
	rt, slot, two, err := openLedger(ctx, tenon.SlotConfig[ledger.Book]{}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	fmt.Println(slot.Stage(ctx, slot.Kernel()) != nil) // it serves already
	fmt.Println(slot.Stage(ctx, two), slot.Staged() == two)
	fmt.Println(slot.Stage(ctx, nil), slot.Staged() == nil)
	// Output:
	// true
	// <nil> true
	// <nil> true
}

// A version that fails again and again is turned off: the baseline answers, and no call is lost.
func ExampleBreaker() {
	ctx := context.Background()
	rt, slot, two, err := openLedger(ctx, tenon.SlotConfig[ledger.Book]{
		Baseline: ledger.Baseline(),
		Breaker:  tenon.Breaker{Faults: 3, Window: time.Minute, Pause: time.Minute},
	}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	if err := slot.Swap(ctx, two); err != nil {
		fmt.Println(err)
	}
	lost := 0
	for n := range uint64(10) {
		if _, err := ledger.New(slot).Enter(ctx, 1+n, []byte("payload")); err != nil {
			lost++
		}
	}
	stats := slot.Stats()
	fmt.Println(lost, "lost,", stats.Fallbacks, "fallbacks,", stats.Baseline, "by the baseline")
	fmt.Println(stats.Tripped, stats.Trips, stats.Versions[0].State)
	// Output:
	// 0 lost, 3 fallbacks, 10 by the baseline
	// true 1 tripped
}
