package topk

import (
	"cmp"
	"container/heap"
	"slices"
)

// best is the k best hits so far, a heap with the worst on top.
type best struct {
	k    int
	hits []Hit
}

// offer takes a row into account. Rows come in ascending order.
func (b *best) offer(row int, score float64) {
	switch hit := (Hit{Row: uint32(row), Score: score}); {
	case score != score || b.k == 0:
	case len(b.hits) < b.k:
		heap.Push(b, hit)
	case score > b.hits[0].Score:
		b.hits[0] = hit
		heap.Fix(b, 0)
	}
}

// sorted is the hits, best first.
func (b *best) sorted() []Hit {
	slices.SortFunc(b.hits, compare)
	return b.hits
}

// compare orders hits by score, highest first, then by row. No score is NaN.
func compare(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (b *best) Len() int           { return len(b.hits) }
func (b *best) Less(i, j int) bool { return compare(b.hits[i], b.hits[j]) > 0 }
func (b *best) Swap(i, j int)      { b.hits[i], b.hits[j] = b.hits[j], b.hits[i] }
func (b *best) Push(hit any)       { b.hits = append(b.hits, hit.(Hit)) }
func (b *best) Pop() any {
	last := b.hits[len(b.hits)-1]
	b.hits = b.hits[:len(b.hits)-1]
	return last
}
