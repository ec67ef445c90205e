package fuzzyrank

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/junegunn/fzf/src/algo"
	"github.com/junegunn/fzf/src/util"
	"golang.org/x/text/unicode/norm"
)

// initialise makes fzf's tables.
var initialise = sync.OnceFunc(func() { algo.Init("default") })

// slabs have the memory that fzf computes in, of fzf's own size.
var slabs = sync.Pool{New: func() any { return util.MakeSlab(100<<10, 2<<10) }}

// word is one of a query.
type word struct {
	runes []rune
	// exactCase: one of them is an upper-case letter.
	exactCase bool
	// exactMarks: one of them is a letter with marks.
	exactMarks bool
}

// wordsOf gives the query's words, and the error of an ended context or of a query that is too long.
func wordsOf(ctx context.Context, query string) ([]word, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if length := utf8.RuneCountInString(query); length > maxQuery {
		return nil, FailureQuery(uint32(length))
	}
	var words []word
	for text := range strings.SplitSeq(query, " ") {
		if text == "" {
			continue
		}
		w := word{runes: []rune(text)}
		w.exactCase = slices.ContainsFunc(w.runes, unicode.IsUpper)
		w.exactMarks = slices.ContainsFunc(w.runes, func(r rune) bool { return base(r) != r })
		words = append(words, w)
	}
	return words, nil
}

// base is the ASCII letter with which a character's canonical decomposition begins, and otherwise the character itself.
func base(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	var encoded [utf8.UTFMax]byte
	decomposed := norm.NFD.Properties(utf8.AppendRune(encoded[:0], r)).Decomposition()
	if len(decomposed) == 0 {
		return r
	}
	if first := decomposed[0]; 'a' <= first|0x20 && first|0x20 <= 'z' && first < utf8.RuneSelf {
		return rune(first)
	}
	return r
}

// candidate is a line as fzf takes it.
type candidate struct {
	length int
	chars  util.Chars
	// bare has no marks; nil where the line has none.
	bare *util.Chars
}

func newCandidate(line []byte) candidate {
	c := candidate{length: len(line), chars: util.ToChars(line)}
	if !c.chars.IsBytes() {
		runes := slices.Clone(c.chars.ToRunes())
		for i, r := range runes {
			runes[i] = base(r)
		}
		bare := util.RunesToChars(runes)
		c.bare = &bare
	}
	return c
}

// as is the line as the word sees it.
func (c *candidate) as(w word) *util.Chars {
	if c.bare != nil && !w.exactMarks {
		return c.bare
	}
	return &c.chars
}

// cut gives the lines of a text, which they share the memory of.
func cut(text string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines([]byte(text)) {
			line, ended := bytes.CutSuffix(line, []byte("\n"))
			if ended {
				line = bytes.TrimSuffix(line, []byte("\r"))
			}
			if !yield(line) {
				return
			}
		}
	}
}

// ranked is the best lines so far, and some more.
type ranked struct {
	limit int
	total uint32
	best  []scored
}

// scored is a line that matched; where no word did, length is 0.
type scored struct {
	Match
	length int
}

func (r *ranked) offer(words []word, c candidate, index int, s *util.Slab) {
	line := scored{Match: Match{Index: uint32(index)}}
	for _, w := range words {
		chars := c.as(w)
		slab := s
		if len(w.runes)*chars.Length() > cap(s.I16) {
			slab = nil // with it fzf would not look for the best match
		}
		result, _ := algo.FuzzyMatchV2(w.exactCase, false, true, chars, w.runes, false, slab)
		if result.Start < 0 {
			return
		}
		line.Score += uint32(result.Score)
		line.length = c.length
	}
	r.total++
	r.best = append(r.best, line)
	if len(r.best) >= 2*max(r.limit, looked) {
		r.cut()
	}
}

// cut keeps the best lines, in their order.
func (r *ranked) cut() {
	slices.SortFunc(r.best, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.length, b.length), cmp.Compare(a.Index, b.Index))
	})
	r.best = r.best[:min(len(r.best), r.limit)]
}

func (r *ranked) ranking() Ranking {
	r.cut()
	best := make([]Match, len(r.best))
	for i, line := range r.best {
		best[i] = line.Match
	}
	return Ranking{Total: r.total, Best: best}
}
