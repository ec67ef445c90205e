package tenontest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// adder answers as the kernel does.
var adder = scalar.Fake{AddFunc: func(_ context.Context, a, b uint32) (uint32, error) { return a + b, nil }}

// home is the runtime of the slots below, with the kernel; they live as long as the tests.
var home = sync.OnceValues(func() (*tenon.Runtime, *tenon.Kernel) {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		panic(err)
	}
	kernel, err := rt.Load(ctx, "scalar", scalar.Component())
	if err != nil {
		panic(err)
	}
	return rt, kernel
})

// injected is a slot of the scalar kernel whose calls are met by an injection until the test ends.
func injected(t *testing.T, cfg tenon.SlotConfig[scalar.Calls], in tenontest.Injection) (*tenon.Slot[scalar.Calls], func()) {
	t.Helper()
	rt, kernel := home()
	cfg.Kernel = kernel
	slot, err := tenon.NewSlot(t.Context(), rt, "s", scalar.Contract, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := slot.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	stop, err := tenontest.Inject(slot, in)
	if err != nil {
		t.Fatal(err)
	}
	return slot, stop
}

// With a baseline no call is lost, whatever the kernel does.
func TestNoCallIsLostUnderInjectedErrors(t *testing.T) {
	const goroutines, each = 8, 2000
	slot, _ := injected(t, tenon.SlotConfig[scalar.Calls]{Baseline: adder, Breaker: tenon.Breaker{Off: true}, MaxWait: -1},
		tenontest.Injection{Seed: 1, Errors: 0.08, Panics: 0.02})
	client := scalar.New(slot)
	var wg sync.WaitGroup
	for g := range uint32(goroutines) {
		wg.Go(func() {
			for i := range uint32(each) {
				if n, err := client.Add(context.Background(), g, i); n != g+i || err != nil {
					t.Errorf("Add(%d, %d) = %d, %v", g, i, n, err)
				}
			}
		})
	}
	wg.Wait()
	st := slot.Stats()
	if st.Answers+st.Fallbacks != goroutines*each || st.Blamed != st.Fallbacks || st.Faults[tenon.KindTrap] != st.Fallbacks {
		t.Errorf("Stats = %+v", st)
	}
	if rate := float64(st.Fallbacks) / (goroutines * each); math.Abs(rate-0.1) > 0.01 {
		t.Errorf("%v of the calls had a fault", rate)
	}
	if v := st.Versions[0]; v.Poisoned == 0 || v.Poisoned > st.Fallbacks/2 {
		t.Errorf("%d instances were lost for %d faults", v.Poisoned, st.Fallbacks)
	}
}

func TestInjectionsRepeat(t *testing.T) {
	met := func(seed uint64) (list []int) {
		slot, stop := injected(t, tenon.SlotConfig[scalar.Calls]{}, tenontest.Injection{Seed: seed, Errors: 0.2, Kind: tenon.KindFuel})
		client := scalar.New(slot)
		for i := range 100 {
			if _, err := client.Add(t.Context(), 1, 2); errors.Is(err, tenon.ErrFuel) {
				list = append(list, i)
			} else if err != nil {
				t.Error(err)
			}
		}
		stop()
		stop()
		for range 100 {
			if n, err := client.Add(t.Context(), 1, 2); n != 3 || err != nil {
				t.Errorf("after stop: %d, %v", n, err)
			}
		}
		return list
	}
	one, again, other := met(1), met(1), met(2)
	if len(one) < 8 || len(one) > 35 || !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Errorf("met %v, %v, and with another seed %v", one, again, other)
	}
}

func TestInjectedPanicsReachTheBreaker(t *testing.T) {
	slot, stop := injected(t, tenon.SlotConfig[scalar.Calls]{Baseline: adder, Breaker: tenon.Breaker{Faults: 5, Pause: time.Hour}},
		tenontest.Injection{Panics: 1})
	client := scalar.New(slot)
	for range 20 {
		if n, err := client.Add(t.Context(), 40, 2); n != 42 || err != nil {
			t.Fatalf("Add = %d, %v", n, err)
		}
	}
	stop()
	st := slot.Stats()
	if !st.Tripped || st.Trips != 1 || st.Fallbacks != 5 || st.Blamed != 5 || st.Baseline != 20 || st.Answers != 0 {
		t.Errorf("Stats = %+v", st)
	}
	note := tenon.Call{}
	if _, err := client.Add(tenon.WithCall(t.Context(), &note), 1, 1); err != nil || !note.Baseline {
		t.Errorf("%+v, %v", note, err)
	}
}

// A delay ends with the call's context.
func TestInjectedDelayEndsWithTheContext(t *testing.T) {
	slot, _ := injected(t, tenon.SlotConfig[scalar.Calls]{Baseline: adder}, tenontest.Injection{Delays: 1, Delay: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := scalar.New(slot).Add(ctx, 1, 2); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	// A swap goes on meanwhile, and the injection stays.
	if err := slot.Swap(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestInjectRefuses(t *testing.T) {
	slot, stop := injected(t, tenon.SlotConfig[scalar.Calls]{}, tenontest.Injection{})
	for _, c := range []struct {
		in   tenontest.Injection
		text string
	}{
		{tenontest.Injection{Errors: 1.1}, "Errors: a rate of 1.1"},
		{tenontest.Injection{Panics: -0.1}, "Panics: a rate of -0.1"},
		{tenontest.Injection{Delays: math.NaN()}, "Delays: a rate of NaN"},
		{tenontest.Injection{Errors: 0.6, Panics: 0.6}, "together: a rate of 1.2"},
		{tenontest.Injection{Delay: -1}, "a delay of -1ns"},
		{tenontest.Injection{Kind: tenon.KindClosed}, `kind "closed"`},
		{tenontest.Injection{Kind: "odd"}, `kind "odd"`},
		{tenontest.Injection{}, "injected into the slot already"},
	} {
		if _, err := tenontest.Inject(slot, c.in); err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%+v: %v", c.in, err)
		}
	}
	stop()
	if again, err := tenontest.Inject(slot, tenontest.Injection{}); err != nil {
		t.Error(err)
	} else {
		again()
	}
	if err := slot.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tenontest.Inject(slot, tenontest.Injection{}); !errors.Is(err, tenon.ErrClosed) {
		t.Errorf("a closed slot: %v", err)
	}
	if _, err := tenontest.Inject(new(tenon.Slot[scalar.Calls]), tenontest.Injection{}); !errors.Is(err, tenon.ErrClosed) {
		t.Errorf("the zero slot: %v", err)
	}
	if _, err := tenontest.Inject[scalar.Calls](nil, tenontest.Injection{}); !errors.Is(err, tenon.ErrPolicy) {
		t.Errorf("no slot: %v", err)
	}
}

func ExampleInject() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	kernel, err := rt.Load(ctx, "scalar.wasm", scalar.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	slot, err := tenon.NewSlot(ctx, rt, "scalar", scalar.Contract, tenon.SlotConfig[scalar.Calls]{
		Kernel:   kernel,
		Baseline: scalar.Fake{AddFunc: func(_ context.Context, a, b uint32) (uint32, error) { return a + b, nil }},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	stop, err := tenontest.Inject(slot, tenontest.Injection{Seed: 7, Errors: 0.1, Panics: 0.01})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()
	lost := 0
	for i := range uint32(100) {
		if n, err := scalar.New(slot).Add(ctx, i, 1); n != i+1 || err != nil {
			lost++
		}
	}
	stats := slot.Stats()
	fmt.Println(lost, "lost,", stats.Fallbacks > 0, stats.Fallbacks == stats.Blamed)
	// Output: 0 lost, true true
}
