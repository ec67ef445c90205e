// Tenon-hotspots reads a CPU profile of a Go service and says which of its functions are worth a kernel, and why not the others.
//
// It is what `tenon hotspots` runs. The profile is read with pprof's own library; with the service's source at hand, the
// functions' signatures and bodies are looked at too.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const help = `Ranks the functions of a Go CPU profile, and tells which suit a kernel and why not

Usage: tenon hotspots [OPTIONS] PROFILE

A kernel is a pure function of plain data that does enough work a call. The cost comes from the
profile; what a function takes, gives and reaches, from the source of its module, if that is around.

Arguments:
  PROFILE  The profile, as runtime/pprof, go test -cpuprofile or /debug/pprof/profile give it; - is
           standard input

Options:
      --plan FILE     JSON with what it would take to replace functions; ranks by impact
      --source DIR    The folder of the profiled service's module [default: the folder's module]
      --no-source     Go by the profile alone
      --top N         How many functions, at most 200 [default: 10]
      --sort WHAT     cum (with all that it called), flat (by itself) or impact
      --all           Rank the functions of Go's library and runtime too
      --json          Print a JSON object
  -h, --help          Print help

Of each function it prints the signature in WIT and what was found: no (stands against a kernel),
unseen (may do so, and neither source nor profile tells), change (has to be changed first), note.

A plan is JSON:
  {"functions": [{"function": "useragent.(*baseline).Parse", "effort": 3, "risk": "low",
                  "speedup": 20, "calls": 12471, "note": "a kernel exists"}]}
effort is in days; risk is low, medium, high or a number from 0 to 1; speedup, calls and note may be
left out. A function's name may leave out the front of its path, and end with a star.

Exit status: 0 done, 1 the input or the environment is at fault, 2 the command line is wrong.
`

// mostRows bounds the work that a command line can ask for.
const mostRows = 200

type options struct {
	profile, plan, source string
	noSource, all, json   bool
	top                   int
	sort                  order
}

func main() {
	os.Exit(command(os.Args[1:], os.Stdout, os.Stderr))
}

// command gives the exit status.
func command(args []string, out, errs io.Writer) int {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, help)
		return 0
	}
	if err == nil {
		err = run(o, out)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(errs, err)
	if _, ok := errors.AsType[*usage](err); ok {
		return 2
	}
	return 1
}

func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("tenon hotspots", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.plan, "plan", "", "")
	flags.StringVar(&o.source, "source", "", "")
	flags.BoolVar(&o.noSource, "no-source", false, "")
	flags.BoolVar(&o.all, "all", false, "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.IntVar(&o.top, "top", 10, "")
	sort := flags.String("sort", "", "")
	var profiles []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return o, err
			}
			return o, &usage{err.Error()}
		}
		if flags.NArg() == 0 {
			break
		}
		profiles, rest = append(profiles, flags.Arg(0)), flags.Args()[1:]
	}
	o.sort = order(*sort)
	switch {
	case len(profiles) != 1:
		return o, &usage{fmt.Sprintf("%d profiles are given, where it takes one", len(profiles))}
	case o.top < 1 || o.top > mostRows:
		return o, &usage{fmt.Sprintf("--top %d is not from 1 to %d", o.top, mostRows)}
	case o.source != "" && o.noSource:
		return o, &usage{"--source and --no-source exclude each other"}
	case o.sort == byImpact && o.plan == "":
		return o, &usage{"--sort impact needs a --plan"}
	case o.sort == "" && o.plan != "":
		o.sort = byImpact
	case o.sort == "":
		o.sort = byCumulative
	case o.sort != byCumulative && o.sort != byFlat && o.sort != byImpact:
		return o, &usage{fmt.Sprintf("--sort %s is none of cum, flat and impact", o.sort)}
	}
	o.profile = profiles[0]
	return o, nil
}

func run(o options, out io.Writer) error {
	var p plan
	var err error
	if o.plan != "" {
		if p, err = readPlan(o.plan); err != nil {
			return err
		}
	}
	read, err := readProfile(o.profile)
	if err != nil {
		return err
	}
	asked := o.source != ""
	if !asked && !o.noSource && inModule() {
		o.source = "."
	}
	var s *source
	var note string
	if o.source != "" {
		if s, err = openSource(o.source); err != nil && asked {
			return err
		}
		if err != nil {
			// Nobody asked for this folder's module: the profile alone says something, too.
			note = strings.TrimPrefix(err.Error(), "error: ")
		}
	}
	r := newReport(addUp(read), s, p, o)
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	if o.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	_, err = io.WriteString(out, r.text())
	return err
}

// inModule tells whether the present folder is in a Go module.
func inModule() bool {
	folder, err := os.Getwd()
	if err != nil {
		return false
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return true
		}
		up := filepath.Dir(folder)
		if up == folder {
			return false
		}
		folder = up
	}
}
