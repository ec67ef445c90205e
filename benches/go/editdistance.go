package main

import (
	"context"
	"fmt"
	"strings"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
)

// A comparison is what the functions of kernels/editdistance take: a text, and those that follow it in the input.
type comparison struct {
	query string
	texts []string
	lines string // the texts, a line each
}

// comparisons are an input's texts, each with so many that follow it, and the first behind the last.
func comparisons(in input, others int) ([]comparison, error) {
	texts, err := in.texts()
	if err != nil {
		return nil, err
	}
	if len(texts) <= others {
		return nil, fmt.Errorf("the input %+v has not more than %d texts", in, others)
	}
	round := append(texts[:len(texts):len(texts)], texts[:others]...)
	all := make([]comparison, len(texts))
	for i := range all {
		some := round[i+1 : i+1+others]
		all[i] = comparison{query: texts[i], texts: some, lines: strings.Join(some, "\n")}
	}
	return all, nil
}

// compared is a function of kernels/editdistance, with so many other texts for each.
func compared[O any](others int, do func(ctx context.Context, c editdistance.Comparer, in comparison) (O, error)) *typed[comparison, O] {
	by := func(ctx context.Context, c editdistance.Comparer) way[comparison, O] {
		return way[comparison, O]{call: func(in comparison) (O, error) { return do(ctx, c, in) }}
	}
	return &typed[comparison, O]{
		inputs: func(in input) ([]comparison, error) { return comparisons(in, others) },
		key:    func(in comparison) string { return in.query + "\n" + in.lines },
		show:   func(out O) string { return fmt.Sprint(out) },
		serve: func(ctx context.Context, rt *tenon.Runtime) (way[comparison, O], error) {
			slot, err := client[editdistance.Comparer](ctx, rt, editdistance.Contract, editdistance.Component())
			if err != nil {
				return way[comparison, O]{}, err
			}
			return by(ctx, editdistance.New(slot)), nil
		},
		engines: map[string]func(context.Context, *bench) (way[comparison, O], error){
			"go": func(ctx context.Context, _ *bench) (way[comparison, O], error) {
				return by(ctx, editdistance.Baseline()), nil
			},
		},
	}
}

var (
	distance = compared(1, func(ctx context.Context, c editdistance.Comparer, in comparison) (uint32, error) {
		return c.Distance(ctx, in.query, in.texts[0])
	})
	distances = compared(64, func(ctx context.Context, c editdistance.Comparer, in comparison) ([]uint32, error) {
		return c.Distances(ctx, in.query, in.texts)
	})
	nearestLines = compared(64, func(ctx context.Context, c editdistance.Comparer, in comparison) ([]editdistance.Match, error) {
		return c.NearestLines(ctx, in.query, in.lines, 8)
	})
)
