package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// measures are the ways in which a row of a defined call is measured.
var measures = map[string]func(ctx context.Context, b *bench, d *definitions, row *definedRow) error{
	"":                 takeTurns,
	"latency":          measureLatency,
	"load":             measureLoad,
	"load-cached":      measureLoadCached,
	"load-cached-code": measureLoadCachedCode,
}

// setUp makes a row of a defined call ready.
func (d *definitions) setUp(ctx context.Context, b *bench, row *definedRow) error {
	measure, ok := measures[row.Measure]
	if !ok {
		return fmt.Errorf("no way to measure is called %q", row.Measure)
	}
	b.rounds = row.Rounds
	b.countAllocations = row.Allocations != nil
	return measure(ctx, b, d, row)
}

// takeTurns has the sides of a row work one after the other.
func takeTurns(ctx context.Context, b *bench, d *definitions, row *definedRow) error {
	for i, to := range []*side{&b.a, &b.b, &b.c} {
		defined, ok := row.Sides[string(rune('a'+i))]
		if !ok {
			continue
		}
		opened, err := d.open(ctx, b, row.Call, defined.Engine)
		if err != nil {
			return err
		}
		if *to = opened.side(); defined.Cores == "all" {
			*to = atOnce(opened, runtime.GOMAXPROCS(0))
			if err := warm(*to); err != nil {
				return err
			}
		}
	}
	if b.a == nil {
		return fmt.Errorf("there is no side a")
	}
	return nil
}

// atOnce is a side of some callers, each of which does the operation as often as one alone would: where they do not hold
// each other up, it takes the same time.
func atOnce(opened *opened, callers int) side {
	sides := make([]side, callers)
	for i := range sides {
		sides[i] = opened.side()
	}
	errs := make([]error, callers)
	return func(n int) error {
		var done sync.WaitGroup
		for i, side := range sides {
			done.Go(func() { errs[i] = side(n) })
		}
		done.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// warm lets callers work for a second: each further instance begins with the caches of a new one, which some kernels fill over
// thousands of calls.
func warm(side side) error {
	for start, n := time.Now(), 1; time.Since(start) < time.Second; n = min(2*n, 1<<10) {
		if err := side(n); err != nil {
			return err
		}
	}
	return nil
}

// measureLoad loads with nothing cached, not even the transpiler: the first start of a service on a machine. The runtime is
// new each time, because one runtime compiles a component once.
func measureLoad(ctx context.Context, b *bench, d *definitions, row *definedRow) error {
	return b.loads(ctx, d, row, tenon.Config{}, function.load)
}

// measureLoadCached loads with plan and code in the cache, as a service does at its second start.
func measureLoadCached(ctx context.Context, b *bench, d *definitions, row *definedRow) error {
	return b.loadsCached(ctx, d, row, function.load)
}

// measureLoadCachedCode does without an instance, whose constructor and first call are the kernel's own work.
func measureLoadCachedCode(ctx context.Context, b *bench, d *definitions, row *definedRow) error {
	return b.loadsCached(ctx, d, row, func(f function, _ input, runtime newRuntime) (func(context.Context) error, error) {
		return f.loadCode(runtime)
	})
}

// A loading makes the side of a function that loads its kernel into new runtimes.
type loading func(f function, in input, runtime newRuntime) (func(ctx context.Context) error, error)

func (b *bench) loadsCached(ctx context.Context, d *definitions, row *definedRow, of loading) error {
	cache, err := os.MkdirTemp("", "tenon-bench-")
	if err != nil {
		return err
	}
	b.atEnd(func() { _ = os.RemoveAll(cache) })
	return b.loads(ctx, d, row, tenon.Config{CacheDir: cache}, of)
}

func (b *bench) loads(ctx context.Context, d *definitions, row *definedRow, config tenon.Config, of loading) error {
	call, in, err := d.call(row.Call)
	if err != nil {
		return err
	}
	function, err := call.function()
	if err != nil {
		return err
	}
	load, err := of(function, in, func(ctx context.Context) (*tenon.Runtime, error) {
		rt, err := tenon.New(ctx, config)
		if err == nil {
			b.afterwards(func() { _ = rt.Close(ctx) })
		}
		return rt, err
	})
	b.single = true
	b.a = func(int) error { return load(ctx) }
	return err
}
