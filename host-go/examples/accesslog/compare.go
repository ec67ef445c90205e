package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// baselineLimit keeps the demo short: uap-go takes a millisecond or two a record.
const baselineLimit = 7 * time.Second

// compareEngines runs the records through the Go baselines, the kernels on this host and, if asked to, the kernels on
// the Rust host, and prints a row for each as soon as it is there. The kernels' answers become the JSON lines.
func compareEngines(ctx context.Context, s *service, log *accessLog, opts options, report io.Writer) error {
	table := newTable(report)
	var base row
	var expected []answer
	err := profiled(opts.profile, func() (err error) {
		base, expected, err = measure(ctx, "Go baseline", baselines(), log.records, s.workers, baselineLimit)
		return err
	})
	if err != nil {
		return err
	}
	table.print(base)

	kernels := answerer{s.parser, s.redactor}
	// Whatever the first calls cost, they are not a record's price.
	if _, _, err := measure(ctx, "", kernels, log.records[:min(len(log.records), 200)], s.workers, 0); err != nil {
		return err
	}
	ours, answers, err := measure(ctx, "kernels, Go host", kernels, log.records, s.workers, 0)
	if err != nil {
		return err
	}
	equal := 0
	for i, want := range expected {
		if answers[i].equal(want) {
			equal++
		}
	}
	ours.equal = float64(equal) / float64(max(1, len(expected)))
	table.print(ours)

	if err := writeAnswers(opts.out, answers); err != nil {
		return err
	}
	if len(opts.rustHost) > 0 {
		fmt.Fprintf(report, "starting %s\n", strings.Join(opts.rustHost, " "))
		theirs, err := runPeer(ctx, opts.rustHost, log, answers, s.workers)
		if err != nil {
			return fmt.Errorf("the Rust host: %w", err)
		}
		// The command may have printed a whole build in between.
		table = newTable(report)
		for _, row := range []row{base, ours, theirs} {
			table.print(row)
		}
	}
	fmt.Fprintf(report, "the kernels on the Go host are %.1f times as fast as the baselines", ours.perSecond()/base.perSecond())
	fmt.Fprintf(report, "; the baseline answered %d of the records in its %v\n", base.records, base.elapsed.Round(time.Second))
	if opts.out != "-" {
		fmt.Fprintf(report, "%d JSON lines are in %s\n", len(answers), opts.out)
	}
	return nil
}

func writeAnswers(path string, answers []answer) error {
	if path == "-" {
		return writeJSONLines(os.Stdout, answers)
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("the JSON lines cannot be written: %w", err)
	}
	if err := writeJSONLines(file, answers); err != nil {
		_ = file.Close()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return file.Close()
}

// A table prints aligned rows one at a time: a row is there when its run is done.
type table struct{ to io.Writer }

func newTable(to io.Writer) table {
	t := table{to}
	t.line("engine", "records", "records/s", "p50/record", "p99/record", "equal", "allocs/record")
	return t
}

func (t table) print(r row) {
	equal, allocations := "", ""
	if r.equal >= 0 {
		equal = fmt.Sprintf("%.2f %%", 100*r.equal)
	}
	if r.allocations >= 0 {
		allocations = fmt.Sprintf("%.1f", r.allocations)
	}
	t.line(r.engine, fmt.Sprint(r.records), fmt.Sprintf("%.0f", r.perSecond()), r.p50.Round(100*time.Nanosecond).String(),
		r.p99.Round(100*time.Nanosecond).String(), equal, allocations)
}

func (t table) line(cells ...any) {
	w := tabwriter.NewWriter(t.to, 14, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%-18s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", cells...)
	_ = w.Flush()
}
