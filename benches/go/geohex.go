package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
)

// resolution is that of the rows about places: cells of 0.1 km².
const resolution = 9

// located is a function of kernels/geohex, and what H3's own C library has in its place.
func located[O any](
	show func(O) string,
	do func(ctx context.Context, g geohex.Grid, places []geohex.LatLng) (O, error),
	byC func(context.Context, *bench) (way[[]geohex.LatLng, O], error),
) *typed[[]geohex.LatLng, O] {
	return &typed[[]geohex.LatLng, O]{
		inputs: input.places,
		key:    func(places []geohex.LatLng) string { return fmt.Sprint(places) },
		show:   show,
		serve: func(ctx context.Context, rt *tenon.Runtime) (way[[]geohex.LatLng, O], error) {
			slot, err := client[geohex.Grid](ctx, rt, geohex.Contract, geohex.Component())
			if err != nil {
				return way[[]geohex.LatLng, O]{}, err
			}
			grid := geohex.New(slot)
			return way[[]geohex.LatLng, O]{call: func(places []geohex.LatLng) (O, error) { return do(ctx, grid, places) }}, nil
		},
		engines: map[string]func(context.Context, *bench) (way[[]geohex.LatLng, O], error){"h3-go": byC},
	}
}

var (
	latLngToCell = located(showCell, func(ctx context.Context, g geohex.Grid, places []geohex.LatLng) (uint64, error) {
		return g.LatLngToCell(ctx, places[0], resolution)
	}, cellByH3)
	latLngsToCells = located(showCells, func(ctx context.Context, g geohex.Grid, places []geohex.LatLng) ([]uint64, error) {
		return g.LatLngsToCells(ctx, places, resolution)
	}, cellsByH3)
)

func showCell(cell uint64) string { return strconv.FormatUint(cell, 16) }

func showCells(cells []uint64) string {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = showCell(cell)
	}
	return strings.Join(shown, " ")
}
