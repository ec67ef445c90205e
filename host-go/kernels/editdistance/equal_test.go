package editdistance_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
)

// check compares all functions of the kernel with those of the baseline, and returns the distances. Cutoffs are taken
// around the distance of the query from each of the candidates in turn.
func check(t *testing.T, query string, candidates []string) []uint32 {
	t.Helper()
	ctx := context.Background()
	kernel, baseline := kernel(t), editdistance.Baseline()
	distances, err := baseline.Distances(ctx, query, candidates)
	if err != nil {
		t.Fatal(err)
	}
	got, err := kernel.Distances(ctx, query, candidates)
	if err != nil {
		t.Fatalf("%.200q: %v", query, err)
	}
	if !slices.Equal(got, distances) {
		t.Errorf("%.200q %.500q:\nkernel   %v\nbaseline %v", query, candidates, got, distances)
	}
	text := strings.Join(candidates, "\n") + "\n"
	for i, candidate := range candidates {
		d, err := kernel.Distance(ctx, query, candidate)
		if err != nil || d != distances[i] {
			t.Errorf("%.200q %.200q: got %d, %v, want %d", query, candidate, d, err, distances[i])
		}
		cutoff := distances[i] - uint32(i)%2 // of distance 0 the largest there is
		within, err := kernel.Within(ctx, query, candidate, cutoff)
		if want, _ := baseline.Within(ctx, query, candidate, cutoff); err != nil || within != want {
			t.Errorf("%.200q %.200q: got %v, %v within %d, want %v", query, candidate, within, err, cutoff, want)
		}
		if i%50 != 0 {
			continue
		}
		want, _ := baseline.Nearest(ctx, query, candidates, cutoff)
		nearest, err := kernel.Nearest(ctx, query, candidates, cutoff)
		if err != nil || !slices.Equal(nearest, want) {
			t.Errorf("%.200q %.500q nearest %d:\nkernel   %v %v\nbaseline %v", query, candidates, cutoff, nearest, err, want)
		}
		wantLines, _ := baseline.NearestLines(ctx, query, text, cutoff)
		lines, err := kernel.NearestLines(ctx, query, text, cutoff)
		if err != nil || !slices.Equal(lines, wantLines) {
			t.Errorf("%.200q %.500q lines %d:\nkernel   %v %v\nbaseline %v", query, text, cutoff, lines, err, wantLines)
		}
	}
	return distances
}

