// The Go side of the benches: it measures the rows named on its command line and prints one line of JSON a row.
//
// A row has up to three sides, a, b and c, run in interleaved rounds in this one process, so that the machine's noise falls
// on all; or it is measured in parts, each of which has such sides. What is made of the rounds, and what is claimed, stands
// in benches/claims.json.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
)

// A setUp makes the sides of a row ready.
type setUp func(ctx context.Context, b *bench) error

// special are the rows that are more than calls of one function; the others stand in benches/claims.json.
var special = map[string]setUp{
	"clone-useragent":       setUpCloneUserAgent,
	"clone-useragent-first": setUpFirstCallOfClone,
	"fuzzyrank":             setUpFuzzyrank,
	"fuzzyrank-lines":       setUpFuzzyrankLines,
	"gate-loops":            setUpGateLoops,
	"gate-call":             setUpGateCall,
	"collections":           setUpCollections,
	"heartbeat":             setUpHeartbeat,
	"overshoot":             setUpOvershoot,
	"stack-fault":           setUpStackFault,
	"stack-memory":          setUpStackMemory,
	"refuse-compiled":       setUpRefuseCompiled,
	"refuse-interpreted":    setUpRefuseInterpreted,
	"thumbnail":             setUpThumbnail,
	"thumbnail-file":        setUpThumbnailFile,
	"topk":                  setUpTopkInt8,
	"topk-float32":          setUpTopkFloat32,
}

// cacheDir has the plans and the code that the rows of this process share, but for those that measure loading.
var cacheDir string

func main() {
	quick := flag.Bool("quick", false, "fewer rounds: to see that the benches run, not to publish")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run . [-quick] ROW...\nThe rows stand in "+definitionsFile)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := measureAll(context.Background(), flag.Args(), *quick); err != nil {
		fmt.Fprintf(os.Stderr, "bench %v\n", err)
		os.Exit(1)
	}
}

func measureAll(ctx context.Context, names []string, quick bool) error {
	defined, err := readDefinitions()
	if err != nil {
		return err
	}
	if cacheDir, err = os.MkdirTemp("", "tenon-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(cacheDir) }()
	for _, name := range names {
		fmt.Fprintf(os.Stderr, "bench %s …\n", name)
		result, err := measure(ctx, defined, name, quick)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
			return err
		}
	}
	return nil
}

func measure(ctx context.Context, defined *definitions, name string, quick bool) (result, error) {
	row, err := defined.row(name)
	if err != nil {
		return result{}, err
	}
	b := &bench{}
	defer b.close()
	if row.Call != "" {
		err = defined.setUp(ctx, b, row)
	} else if prepare := special[name]; prepare != nil {
		err = prepare(ctx, b)
	} else {
		err = fmt.Errorf("the row has no call, and is none of those that this program knows by name")
	}
	if err != nil {
		return result{}, err
	}
	found, err := b.run(quick)
	found.Name = name
	return found, err
}

// close undoes the set-up, last step first.
func (b *bench) close() {
	for _, undo := range slices.Backward(b.undo) {
		undo()
	}
}
