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

// setUpCloneUserAgent makes a further instance by copying a warmed one, and by compiling the rules once more.
func setUpCloneUserAgent(ctx context.Context, b *bench) error {
	p, err := planOf(ctx, useragent.Component(), gated)
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
