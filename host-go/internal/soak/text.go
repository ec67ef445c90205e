package soak

import (
	"fmt"
	"io"
	"time"
)

// The limits that a quiet machine is held to. They are printed beside the figures; only lost, wrong and torn calls are
// errors, since a time says something about a machine.
const (
	// MaxRatio is of the calls' 99th percentile during changes and without.
	MaxRatio = 2
	// MaxGap is the longest time around a change in which no call ends.
	MaxGap = 5 * time.Millisecond
	// MaxFlip is the 99th percentile of how long a flip takes.
	MaxFlip = 10 * time.Microsecond
)

// Line is the verdict, on one line.
func (r *Report) Line() string {
	return fmt.Sprintf("soak: swaps %d calls %d lost %d wrong %d torn %d", r.Changes, r.Calls, r.Lost, r.Wrong, r.Torn)
}

// Write writes the figures, and after them [Report.Line].
func (r *Report) Write(w io.Writer) error {
	p := &printer{w: w}
	p.line("%d callers, %d versions, %v; answers: %d of kernels, %d of the baseline; %d pages", r.Callers, r.Versions,
		r.Took.Round(time.Millisecond), r.Kernel, r.Baseline, r.Pages)
	const row = "%-9s %8s %9s %9s %9s | %9s %9s %9s | %10s %9s %9s %6s"
	p.line(row, "", "", "change:", "", "flip:", "calls", "without", "changes:", "calls", "during", "changes:", "")
	p.line(row, "kind", "changes", "median", "longest", "p99", "p99", "p99.9", "gap", "p99", "p99.9", "gap", "ratio")
	figures := func(name string, k Figures) {
		p.line(row, name, fmt.Sprint(k.Changes), short(k.Median), short(k.Longest), short(k.FlipP99),
			short(k.Steady.P99), short(k.Steady.P999), short(k.Steady.Gap),
			short(k.During.P99), short(k.During.P999), short(k.During.Gap), fmt.Sprintf("%.2f", k.Ratio()))
	}
	for _, k := range r.Kinds {
		figures(k.Kind.String(), k)
	}
	figures("all", r.All)
	p.line("limits: ratio of the p99 %d, gap %v, flip %v", MaxRatio, MaxGap, MaxFlip)
	p.holdings("before", r.Before)
	p.holdings("after", r.After)
	for _, t := range r.Traces {
		p.line("%s", t)
	}
	p.line("%s", r.Line())
	return p.err
}

// Ratio is the calls' 99th percentile during changes, over that without; 0 where there were no calls.
func (f *Figures) Ratio() float64 {
	if f.Steady.P99 == 0 {
		return 0
	}
	return float64(f.During.P99) / float64(f.Steady.P99)
}

// printer writes lines until one cannot be written.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) holdings(when string, h Holdings) {
	p.line("%-7s goroutines %d, mappings %d, resident %.1f MiB, heap %.1f MiB", when, h.Goroutines, h.Mappings,
		float64(h.Resident)/(1<<20), float64(h.Heap)/(1<<20))
}

// short is a duration in three digits.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d >= time.Microsecond:
		return d.Round(10 * time.Nanosecond).String()
	}
	return d.String()
}
