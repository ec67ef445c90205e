package geohex_test

import (
	"fmt"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
)

// BenchmarkLatLngsToCells finds the cells of n places in one call, at resolution 9. README.md beside the kernel's sources has
// the figures.
func BenchmarkLatLngsToCells(b *testing.B) {
	g := grid(b)
	_, places := vectors(b)
	for _, n := range []int{1, 10, 100, 1_000, 10_000} {
		// Far apart, as the places of strangers are.
		some := make([]geohex.LatLng, n)
		for i := range some {
			some[i] = places[i*7919%len(places)]
		}
		b.Run(fmt.Sprintf("n=%d/kernel", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := g.LatLngsToCells(b.Context(), some, 9); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOne(b *testing.B) {
	g := grid(b)
	cell, err := g.LatLngToCell(b.Context(), geohex.LatLng{Lat: 48.864716, Lng: 2.349014}, 9)
	if err != nil {
		b.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"LatLngToCell/kernel": func() error {
			_, err := g.LatLngToCell(b.Context(), geohex.LatLng{Lat: 48.864716, Lng: 2.349014}, 9)
			return err
		},
		"CellToLatLng/kernel":   func() error { _, err := g.CellToLatLng(b.Context(), cell); return err },
		"CellToBoundary/kernel": func() error { _, err := g.CellToBoundary(b.Context(), cell); return err },
		"CellToParent/kernel":   func() error { _, err := g.CellToParent(b.Context(), cell, 5); return err },
		"GridDisk1/kernel":      func() error { _, err := g.GridDisk(b.Context(), cell, 1); return err },
		"GridDisk10/kernel":     func() error { _, err := g.GridDisk(b.Context(), cell, 10); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
