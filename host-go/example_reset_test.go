package tenon_test

import (
	"context"
	"fmt"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// Each call finds the instance as it was when it was warm, whatever the calls before it have left.
func ExampleReset() {
	ctx := context.Background()
	for _, mode := range []tenon.Reset{tenon.ResetReuse, tenon.ResetFresh, tenon.ResetSnapshot} {
		rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{Reset: mode, MaxInstances: 1, MaxWait: time.Minute})
		if err != nil {
			fmt.Println(err)
			return
		}
		for range 3 {
			if _, err := scalar.New(slot).Add(ctx, 1, 2); err != nil {
				fmt.Println(err)
			}
		}
		v := slot.Stats().Versions[0]
		fmt.Println(mode, "put back:", v.Resets, "replaced:", v.Retired[tenon.RetiredReset])
		_ = rt.Close(ctx)
	}
	// Output:
	// reuse put back: 0 replaced: 0
	// fresh put back: 0 replaced: 3
	// snapshot put back: 3 replaced: 0
}

// What a slot keeps of instances, and when it replaces them. The figures tell what became of each.
func ExampleRetirement() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{
		MinInstances:      2,                // are there before the first call, and stay
		MaxInstances:      8,                // calls at a time
		MaxUses:           100,              // calls that one answers
		MaxAge:            time.Hour,        // of one
		IdleAfter:         10 * time.Minute, // then those beyond MinInstances are closed
		MaxInstanceMemory: 16 << 20,         // bytes that one may have between calls
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	for n := range uint32(250) {
		if _, err := scalar.New(slot).Add(ctx, n, 1); err != nil {
			fmt.Println(err)
		}
	}
	v := slot.Stats().Versions[0]
	fmt.Println(v.Answers, "answers,", v.Retired[tenon.RetiredUses] >= 1, v.Retired[tenon.RetiredAge], v.Instances >= 2)
	// Output:
	// 250 answers, true 0 true
}
