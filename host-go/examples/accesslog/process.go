package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"runtime/metrics"
	"strings"
	"time"
)

// reportProcess prints what the demo cost the process.
func reportProcess(report io.Writer) {
	fmt.Fprintf(report, "resident memory %s, longest pause of the garbage collector at most %v\n", residentMemory(), longestPause())
}

// residentMemory is the process's resident set, where the system tells.
func residentMemory() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown on this system"
	}
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return "unknown on this system"
}

// longestPause is the upper bound of the highest bucket that a pause of the collector fell into since the start.
func longestPause() time.Duration {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0
	}
	h := sample[0].Value.Float64Histogram()
	for i := len(h.Counts) - 1; i >= 0; i-- {
		if h.Counts[i] > 0 {
			bound := h.Buckets[i+1]
			if math.IsInf(bound, 1) {
				bound = h.Buckets[i]
			}
			return time.Duration(bound * float64(time.Second))
		}
	}
	return 0
}
