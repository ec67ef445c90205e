package main

import (
	"context"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/loops"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// The rows of this file hold what can be stopped (side a) against the same without any means to stop it (side b), and
// beside it what wazero's own means cost (side c).

// withDeadline is far away: a kernel's first call compiles its rules, which takes seconds where others are at work too.
var withDeadline = engine.Limits{Timeout: time.Minute}

// loopSlice is short, because there are many parts.
const loopSlice = 8 * time.Millisecond

// versions are one component as each side has it.
type versions struct {
	gated, plain *guest
	stock        *stock
	ctx          context.Context // of stock: wazero looks at it only if it can end
}

// setUpGateLoops has a part for each loop of kernels/loops, and for each real kernel.
func setUpGateLoops(ctx context.Context, b *bench) error {
	v, err := b.versions(ctx, loops.Component())
	if err != nil {
		return err
	}
	for _, f := range v.gated.plan.Funcs {
		p := b.part(f.Name)
		p.slice = loopSlice
		if p.a, err = v.gated.numbers(ctx, f.Name); err != nil {
			return err
		}
		if p.b, err = v.plain.numbers(ctx, f.Name); err != nil {
			return err
		}
		if p.c, err = v.stock.numbers(v.ctx, f.Name); err != nil {
			return err
		}
	}
	for _, kernel := range []struct {
		part, function string
		component      []byte
		texts          []string
	}{
		{"redact", "redact", redact.Component(), logLines()},
		{"redact-4k", "redact", redact.Component(), logTexts()},
		{"useragent", "parse", useragent.Component(), userAgents()},
	} {
		if v, err = b.versions(ctx, kernel.component); err != nil {
			return err
		}
		p := b.part(kernel.part)
		p.slice = loopSlice
		if p.a, err = v.gated.texts(ctx, kernel.function, kernel.texts); err != nil {
			return err
		}
		if p.b, err = v.plain.texts(ctx, kernel.function, kernel.texts); err != nil {
			return err
		}
		if p.c, err = v.stock.texts(v.ctx, kernel.function, kernel.texts); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) versions(ctx context.Context, component []byte) (*versions, error) {
	with, err := planOf(ctx, component, gated)
	if err != nil {
		return nil, err
	}
	without, err := planOf(ctx, component, plain)
	if err != nil {
		return nil, err
	}
	v := &versions{}
	if v.gated, err = b.guest(ctx, with, withDeadline); err != nil {
		return nil, err
	}
	if v.plain, err = b.guest(ctx, without, engine.Limits{}); err != nil {
		return nil, err
	}
	if v.stock, err = b.stock(ctx, without, true); err != nil {
		return nil, err
	}
	var cancel context.CancelFunc
	v.ctx, cancel = context.WithCancel(ctx)
	b.atEnd(cancel)
	return v, nil
}

// setUpGateCall makes calls that do nothing worth stopping: what is left is what arming costs.
func setUpGateCall(ctx context.Context, b *bench) error {
	v, err := b.versions(ctx, scalar.Component())
	if err != nil {
		return err
	}
	b.countAllocations = true
	if b.a, err = v.gated.adds(ctx); err != nil {
		return err
	}
	if b.b, err = v.plain.adds(ctx); err != nil {
		return err
	}
	b.c, err = v.stock.adds(v.ctx)
	return err
}
