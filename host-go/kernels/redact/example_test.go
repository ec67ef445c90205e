package redact_test

import (
	"context"
	"fmt"
	"regexp"

	"github.com/tenon-dev/tenon/host-go/kernels/redact"
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
