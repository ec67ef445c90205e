package fuzzyrank_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/tenon-dev/tenon/host-go/kernels/fuzzyrank"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// A picker keeps the paths in the kernel, asks at each keystroke, and shows where the best ones match.
func Example() {
	ctx := context.Background()
	slot, err := tenontest.Open[fuzzyrank.Ranker](ctx, fuzzyrank.Contract, fuzzyrank.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer slot.Close(ctx)
	ranker := fuzzyrank.New(slot)
	paths := []string{"cmd/tenon/main.go", "internal/engine/engine.go", "internal/engine/engine_test.go", "README.md"}
	index, err := ranker.NewIndex(ctx, strings.Join(paths, "\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer index.Close(ctx)
	for _, query := range []string{"e", "en", "engo"} {
		ranking, err := index.Rank(ctx, query, 1)
		if err != nil {
			fmt.Println(err)
			return
		}
		best := paths[ranking.Best[0].Index]
		positions, err := ranker.Positions(ctx, query, best)
		fmt.Println(query, ranking.Total, best, positions.Or(nil), err)
	}
	// Output:
	// e 4 internal/engine/engine.go [9] <nil>
	// en 3 internal/engine/engine.go [9 10] <nil>
	// engo 3 internal/engine/engine.go [16 17 18 24] <nil>
}

func ExampleBaseline() {
	ranking, err := fuzzyrank.Baseline().Rank(context.Background(), "rest", "status\nstart\nstop\nrestart\n", 3)
	fmt.Println(ranking.Total, ranking.Best, err)
	// Output: 1 [{3 114}] <nil>
}
