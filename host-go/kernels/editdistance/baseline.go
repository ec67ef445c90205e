package editdistance

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Baseline is the Go implementation that the kernel replaces: agnivade/levenshtein, and before it the comparison of
// lengths by which a text that cannot be within a cutoff is told at once.
func Baseline() Comparer { return baseline{} }

type baseline struct{}

// Distance implements Comparer.
func (baseline) Distance(ctx context.Context, a, b string) (uint32, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return distance(a, b), nil
}

// Within implements Comparer.
func (baseline) Within(ctx context.Context, a, b string, cutoff uint32) (tenon.Option[uint32], error) {
	if err := ctx.Err(); err != nil {
		return tenon.None[uint32](), err
	}
	if d, ok := within(a, utf8.RuneCountInString(a), b, cutoff); ok {
		return tenon.Some(d), nil
	}
	return tenon.None[uint32](), nil
}

// Distances implements Comparer. It looks at the context before each candidate.
func (baseline) Distances(ctx context.Context, query string, candidates []string) ([]uint32, error) {
	all := make([]uint32, 0, len(candidates))
	for _, candidate := range candidates {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all = append(all, distance(query, candidate))
	}
	return all, nil
}

// Nearest implements Comparer. It looks at the context before each candidate.
func (baseline) Nearest(ctx context.Context, query string, candidates []string, cutoff uint32) ([]Match, error) {
	var matches []Match
	length := utf8.RuneCountInString(query)
	for i, candidate := range candidates {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if d, ok := within(query, length, candidate, cutoff); ok {
			matches = append(matches, Match{Index: uint32(i), Distance: d})
		}
	}
	slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Compare(a.Distance, b.Distance) })
	return matches, nil
}

func distance(a, b string) uint32 { return uint32(levenshtein.ComputeDistance(a, b)) }

// within is the distance of a, which has the given length, from b, and whether it is at most the cutoff. It is at least
// the difference of the lengths.
func within(a string, length int, b string, cutoff uint32) (uint32, bool) {
	difference := length - utf8.RuneCountInString(b)
	if uint32(max(difference, -difference)) > cutoff {
		return 0, false
	}
	d := distance(a, b)
	return d, d <= cutoff
}

// NearestLines implements Comparer. It looks at the context before each line.
func (b baseline) NearestLines(ctx context.Context, query, lines string, cutoff uint32) ([]Match, error) {
	var candidates []string
	for line := range strings.Lines(lines) {
		candidates = append(candidates, chomp(line))
	}
	return b.Nearest(ctx, query, candidates, cutoff)
}

// chomp takes the line's end away.
func chomp(line string) string {
	line, ended := strings.CutSuffix(line, "\n")
	if ended {
		line = strings.TrimSuffix(line, "\r")
	}
	return line
}
