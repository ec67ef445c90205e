package tenon_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// adder is a baseline for sums.
type adder struct{ goCalls }

func (adder) Sum(_ context.Context, values []uint32) (total uint64, err error) {
	for _, v := range values {
		total += uint64(v)
	}
	return total, nil
}

// A slot bounds what one call may take, in time and in work. Beyond it the baseline answers; the note tells why.
func ExampleSlotConfig() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{
		Baseline: adder{},
		Deadline: time.Second,
		Fuel:     20_000,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	numbers := scalar.New(slot)
	for _, n := range []int{1_000, 1_000_000} {
		var note tenon.Call
		total, err := numbers.Sum(tenon.WithCall(ctx, &note), make([]uint32, n))
		fmt.Println(total, err, note.Baseline, errors.Is(note.Fault, tenon.ErrFuel), note.Fuel > 0)
	}
	// Output:
	// 0 <nil> false false true
	// 0 <nil> true true true
}

// openRunaway is a kernel with functions that never end.
func openRunaway(ctx context.Context) (*tenon.Runtime, *tenon.Kernel, error) {
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return nil, nil, err
	}
	k, err := rt.LoadFile(ctx, runawayFile)
	if err != nil {
		return nil, nil, errors.Join(err, rt.Close(ctx))
	}
	return rt, k, nil
}

// The context of a call interrupts a kernel that runs, by its deadline too: the caller's time was up, so nobody answers.
func Example_cancel() {
	ctx := context.Background()
	rt, k, err := openRunaway(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err = k.Call(short, "spin")
	fmt.Println(tenon.KindOf(err), errors.Is(err, context.DeadlineExceeded))
	// Output: canceled true
}

// A tool that calls strangers' components bounds each call.
func ExampleKernel_OpenWith() {
	ctx := context.Background()
	rt, k, err := openRunaway(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	i, err := k.OpenWith(ctx, tenon.OpenOptions{Limits: tenon.CallLimits{Deadline: 10 * time.Millisecond}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close(ctx)
	_, err = i.Call(ctx, "spin")
	var fault *tenon.Fault
	if errors.As(err, &fault) {
		fmt.Println(fault.Kind)
		fmt.Println(fault.Message)
	}
	// Output:
	// deadline
	// the call ran longer than 10ms: raise CallLimits.Deadline, or give the kernel less at a time
}

// How much work a call is repeats to the unit, so a budget can be set by what calls have taken.
func ExampleInstance_SetLimits() {
	ctx := context.Background()
	rt, k, err := openRunaway(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	i, err := k.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close(ctx)

	var took tenon.Call
	work := func(budget uint64) error {
		if err := i.SetLimits(tenon.CallLimits{Fuel: budget}); err != nil {
			return err
		}
		_, err := i.Call(tenon.WithCall(ctx, &took), "work", tenon.Value{Bits: 1000})
		return err
	}
	fmt.Println(work(1_000_000), took.Fuel > 1000)
	fmt.Println(work(took.Fuel))
	fmt.Println(tenon.KindOf(work(took.Fuel - 1)))
	// Output:
	// <nil> true
	// <nil>
	// fuel
}

// A fault in JSON and in logs has the same names, on every host.
func ExampleFault_MarshalJSON() {
	fault := &tenon.Fault{Kind: tenon.KindTrap, Code: tenon.TrapDivideByZero, Slot: "prices", Message: "integer divide by zero"}
	text, err := json.Marshal(fault)
	fmt.Println(string(text), err)
	// Output: {"kind":"trap","code":"integer divide by zero","slot":"prices","message":"integer divide by zero"} <nil>
}

// A fault that is logged shows its parts.
func ExampleFault_LogValue() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	var err error = &tenon.Fault{Kind: tenon.KindFuel, Code: tenon.TrapFuel, Slot: "prices", Message: "too much"}
	log.Warn("no price", "fault", err)
	// Output: level=WARN msg="no price" fault.kind=fuel fault.code=fuel fault.slot=prices fault.message="too much"
}
