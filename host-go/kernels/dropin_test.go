package kernels_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// A package's functions need no runtime, slot or client. What answers them may change at any time.
func Example() {
	ctx := context.Background()
	defer dropin.Close(ctx)
	const curl = "curl/8.5.0"

	agent, err := useragent.Parse(ctx, curl) // the baseline, until the kernel is loaded
	fmt.Println(agent.Browser.Family, err)

	// Plain Go from now on: a switch for a feature, without a deployment.
	err = useragent.Configure(ctx, useragent.Config{Use: dropin.Baseline})
	agent, _ = useragent.Parse(ctx, curl)
	fmt.Println(agent.Browser.Family, err)

	// The kernel, with the baseline to fall back to.
	err = useragent.Configure(ctx, useragent.Config{Use: dropin.Kernel})
	agent, _ = useragent.Parse(ctx, curl)
	fmt.Println(agent.Browser.Family, err)
	// Output:
	// curl <nil>
	// curl <nil>
	// curl <nil>
}

// A test says what a package's functions answer.
func Example_fake() {
	ctx := context.Background()
	defer dropin.Close(ctx)
	fake := useragent.Fake{ParseFunc: func(context.Context, string) (useragent.Agent, error) {
		return useragent.Agent{Browser: useragent.Software{Family: "Lynx"}}, nil
	}}
	err := useragent.Configure(ctx, useragent.Config{Use: dropin.Baseline, Slot: tenon.SlotConfig[useragent.Parser]{Baseline: fake}})
	agent, _ := useragent.Parse(ctx, "whatever")
	fmt.Println(agent.Browser.Family, err)
	// Output: Lynx <nil>
}

// Every package of a kernel is a drop-in.
func TestEveryKernelIsADropIn(t *testing.T) {
	found := map[string]bool{}
	for _, s := range dropin.List() {
		found[s.Name] = true
	}
	for _, name := range []string{"editdistance", "geohex", "useragent"} { // those that this test imports
		if !found[name] {
			t.Errorf("%s is none: %v", name, found)
		}
	}
}

// A kernel without a baseline: its first call waits, and there is no plain Go to switch to.
func TestWithoutABaseline(t *testing.T) {
	defer dropin.Close(context.Background())
	cell, err := geohex.LatLngToCell(t.Context(), geohex.LatLng{Lat: 48.2, Lng: 16.4}, 9)
	if cell == 0 || err != nil {
		t.Errorf("%x, %v", cell, err)
	}
	if err := geohex.Configure(t.Context(), geohex.Config{Use: dropin.Baseline}); !errors.Is(err, tenon.ErrPolicy) {
		t.Error(err)
	}
}

// BenchmarkDropIn is one call by the package's function and by the client, in turns, on the same slot's settings: what the switch
// costs. The report has the quicker round of each, and their ratio.
func BenchmarkDropIn(b *testing.B) {
	ctx := b.Context()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close(context.Background())
	k, err := rt.Load(ctx, "editdistance", editdistance.Component())
	if err != nil {
		b.Fatal(err)
	}
	slot, err := tenon.NewSlot(ctx, rt, "client", editdistance.Contract, tenon.SlotConfig[editdistance.Comparer]{Baseline: editdistance.Baseline(), Kernel: k})
	if err != nil {
		b.Fatal(err)
	}
	if err := editdistance.Configure(ctx, editdistance.Config{Use: dropin.Kernel, Runtime: rt}); err != nil {
		b.Fatal(err)
	}
	defer dropin.Close(context.Background())
	client := editdistance.New(slot)
	sides := []func() (uint32, error){
		func() (uint32, error) { return client.Distance(ctx, "kitten", "sitting") },
		func() (uint32, error) { return editdistance.Distance(ctx, "kitten", "sitting") },
	}
	const rounds, calls = 200, 5000
	best := [2]float64{}
	for b.Loop() {
		for round := range rounds {
			for i := range sides {
				at := (i + round) % len(sides)
				took := clock(b, calls, sides[at])
				if best[at] == 0 || took < best[at] {
					best[at] = took
				}
			}
		}
	}
	b.ReportMetric(best[0], "client-ns/op")
	b.ReportMetric(best[1], "dropin-ns/op")
	b.ReportMetric(best[1]/best[0], "ratio")
}

// clock is how long a call takes, in nanoseconds.
func clock(b *testing.B, calls int, call func() (uint32, error)) float64 {
	begin := time.Now()
	for range calls {
		if n, err := call(); n != 3 || err != nil {
			b.Fatal(n, err)
		}
	}
	return float64(time.Since(begin)) / float64(calls)
}
