package soak

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
)

// Options say what [Run] does. The zero value of each but Changes works.
type Options struct {
	// Changes is how many changes of version there are, over all kinds.
	Changes int
	// Kinds are made in turns. nil: all that the service can make.
	Kinds []Kind
	// Callers is the number of goroutines that call; 0: two for each core.
	Callers int
	// Segment is how many changes of a kind are made at a stretch. A stretch as long without any follows, to compare
	// with. Even, so that it ends in a version as it began. 0: 20.
	Segment int
	// Service puts versions in force; nil: Slot.Swap.
	Service func(ctx context.Context, rt *tenon.Runtime, slot *tenon.Slot[ledger.Book]) (Service, error)
	// Pause is how long the callers go on after each change. 0: 2 ms. Negative: no pause, the hardest test of what is
	// counted, which says little of times: each hundredth call is then the first on its instance.
	Pause time.Duration
	// Config is of the runtime. Its Observer is replaced.
	Config tenon.Config
}

// soundVersions and trapVersions are how many of each are loaded from the start.
const (
	soundVersions = 12
	trapVersions  = 2
)

// Report is what a run has found.
type Report struct {
	Counts
	Changes, Callers, Versions int
	// Traces are the first calls that were lost, wrong or torn.
	Traces []string
	// Kinds are the figures of the kinds that were made, All those of all of them, whose Kind says nothing.
	Kinds []Figures
	All   Figures
	// Before was counted when every kind had been made a few times, After at the end.
	Before, After Holdings
	// Stats are the slot's own counters at the end.
	Stats tenon.SlotStats
	Took  time.Duration
}

// Figures are what changes of one kind took and cost. Durations of calls are at most 1/16 too high.
type Figures struct {
	Kind    Kind
	Changes int
	// Median and Longest are of whole changes: making instances, flipping, draining.
	Median, Longest time.Duration
	// FlipP99 is of the moment in a change that directs calls to the new version.
	FlipP99 time.Duration
	// Steady is without changes, During with them.
	Steady, During Calls
}

// Calls are figures of calls.
type Calls struct {
	Calls             uint64
	Median, P99, P999 time.Duration
	// Gap is the longest time in which no call of any caller ended, GapP9999 what one gap in 10,000 is longer than.
	Gap, GapP9999 time.Duration
}

