package fuzzyrank_test

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/fixture/logpaths"
	"github.com/tenon-dev/tenon/host-go/kernels/fuzzyrank"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
)

// answer is a ranking, or an error.
type answer struct {
	ranking fuzzyrank.Ranking
	err     error
}

// ask gives the answers of a text that crosses and of an index.
func ask(t *testing.T, r fuzzyrank.Ranker, lines string, queries []string, limit uint32) (once, kept []answer) {
	t.Helper()
	ctx := t.Context()
	index, err := r.NewIndex(ctx, lines)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = index.Close(ctx) }()
	for _, query := range queries {
		ranking, err := r.Rank(ctx, query, lines, limit)
		once = append(once, answer{ranking, err})
		ranking, err = index.Rank(ctx, query, limit)
		kept = append(kept, answer{ranking, err})
	}
	return once, kept
}

// equal tells whether answers are the same; an empty list may be nil.
func equal(a, b answer) bool {
	return a.err == b.err && a.ranking.Total == b.ranking.Total && slices.Equal(a.ranking.Best, b.ranking.Best)
}

// check compares the kernel with the baseline: all matches with their scores, and of the best of them the positions. It gives
// the number of matches.
func check(t *testing.T, lines, queries []string) (matches int) {
	t.Helper()
	text := strings.Join(lines, "\n") + "\n"
	want, _ := ask(t, fuzzyrank.Baseline(), text, queries, 1<<31)
	once, kept := ask(t, kernel(t), text, queries, 1<<31)
	for i, query := range queries {
		for _, got := range []answer{once[i], kept[i]} {
			if !equal(got, want[i]) {
				t.Errorf("%.200q: got %v\nwant %v\nin %.2000q", query, got, want[i], text)
				return matches
			}
		}
		best := want[i].ranking.Best
		matches += len(best)
		for _, m := range best[:min(len(best), 20)] {
			checkPositions(t, query, lines[m.Index], true)
		}
	}
	return matches
}

// checkPositions compares the positions of a query in a line.
func checkPositions(t *testing.T, query, line string, matches bool) {
	t.Helper()
	want, err := fuzzyrank.Baseline().Positions(t.Context(), query, line)
	if _, some := want.Get(); err != nil || some != matches {
		t.Errorf("%.200q %.200q: the baseline gives %v, %v", query, line, want, err)
	}
	got, err := kernel(t).Positions(t.Context(), query, line)
	places, some := got.Get()
	if wanted, _ := want.Get(); err != nil || some != matches || !slices.Equal(places, wanted) {
		t.Errorf("%.200q %.200q: got %v, %v, want %v", query, line, got, err, want)
	}
}

func TestEqualOnMadePaths(t *testing.T) {
	lines := realinput.Sample(paths(t, 6_000), 10)
	t.Logf("%d matches", check(t, lines, append(queries, "", "Sts", "missions html", "gif jpg", "71 71", "/./.")))
}

func TestEqualOnRequestedPaths(t *testing.T) {
	lines := logpaths.Requested(realinput.Lines(t, "nasa_access_1995-08.log"))
	t.Logf("%d matches in %d lines", check(t, lines, typed(lines, 300)), len(lines))
}

// typed is what one types to find some of the lines: each an excerpt of characters in their order.
func typed(lines []string, n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	queries := make([]string, n)
	for i := range queries {
		line := []rune(lines[random.IntN(len(lines))])
		length := 1 + random.IntN(12)
		var query []rune
		for j, r := range line {
			if random.IntN(len(line)-j) < length-len(query) {
				query = append(query, r)
			}
		}
		queries[i] = string(query)
		if random.IntN(3) > 0 {
			queries[i] = strings.ToLower(queries[i])
		}
	}
	return queries
}

