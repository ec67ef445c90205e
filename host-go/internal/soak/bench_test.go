package soak

import (
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
)

// BenchmarkSwap changes between two versions that are loaded, with four instances each and nobody who calls.
func BenchmarkSwap(b *testing.B) {
	rt, err := tenon.New(b.Context(), tenon.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close(b.Context())
	var kernels [2]*tenon.Kernel
	for at := range kernels {
		component, err := ledger.Version(uint32(1+at), 0)
		if err != nil {
			b.Fatal(err)
		}
		if kernels[at], err = rt.Load(b.Context(), "ledger", component); err != nil {
			b.Fatal(err)
		}
	}
	config := tenon.SlotConfig[ledger.Book]{Kernel: kernels[0], MinInstances: 4}
	slot, err := tenon.NewSlot(b.Context(), rt, "ledger", ledger.Contract, config)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for turn := 1; b.Loop(); turn++ {
		if err := slot.Swap(b.Context(), kernels[turn%2]); err != nil {
			b.Fatal(err)
		}
	}
}
