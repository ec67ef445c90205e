package soak

import (
	"context"
	"fmt"
	"io"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/internal/race"
)

// Sample is what the process holds on to after so many cycles.
type Sample struct {
	Cycle int
	Holdings
	Elapsed time.Duration
}

// write writes a sample as a line.
func (s Sample) write(w io.Writer) error {
	p := &printer{w: w}
	p.holdings(fmt.Sprintf("cycle %6d  %8v ", s.Cycle, s.Elapsed.Round(100*time.Millisecond)), s.Holdings)
	return p.err
}

// CycleOptions say what [Cycle] does. The zero value of each but Cycles works.
type CycleOptions struct {
	// Cycles is how many versions are loaded, each with a digest of its own.
	Cycles int
	// Samples is how often the process is looked at, the beginning and the end included. 0: 11.
	Samples int
	// Config is of the runtime.
	Config tenon.Config
	// Out is told each sample. nil: nobody is.
	Out io.Writer
}

// Cycle loads a version, swaps it into a slot, calls it, and unloads the one before, over and over; each eighth version
// also serves in a slot of its own, which is closed. With Config.CacheDir 256 versions take turns, so that all but the first
// of each come from there; without it, each is compiled and none comes again below [ledger.MaxVersion]. The first sample is taken when one part in a hundred of the cycles, at
// least twenty, is done: what is made once in a process is there then.
//
// The error is of what kept it from working, or of a call that went wrong.
func Cycle(ctx context.Context, o CycleOptions) (samples []Sample, err error) {
	began := time.Now()
	if o.Samples == 0 {
		o.Samples = 11
	}
	rt, err := tenon.New(ctx, o.Config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := rt.Close(ctx); err == nil {
			err = e
		}
	}()
	config := tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline(), MinInstances: 2}
	slot, err := tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, config)
	if err != nil {
		return nil, err
	}
	first := min(max(20, o.Cycles/100), o.Cycles)
	next := first
	versions := ledger.MaxVersion
	if o.Config.CacheDir != "" {
		versions = 256
	}
	var before *tenon.Kernel
	for cycle := 1; cycle <= o.Cycles; cycle++ {
		number := uint32((cycle-1)%versions) + 1
		b, err := ledger.Version(number, 0)
		if err != nil {
			return nil, err
		}
		kernel, err := rt.Load(ctx, "ledger", b)
		if err != nil {
			return nil, fmt.Errorf("cycle %d: %w", cycle, err)
		}
		if err := slot.Swap(ctx, kernel); err != nil {
			return nil, fmt.Errorf("cycle %d: %w", cycle, err)
		}
		if before != nil {
			before.Close()
		}
		before = kernel
		if err := ask(ctx, slot, number); err != nil {
			return nil, fmt.Errorf("cycle %d: %w", cycle, err)
		}
		if cycle%8 == 0 {
			config.Kernel = kernel
			own, err := tenon.NewSlot(ctx, rt, "own", ledger.Contract, config)
			if err != nil {
				return nil, fmt.Errorf("cycle %d: %w", cycle, err)
			}
			if err := ask(ctx, own, number); err != nil {
				return nil, fmt.Errorf("cycle %d: %w", cycle, err)
			}
			if err := own.Close(ctx); err != nil {
				return nil, fmt.Errorf("cycle %d: %w", cycle, err)
			}
		}
		if cycle == next {
			s := Sample{Cycle: cycle, Holdings: holdings(), Elapsed: time.Since(began)}
			samples = append(samples, s)
			if o.Out != nil {
				if err := s.write(o.Out); err != nil {
					return nil, err
				}
			}
			next = first + (o.Cycles-first)*len(samples)/max(1, o.Samples-1)
		}
	}
	return samples, nil
}

// ask makes a few calls, and one on a page.
func ask(ctx context.Context, slot *tenon.Slot[ledger.Book], number uint32) error {
	client := ledger.New(slot)
	payload := []byte("what is asked in each cycle")
	audit := func(e ledger.Entry, err error, sequence uint64) error {
		if err != nil {
			return err
		}
		got, err := ledger.Audit(e, sequence, payload)
		if err == nil && got != number {
			err = fmt.Errorf("version %d answered in the place of %d", got, number)
		}
		return err
	}
	for sequence := range uint64(4) {
		e, err := client.Enter(ctx, sequence, payload)
		if err := audit(e, err, sequence); err != nil {
			return err
		}
	}
	page, err := client.NewPage(ctx)
	if err != nil {
		return err
	}
	e, err := page.Enter(ctx, 7, payload)
	if err := audit(e, err, 7); err != nil {
		return err
	}
	return page.Close(ctx)
}

// Grown says what the process holds more of at the last sample than at the first: more than 8 goroutines, more than 8
// mappings and a tenth, more than an eighth and 8 MiB of resident memory. nil: nothing. One sample says nothing. Under the
// race detector, which needs mappings and memory of its own, goroutines count only.
func Grown(samples []Sample) error {
	if len(samples) < 2 {
		return nil
	}
	return grown(samples[0].Holdings, samples[len(samples)-1].Holdings)
}

func grown(a, b Holdings) error {
	switch {
	case b.Goroutines > a.Goroutines+8:
		return fmt.Errorf("soak: goroutines %d → %d", a.Goroutines, b.Goroutines)
	case race.Enabled:
		return nil
	case b.Mappings > a.Mappings+8+a.Mappings/10:
		return fmt.Errorf("soak: mappings %d → %d", a.Mappings, b.Mappings)
	case b.Resident > a.Resident+a.Resident/8+(8<<20):
		return fmt.Errorf("soak: resident memory %d → %d bytes", a.Resident, b.Resident)
	}
	return nil
}