// checkAll compares each of the queries with all of the texts, some at a time.
func checkAll(t *testing.T, queries, texts []string) {
	t.Helper()
	compared, near := 0, 0
	for _, query := range queries {
		for some := range slices.Chunk(texts, 100) {
			for i, d := range check(t, query, some) {
				compared++
				if int(d) <= utf8.RuneCountInString(some[i])/4 {
					near++
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d pairs, of which %d are near", compared, near)
}

// requested are the distinct paths of the bundled access log's requests.
func requested(t testing.TB) []string {
	seen := map[string]bool{}
	for _, line := range realinput.AccessLog(t) {
		if _, request, found := strings.Cut(line, `"`); found {
			if fields := strings.Fields(request); len(fields) > 1 {
				seen[fields[1]] = true
			}
		}
	}
	var paths []string
	for path := range seen {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// every gives each nth of the texts.
func every(texts []string, n int) []string {
	var some []string
	for i := 0; i < len(texts); i += n {
		some = append(some, texts[i])
	}
	return some
}

func TestEqualOnPaths(t *testing.T) {
	paths := requested(t)
	if len(paths) < 400 {
		t.Errorf("the log has only %d paths", len(paths))
	}
	checkAll(t, every(realinput.Sample(paths, 10), 3), realinput.Sample(paths, 10))
}

func TestEqualOnWords(t *testing.T) {
	seen := map[string]bool{}
	for _, path := range requested(t) {
		for word := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/.-_?%+", r) }) {
			seen[word] = true
		}
	}
	var words []string
	for word := range seen {
		words = append(words, word)
	}
	slices.Sort(words)
	if len(words) < 400 {
		t.Errorf("the log has only %d words", len(words))
	}
	checkAll(t, every(realinput.Sample(words, 10), 3), realinput.Sample(words, 10))
}

func TestEqualOnUserAgents(t *testing.T) {
	agents := every(realinput.UserAgents(t), 10)
	checkAll(t, every(agents, 200), realinput.Sample(agents, 20))
}

func TestEqualOnLogs(t *testing.T) {
	lines := realinput.Lines(t, "openssh_2k.log")
	checkAll(t, every(lines, 500), realinput.Sample(lines, 20))
}

// alphabets go from two letters, where most cells of the dynamic programme agree, to scalar values with equal last bits.
var alphabets = []string{
	"ab",
	"abcdefghijklmnopqrstuvwxyz/-. ",
	"aé日\u007f\u0080\u07ff\u0800\uffff\U00010000\U0010ffff\x00\ufeff\r",
	"абвгдежзийклмнопрстуфхцчшщъыьэюя",
	"日本語文字列距離計算比較編集挿入削除置換",
	"\u0080\u0100\u0180\u0200\u0280\u0300\u0380\u0400\u0480\u0500",
}

// TestEqualOnGeneratedTexts has texts around the lengths where a machine word ends.
func TestEqualOnGeneratedTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	lengths := []int{0, 1, 2, 5, 17, 40, 63, 64, 65, 66, 100, 127, 128, 129, 200}
	for round := range len(realinput.Sample(make([]string, 400), 20)) {
		alphabet := []rune(alphabets[round%len(alphabets)])
		generate := func(length int) []rune {
			text := make([]rune, length)
			for i := range text {
				text[i] = alphabet[random.IntN(len(alphabet))]
			}
			return text
		}
		query := generate(lengths[random.IntN(len(lengths))])
		var candidates []string
		for range 32 {
			if random.IntN(2) == 0 {
				candidates = append(candidates, string(generate(lengths[random.IntN(len(lengths))])))
				continue
			}
			text := slices.Clone(query)
			for range random.IntN(1 + len(query)/4) {
				at := random.IntN(len(text) + 1)
				switch {
				case at == len(text) || random.IntN(3) == 0:
					text = slices.Insert(text, at, alphabet[random.IntN(len(alphabet))])
				case random.IntN(2) == 0:
					text = slices.Delete(text, at, at+1)
				default:
					text[at] = 'x'
				}
			}
			candidates = append(candidates, string(text))
		}
		check(t, string(query), candidates)
		if t.Failed() {
			return
		}
	}
}

func TestEqualOnHostileTexts(t *testing.T) {
	long := 1_500
	pieces := []string{"a", "ab", "é", "日", "🦀", "\x00", "\r", "\r\n", "\u0301"}
	var texts []string
	for _, piece := range pieces {
		texts = append(texts, strings.Repeat(piece, long/utf8.RuneCountInString(piece)))
	}
	texts = append(texts, "", "x"+texts[0], texts[1]+"x", texts[0][1:]+texts[3])
	for _, query := range realinput.Sample(texts, 4) {
		check(t, query, texts)
	}
}

// TestNearIsFoundInLongTexts has texts whose square nobody could wait for: with a cutoff it is not computed.
func TestNearIsFoundInLongTexts(t *testing.T) {
	ctx := context.Background()
	a := strings.Repeat("GET /shuttle/countdown/ 200 日本\n", 1<<12)
	b := "x" + a[:len(a)/2] + "y" + a[len(a)/2:]
	got, err := kernel(t).Within(ctx, a, b, 2)
	if d, ok := got.Get(); err != nil || !ok || d != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err = kernel(t).Within(ctx, a, b, 1); err != nil || got != tenon.None[uint32]() {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b := editdistance.Baseline()
	_, err := b.Distance(ctx, "a", "b")
	_, errWithin := b.Within(ctx, "a", "b", 1)
	_, errAll := b.Distances(ctx, "a", []string{"b"})
	_, errNearest := b.Nearest(ctx, "a", []string{"b"}, 1)
	_, errLines := b.NearestLines(ctx, "a", "b", 1)
	for _, err := range []error{err, errWithin, errAll, errNearest, errLines} {
		if err != context.Canceled {
			t.Errorf("got %v", err)
		}
	}
}
