//go:build !(cgo && tenon_native)

package main

import (
	"context"

	"github.com/tenon-dev/tenon/host-go/kernels/geohex"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
)

func addByCgo(context.Context, *bench) (way[pair, uint32], error) {
	return way[pair, uint32]{}, errNotBuiltIn
}

func redactByCgo(context.Context, *bench) (way[string, redact.Redaction], error) {
	return way[string, redact.Redaction]{}, errNotBuiltIn
}

func cellByH3(context.Context, *bench) (way[[]geohex.LatLng, uint64], error) {
	return way[[]geohex.LatLng, uint64]{}, errNotBuiltIn
}

func cellsByH3(context.Context, *bench) (way[[]geohex.LatLng, []uint64], error) {
	return way[[]geohex.LatLng, []uint64]{}, errNotBuiltIn
}
