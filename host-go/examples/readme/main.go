// Readme is the Go example of the README: a slot, a call, a swap.
package main

import (
	"context"
	"fmt"
	"os"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
)

func run(ctx context.Context, v1, v2 []byte) error {
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		return err
	}
	defer rt.Close(ctx)
	old, err := rt.Load(ctx, "redact 1.0.0", v1) // verified, transpiled, compiled
	if err != nil {
		return err
	}
	slot, err := tenon.NewSlot(ctx, rt, "redact", redact.Contract, tenon.SlotConfig[redact.Redactor]{
		Baseline: redact.Baseline(), // the Go function that the kernel replaces
		Kernel:   old,
	})
	if err != nil {
		return err
	}
	redactor := redact.New(slot) // typed, stateless, safe for concurrent use
	if err := show(ctx, redactor); err != nil {
		return err
	}
	next, err := rt.Load(ctx, "redact 1.1.0", v2)
	if err != nil {
		return err
	}
	if err := slot.Swap(ctx, next); err != nil { // calls in flight finish on the old version
		return err
	}
	return show(ctx, redactor)
}

func show(ctx context.Context, redactor redact.Redactor) error {
	answer, err := redactor.Redact(ctx, "GET http://example.org/x from 192.0.2.7 by jo@example.org")
	if err == nil {
		fmt.Println(answer.Text)
	}
	return err
}

func main() {
	v1, err := redact.Component("1.0.0")
	if err == nil {
		var v2 []byte
		if v2, err = redact.Component("1.1.0"); err == nil {
			err = run(context.Background(), v1, v2)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "readme:", err)
		os.Exit(1)
	}
}
