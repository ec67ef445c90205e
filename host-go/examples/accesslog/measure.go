package main

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A row is what one run over the records showed.
type row struct {
	engine      string
	records     int
	elapsed     time.Duration
	p50, p99    time.Duration // of one record: parsed and redacted
	allocations float64       // Go heap objects a record; negative where another process ran
	equal       float64       // share of answers equal to the baseline's; negative where nothing was compared
}

func (r row) perSecond() float64 { return float64(r.records) / r.elapsed.Seconds() }

// measure answers the records on all workers, in order where the time limit lets it, and returns the answers of the
// first row.records records.
func measure(ctx context.Context, name string, a answerer, records []record, workers int, limit time.Duration) (row, []answer, error) {
	var (
		answers = make([]answer, len(records))
		next    atomic.Int64
		wg      sync.WaitGroup
		mu      sync.Mutex
		merged  = newHistogram()
		failure error
	)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range workers {
		wg.Go(func() {
			times := newHistogram()
			var err error
			for err == nil && (limit == 0 || time.Since(start) < limit) {
				i := int(next.Add(1)) - 1
				if i >= len(records) {
					break
				}
				began := time.Now()
				answers[i], err = a.answer(ctx, records[i])
				observe(times, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			merged.Merge(times)
			if failure == nil {
				failure = err
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	if failure != nil {
		return row{}, nil, failure
	}
	done := int(merged.TotalCount())
	return row{
		engine:      name,
		records:     done,
		elapsed:     elapsed,
		p50:         time.Duration(merged.ValueAtQuantile(50)),
		p99:         time.Duration(merged.ValueAtQuantile(99)),
		allocations: float64(after.Mallocs-before.Mallocs) / float64(max(1, done)),
		equal:       -1,
	}, answers[:done], nil
}

// longestMeasured bounds the histograms: a longer call counts as this long.
const longestMeasured = time.Minute

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longestMeasured.Nanoseconds(), 3)
}

func observe(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d, 1), longestMeasured).Nanoseconds()) // in range by construction
}
