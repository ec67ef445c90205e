package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/loops"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// The rows of this file measure what a long call does to the rest of the process. Stock wazero's kernel cannot be stopped,
// so its side does a number of rounds that takes as long as is wanted.

// busy is the loop that is called: arithmetic, without a call of the host.
const busy = "mandelbrot"

// A longCall runs until stop is called, or is over by itself.
type longCall func() (stop func() error)

// gatedCall is a call of the hardened loop that ends when its context does.
func (b *bench) gatedCall(ctx context.Context, p *plan.Plan) (longCall, error) {
	g, err := b.guest(ctx, p, engine.Limits{})
	if err != nil {
		return nil, err
	}
	return func() func() error {
		ctx, cancel := context.WithCancel(ctx)
		endless, err := g.numbers(ctx, busy)
		done := make(chan error, 1)
		go func() {
			if err == nil {
				err = endless(1<<32 - 1)
			}
			done <- err
		}()
		return func() error {
			cancel()
			err := <-done
			if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.Canceled {
				return fmt.Errorf("the long call was not canceled but ended with %v", err)
			}
			return nil
		}
	}, nil
}

// stockCall is a call of the loop that takes a while and cannot be stopped.
func (b *bench) stockCall(ctx context.Context, p *plan.Plan, takes time.Duration) (longCall, error) {
	s, err := b.stock(ctx, p, false)
	if err != nil {
		return nil, err
	}
	call, err := s.numbers(ctx, busy)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	const some = 100
	if err := call(some); err != nil {
		return nil, err
	}
	n := int(some * float64(takes) / float64(time.Since(start)))
	return func() func() error {
		done := make(chan error, 1)
		go func() { done <- call(n) }()
		return func() error { return <-done }
	}, nil
}

// loopPlans are the loops with a gate and without.
func loopPlans(ctx context.Context) (with, without *plan.Plan, err error) {
	if with, err = planOf(ctx, loops.Component(), gated); err == nil {
		without, err = planOf(ctx, loops.Component(), plain)
	}
	return with, without, err
}

// setUpCollections collects garbage while a call goes on: 250 times in some 5 seconds. A round is one collection, and what
// it has is how long the world stood still, both times of a collection together.
func setUpCollections(ctx context.Context, b *bench) error {
	with, without, err := loopPlans(ctx)
	if err != nil {
		return err
	}
	b.sample = func(quick bool) ([]round, error) {
		collections, takes := 250, 5*time.Second
		if quick {
			collections, takes = 25, 500*time.Millisecond
		}
		begin, err := b.gatedCall(ctx, with)
		if err != nil {
			return nil, err
		}
		stop := begin()
		var rounds []round
		for range collections {
			time.Sleep(takes / time.Duration(collections))
			rounds = append(rounds, round{A: collect()})
		}
		if err := stop(); err != nil {
			return nil, err
		}
		if begin, err = b.stockCall(ctx, without, takes); err != nil {
			return nil, err
		}
		stop = begin()
		time.Sleep(10 * time.Millisecond)
		rounds[0].C = collect()
		return rounds, stop()
	}
	return nil
}

// collect runs a collection and gives the nanoseconds for which it stopped the world.
func collect() float64 {
	runtime.GC()
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	return float64(stats.Pause[0].Nanoseconds())
}

// setUpHeartbeat sleeps for a millisecond again and again while calls go on, one for each processor. A round is one beat,
// and what it has is how long after the last it came.
func setUpHeartbeat(ctx context.Context, b *bench) error {
	with, without, err := loopPlans(ctx)
	if err != nil {
		return err
	}
	b.sample = func(quick bool) ([]round, error) {
		takes := 2 * time.Second
		if quick {
			takes /= 4
		}
		gaps, err := beatBeside(takes, func() (longCall, error) { return b.gatedCall(ctx, with) })
		if err != nil {
			return nil, err
		}
		starved, err := beatBeside(takes, func() (longCall, error) { return b.stockCall(ctx, without, takes) })
		if err != nil {
			return nil, err
		}
		rounds := make([]round, len(gaps))
		for i, gap := range gaps {
			rounds[i].A = gap
		}
		for _, gap := range starved {
			rounds[0].C = max(rounds[0].C, gap)
		}
		return rounds, nil
	}
	return nil
}

// beatBeside gives the nanoseconds between the beats.
func beatBeside(takes time.Duration, call func() (longCall, error)) ([]float64, error) {
	calls := make([]longCall, runtime.GOMAXPROCS(0))
	for i := range calls {
		var err error
		if calls[i], err = call(); err != nil {
			return nil, err
		}
	}
	var gaps []float64
	var heart sync.WaitGroup
	heart.Go(func() {
		for start, last := time.Now(), time.Now(); time.Since(start) < takes; {
			time.Sleep(time.Millisecond)
			now := time.Now()
			gaps = append(gaps, float64(now.Sub(last).Nanoseconds()))
			last = now
		}
	})
	var stops []func() error
	for _, begin := range calls {
		stops = append(stops, begin())
	}
	heart.Wait()
	var errs []error
	for _, stop := range stops {
		errs = append(errs, stop())
	}
	return gaps, errors.Join(errs...)
}
