// Command tenon-hostile runs hostile guests of kernels/hostile on the Go host: cargo xtask hostile starts it, one process
// a guest.
//
//	tenon-hostile ENTRY FILE RUNS CACHE
//
// It attacks the host by the guest in FILE as the index's ENTRY, a JSON object, says, so many times, and prints what came
// of it as one line of JSON. A heart beats beside it, and healthy calls of the kernel in the environment's TENON_HEALTHY
// go on. CACHE is a folder for compiled code.
//
// The exit code is 0 when the guest was run, whatever it did; 1 when it could not be; 2 for wrong usage.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

const (
	// deadline is how long a call of a guest may run, where its entry says nothing else.
	deadline = 50 * time.Millisecond
	// startTimeout is what start functions may take: little, since one guest uses it up, but enough to warm the healthy
	// kernel.
	startTimeout = 2 * time.Second
	// answerLimit is what an answer may take on the host: enough for what is honest.
	answerLimit = 16 << 20
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: tenon-hostile ENTRY FILE RUNS CACHE\n\nRuns a hostile guest and prints what came of it as a line of JSON.")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1:], os.Getenv("TENON_HEALTHY"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tenon-hostile:", err)
		os.Exit(1)
	}
}

// entry is a guest as kernels/hostile/index.json describes it.
type entry struct {
	Name     string
	When     string        // load, prefixes, slot, start, call; any for a stranger's file
	Deadline time.Duration // how long a call may run, in milliseconds; 0: as long as all
	Args     []string      // of attack, as WAVE
	Answer   *string       // of attack, as WAVE
	Grant    bool          // whether it is granted the host's function poke
}

// deadline is how long a call may run.
func (e *entry) deadline() time.Duration {
	if e.Deadline == 0 {
		return deadline
	}
	return e.Deadline * time.Millisecond
}

// line is what is printed.
type line struct {
	Name            string         `json:"name"`
	Outcomes        map[string]int `json:"outcomes"` // by the kind of fault, or ok
	Message         string         `json:"message"`  // of the first fault
	Backtrace       []string       `json:"backtrace"`
	Answer          *string        `json:"answer"` // of an attack without a fault, as WAVE
	Millis          []float64      `json:"millis"` // of each attack, and so the next three
	OvershootMillis []float64      `json:"overshoot_millis"`
	PeakBytes       []*int64       `json:"peak_bytes"` // that the process grew by at the highest; null: the system does not tell
	Beats           []int64        `json:"beats"`      // of the heart meanwhile
	HeartbeatGap    float64        `json:"heartbeat_gap_millis"`
	HealthyCalls    int            `json:"healthy_calls"`
	HealthyFailed   int            `json:"healthy_failed"`
	HealthyMessage  string         `json:"healthy_message"` // of the first that failed
	Collections     uint32         `json:"collections"`     // of the garbage collector, while calls ran
	Wrong           []string       `json:"wrong"`           // what must not be
}

// run is the command.
func run(ctx context.Context, args []string, healthyFile string, w io.Writer) (err error) {
	var e entry
	if err := json.Unmarshal([]byte(args[0]), &e); err != nil {
		return fmt.Errorf("ENTRY: %w", err)
	}
	component, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	runs, err := strconv.Atoi(args[2])
	if err != nil || runs < 1 {
		return fmt.Errorf("RUNS is %q, want a number of at least 1", args[2])
	}
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: args[3], AnswerLimit: answerLimit, StartTimeout: startTimeout})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
	healthy, err := rt.LoadFile(ctx, healthyFile)
	if err != nil {
		return err
	}
	b, err := begin(ctx, rt, healthy)
	if err != nil {
		return err
	}
	a := &attacker{rt: rt, healthy: healthy.Contract(), entry: e, component: component, beats: &b.beats,
		line: line{Name: e.Name, Outcomes: map[string]int{}, Backtrace: []string{}, OvershootMillis: []float64{}, Wrong: []string{}}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a.run(ctx, runs)
	runtime.ReadMemStats(&after)
	b.end(&a.line)
	// Each attack is preceded by one that the program asks for.
	a.line.Collections = after.NumGC - before.NumGC - (after.NumForcedGC - before.NumForcedGC)
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return lines.Encode(a.line)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
