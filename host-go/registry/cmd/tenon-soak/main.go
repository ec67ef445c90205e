// Command tenon-soak proves on the Go host that a swap loses nothing: cargo xtask soak starts it, and its twin on the Rust
// host.
//
//	tenon-soak [-swaps N] [-cycles N] [-callers N] [-pause D] [-cache DIR] [-through registry]
//
// It calls the ledger kernel on all cores while its versions change N times, books every call, and ends with the line
//
//	soak: swaps N calls C lost L wrong W torn T
//
// With -cycles it first loads, calls and retires N versions, and prints what the process holds on to meanwhile. -swaps 0
// does only that. With -through registry versions are activated in the folder of a registry, which the slot follows.
// -cache is a folder for plans and compiled code; without it every version is compiled. With it 256 versions take turns in
// cycles.
//
// The exit code is 0 when no call was lost, wrong or torn and nothing has grown, 1 otherwise, 2 for wrong usage. Times are
// printed beside their limits and decide nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/soak"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(exit(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// exit does what the arguments say, and gives the exit code.
func exit(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("tenon-soak", flag.ContinueOnError)
	flags.SetOutput(errs)
	swaps := flags.Int("swaps", 1000, "change versions so often under load")
	cycles := flags.Int("cycles", 0, "load, call and retire so many versions")
	callers := flags.Int("callers", 0, "goroutines that call; 0: two for each core")
	pause := flags.Duration("pause", 0, "how long callers go on after each change; 0: 2 ms, negative: no time")
	cache := flags.String("cache", "", "a folder for plans and compiled code")
	through := flags.String("through", "", "registry: activate versions in a folder that the slot follows")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case *through != "" && *through != "registry":
		fmt.Fprintf(errs, "tenon-soak: -through is registry or nothing, not %q\n", *through)
		return 2
	case flags.NArg() > 0 || *swaps < 0 || *cycles < 0 || *callers < 0:
		fmt.Fprintln(errs, "tenon-soak: numbers are 0 or more, and there is nothing behind the flags; see -help")
		return 2
	}
	o := soak.Options{Callers: *callers, Pause: *pause, Config: tenon.Config{CacheDir: *cache}}
	if err := start(ctx, out, *swaps, *cycles, *through, o); err != nil {
		fmt.Fprintln(errs, "tenon-soak:", err)
		return 1
	}
	return 0
}

// start is run, with the service that changes versions.
func start(ctx context.Context, out io.Writer, swaps, cycles int, through string, o soak.Options) (err error) {
	if through == "registry" {
		open, end, failed := throughRegistry()
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, end()) }()
		o.Service = open
	}
	return run(ctx, out, swaps, cycles, o)
}

func run(ctx context.Context, out io.Writer, swaps, cycles int, o soak.Options) error {
	var verdict error
	if cycles > 0 {
		samples, err := soak.Cycle(ctx, soak.CycleOptions{Cycles: cycles, Config: o.Config, Out: out})
		if err != nil {
			return err
		}
		verdict = soak.Grown(samples)
	}
	if swaps == 0 {
		return verdict
	}
	o.Changes = swaps
	report, err := soak.Run(ctx, o)
	if err != nil {
		return errors.Join(verdict, err)
	}
	if err := report.Write(out); err != nil {
		return err
	}
	return errors.Join(verdict, report.Err())
}
