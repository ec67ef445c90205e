package geohex_test

import (
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// The benchmarks have no baseline, for Go has none. kernels/geohex/benches/sweep.rs has the same inputs.

const level = 9 // of the cells: hexagons of 200 metres

var paris = geohex.LatLng{Lat: 48.864716, Lng: 2.349014}

// BenchmarkLatLngsToCells finds the cells of so many places in one call; its figures are those of one place.
func BenchmarkLatLngsToCells(b *testing.B) {
	g := grid(b)
	_, places := vectors(b)
	tenontest.Sweep(b, []int{1, 10, 100, 1_000, 10_000}, func(b *testing.B, size int) tenontest.Sides {
		// Far apart, as the places of strangers are.
		some := make([]geohex.LatLng, size)
		for i := range some {
			some[i] = places[i*7919%len(places)]
		}
		return tenontest.Sides{
			Kernel:     func() error { _, err := g.LatLngsToCells(b.Context(), some, level); return err },
			Operations: size,
		}
	})
}

// single measures a function of one cell, around Paris.
func single(b *testing.B, call func(b *testing.B, g geohex.Grid, cell uint64) error) {
	around(b, []int{1}, func(b *testing.B, g geohex.Grid, cell uint64, _ int) error { return call(b, g, cell) })
}

func around(b *testing.B, sizes []int, call func(b *testing.B, g geohex.Grid, cell uint64, size int) error) {
	g := grid(b)
	cell, err := g.LatLngToCell(b.Context(), paris, level)
	if err != nil {
		b.Fatal(err)
	}
	tenontest.Sweep(b, sizes, func(b *testing.B, size int) tenontest.Sides {
		return tenontest.Sides{Kernel: func() error { return call(b, g, cell, size) }}
	})
}

func BenchmarkLatLngToCell(b *testing.B) {
	single(b, func(b *testing.B, g geohex.Grid, _ uint64) error {
		_, err := g.LatLngToCell(b.Context(), paris, level)
		return err
	})
}

func BenchmarkCellToLatLng(b *testing.B) {
	single(b, func(b *testing.B, g geohex.Grid, cell uint64) error {
		_, err := g.CellToLatLng(b.Context(), cell)
		return err
	})
}

func BenchmarkCellToBoundary(b *testing.B) {
	single(b, func(b *testing.B, g geohex.Grid, cell uint64) error {
		_, err := g.CellToBoundary(b.Context(), cell)
		return err
	})
}

func BenchmarkCellToParent(b *testing.B) {
	single(b, func(b *testing.B, g geohex.Grid, cell uint64) error {
		_, err := g.CellToParent(b.Context(), cell, 5)
		return err
	})
}

// BenchmarkGridDisk has so many rings around a cell.
func BenchmarkGridDisk(b *testing.B) {
	around(b, []int{1, 10, 100}, func(b *testing.B, g geohex.Grid, cell uint64, rings int) error {
		_, err := g.GridDisk(b.Context(), cell, uint32(rings))
		return err
	})
}
