package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
)

const (
	swapsEachWay = 10
	// betweenSwaps lets both versions work between two swaps.
	betweenSwaps = 150 * time.Millisecond
	// tolerated is how many of a version's faults the slot's breaker accepts before it turns the version off.
	tolerated = 5
	// takeOutLimit ends the wait for a version to fail on records none of which makes it fail.
	takeOutLimit = 5 * time.Second
)

// expectations are the answers of each implementation on each record, by label; "" is the baseline.
type expectations map[string][]redact.Redaction

// swapUnderLoad activates versions of the redact kernel in turn in the registry that the slot follows, while every core calls
// it; then one that traps on some records, which is turned off and rolled back. Every answer is held against what its version
// gives when nothing is swapped.
func swapUnderLoad(ctx context.Context, s *service, log *accessLog, report io.Writer) (*ledger, error) {
	expected, telling, err := expect(ctx, s, log)
	if err != nil {
		return nil, err
	}
	led := newLedger()
	ctx, cancel := context.WithCancel(ctx)
	var load sync.WaitGroup
	defer load.Wait()
	defer cancel()
	for worker := range s.workers {
		load.Go(func() { callUntil(ctx, s, log, expected, telling, led, worker) })
	}
	for range swapsEachWay {
		for _, label := range []string{candidate, stable} {
			if err := pause(ctx, betweenSwaps); err != nil {
				return nil, err
			}
			if err := led.around(func() error { return s.releases.activate(ctx, label) }); err != nil {
				return nil, err
			}
		}
	}
	fmt.Fprintf(report, "redact %s and %s in turn: %d swaps; %d of %d records tell the versions apart, %d calls were judged on them\n",
		stable, candidate, led.swaps.Load(), count(telling), len(telling), led.telling.Load())
	out, err := takeOutFaulty(ctx, s)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(report, "redact %s: %s; the baseline answered %d calls\n", faulty, out, led.baseline.Load())
	cancel()
	load.Wait()
	return led, nil
}

// takeOutFaulty activates the faulty version. The baseline answers where it traps, and all calls once the slot's breaker has
// turned it off; then it is rolled back.
func takeOutFaulty(ctx context.Context, s *service) (string, error) {
	off := make(chan *tenon.Fault, 1)
	digest := s.releases.digests[faulty]
	s.watch(func(e tenon.Event) {
		if e.Kind == tenon.EventTripped && e.Version == digest {
			off <- e.Fault // once: it is rolled back long before the breaker's first try
		}
	})
	defer s.watch(nil)
	if err := s.releases.activate(ctx, faulty); err != nil {
		return "", err
	}
	limit := time.NewTimer(takeOutLimit)
	defer limit.Stop()
	outcome := "no record made it trap"
	select {
	case fault := <-off:
		outcome = fmt.Sprintf("turned off after %d faults, such as: %v", tolerated, fault)
	case <-limit.C:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if err := s.releases.rollBack(ctx); err != nil {
		return "", err
	}
	return outcome + "; rolled back", pause(ctx, betweenSwaps)
}

// callUntil redacts records until the context ends, and books every call.
func callUntil(ctx context.Context, s *service, log *accessLog, expected expectations, telling []bool, led *ledger, worker int) {
	// The context's end stops the loop, not a call in flight.
	calls := context.WithoutCancel(ctx)
	note := &tenon.Call{}
	noted := tenon.WithCall(calls, note)
	for i := worker * len(log.records) / s.workers; ctx.Err() == nil; i++ {
		i %= len(log.records)
		got, err := s.redactor.Redact(noted, log.records[i].line)
		led.completed()
		if err != nil {
			led.lost.Add(1)
			continue
		}
		label := note.Label
		if note.Baseline {
			label = ""
			led.baseline.Add(1)
		}
		if telling[i] {
			led.telling.Add(1)
		}
		if want, known := expected[label]; !known || !sameRedaction(got, want[i]) {
			led.wrong.Add(1)
		}
	}
}

// expect asks each version by itself for its answers, and marks the records on which stable and candidate differ.
func expect(ctx context.Context, s *service, log *accessLog) (expectations, []bool, error) {
	baseline, err := redactions(ctx, baselines().redactor, log, s.workers)
	if err != nil {
		return nil, nil, err
	}
	expected := expectations{"": baseline}
	for _, label := range []string{stable, candidate, faulty} {
		if expected[label], err = answersOf(ctx, s, label, log, knownAnswers(log, baseline)); err != nil {
			return nil, nil, err
		}
	}
	telling := make([]bool, len(log.records))
	for i := range telling {
		telling[i] = !sameRedaction(expected[stable][i], expected[candidate][i])
	}
	return expected, telling, nil
}

// answersOf redacts all records by a version of the registry, in a slot of its own, which the breaker leaves alone.
func answersOf(ctx context.Context, s *service, label string, log *accessLog, known redact.Redactor) (_ []redact.Redaction, err error) {
	component, err := s.releases.registry.Read(redact.Contract.Package, s.releases.digests[label])
	if err != nil {
		return nil, err
	}
	kernel, err := s.rt.Load(ctx, "redact", component)
	if err != nil {
		return nil, err
	}
	defer kernel.Close()
	slot, err := tenon.NewSlot(ctx, s.rt, "redact "+label, redact.Contract, tenon.SlotConfig[redact.Redactor]{
		Baseline: known,
		Kernel:   kernel,
		Breaker:  tenon.Breaker{Off: true},
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, slot.Close(ctx)) }()
	return redactions(ctx, redact.New(slot), log, s.workers)
}

// redactions redacts all records on all workers.
func redactions(ctx context.Context, r redact.Redactor, log *accessLog, workers int) ([]redact.Redaction, error) {
	found := make([]redact.Redaction, len(log.records))
	var next atomic.Int64
	var failure atomic.Pointer[error]
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for failure.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(found) {
					return
				}
				var err error
				if found[i], err = r.Redact(ctx, log.records[i].line); err != nil {
					failure.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := failure.Load(); err != nil {
		return nil, *err
	}
	return found, nil
}

// knownAnswers is a baseline that looks its answers up.
func knownAnswers(log *accessLog, answers []redact.Redaction) redact.Redactor {
	known := make(map[string]redact.Redaction, len(answers))
	for i, r := range log.records {
		known[r.line] = answers[i]
	}
	return redact.Fake{RedactFunc: func(_ context.Context, text string) (redact.Redaction, error) { return known[text], nil }}
}

func count(marks []bool) (n int) {
	for _, marked := range marks {
		if marked {
			n++
		}
	}
	return n
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
