package topk_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/topk"
)

// An index stays in the kernel, and only queries travel.
func Example() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close(ctx)
	kernel, err := rt.Load(ctx, "topk", topk.Component())
	if err != nil {
		log.Fatal(err)
	}
	slot, err := tenon.NewSlot(ctx, rt, "topk", topk.Contract, tenon.SlotConfig[topk.Searcher]{
		Baseline: topk.Baseline(),
		Kernel:   kernel,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer slot.Close(ctx)

	vectors := []int8{ // three, of four elements each
		10, 0, 0, 0,
		7, 7, 0, 0,
		0, 0, 9, 1,
	}
	index, err := topk.New(slot).NewInt8Index(ctx, vectors, 4, topk.MetricCosine)
	if err != nil {
		log.Fatal(err)
	}
	defer index.Close(ctx)
	hits, err := index.Search(ctx, []int8{20, 20, 0, 0}, 2)
	if err != nil {
		log.Fatal(err)
	}
	for _, hit := range hits {
		fmt.Printf("row %d: %.3f\n", hit.Row, hit.Score)
	}
	// Output:
	// row 1: 1.000
	// row 0: 0.707
}

// A failure is the contract's own error, not a fault.
func ExampleFailure() {
	matrix := []float32{1, 0, 0, 1}
	_, err := topk.Baseline().SearchFloat32(context.Background(), matrix, 2, []float32{1, 0}, topk.MetricDot, 5)
	if failure := (topk.Failure{}); errors.As(err, &failure) {
		k, _ := failure.AsK()
		fmt.Println(failure.Kind(), k)
	}
	// Output: k 5
}
