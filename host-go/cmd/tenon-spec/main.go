// Command tenon-spec runs suites of the component model on the Go host: the reference suite, or any other.
//
//	tenon-spec DIR
//
// DIR has a sub-folder, at any depth, for each file of the suite, with t.json and the components beside it, as
// wasm-tools json-from-wast writes them. Each directive becomes one line of JSON on standard output:
//
//	{"file":"values/strings","line":23,"type":"assert_return","verdict":"pass"}
//
// The verdict is pass, fail or skip; fail and skip come with a reason, and the pass of an assertion that expects
// a fault with the fault's class. The exit code is 0 when the suite was
// run, whatever the verdicts; 1 when it could not be read; 2 for wrong usage.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/tenon-dev/tenon/host-go/internal/spec"
)

func main() {
	if len(os.Args) != 2 || os.Args[1] == "" || os.Args[1][0] == '-' {
		fmt.Fprintln(os.Stderr, "usage: tenon-spec DIR\n\nRuns the suites of the component model below DIR and prints one line of JSON a directive.")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tenon-spec:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, w io.Writer) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	var broken error
	err := spec.Run(ctx, dir, func(v spec.Verdict) {
		if broken == nil {
			broken = lines.Encode(v)
		}
	})
	if err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	return out.Flush()
}
