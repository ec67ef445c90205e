package main

import (
	"context"
	"errors"
	"os"
	"slices"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// The rows of this file measure how long a kernel takes to be ready.

func setUpLoadRedact(ctx context.Context, b *bench) error {
	return setUpLoad(ctx, b, redact.Component())
}

func setUpLoadUserAgent(ctx context.Context, b *bench) error {
	return setUpLoad(ctx, b, useragent.Component())
}

// setUpLoadCold loads with nothing cached, not even the transpiler: the first start of a service on a machine.
func setUpLoadCold(ctx context.Context, b *bench) error {
	b.loads(ctx, tenon.Config{}, scalar.Component())
	return nil
}

// setUpLoad loads with plan and code in the cache, as a service does at its second start.
func setUpLoad(ctx context.Context, b *bench, component []byte) error {
	cache, err := os.MkdirTemp("", "tenon-bench-")
	if err != nil {
		return err
	}
	b.atEnd(func() { _ = os.RemoveAll(cache) })
	b.loads(ctx, tenon.Config{CacheDir: cache}, component)
	return nil
}

// loads makes side a load a component: a runtime a load, because one runtime compiles a component once.
func (b *bench) loads(ctx context.Context, config tenon.Config, component []byte) {
	b.single = true
	b.a = func(int) error {
		rt, err := tenon.New(ctx, config)
		if err != nil {
			return err
		}
		b.afterwards(func() { _ = rt.Close(ctx) })
		_, err = rt.Load(ctx, "bench", component)
		return err
	}
}

// setUpCloneUserAgent makes a further instance by copying a warmed one, and by compiling the rules once more.
func setUpCloneUserAgent(ctx context.Context, b *bench) error {
	p, err := b.planner(ctx, gated).plan(ctx, useragent.Component(), gated)
	if err != nil {
		return err
	}
	parse := slices.IndexFunc(p.Funcs, func(f plan.Func) bool { return f.Name == "parse" })
	if parse < 0 {
		return errors.New("the kernel has no function parse")
	}
	empty, _ := abi.Zero(p, p.Funcs[parse].Params[0].Type) // a string has a zero value
	eng := wazero.New(wazero.Config{})
	b.atEnd(func() { _ = eng.Close(ctx) })
	code, err := eng.Compile(ctx, p)
	if err != nil {
		return err
	}
	construct := func() (engine.Instance, error) {
		inst, err := code.Instantiate(ctx, nil, engine.Limits{})
		if err != nil {
			return nil, err
		}
		_, err = abi.NewCaller(p, inst).Call(ctx, parse, empty)
		return inst, err
	}
	template, err := construct()
	if err != nil {
		return err
	}
	snapshot, err := template.Snapshot()
	if err != nil {
		return err
	}
	b.single = true
	b.a = func(int) error {
		inst, err := code.Instantiate(ctx, nil, engine.Limits{})
		if err != nil {
			return err
		}
		b.afterwards(func() { _ = inst.Close(ctx) })
		return inst.Restore(snapshot)
	}
	b.b = func(int) error {
		inst, err := construct()
		if err != nil {
			return err
		}
		b.afterwards(func() { _ = inst.Close(ctx) })
		return nil
	}
	return nil
}