func TestEqualOnGoSources(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skipf("no Go tree: %v", err)
	}
	var lines []string
	err = fs.WalkDir(os.DirFS(strings.TrimSpace(string(root))), "src", func(path string, _ fs.DirEntry, err error) error {
		lines = append(lines, path)
		return err
	})
	if err != nil || len(lines) < 5_000 {
		t.Skipf("no Go tree: %d files, %v", len(lines), err)
	}
	lines = realinput.Sample(lines, 20)
	t.Logf("%d matches in %d lines", check(t, lines, typed(lines, 25)), len(lines))
}

// alphabets go from two letters, where most cells of the programme match, to every class of characters.
var alphabets = []string{
	"ab",
	"aAbB",
	"abcAB01/_ .-:",
	"aAàÀáb /é\u0301",
	"abcdefghijklmnopqrstuvwxyz/-. ",
	"aé日本ǅⅣⓐⒶªʰßẞİıſKÅΩω²½٣\u00a0\u2003\u0085€\U0001f600\x00\u007f\t\r\v",
}

func TestEqualOnGeneratedLines(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	matches := 0
	for round := range len(realinput.Sample(make([]string, 60), 10)) {
		alphabet := []rune(alphabets[round%len(alphabets)])
		generate := func(below int) string {
			text := make([]rune, random.IntN(below))
			for i := range text {
				text[i] = alphabet[random.IntN(len(alphabet))]
			}
			return string(text)
		}
		var lines, queries []string
		for range 100 {
			lines = append(lines, strings.TrimSuffix(generate([]int{8, 40, 200}[random.IntN(3)]), "\r"))
		}
		for range 10 {
			queries = append(queries, generate([]int{3, 6, 20}[random.IntN(3)]))
		}
		if matches += check(t, lines, queries); t.Failed() {
			return
		}
	}
	t.Logf("%d matches", matches)
}

func TestEqualOnHostileInput(t *testing.T) {
	long := strings.Repeat("Ab/", 400)
	lines := []string{
		"", " ", "\x00", strings.Repeat("a", 511), strings.Repeat("a", 512), strings.Repeat("a", 513), strings.Repeat("a", 1_100),
		"x" + strings.Repeat("ba", 300), long, long + "é", strings.Repeat("é", 700), strings.Repeat("日本", 300) + "a", "\r\r", "a\rb",
	}
	queries := []string{
		"", " ", "      ", "a", "A", "é", "ab", "aB", "日a", "\x00", "\r", "\n", "a\nb", strings.Repeat("a", 64), strings.Repeat("a", 65),
		strings.Repeat("a", 512), strings.Repeat("a", 1_000), strings.Repeat("ab/", 133), strings.Repeat("a ", 50),
		strings.Repeat("é", 600), strings.Repeat("日", 1_000), strings.Repeat("a", 1_001), strings.Repeat(" ", 1_001),
	}
	check(t, lines, queries)
	for _, query := range queries[:14] {
		for _, line := range lines[:4] {
			want, _ := fuzzyrank.Baseline().Rank(t.Context(), query, line, 1)
			checkPositions(t, query, line, want.Total == 1 || query == "" || strings.Trim(query, " ") == "")
		}
	}
}

// TestEqualOnEveryCharacter has each of the first characters between letters, and of the others those of some kinds of letters
// and numbers.
func TestEqualOnEveryCharacter(t *testing.T) {
	var lines []string
	for r := range unicode.MaxRune + 1 {
		common := r < 0x800 || r >= 0x1E00 && r < 0x3000
		if common && r != '\n' && r != '\r' || r > 0x800 && (unicode.In(r, unicode.Lu, unicode.Lt) || r%2_999 == 0 && utf8.ValidRune(r)) {
			lines = append(lines, "a"+string(r)+"b")
		}
	}
	lines = realinput.Sample(lines, 20)
	queries := []string{"ab", "b"}
	for letter := 'a'; letter <= 'z'; letter++ {
		queries = append(queries, string(letter)+"b", string(unicode.ToUpper(letter)))
	}
	for i := 0; i < len(lines); i += 307 {
		queries = append(queries, lines[i], string(unicode.ToLower([]rune(lines[i])[1])))
	}
	t.Logf("%d matches in %d lines", check(t, lines, queries), len(lines))
}

