// Command tenon-run calls functions of components on the Go host.
//
//	tenon-run redact.wasm redact '"login from 192.0.2.7"'
//
// `tenon-run -help` describes the flags. It exits 0 when all is well, 1 for an error, 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

const usage = `tenon-run calls a function of a component on the Go host, or lists what the component has.

Usage:
  tenon-run [flags] FILE                    lists exports and imports
  tenon-run [flags] FILE EXPORT [ARG...]    calls EXPORT and prints its result
  tenon-run [flags] FILE 'EXPORT(ARG, ...)' the same, in one word

FILE is the component; - is standard input. EXPORT is the function's name, or INTERFACE#NAME where several have it.
Arguments and result are written in WAVE, the text format for component values: 42, true, "text", [1, 2],
{field: 1}, some(1), none, case-name. The shell takes quotes away, so put a string's quotes into quotes.

Flags, before FILE:
  -wasi WHAT  what wasi: imports get: none, so that a component with such imports is refused, or stub, a WASI
              without effects: no arguments, files or environment, output thrown away, fixed clocks and random
              numbers (default none)
  -cache DIR  keep compiled code in a folder of one's own, at most 1 GiB, so that the next run starts quickly
              (default: none)
  -deadline DURATION
              how long the component may run, as 50ms, 10s or 2m: once as it starts, and once in the call. none: for
              ever (default 10s)
  -fuel N     what the call may do, in units of about one instruction. 0: no bound (default 0)
  -json       print a JSON object: of a call {"format":1,"export":…,"result":…}, the result as WAVE, null if there
              is none, with -fuel also "fuel":N, what the call took; of a fault
              {"format":1,"fault":{"kind":…,"code":…,"export":…,"message":…,"backtrace":[…]}}, the code where a trap
              stopped the component
  -help       print this text

Exit codes: 0 all is well, 1 an error or a fault, 2 wrong usage. Whatever FILE holds, the command ends with one of them:
a component gets no more than 256 MiB of memory, and no more time to run than -deadline.

Examples:
  tenon-run redact.wasm
  tenon-run redact.wasm redact '"login from 192.0.2.7"'
  tenon-run scalar.wasm 'calls#sum([1, 2, 3])'
  tenon-run -wasi stub third-party.wasm hello '"you"'
  tenon-run -deadline 50ms -fuel 1000000 scalar.wasm 'sum([1, 2, 3])'
`

func main() {
	// Nothing is set up that an interrupt would have to undo, so it ends the process.
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	wasi   tenon.WASI
	limits tenon.CallLimits
	cache  string
	json   bool
	file   string
	export string // "": list
	args   []string
}

// run is the command; the result is its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "tenon-run: %v\nRun tenon-run -help for the flags.\n", err)
		return 2
	}
	work := list
	if o.export != "" {
		work = call
	}
	if err := work(ctx, o, stdin, stdout); err != nil {
		report(o, err, stdout, stderr)
		return 1
	}
	return 0
}

func parse(args []string) (o options, err error) {
	var wasi, deadline string
	flags := flag.NewFlagSet("tenon-run", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&wasi, "wasi", "none", "")
	flags.StringVar(&deadline, "deadline", "10s", "")
	flags.Uint64Var(&o.limits.Fuel, "fuel", 0, "")
	flags.StringVar(&o.cache, "cache", "", "")
	flags.BoolVar(&o.json, "json", false, "")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch wasi {
	case "none":
	case "stub":
		o.wasi = tenon.WASIStub
	default:
		return o, fmt.Errorf("-wasi is %q, want none or stub", wasi)
	}
	if o.limits.Deadline, err = parseDeadline(deadline); err != nil {
		return o, err
	}
	if o.limits.Fuel > math.MaxInt64 {
		return o, fmt.Errorf("-fuel is %d, want at most %d", o.limits.Fuel, math.MaxInt64)
	}
	switch flags.NArg() {
	case 0:
		return o, errors.New("want a component")
	case 1:
		o.file = flags.Arg(0)
		return o, nil
	}
	o.file, o.export, o.args = flags.Arg(0), flags.Arg(1), flags.Args()[2:]
	if o.export == "" {
		return o, errors.New("EXPORT is empty")
	}
	return o, nil
}

// The deadlines that -deadline may name. Below the shortest the host does not look at the clock; beyond the longest it is
// none.
const (
	shortest = time.Millisecond
	longest  = 24 * time.Hour
)

// parseDeadline reads a duration, or none.
func parseDeadline(text string) (time.Duration, error) {
	if text == "none" {
		return -1, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < shortest || d > longest {
		return 0, fmt.Errorf("-deadline is %q, want a duration from %v to 24h, as 50ms, 10s or 2m, or none", text, shortest)
	}
	return d, nil
}

// cacheLimit bounds what -cache keeps, in bytes.
const cacheLimit = 1 << 30

// call is the command with an export.
func call(ctx context.Context, o options, stdin io.Reader, stdout io.Writer) (err error) {
	if _, _, err := splitCall(o.export, o.args); err != nil {
		return err
	}
	component, err := read(o.file, stdin)
	if err != nil {
		return err
	}
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: o.cache, CacheLimit: cacheLimit, StartTimeout: o.limits.Deadline})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
	return callIn(ctx, rt, o, component, stdout)
}

// callIn makes the call in a runtime.
func callIn(ctx context.Context, rt *tenon.Runtime, o options, component []byte, stdout io.Writer) error {
	export, args, err := splitCall(o.export, o.args)
	if err != nil {
		return err
	}
	k, err := rt.LoadWith(ctx, name(o.file), component, tenon.LoadOptions{WASI: o.wasi})
	if err != nil {
		return err
	}
	defer k.Close()
	i, err := k.OpenWith(ctx, tenon.OpenOptions{Limits: o.limits, Cold: true})
	if err != nil {
		return err
	}
	defer i.Close(ctx)
	var took tenon.Call
	result, err := i.CallWAVE(tenon.WithCall(ctx, &took), export, args...)
	if err != nil {
		return err
	}
	return printResult(o, answer{Export: export, result: result, fuel: took.Fuel}, stdout)
}
