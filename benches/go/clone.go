package main

import (
	"context"
	"errors"
	"slices"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// agents make instances of useragent: by compiling its rules, and by copying one that did.
type agents struct {
	plan     *plan.Plan
	code     engine.Code
	parse    int // the function's place in the plan
	snapshot *engine.Snapshot
}

func newAgents(ctx context.Context, b *bench) (*agents, error) {
	p, err := planOf(ctx, useragent.Component(), gated)
	if err != nil {
		return nil, err
	}
	a := &agents{plan: p, parse: slices.IndexFunc(p.Funcs, func(f plan.Func) bool { return f.Name == "parse" })}
	if a.parse < 0 {
		return nil, errors.New("the kernel has no function parse")
	}
	eng := wazero.New(wazero.Config{})
	b.atEnd(func() { _ = eng.Close(ctx) })
	if a.code, err = eng.Compile(ctx, p); err != nil {
		return nil, err
	}
	template, err := a.construct(ctx)
	if err != nil {
		return nil, err
	}
	a.snapshot, err = template.Snapshot()
	return a, err
}

func (a *agents) construct(ctx context.Context) (engine.Instance, error) {
	inst, err := a.code.Instantiate(ctx, nil, engine.Limits{})
	if err != nil {
		return nil, err
	}
	return inst, a.call(ctx, inst, "")
}

func (a *agents) clone(ctx context.Context) (engine.Instance, error) {
	inst, err := a.code.Instantiate(ctx, nil, engine.Limits{})
	if err != nil {
		return nil, err
	}
	return inst, inst.Restore(a.snapshot)
}

func (a *agents) call(ctx context.Context, inst engine.Instance, ua string) error {
	_, err := abi.NewCaller(a.plan, inst).Call(ctx, a.parse, abi.Value{Text: ua})
	return err
}

// setUpCloneUserAgent makes a further instance by copying a warmed one, and by compiling the rules once more.
func setUpCloneUserAgent(ctx context.Context, b *bench) error {
	a, err := newAgents(ctx, b)
	if err != nil {
		return err
	}
	b.single = true
	made := func(make func(context.Context) (engine.Instance, error)) side {
		return func(int) error {
			inst, err := make(ctx)
			if inst != nil {
				b.afterwards(func() { _ = inst.Close(ctx) })
			}
			return err
		}
	}
	b.a, b.b = made(a.clone), made(a.construct)
	return nil
}

// setUpFirstCallOfClone makes the first call of an instance that is a copy, and of one that compiled the rules itself. Each
// call has an instance of its own, made off the clock.
func setUpFirstCallOfClone(ctx context.Context, b *bench) error {
	a, err := newAgents(ctx, b)
	if err != nil {
		return err
	}
	const ua = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	b.single = true
	first := func(make func(context.Context) (engine.Instance, error)) (side, error) {
		next, err := make(ctx)
		return func(int) error {
			inst := next
			if err := a.call(ctx, inst, ua); err != nil {
				return err
			}
			b.afterwards(func() {
				_ = inst.Close(ctx)
				// Where none can be made, the next call says so: it goes to one that is closed.
				if made, err := make(ctx); err == nil {
					next = made
				}
			})
			return nil
		}, err
	}
	if b.a, err = first(a.clone); err != nil {
		return err
	}
	b.b, err = first(a.construct)
	return err
}
