package soak

import (
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
)

func BenchmarkSwap(b *testing.B) {
	ctx := b.Context()
	rt, _ := tenon.New(ctx, tenon.Config{})
	var ks [2]*tenon.Kernel
	for v := range uint32(2) {
		bs, _ := ledger.Version(v+1, 0)
		k, err := rt.Load(ctx, "ledger", bs)
		if err != nil {
			b.Fatal(err)
		}
		ks[v] = k
	}
	slot, err := tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, tenon.SlotConfig[ledger.Book]{Kernel: ks[0], MinInstances: 4, MaxInstances: 8})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := slot.Swap(ctx, ks[(i+1)%2]); err != nil {
			b.Fatal(err)
		}
	}
}
