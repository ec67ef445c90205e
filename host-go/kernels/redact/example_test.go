package redact_test

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func ExampleBaseline() {
	answer, err := redact.Baseline().Redact(context.Background(), "GET / from 10.0.0.7 by bob@example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Text)
	for _, f := range answer.Findings {
		fmt.Println(f.Kind, f.Start, f.End)
	}
	// Output:
	// GET / from <ipv4> by <email>
	// ipv4 11 19
	// email 23 38
}

func ExampleBaselineOn() {
	onStandard := redact.BaselineOn(func(expr string) redact.Regexp { return regexp.MustCompile(expr) })
	answer, err := onStandard.Redact(context.Background(), "GET / from 10.0.0.7")
	fmt.Println(answer.Text, err)
	// Output: GET / from <ipv4> <nil>
}

// Who writes the masked text on, and counts findings, needs no copy of either.
func ExampleClient_ViewRedact() {
	ctx := context.Background()
	slot, err := tenontest.Open[redact.Redactor](ctx, redact.Contract, redact.Component())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer slot.Close(ctx)
	err = redact.New(slot).ViewRedact(ctx, "GET / from 10.0.0.7 by bob@example.com\n", func(answer redact.RedactionView) error {
		for _, f := range answer.Findings.All() {
			fmt.Println(f.Kind, f.Start, f.End)
		}
		_, err := os.Stdout.Write(answer.Text)
		return err
	})
	fmt.Println(err)
	// Output:
	// ipv4 11 19
	// email 23 38
	// GET / from <ipv4> by <email>
	// <nil>
}