// Err is an error if a call was lost, wrong or torn, the slot has counted other calls than the callers,
// or the process holds on to more than before; see [Grown].
func (r *Report) Err() error {
	var errs []error
	if r.Lost+r.Wrong+r.Torn > 0 {
		errs = append(errs, fmt.Errorf("soak: lost %d wrong %d torn %d", r.Lost, r.Wrong, r.Torn))
		for _, t := range r.Traces {
			errs = append(errs, errors.New(t))
		}
	}
	if r.Stats.Answers != r.Kernel {
		errs = append(errs, fmt.Errorf("soak: the callers have %d answers of kernels, the slot counts %d", r.Kernel, r.Stats.Answers))
	}
	if r.Stats.Leaked > 0 {
		errs = append(errs, fmt.Errorf("soak: %d resources were leaked", r.Stats.Leaked))
	}
	if err := grown(r.Before, r.After); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Run swaps under load. The error is of what kept it from working; [Report.Err] is the verdict.
func Run(ctx context.Context, o Options) (r *Report, err error) {
	began := time.Now()
	if o.Callers == 0 {
		o.Callers = 2 * runtime.GOMAXPROCS(0)
	}
	if o.Segment == 0 {
		o.Segment = 20
	}
	if o.Pause == 0 {
		o.Pause = 2 * time.Millisecond
	}
	var b *books
	o.Config.Observer = tenon.ObserverFunc(func(e tenon.Event) {
		if e.Kind == tenon.EventSwapped && b != nil {
			b.settle() // the store is done, and the old version drains
		}
	})
	rt, err := tenon.New(ctx, o.Config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := rt.Close(ctx); err == nil {
			err = e
		}
	}()
	slot, err := tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, tenon.SlotConfig[ledger.Book]{
		Baseline: ledger.Baseline(), MaxInstances: 2 * o.Callers,
	})
	if err != nil {
		return nil, err
	}
	c := &changes{slot: slot, pause: o.Pause}
	if o.Service == nil {
		c.service = &direct{rt: rt, slot: slot, kernels: map[string]*tenon.Kernel{}}
	} else if c.service, err = o.Service(ctx, rt, slot); err != nil {
		return nil, err
	}
	defer func() {
		if e := c.service.Close(ctx); err == nil {
			err = e
		}
	}()
	if o.Kinds == nil {
		o.Kinds = []Kind{Swaps, Flips, Shares, Baselines, Traps, Loads}
		if _, ok := c.service.(Stager); !ok {
			o.Kinds = []Kind{Swaps, Baselines, Traps, Loads}
		}
	}
	for i := range uint32(soundVersions) {
		v, err := c.make(ctx, 1+i, 0)
		if err != nil {
			return nil, err
		}
		c.sound = append(c.sound, v)
	}
	for i := range uint32(trapVersions) {
		v, err := c.make(ctx, 101+i, TrapAt)
		if err != nil {
			return nil, err
		}
		c.traps = append(c.traps, v)
	}
	warm := 4 * len(o.Kinds)
	b = newBooks(Version{}, 2*(o.Changes+warm)+2, func() string {
		if k := slot.Kernel(); k != nil {
			return k.Digest()
		}
		return ""
	})
	c.books = b
	c.load = newLoad(slot, b, o.Callers)
	r = &Report{Callers: o.Callers, Versions: soundVersions + trapVersions}

	// Everything once, so that what is left behind is compared with a process that has done it before.
	c.load.start(ctx)
	for _, kind := range o.Kinds {
		if err := c.segment(ctx, kind, 4); err != nil {
			return nil, errors.Join(err, c.halt())
		}
	}
	c.load.end()
	c.figures, c.took, c.flips = [kinds]Figures{}, [kinds]histogram{}, [kinds]histogram{}
	for _, caller := range c.load.callers {
		caller.took, caller.gaps = [stages]histogram{}, [stages]histogram{}
	}
	r.Before = holdings()

	c.load.start(ctx)
	for left, at := o.Changes, 0; left > 0; at++ {
		kind, n := o.Kinds[at%len(o.Kinds)], min(left, o.Segment)
		if kind == Loads {
			n = min(left, max(1, o.Segment/5)) // each takes many times as long
		}
		from := time.Now()
		if err := c.segment(ctx, kind, n); err != nil {
			return nil, errors.Join(err, c.halt())
		}
		left -= n
		rest(ctx, time.Since(from))
		if err := ctx.Err(); err != nil {
			return nil, errors.Join(err, c.halt())
		}
	}
	c.load.end()
	if err := c.quiet(ctx); err != nil {
		return nil, err
	}
	r.After = holdings()
	r.Counts = c.load.counts()
	r.Changes = o.Changes
	r.Traces = c.load.traces
	r.Stats = slot.Stats()
	for _, kind := range o.Kinds {
		r.Kinds = append(r.Kinds, c.report(kind))
	}
	r.All = c.report(o.Kinds...)
	r.Took = time.Since(began)
	return r, nil
}

// rest lets the callers go on without changes for a time.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// halt ends the callers of a run that failed, and tells what they have seen.
func (c *changes) halt() error {
	c.load.end()
	var errs []error
	for _, t := range c.load.traces {
		errs = append(errs, errors.New(t))
	}
	return errors.Join(errs...)
}

// quiet puts a version of the first ones in force, so that before and after can be compared.
func (c *changes) quiet(ctx context.Context) error {
	before := c.serving
	v := c.sound[0]
	if before == v {
		return nil
	}
	if err := c.service.Serve(ctx, v); err != nil {
		return err
	}
	if before.Number > Lasting {
		return c.service.Forget(ctx, before)
	}
	return nil
}

// report gives the figures of changes of some kinds.
func (c *changes) report(list ...Kind) Figures {
	f := Figures{Kind: list[0]}
	var took, flips histogram
	var calls, gaps [2]histogram // without changes, and with them
	for _, kind := range list {
		f.Changes += c.figures[kind].Changes
		took.merge(&c.took[kind])
		flips.merge(&c.flips[kind])
		for at := range calls {
			c.load.latencies(2*int(kind)+at, &calls[at], &gaps[at])
		}
	}
	f.Median, f.Longest, f.FlipP99 = took.quantile(0.5), took.top, flips.quantile(0.99)
	for at, to := range []*Calls{&f.Steady, &f.During} {
		*to = Calls{
			Calls: calls[at].n, Median: calls[at].quantile(0.5), P99: calls[at].quantile(0.99), P999: calls[at].quantile(0.999),
			Gap: gaps[at].top, GapP9999: gaps[at].quantile(0.9999),
		}
	}
	return f
}
