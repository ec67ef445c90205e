package main

import (
	"context"
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
)

// firstError is the function of kernels/utf8check.
var firstError = &typed[[]byte, tenon.Option[uint32]]{
	inputs: func(in input) ([][]byte, error) {
		texts, err := in.texts()
		all := make([][]byte, len(texts))
		for i, text := range texts {
			all[i] = []byte(text)
		}
		return all, err
	},
	key:  func(bytes []byte) string { return string(bytes) },
	show: func(at tenon.Option[uint32]) string { return fmt.Sprint(at.Get()) },
	serve: func(ctx context.Context, rt *tenon.Runtime) (way[[]byte, tenon.Option[uint32]], error) {
		slot, err := client[utf8check.Checker](ctx, rt, utf8check.Contract, utf8check.Component())
		if err != nil {
			return way[[]byte, tenon.Option[uint32]]{}, err
		}
		return checker(ctx, utf8check.New(slot)), nil
	},
	engines: map[string]func(context.Context, *bench) (way[[]byte, tenon.Option[uint32]], error){
		"go": func(ctx context.Context, _ *bench) (way[[]byte, tenon.Option[uint32]], error) {
			return checker(ctx, utf8check.Baseline()), nil
		},
	},
}

func checker(ctx context.Context, c utf8check.Checker) way[[]byte, tenon.Option[uint32]] {
	return way[[]byte, tenon.Option[uint32]]{
		call: func(bytes []byte) (tenon.Option[uint32], error) { return c.FirstError(ctx, bytes) },
	}
}
