package fuzzyrank

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/junegunn/fzf/src/algo"
	"github.com/junegunn/fzf/src/util"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Baseline is the Go implementation that the kernel replaces: the package algo of junegunn/fzf, whose FuzzyMatchV2 gives the
// contract's scores.
//
// That package has one scheme for the whole process: Baseline sets "default". A process that sets another one itself gets
// that one's scores from here.
func Baseline() Ranker {
	initialise()
	return baseline{}
}

type baseline struct{}

// The contract's limits.
const (
	maxQuery = 1_000
	maxCells = 1 << 24
)

// Rank implements Ranker.
func (baseline) Rank(ctx context.Context, query, lines string, limit uint32) (Ranking, error) {
	words, err := wordsOf(ctx, query)
	if err != nil {
		return Ranking{}, err
	}
	ranked := ranked{limit: int(limit)}
	s := slabs.Get().(*util.Slab)
	defer slabs.Put(s)
	index := 0
	for line := range cut(lines) {
		if index%looked == 0 && ctx.Err() != nil {
			return Ranking{}, ctx.Err()
		}
		ranked.offer(words, newCandidate(line), index, s)
		index++
	}
	return ranked.ranking(), nil
}

// looked is the number of lines after which the baseline looks at the context again.
const looked = 256

// NewIndex implements Ranker.
func (baseline) NewIndex(ctx context.Context, lines string) (Index, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var candidates []candidate
	for line := range cut(lines) {
		candidates = append(candidates, newCandidate(line))
	}
	return index(candidates), nil
}

// index is the lines as fzf takes them.
type index []candidate

// Rank implements Index.
func (x index) Rank(ctx context.Context, query string, limit uint32) (Ranking, error) {
	words, err := wordsOf(ctx, query)
	if err != nil {
		return Ranking{}, err
	}
	ranked := ranked{limit: int(limit)}
	s := slabs.Get().(*util.Slab)
	defer slabs.Put(s)
	for i, c := range x {
		if i%looked == 0 && ctx.Err() != nil {
			return Ranking{}, ctx.Err()
		}
		ranked.offer(words, c, i, s)
	}
	return ranked.ranking(), nil
}

// Close implements Index.
func (index) Close(context.Context) error { return nil }

// Positions implements Ranker.
func (baseline) Positions(ctx context.Context, query, line string) (tenon.Option[[]uint32], error) {
	none := tenon.None[[]uint32]()
	words, err := wordsOf(ctx, query)
	if err != nil {
		return none, err
	}
	length := utf8.RuneCountInString(line)
	c := newCandidate([]byte(line))
	taken := []int{}
	for _, w := range words {
		if len(w.runes)*length > maxCells {
			return none, FailureLine(uint32(length))
		}
	}
	for _, w := range words {
		result, places := algo.FuzzyMatchV2(w.exactCase, false, true, c.as(w), w.runes, true, nil)
		if result.Start < 0 {
			return none, nil
		}
		taken = append(taken, *places...)
	}
	slices.Sort(taken)
	taken = slices.Compact(taken)
	positions := make([]uint32, 0, len(taken))
	at := 0
	for offset := range line {
		if len(positions) < len(taken) && taken[len(positions)] == at {
			positions = append(positions, uint32(offset))
		}
		at++
	}
	return tenon.Some(positions), nil
}
