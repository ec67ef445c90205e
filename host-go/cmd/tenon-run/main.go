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
	"os"

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
  -json       print a JSON object: of a call {"format":1,"export":…,"result":…}, the result as WAVE, null if there
              is none; of a fault {"format":1,"fault":{"kind":…,"export":…,"message":…,"backtrace":[…]}}
  -help       print this text

Exit codes: 0 all is well, 1 an error or a fault, 2 wrong usage.

Examples:
  tenon-run redact.wasm
  tenon-run redact.wasm redact '"login from 192.0.2.7"'
  tenon-run scalar.wasm 'calls#sum([1, 2, 3])'
  tenon-run -wasi stub third-party.wasm hello '"you"'
`

func main() {
	// Nothing is set up that an interrupt would have to undo, so it ends the process, a busy component included.
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	wasi   tenon.WASI
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

func parse(args []string) (options, error) {
	var o options
	var wasi string
	flags := flag.NewFlagSet("tenon-run", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&wasi, "wasi", "none", "")
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

// cacheLimit bounds what -cache keeps, in bytes.
const cacheLimit = 1 << 30

// call is the command with an export.
func call(ctx context.Context, o options, stdin io.Reader, stdout io.Writer) (err error) {
	export, args, err := splitCall(o.export, o.args)
	if err != nil {
		return err
	}
	component, err := read(o.file, stdin)
	if err != nil {
		return err
	}
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: o.cache, CacheLimit: cacheLimit})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
	k, err := rt.LoadWith(ctx, name(o.file), component, tenon.LoadOptions{WASI: o.wasi})
	if err != nil {
		return err
	}
	result, err := k.CallWAVE(ctx, export, args...)
	if err != nil {
		return err
	}
	return printResult(o, export, result, stdout)
}
