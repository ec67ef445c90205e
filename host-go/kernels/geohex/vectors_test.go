package geohex_test

import (
	"bufio"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
)

// vectors are those of the crate h3o: cells, and a place in each.
func vectors(t testing.TB) (cells []uint64, places []geohex.LatLng) {
	file, err := os.Open("../../../kernels/geohex/data/latLngToCell.txt")
	if err != nil {
		t.Skipf("the vectors lie in the repository, outside this module: %v", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Split(lines.Text(), " ")
		cell, err := strconv.ParseUint(words[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		var at geohex.LatLng
		if at.Lat, err = strconv.ParseFloat(words[1], 64); err != nil {
			t.Fatal(err)
		}
		if at.Lng, err = strconv.ParseFloat(words[2], 64); err != nil {
			t.Fatal(err)
		}
		cells, places = append(cells, cell), append(places, at)
	}
	return cells, places
}

func resolution(cell uint64) uint8 { return uint8(cell >> 52 & 15) }

func TestAll70868Vectors(t *testing.T) {
	cells, places := vectors(t)
	if len(cells) != 70_868 {
		t.Fatalf("%d vectors", len(cells))
	}
	g := grid(t)
	for r := range uint8(16) {
		var want []uint64
		var at []geohex.LatLng
		for i, cell := range cells {
			if resolution(cell) == r {
				want, at = append(want, cell), append(at, places[i])
			}
		}
		got, err := g.LatLngsToCells(t.Context(), at, r)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the cells of resolution %d differ", r)
		}
		parents, err := g.CellsToParents(t.Context(), want, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := range at {
			if i%50 != 0 {
				continue
			}
			if cell, err := g.LatLngToCell(t.Context(), at[i], r); cell != want[i] || err != nil {
				t.Errorf("%v: %x, %v, want %x", at[i], cell, err, want[i])
			}
			if parent, err := g.CellToParent(t.Context(), want[i], 0); parent != parents[i] || err != nil {
				t.Errorf("%x: %x, %v, want %x", want[i], parent, err, parents[i])
			}
		}
	}
}

func TestPlacesThatAreNone(t *testing.T) {
	g := grid(t)
	for _, odd := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, at := range []geohex.LatLng{{Lat: odd}, {Lng: odd}} {
			if _, err := g.LatLngToCell(t.Context(), at, 5); err != geohex.FailureLatLng(0) {
				t.Errorf("%v: %v", at, err)
			}
			if _, err := g.LatLngsToCells(t.Context(), []geohex.LatLng{{}, {}, at}, 5); err != geohex.FailureLatLng(2) {
				t.Errorf("%v: %v", at, err)
			}
		}
	}
}

// The largest disk, over hexagons only and around a pentagon, where another algorithm is needed.
func TestLargestDisks(t *testing.T) {
	g := grid(t)
	hexagon, err := g.LatLngToCell(t.Context(), geohex.LatLng{Lat: 48.864716, Lng: 2.349014}, 9)
	if err != nil {
		t.Fatal(err)
	}
	const pentagon = 0x89080000003ffff // of resolution 9
	for cell, want := range map[uint64]int{hexagon: 120_601, pentagon: 100_501} {
		disk, err := g.GridDisk(t.Context(), cell, 200)
		if err != nil {
			t.Fatal(err)
		}
		if len(disk) != want || disk[0] != cell {
			t.Errorf("%x: %d cells, the first %x", cell, len(disk), disk[0])
		}
	}
}
