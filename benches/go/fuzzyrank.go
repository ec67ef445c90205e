package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/logpaths"
	"github.com/tenon-dev/tenon/host-go/kernels/fuzzyrank"
)

// The rows of this file rank 60,000 paths for what somebody types who looks for one of them; an operation is one round of
// the queries.

const (
	fuzzyrankPaths = 60_000
	fuzzyrankShown = 20
)

// setUpFuzzyrank ranks the paths of an index: the kernel's (side a), against sahilm/fuzzy (side b) and fzf's algorithm (side c).
func setUpFuzzyrank(ctx context.Context, b *bench) error {
	paths, ranker, err := openFuzzyrank(ctx, b)
	if err != nil {
		return err
	}
	var all [2]func(query string) (fuzzyrank.Ranking, error)
	for i, r := range []fuzzyrank.Ranker{ranker, fuzzyrank.Baseline()} {
		index, err := r.NewIndex(ctx, strings.Join(paths, "\n"))
		if err != nil {
			return err
		}
		b.atEnd(func() { _ = index.Close(ctx) })
		all[i] = func(query string) (fuzzyrank.Ranking, error) { return index.Rank(ctx, query, fuzzyrankShown) }
	}
	b.a, b.c = inRounds(all[0]), inRounds(all[1])
	b.b = inRounds(func(query string) (fuzzy.Matches, error) { return fuzzy.Find(query, paths), nil })
	return sameRankings(all[0], all[1], paths)
}

// setUpFuzzyrankLines ranks paths that cross with each query: the kernel (side a) against fzf's algorithm (side b).
func setUpFuzzyrankLines(ctx context.Context, b *bench) error {
	paths, ranker, err := openFuzzyrank(ctx, b)
	if err != nil {
		return err
	}
	text := strings.Join(paths, "\n")
	by := func(r fuzzyrank.Ranker) func(query string) (fuzzyrank.Ranking, error) {
		return func(query string) (fuzzyrank.Ranking, error) { return r.Rank(ctx, query, text, fuzzyrankShown) }
	}
	kernel, baseline := by(ranker), by(fuzzyrank.Baseline())
	b.a, b.b = inRounds(kernel), inRounds(baseline)
	return sameRankings(kernel, baseline, paths)
}

// openFuzzyrank makes the paths and a client of the kernel ready.
func openFuzzyrank(ctx context.Context, b *bench) ([]string, fuzzyrank.Ranker, error) {
	b.single, b.rounds = true, 21
	log, err := input{File: "host-go/examples/accesslog/data/access.log", Each: "line"}.texts()
	if err != nil {
		return nil, nil, err
	}
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return nil, nil, err
	}
	b.atEnd(func() { _ = rt.Close(ctx) })
	slot, err := client[fuzzyrank.Ranker](ctx, rt, fuzzyrank.Contract, fuzzyrank.Component())
	if err != nil {
		return nil, nil, err
	}
	return logpaths.Many(log, fuzzyrankPaths), fuzzyrank.New(slot), nil
}

// inRounds asks all the queries.
func inRounds[O any](ask func(query string) (O, error)) side {
	return func(n int) error {
		for range n {
			for _, query := range logpaths.Queries {
				if _, err := ask(query); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// sameRankings compares two implementations.
func sameRankings(a, b func(query string) (fuzzyrank.Ranking, error), paths []string) error {
	for _, query := range logpaths.Queries {
		got, err := a(query)
		if err != nil {
			return err
		}
		want, err := b(query)
		if err != nil {
			return err
		}
		if got.Total != want.Total || !slices.Equal(got.Best, want.Best) || want.Total == 0 {
			return fmt.Errorf("%q in %d paths: the kernel answers %v, the baseline %v", query, len(paths), got, want)
		}
	}
	return nil
}
