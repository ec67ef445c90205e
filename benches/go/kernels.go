package main

import (
	"context"
	"fmt"
	"strings"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/examples/accesslog/data"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// The rows of this file hold a kernel against the Go implementation that it replaces, on the demo's real log.

func setUpUserAgent(ctx context.Context, b *bench) error {
	slot, err := openSlot(ctx, b, useragent.Contract, tenon.SlotConfig[useragent.Parser]{}, useragent.Component())
	if err != nil {
		return err
	}
	agents := userAgents()
	b.a = eachOf(agents, func(ua string) error { _, err := useragent.New(slot).Parse(ctx, ua); return err })
	uncached := useragent.BaselineWithCache(0)
	b.b = eachOf(agents, func(ua string) error { _, err := uncached.Parse(ctx, ua); return err })
	return nil
}

func setUpRedactLine(ctx context.Context, b *bench) error {
	return setUpRedact(ctx, b, logLines())
}

func setUpRedact4K(ctx context.Context, b *bench) error {
	return setUpRedact(ctx, b, logTexts())
}

func setUpRedact(ctx context.Context, b *bench, texts []string) error {
	slot, err := openSlot(ctx, b, redact.Contract, tenon.SlotConfig[redact.Redactor]{}, redact.Component())
	if err != nil {
		return err
	}
	client, baseline := redact.New(slot), redact.Baseline()
	b.a = eachOf(texts, func(text string) error { _, err := client.Redact(ctx, text); return err })
	b.b = eachOf(texts, func(text string) error { _, err := baseline.Redact(ctx, text); return err })
	return nil
}

// openSlot serves a component on a runtime of its own.
func openSlot[B any](ctx context.Context, b *bench, contract tenon.Contract, cfg tenon.SlotConfig[B], component []byte) (*tenon.Slot[B], error) {
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		return nil, err
	}
	b.atEnd(func() { _ = rt.Close(ctx) })
	if cfg.Kernel, err = rt.Load(ctx, contract.Package, component); err != nil {
		return nil, err
	}
	return tenon.NewSlot(ctx, rt, contract.Package, contract, cfg)
}

// eachOf is a side that goes round the inputs. Both sides of a row start at the first and do not share the place.
func eachOf[T any](inputs []T, do func(T) error) side {
	next := 0
	return func(n int) error {
		for range n {
			if err := do(inputs[next]); err != nil {
				return fmt.Errorf("input %d: %w", next, err)
			}
			next = (next + 1) % len(inputs)
		}
		return nil
	}
}

func logLines() []string {
	return strings.Split(strings.TrimSpace(data.AccessLog), "\n")
}

// logTexts are texts of about 4 KiB: a batch of log lines for one call.
func logTexts() []string {
	var texts []string
	var text strings.Builder
	for _, line := range logLines() {
		text.WriteString(line)
		text.WriteByte('\n')
		if text.Len() >= 4<<10 {
			texts = append(texts, text.String())
			text.Reset()
		}
	}
	return texts
}

func userAgents() []string {
	var agents []string
	for _, line := range logLines() {
		agents = append(agents, data.UserAgent(line))
	}
	return agents
}
