package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// The rows of this file have a part for each guest of kernels/hostile that ends in one kind of fault, and measure how soon
// it ends, and with how much memory.

// A hostileGuest is an entry of kernels/hostile/index.json.
type hostileGuest struct {
	Name   string   `json:"name"`
	When   string   `json:"when"` // load, start, call, …
	Expect string   `json:"expect"`
	Family string   `json:"family"` // of a guest that is many files
	Args   []string `json:"args"`

	component []byte
}

// hostileGuests are those of the given times that end so; `cargo xtask bench` says in TENON_HOSTILE where the files are.
func hostileGuests(when []string, expect ...string) ([]hostileGuest, error) {
	folder := os.Getenv("TENON_HOSTILE")
	if folder == "" {
		return nil, errors.New("TENON_HOSTILE is not set: run this row by `cargo xtask bench`")
	}
	text, err := os.ReadFile("../../kernels/hostile/index.json")
	if err != nil {
		return nil, err
	}
	var index struct{ Guests []hostileGuest }
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, err
	}
	guests := slices.DeleteFunc(index.Guests, func(g hostileGuest) bool {
		return g.Family != "" || !slices.Contains(when, g.When) || !slices.Contains(expect, g.Expect)
	})
	for i := range guests {
		g := &guests[i]
		if g.component, err = os.ReadFile(filepath.Join(folder, g.Name+".wasm")); err != nil {
			return nil, err
		}
	}
	if len(guests) == 0 {
		return nil, fmt.Errorf("no guest is expected to end in %v", expect)
	}
	return guests, nil
}

// hostileDeadline is short, so that many runs fit: the overshoot does not depend on it.
const hostileDeadline = 10 * time.Millisecond

// setUpOvershoot measures how long after its deadline a call is over.
func setUpOvershoot(ctx context.Context, b *bench) error {
	limits := tenon.CallLimits{Deadline: hostileDeadline}
	return b.attacks(ctx, []string{"start", "call"}, "deadline", limits, 100, func(attack func() error) (round, error) {
		start := time.Now()
		err := attack()
		// The deadline counts from a moment after the start, so nothing is too early; 1, because 0 is no time.
		late := max(time.Since(start)-hostileDeadline, 1)
		return round{A: float64(late.Nanoseconds())}, err
	})
}

// setUpStackFault measures how long calls nest until they are stopped.
func setUpStackFault(ctx context.Context, b *bench) error {
	return b.attacks(ctx, []string{"call"}, "stack", tenon.CallLimits{}, fullRounds, func(attack func() error) (round, error) {
		start := time.Now()
		err := attack()
		return round{A: float64(time.Since(start).Nanoseconds())}, err
	})
}

// setUpStackMemory measures what such a call allocates in all, which is more than it has at once.
func setUpStackMemory(ctx context.Context, b *bench) error {
	return b.attacks(ctx, []string{"call"}, "stack", tenon.CallLimits{}, fullRounds, func(attack func() error) (round, error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := attack()
		runtime.ReadMemStats(&after)
		return round{Bytes: float64(after.TotalAlloc - before.TotalAlloc)}, err
	})
}

// attacks has a part for each guest that runs, and measures each run of it, in an instance of its own.
func (b *bench) attacks(ctx context.Context, when []string, expect string, limits tenon.CallLimits, runs int, measure func(attack func() error) (round, error)) error {
	guests, err := hostileGuests(when, expect)
	if err != nil {
		return err
	}
	rt, err := tenon.New(ctx, tenon.Config{StartTimeout: hostileDeadline})
	if err != nil {
		return err
	}
	b.atEnd(func() { _ = rt.Close(ctx) })
	for _, g := range guests {
		kernel, err := rt.Load(ctx, g.Name, g.component)
		if err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
		run := func() (round, error) {
			attack := func() error { return openOnly(ctx, kernel) }
			if g.When == "call" {
				instance, err := kernel.OpenWith(ctx, tenon.OpenOptions{Limits: limits})
				if err != nil {
					return round{}, err
				}
				defer instance.Close(ctx)
				attack = func() error { _, err := instance.CallWAVE(ctx, "attack", g.Args...); return err }
			}
			var outcome error
			r, err := measure(func() error { outcome = attack(); return nil })
			if fault, ok := errors.AsType[*tenon.Fault](outcome); !ok || string(fault.Kind) != expect {
				return r, fmt.Errorf("ended with %v, not in a fault of kind %s", outcome, expect)
			}
			return r, err
		}
		b.part(g.Name).sample = func(quick bool) ([]round, error) {
			if quick {
				runs = quickRounds
			}
			// The first run compiles what is compiled late.
			if _, err := run(); err != nil {
				return nil, err
			}
			var rounds []round
			for range runs {
				r, err := run()
				if err != nil {
					return nil, err
				}
				rounds = append(rounds, r)
			}
			return rounds, nil
		}
	}
	return nil
}

// openOnly makes an instance and closes it.
func openOnly(ctx context.Context, kernel *tenon.Kernel) error {
	instance, err := kernel.Open(ctx)
	if err != nil {
		return err
	}
	return instance.Close(ctx)
}

// setUpRefuseCompiled refuses malformed and excessive files by the compiled transpiler.
func setUpRefuseCompiled(ctx context.Context, b *bench) error {
	// So much work that the transpiler is compiled for it.
	return b.refusals(ctx, transpile.Config{}, useragent.Component())
}

// setUpRefuseInterpreted refuses them by the interpreted one.
func setUpRefuseInterpreted(ctx context.Context, b *bench) error {
	return b.refusals(ctx, transpile.Config{Interpreted: true}, scalar.Component())
}

// refusals has a part for each file that must not load. The transpiler makes itself ready for a first component.
func (b *bench) refusals(ctx context.Context, config transpile.Config, first []byte) error {
	transpiler := transpile.New(config)
	b.atEnd(func() { _ = transpiler.Close(ctx) })
	if _, err := transpiler.Plan(ctx, first); err != nil {
		return err
	}
	guests, err := hostileGuests([]string{"load"}, "malformed", "limit")
	if err != nil {
		return err
	}
	for _, g := range guests {
		p := b.part(g.Name)
		p.single = true
		p.a = func(int) error {
			_, err := transpiler.Plan(ctx, g.component)
			if refusal, ok := errors.AsType[*transpile.Error](err); !ok || string(refusal.Kind) != g.Expect {
				return fmt.Errorf("refused with %v, not as %s", err, g.Expect)
			}
			return nil
		}
	}
	return nil
}
