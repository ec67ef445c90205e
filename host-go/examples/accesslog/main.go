// Accesslog is a service's inner loop with two hot functions replaced by Rust kernels: it reads access-log lines,
// tells what their user agents are, masks personal data, and writes JSON lines.
//
// It runs the Go baselines, then the kernels on this host, then (with -rust-host) the same kernels on the Rust host,
// and compares answers and speed. Then it activates versions of the redact kernel under full load, in the registry that the
// redact slot follows, and at last one that traps on some lines, where the baseline answers until the version is rolled back.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

type options struct {
	input    string // "": the bundled log; "-": standard input
	out      string
	rustHost []string // command and arguments; none: no Rust host
	serve    bool
	addr     string
	registry string // the folder that the redact slot follows; "": one for this run
	profile  string // where the baselines' CPU profile goes; "": nowhere
}

func main() {
	opts := parseFlags()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, opts); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "accesslog: %v\n", err)
		os.Exit(1)
	}
}

func parseFlags() options {
	var opts options
	flag.StringVar(&opts.out, "out", filepath.Join(os.TempDir(), "tenon-accesslog.jsonl"),
		"where the JSON lines go; - is standard output, and the report goes to standard error then")
	rustHost := flag.String("rust-host", "",
		"command that runs the same records on the Rust host (words separated by spaces); see peer.go")
	flag.BoolVar(&opts.serve, "serve", false, "stay under load after the demo, with a status page and /metrics")
	flag.StringVar(&opts.registry, "registry", "", "`folder` of the registry that the redact slot follows; default: one that goes with the program")
	flag.StringVar(&opts.addr, "addr", "127.0.0.1:8737", "address of the status page")
	flag.StringVar(&opts.profile, "cpuprofile", "", "write a CPU profile of the Go baselines' run to this `file`, for tenon hotspots")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), `usage: accesslog [flags] [FILE]

Reads the access log FILE (combined log format; - is standard input; without FILE the
bundled one), parses and redacts each line by Go and by Rust kernels, and swaps kernel
versions under load.

`)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 1 {
		flag.Usage()
		os.Exit(2)
	}
	opts.input = flag.Arg(0)
	opts.rustHost = strings.Fields(*rustHost)
	return opts
}

func run(ctx context.Context, opts options) error {
	var report io.Writer = os.Stdout
	if opts.out == "-" {
		report = os.Stderr
	}
	log, err := readLog(opts.input)
	if err != nil {
		return err
	}
	fmt.Fprintf(report, "%d records from %s%s\n", len(log.records), log.name, log.repairs())
	if len(log.records) == 0 {
		fmt.Fprintln(report, "nothing to do: the log is empty")
		return nil
	}

	service, err := openService(ctx, opts.registry)
	if err != nil {
		return err
	}
	defer service.close()

	if err := compareEngines(ctx, service, log, opts, report); err != nil {
		return err
	}
	led, err := swapUnderLoad(ctx, service, log, report)
	if err != nil {
		return err
	}
	reportProcess(report)
	fmt.Fprintln(report, led)
	if led.failed() {
		return errors.New("calls were lost or answered wrongly; see the last line of the report")
	}
	if opts.serve {
		return serveUnderLoad(ctx, service, log, opts.addr, report)
	}
	return nil
}
