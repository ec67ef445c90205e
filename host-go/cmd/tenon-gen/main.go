// Command tenon-gen writes the typed Go client of a contract, from a component that exports it.
//
//	tenon-gen -o ./useragent useragent.wasm
//
// All that a WIT world can say has a Go form, resources and imports among it. Refused, with the place in the error, is what
// only components made by other means have: core modules and components as imports or exports, and instances inside of
// interfaces.
//
// `tenon-gen -help` describes the flags. It exits 0 when all is well, 1 for an error, 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/gen"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

const usage = `tenon-gen writes the typed Go client of a contract, from a component that exports it.

Usage:
  tenon-gen [flags] COMPONENT.wasm

The client is client.go, or, for a large contract, client.go, tiers.go, types.go, abi.go, fake.go and imports.go. It holds
the contract's types, its interfaces, a Client that calls a slot, the Contract that kernels are checked against, and a Fake
for tests. Where a function answers with a list or a string, the Client has it twice more: Append… uses the caller's
memory for the answer, and View… shows it in the kernel's. A resource is an interface with Close. For what the component imports there is an interface to implement, and a
function Import… that makes the grant for tenon.LoadOptions; it has what this component's code calls, which may be less
than the WIT. Any component of the same contract gives the same client but for the imports. Files that tenon-gen did not
write are never touched.

With -dropin there is dropin.go besides: each function of the contract as a function of the package, answered by what the
program configures, the baseline, the kernel that the package embeds, or a registry; see package dropin. The folder has to
have a Go file with func Component() []byte; a func Baseline() is used if there is one.

Refused, with the place: imported or exported core modules and components, and instances inside of interfaces.

Flags:
  -o DIR         the folder to write to; made if it is missing (default: the current folder)
  -package NAME  the Go package's name (default: the name of the folder)
  -dropin        write dropin.go, too
  -check         write nothing; exit 1 if a file is not as it would be written
  -help          print this text

Exit codes: 0 all is well, 1 an error or, with -check, a stale file, 2 wrong usage.

Example:
  tenon build kernels/useragent -o useragent.wasm
  tenon-gen -o ./useragent useragent.wasm
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	dir       string
	pkg       string
	dropin    bool
	check     bool
	component string
}

// run is the command; the result is its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "tenon-gen: %v\nRun tenon-gen -help for the flags.\n", err)
		return 2
	}
	if err := generate(ctx, o, stderr); err != nil {
		fmt.Fprintf(stderr, "tenon-gen: %v\n", err)
		return 1
	}
	return 0
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("tenon-gen", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.dir, "o", ".", "")
	flags.StringVar(&o.pkg, "package", "", "")
	flags.BoolVar(&o.dropin, "dropin", false, "")
	flags.BoolVar(&o.check, "check", false, "")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() != 1 {
		return o, fmt.Errorf("want one component, got %d arguments", flags.NArg())
	}
	o.component = flags.Arg(0)
	if o.pkg != "" {
		return o, nil
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return o, err
	}
	o.pkg = filepath.Base(dir)
	return o, nil
}

func generate(ctx context.Context, o options, stderr io.Writer) error {
	component, err := os.ReadFile(o.component)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: build the kernel with `tenon build`, or give another path", err)
	}
	if err != nil {
		return err
	}
	planner := transpile.New(transpile.Config{})
	defer planner.Close(context.WithoutCancel(ctx))
	p, err := planner.Plan(ctx, component)
	if err != nil {
		return fmt.Errorf("%s: %w", o.component, err)
	}
	files, err := gen.Generate(p, o.pkg)
	if err != nil {
		return fmt.Errorf("%s: %w", o.component, err)
	}
	if o.dropin {
		embedded, baseline, err := declared(o.dir)
		if err != nil {
			return err
		}
		if !embedded {
			return fmt.Errorf("%s: -dropin needs a func Component() []byte in the package, which gives its kernel's bytes", o.dir)
		}
		file, err := gen.Dropin(p, o.pkg, baseline)
		if err != nil {
			return fmt.Errorf("%s: %w", o.component, err)
		}
		files = append(files, file)
	}
	if !o.check {
		changes, err := gen.Write(o.dir, files)
		for _, c := range changes {
			fmt.Fprintf(stderr, "%s was %s\n", filepath.Join(o.dir, c.Name), c.Why)
		}
		return err
	}
	stale, err := gen.Compare(o.dir, files)
	if err != nil || len(stale) == 0 {
		return err
	}
	for _, c := range stale {
		fmt.Fprintf(stderr, "%s is %s\n", filepath.Join(o.dir, c.Name), c.Why)
	}
	return fmt.Errorf("the client in %s is stale: run tenon-gen without -check", o.dir)
}

// declared reports which of the functions that dropin.go uses the Go files of a folder declare.
func declared(dir string) (component, baseline bool, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return false, false, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return false, false, err
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				component = component || f.Name.Name == "Component"
				baseline = baseline || f.Name.Name == "Baseline"
			}
		}
	}
	return component, baseline, nil
}
