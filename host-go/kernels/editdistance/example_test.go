package editdistance_test

import (
	"context"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
)

func ExampleBaseline() {
	commands := []string{"status", "start", "stop", "restart"}
	matches, err := editdistance.Baseline().Nearest(context.Background(), "stat", commands, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range matches {
		fmt.Println("did you mean", commands[m.Index], m.Distance)
	}
	// Output:
	// did you mean start 1
	// did you mean status 2
	// did you mean stop 2
}
