package main

import (
	"context"
	"os"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// The rows of this file measure how long a kernel takes to be ready.

func setUpLoadRedact(ctx context.Context, b *bench) error {
	component, err := redact.Component("1.0.0")
	if err != nil {
		return err
	}
	return setUpLoad(ctx, b, component)
}

func setUpLoadUserAgent(ctx context.Context, b *bench) error {
	return setUpLoad(ctx, b, useragent.Component())
}

// setUpLoad loads with plan and code in the cache, as a service does at its second start: a runtime a load, because
// one runtime compiles a component once.
func setUpLoad(ctx context.Context, b *bench, component []byte) error {
	cache, err := os.MkdirTemp("", "tenon-bench-")
	if err != nil {
		return err
	}
	b.atEnd(func() { _ = os.RemoveAll(cache) })
	b.single = true
	b.a = func(int) error {
		rt, err := tenon.New(ctx, tenon.Config{CacheDir: cache})
		if err != nil {
			return err
		}
		if _, err := rt.Load(ctx, "bench", component); err != nil {
			return err
		}
		b.atEnd(func() { _ = rt.Close(ctx) }) // not a part of the load
		return nil
	}
	return nil
}
