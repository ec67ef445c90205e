// Readme is the Go example of the README: a slot, a call, a swap. Run it in host-go.
package main

import (
	"context"
	"fmt"
	"os"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
)

const line = "GET http://example.org/x from 192.0.2.7 by jo@example.org"

func run(ctx context.Context, rt *tenon.Runtime) error {
	kernel, err := rt.LoadFile(ctx, "kernels/redact/redact-1.0.0.wasm") // verified, compiled
	if err != nil {
		return err
	}
	slot, err := tenon.NewSlot(ctx, rt, "redact", redact.Contract, tenon.SlotConfig[redact.Redactor]{
		Baseline: redact.Baseline(), // the Go code that the kernel replaces, and that answers if it fails
		Kernel:   kernel,
	})
	if err != nil {
		return err
	}
	redactor := redact.New(slot) // the typed client: any number of goroutines may call it
	before, err := redactor.Redact(ctx, line)
	if err != nil {
		return err
	}
	fmt.Println(before.Text)

	next, err := rt.LoadFile(ctx, "kernels/redact/redact-1.1.0.wasm")
	if err != nil {
		return err
	}
	if err := slot.Swap(ctx, next); err != nil { // returns when the last call on the old version is done
		return err
	}
	after, err := redactor.Redact(ctx, line)
	if err != nil {
		return err
	}
	fmt.Println(after.Text)
	return nil
}

func main() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err == nil {
		err = run(ctx, rt)
		_ = rt.Close(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "readme:", err)
		os.Exit(1)
	}
}
