//go:build cgo && tenon_native

package main

import (
	"context"
	"errors"

	"github.com/uber/h3-go/v4"

	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
)

// The engine "h3-go" is H3's own C library by its binding: what one would take who does with cgo.

func cellByH3(context.Context, *bench) (way[[]geohex.LatLng, uint64], error) {
	return way[[]geohex.LatLng, uint64]{call: func(places []geohex.LatLng) (uint64, error) { return cellOf(places[0]) }}, nil
}

func cellsByH3(context.Context, *bench) (way[[]geohex.LatLng, []uint64], error) {
	call := func(places []geohex.LatLng) ([]uint64, error) {
		cells := make([]uint64, len(places))
		for i, place := range places {
			var err error
			if cells[i], err = cellOf(place); err != nil {
				return nil, err
			}
		}
		return cells, nil
	}
	return way[[]geohex.LatLng, []uint64]{call: call}, nil
}

func cellOf(place geohex.LatLng) (uint64, error) {
	cell := h3.LatLngToCell(h3.LatLng{Lat: place.Lat, Lng: place.Lng}, resolution)
	if cell == 0 {
		return 0, errors.New("H3 has no cell for the place")
	}
	return uint64(cell), nil
}