// TestEqualOnEveryPairOfASCII has characters of each kind behind each character, in lines of more than one vector.
func TestEqualOnEveryPairOfASCII(t *testing.T) {
	matches := 0
	for some := range slices.Chunk([]byte("\x00\x01\t\v\x7f !\"#$%&'()*+,-./0189:;<=>?@AMZ[\\]^_`amz{|}~"), 13) {
		var lines, queries []string
		for _, last := range some {
			queries = append(queries, "x"+string(last), "x"+strings.ToLower(string(last)))
			for before := range byte(0x80) {
				if before != '\n' {
					lines = append(lines, strings.Repeat("x ", 10)+string(before)+string(last))
				}
			}
		}
		matches += check(t, lines, queries)
	}
	if matches < 0x80*100 {
		t.Errorf("only %d matches", matches)
	}
}

func TestLimits(t *testing.T) {
	lines := strings.Join(paths(t, 3_000), "\r\n")
	for name, r := range sides(t) {
		all, err := r.Rank(t.Context(), "sts", lines, 1<<32-1)
		if err != nil || len(all.Best) < 1_000 || int(all.Total) != len(all.Best) {
			t.Fatalf("%s: %d of %d, %v", name, len(all.Best), all.Total, err)
		}
		for _, limit := range []uint32{0, 1, 20, all.Total - 1, all.Total} {
			once, kept := ask(t, r, lines, []string{"sts"}, limit)
			want := answer{fuzzyrank.Ranking{Total: all.Total, Best: all.Best[:limit]}, nil}
			if !equal(once[0], want) || !equal(kept[0], want) {
				t.Errorf("%s: limit %d: %d and %d matches", name, limit, len(once[0].ranking.Best), len(kept[0].ranking.Best))
			}
		}
	}
}

func TestFailures(t *testing.T) {
	long := strings.Repeat("日", 1_001)
	for name, r := range sides(t) {
		once, kept := ask(t, r, "日\n", []string{long}, 1)
		_, err := r.Positions(t.Context(), long, "日")
		want := fuzzyrank.FailureQuery(1_001)
		if once[0].err != want || kept[0].err != want || err != want {
			t.Errorf("%s: %v, %v, %v", name, once[0].err, kept[0].err, err)
		}
		line := strings.Repeat("é", 1<<20+1)
		if _, err := r.Positions(t.Context(), "ab "+strings.Repeat("a", 16), line); err != fuzzyrank.FailureLine(1<<20+1) {
			t.Errorf("%s: %v", name, err)
		}
		none, err := r.Positions(t.Context(), strings.Repeat("a", 15), line)
		if _, some := none.Get(); err != nil || some {
			t.Errorf("%s: %v, %v", name, none, err)
		}
	}
}

func TestAnswersDoNotDependOnEarlierOnes(t *testing.T) {
	lines := strings.Join(paths(t, 300), "\n")
	first, _ := ask(t, kernel(t), lines, queries, 20)
	backwards := slices.Clone(queries)
	slices.Reverse(backwards)
	again, _ := ask(t, kernel(t), lines, backwards, 20)
	slices.Reverse(again)
	if !reflect.DeepEqual(first, again) {
		t.Error("another order of queries gives other answers")
	}
}

func TestCanceledContext(t *testing.T) {
	index, err := fuzzyrank.Baseline().NewIndex(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := fuzzyrank.Baseline()
	_, err = b.Rank(ctx, "a", "a", 1)
	_, errIndex := b.NewIndex(ctx, "a")
	_, errKept := index.Rank(ctx, "a", 1)
	_, errPositions := b.Positions(ctx, "a", "a")
	for _, err := range []error{err, errIndex, errKept, errPositions} {
		if err != context.Canceled {
			t.Errorf("got %v", err)
		}
	}
}
