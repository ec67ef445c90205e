package soak

import (
	"context"
	"fmt"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
)

// Kind is a kind of change of version.
type Kind int

// The kinds.
const (
	// Swaps are between versions that are loaded.
	Swaps Kind = iota
	// Baselines leave the baseline alone in force, and then a version again.
	Baselines
	// Traps put a version in force that traps at each multiple of [TrapAt], and then a sound one again.
	Traps
	// Loads load a version, put it in force, and unload the one before.
	Loads
	// Flips promote a staged version, and then the one from before, and so on.
	Flips
	// Shares do the same while the staged version has half of the calls.
	Shares

	kinds
)

func (k Kind) String() string {
	return [...]string{"swap", "baseline", "trap", "load", "flip", "share"}[k]
}

// Lasting is the highest number of a version that stays; those that [Loads] makes are above.
const Lasting = 10_000

// TrapAt is where versions of [Traps] trap.
const TrapAt = 499

// Service puts versions in force in a slot.
type Service interface {
	// Serve puts a version in force; the one of digest "" is the baseline. It returns when the version before has no calls any
	// more.
	Serve(ctx context.Context, v Version) error
	// Load makes a version known before it is served. Forget takes it away when it is not served any more.
	Load(ctx context.Context, v Version, component []byte) error
	Forget(ctx context.Context, v Version) error
	// Close ends the service; the slot stays as it is.
	Close(ctx context.Context) error
}

// Stager is a Service that can also stage versions beside the one that serves.
type Stager interface {
	// Stage has a version staged; nil: none.
	Stage(ctx context.Context, v *Version) error
	// Promote has the staged version serve, and stages the one that served.
	Promote(ctx context.Context) error
	// Divide gives the staged version a share of the calls that have a key.
	Divide(share float64) error
}

// direct is the Service that swaps by itself.
type direct struct {
	rt      *tenon.Runtime
	slot    *tenon.Slot[ledger.Book]
	kernels map[string]*tenon.Kernel
}

func (d *direct) Load(ctx context.Context, v Version, component []byte) error {
	k, err := d.rt.Load(ctx, fmt.Sprintf("ledger-%d", v.Number), component)
	if err == nil {
		d.kernels[v.Digest] = k
	}
	return err
}

func (d *direct) Serve(ctx context.Context, v Version) error {
	return d.slot.Swap(ctx, d.kernels[v.Digest])
}

func (d *direct) Stage(ctx context.Context, v *Version) error {
	if v == nil {
		return d.slot.Stage(ctx, nil)
	}
	return d.slot.Stage(ctx, d.kernels[v.Digest])
}

func (d *direct) Promote(ctx context.Context) error { return d.slot.Promote(ctx) }

func (d *direct) Divide(share float64) error { return d.slot.Divide(share) }

func (d *direct) Close(context.Context) error { return nil }

func (d *direct) Forget(_ context.Context, v Version) error {
	d.kernels[v.Digest].Close()
	delete(d.kernels, v.Digest)
	return nil
}

// changes is who changes versions: one goroutine.
type changes struct {
	service Service
	books   *books
	load    *load
	slot    *tenon.Slot[ledger.Book]

	sound   []Version // in force in turns
	traps   []Version
	serving Version
	turn    int
	pause   time.Duration
	made    uint32 // versions of Loads

	figures [kinds]Figures
	took    [kinds]histogram // changes
	flips   [kinds]histogram
}

// segment makes n changes of a kind while the callers' latencies are booked under it.
func (c *changes) segment(ctx context.Context, kind Kind, n int) error {
	change := func() error { return c.one(ctx, kind) }
	if kind == Flips || kind == Shares {
		beside := c.other()
		stager, ok := c.service.(Stager)
		if !ok {
			return fmt.Errorf("kind %v: this service stages no versions", kind)
		}
		if err := stager.Stage(ctx, &beside); err != nil {
			return err
		}
		defer func() { _ = stager.Stage(ctx, nil) }() // nothing depends on it
		change = func() error { return c.promote(ctx, stager, kind, &beside) }
	}
	c.load.stage.Store(int32(2*kind + 1))
	defer c.load.stage.Store(int32(2 * kind))
	for range n {
		if err := change(); err != nil {
			return err
		}
		if c.pause > 0 {
			rest(ctx, c.pause)
		}
	}
	return nil
}

// other is the next sound version, by turns.
func (c *changes) other() Version {
	c.turn++
	v := c.sound[c.turn%len(c.sound)]
	if v == c.serving {
		c.turn++
		v = c.sound[c.turn%len(c.sound)]
	}
	return v
}

// one makes one change of a kind.
func (c *changes) one(ctx context.Context, kind Kind) error {
	next := c.other()
	switch kind {
	case Baselines:
		if c.serving != (Version{}) {
			next = Version{}
		}
	case Traps:
		if c.serving.TrapAt == 0 {
			next = c.traps[c.turn%len(c.traps)]
		}
	case Loads:
		c.made++
		var err error
		if next, err = c.make(ctx, Lasting+c.made, 0); err != nil {
			return err
		}
	}
	before := c.serving
	if err := c.change(ctx, kind, generation{Version: next}, func() error { return c.service.Serve(ctx, next) }); err != nil {
		return err
	}
	if before.Number <= Lasting {
		return nil
	}
	return c.service.Forget(ctx, before)
}

// promote makes one change of [Flips] or [Shares]: beside is the staged version, before and after it.
func (c *changes) promote(ctx context.Context, stager Stager, kind Kind, beside *Version) error {
	before := c.serving
	if kind == Shares {
		c.books.announce(generation{Version: before, beside: *beside, shared: true})
		if err := stager.Divide(0.5); err != nil {
			return err
		}
		c.books.settle()
	}
	err := c.change(ctx, kind, generation{Version: *beside, beside: before}, func() error { return stager.Promote(ctx) })
	*beside = before
	return err
}

// make makes a version and has it loaded.
func (c *changes) make(ctx context.Context, number, trapAt uint32) (Version, error) {
	b, err := ledger.Version(number, trapAt)
	if err != nil {
		return Version{}, err
	}
	v := Version{Number: number, TrapAt: trapAt, Digest: digestOf(b)}
	return v, c.service.Load(ctx, v, b)
}

// change makes a change and books it.
func (c *changes) change(ctx context.Context, kind Kind, g generation, make func() error) error {
	c.books.announce(g)
	from := time.Now()
	if err := make(); err != nil {
		c.books.withdraw()
		return fmt.Errorf("version %d was not put in force: %w", g.Number, err)
	}
	c.books.settle()
	c.took[kind].add(time.Since(from))
	c.flips[kind].add(c.slot.Stats().LastFlip)
	c.figures[kind].Changes++
	c.serving = g.Version
	return nil
}
