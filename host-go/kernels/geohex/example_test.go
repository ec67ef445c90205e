package geohex_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strconv"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
)

// Places become cells, and cells have neighbours. There is no Go implementation to fall back to: the slot has no baseline.
func Example() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close(ctx)
	kernel, err := rt.Load(ctx, "geohex", geohex.Component())
	if err != nil {
		log.Fatal(err)
	}
	slot, err := tenon.NewSlot(ctx, rt, "geohex", geohex.Contract, tenon.SlotConfig[geohex.Grid]{Kernel: kernel})
	if err != nil {
		log.Fatal(err)
	}
	defer slot.Close(ctx)

	grid := geohex.New(slot)
	cells, err := grid.LatLngsToCells(ctx, []geohex.LatLng{{Lat: 48.864716, Lng: 2.349014}, {Lat: -33.8688, Lng: 151.2093}}, 9)
	if err != nil {
		log.Fatal(err)
	}
	for _, cell := range cells {
		disk, err := grid.GridDisk(ctx, cell, 1)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(strconv.FormatUint(cell, 16), "has", len(disk)-1, "neighbours")
	}
	// Output:
	// 891fb4662d7ffff has 6 neighbours
	// 89be0e35cbbffff has 6 neighbours
}

// A failure is the contract's own error, not a fault.
func ExampleFailure() {
	err := error(geohex.FailureCell(0x12345))
	if failure := (geohex.Failure{}); errors.As(err, &failure) {
		cell, _ := failure.AsCell()
		fmt.Printf("%v %x\n", failure.Kind(), cell)
	}
	// Output: cell 12345
}
