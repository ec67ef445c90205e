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
	"sort"
	"strings"
)

// A setUp makes the two sides of a row ready.
type setUp func(ctx context.Context, b *bench) error

var rows = map[string]setUp{
	"useragent":          setUpUserAgent,
	"redact":             setUpRedactLine,
	"redact-4k":          setUpRedact4K,
	"scalar":             setUpScalar,
	"echo":               setUpEcho,
	"sum-go-wins":        setUpSum,
	"load-cold":          setUpLoadCold,
	"load-redact":        setUpLoadRedact,
	"load-useragent":     setUpLoadUserAgent,
	"clone-useragent":    setUpCloneUserAgent,
	"gate-loops":         setUpGateLoops,
	"gate-call":          setUpGateCall,
	"collections":        setUpCollections,
	"heartbeat":          setUpHeartbeat,
	"overshoot":          setUpOvershoot,
	"stack-fault":        setUpStackFault,
	"stack-memory":       setUpStackMemory,
	"refuse-compiled":    setUpRefuseCompiled,
	"refuse-interpreted": setUpRefuseInterpreted,
}

func main() {
	quick := flag.Bool("quick", false, "fewer rounds: to see that the benches run, not to publish")
	flag.Usage = func() {
		names := make([]string, 0, len(rows))
		for name := range rows {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Fprintf(flag.CommandLine.Output(), "usage: go run . [-quick] ROW...\nrows: %s\n", strings.Join(names, " "))
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	for _, name := range flag.Args() {
		if err := measure(context.Background(), name, *quick); err != nil {
			fmt.Fprintf(os.Stderr, "bench %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}

func measure(ctx context.Context, name string, quick bool) error {
	prepare, ok := rows[name]
	if !ok {
		return fmt.Errorf("no such row")
	}
	fmt.Fprintf(os.Stderr, "bench %s …\n", name)
	b := &bench{}
	defer b.close()
	if err := prepare(ctx, b); err != nil {
		return err
	}
	result, err := b.run(quick)
	if err != nil {
		return err
	}
	result.Name = name
	return json.NewEncoder(os.Stdout).Encode(result)
}

// close undoes the set-up, last step first.
func (b *bench) close() {
	for _, undo := range slices.Backward(b.undo) {
		undo()
	}
}
