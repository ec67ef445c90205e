package gen_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/world"
)

// TestBaselineAnswersThroughTheClient: without a kernel, and where the kernel fails, the client hands the same arguments
// to the baseline and its answer to the caller.
func TestBaselineAnswersThroughTheClient(t *testing.T) {
	ctx := t.Context()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.WithoutCancel(ctx))
	own := errors.New("the baseline's own")
	fake := scalar.Fake{
		AddFunc:  func(_ context.Context, a, b uint32) (uint32, error) { return a*10 + b, nil },
		FailFunc: func(_ context.Context, message string) error { return errors.Join(own, errors.New(message)) },
	}
	alone, err := tenon.NewSlot(ctx, rt, "alone", scalar.Contract, tenon.SlotConfig[scalar.Calls]{Baseline: fake})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := scalar.New(alone).Add(ctx, 4, 2); n != 42 || err != nil {
		t.Errorf("Add: %d, %v; want the baseline's 42", n, err)
	}
	k, err := rt.Load(ctx, "scalar", scalar.Component())
	if err != nil {
		t.Fatal(err)
	}
	both, err := tenon.NewSlot(ctx, rt, "both", scalar.Contract, tenon.SlotConfig[scalar.Calls]{Baseline: fake, Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	c := scalar.New(both)
	if n, err := c.Add(ctx, 4, 2); n != 6 || err != nil {
		t.Errorf("Add: %d, %v; want the kernel's 6", n, err)
	}
	if err := c.Fail(ctx, "in place of the trap"); !errors.Is(err, own) || !strings.Contains(err.Error(), "in place of the trap") {
		t.Errorf("Fail: %v; want the baseline's answer", err)
	}
	if n, err := c.Sum(ctx, []uint32{1, 2, 3}); n != 6 || err != nil {
		t.Errorf("Sum after a trap: %d, %v", n, err)
	}
}

// TestClientsAreSafeForConcurrentUse calls one client from many goroutines, more than there are instances.
func TestClientsAreSafeForConcurrentUse(t *testing.T) {
	c := scalar.New(serve[scalar.Calls](t, "../fixture/scalar/scalar.wasm", scalar.Contract))
	var group sync.WaitGroup
	for g := range uint32(8) {
		group.Go(func() {
			text := strings.Repeat("x", int(g))
			for i := range uint32(50) {
				if n, err := c.Add(t.Context(), g, i); n != g+i || err != nil {
					t.Errorf("Add(%d, %d) = %d, %v", g, i, n, err)
				}
				if s, err := c.EchoString(t.Context(), text); s != text || err != nil {
					t.Errorf("EchoString(%q) = %q, %v", text, s, err)
				}
			}
		})
	}
	group.Wait()
}

// TestFakeSaysWhatIsMissing calls methods of a fake without functions.
func TestFakeSaysWhatIsMissing(t *testing.T) {
	var fake world.Kernel = world.Fake{}
	if _, err := fake.Next(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "NextFunc") {
		t.Errorf("Next: %v", err)
	}
	if _, err := fake.Twice(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "TwiceFunc") {
		t.Errorf("Twice: %v", err)
	}
}
