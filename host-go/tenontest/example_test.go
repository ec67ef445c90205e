package tenontest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

func ExampleOpen() {
	ctx := context.Background()
	slot, err := tenontest.Open[scalar.Calls](ctx, scalar.Contract, scalar.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer slot.Close(ctx)
	fmt.Println(scalar.New(slot).Add(ctx, 40, 2))
	// Output: 42 <nil>
}

// BenchmarkSum is what a kernel's package has in its bench_test.go.
func BenchmarkSum(b *testing.B) {
	kernel := tenontest.Client(b, scalar.Contract, scalar.Component(), scalar.New)
	tenontest.Sweep(b, []int{16, 1 << 10}, func(b *testing.B, size int) tenontest.Sides {
		values := make([]uint32, size)
		return tenontest.Sides{
			Kernel:   func() error { _, err := kernel.Sum(b.Context(), values); return err },
			Baseline: func() error { sum(values); return nil },
		}
	})
}

func sum(values []uint32) (total uint64) {
	for _, v := range values {
		total += uint64(v)
	}
	return total
}

func ExampleClient() {
	// In a test, with its own t:
	_ = func(t *testing.T) {
		client := tenontest.Client(t, scalar.Contract, scalar.Component(), scalar.New)
		if got, err := client.Add(t.Context(), 40, 2); err != nil || got != 42 {
			t.Errorf("got %d, %v", got, err)
		}
	}
}

func ExampleGolden() {
	// In a test, with its own t:
	check := func(t *testing.T, client scalar.Calls) {
		type addition struct {
			Args   [2]uint32
			Result uint32
		}
		for _, c := range tenontest.Golden[addition](t, "../../../wit/vectors/add.json", 20) {
			if got, err := client.Add(t.Context(), c.Args[0], c.Args[1]); err != nil || got != c.Result {
				t.Errorf("%v: got %d, %v, want %d", c.Args, got, err, c.Result)
			}
		}
	}
	_ = check
}
