package tenon_test

import (
	"context"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

func scalarClient(tb testing.TB, ctx context.Context, cfg tenon.SlotConfig[scalar.Calls]) (*scalar.Client, *tenon.Slot[scalar.Calls]) {
	tb.Helper()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = rt.Close(context.Background()) })
	cfg.Kernel, err = rt.LoadFile(ctx, "internal/fixture/scalar/scalar.wasm")
	if err != nil {
		tb.Fatal(err)
	}
	s, err := tenon.NewSlot(ctx, rt, "scalar", scalar.Contract, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return scalar.New(s), s
}

func BenchmarkAdd(b *testing.B) {
	c, _ := scalarClient(b, context.Background(), tenon.SlotConfig[scalar.Calls]{})
	ctx := b.Context()
	for b.Loop() {
		_, _ = c.Add(ctx, 1, 2)
	}
}

func BenchmarkEcho32(b *testing.B) {
	c, _ := scalarClient(b, context.Background(), tenon.SlotConfig[scalar.Calls]{})
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.EchoString(ctx, "12345678901234567890123456789012")
	}
}

func BenchmarkSum16K(b *testing.B) {
	c, _ := scalarClient(b, context.Background(), tenon.SlotConfig[scalar.Calls]{})
	ctx := b.Context()
	list := make([]uint32, 16<<10)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.Sum(ctx, list)
	}
}

func BenchmarkAddParallel(b *testing.B) {
	c, _ := scalarClient(b, context.Background(), tenon.SlotConfig[scalar.Calls]{})
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			_, _ = c.Add(b.Context(), 1, 2)
		}
	})
}

// A call on a resource whose method calls the host: the turn, a borrow each way, one typed host call.
func BenchmarkResourceMethod(b *testing.B) {
	s := slotOfThings(b, tenon.SlotConfig[any]{})
	s.env.quiet = true
	r, err := s.make(b.Context(), 1)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close(context.Background())
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = onThing(ctx, r, getThing)
	}
}

// A resource that is made and closed, which a pooled instance does in between other calls.
func BenchmarkResourceLife(b *testing.B) {
	s := slotOfThings(b, tenon.SlotConfig[any]{})
	s.env.quiet = true
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		r, err := s.make(ctx, 1)
		if err != nil {
			b.Fatal(err)
		}
		_ = r.Close(ctx)
	}
}
