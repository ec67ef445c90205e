package {{package}}_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"{{import}}"
)

// check compares the kernel with the baseline. They agree on every text; gaps_test.go has what they differ in.
func check(t *testing.T, text string) {
	t.Helper()
	ctx := context.Background()
	want, wantErr := {{package}}.Baseline().Count(ctx, text)
	got, err := kernel(t).Count(ctx, text)
	if got != want || err != wantErr {
		t.Errorf("%.200q: kernel %v, %v, baseline %v, %v", text, got, err, want, wantErr)
	}
}

// TestEqualOnText is the place for real input: lines of your own logs, documents, requests.
func TestEqualOnText(t *testing.T) {
	for _, text := range []string{
		"GET /index.html HTTP/1.1\r\nHost: example.com\r\n\r\n",
		"größer als\tdas Übliche,  日本語の文 und 🦀🦁\n",
		strings.Repeat("2026-01-02T03:04:05Z info served in 12 ms\n", 1_000),
	} {
		for at := range min(len(text), 100) {
			check(t, strings.ToValidUTF8(text[at:], "?"))
		}
	}
}

func TestEqualOnRandomTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("abz.,  \t\n\f\r\v\u0085\u00a0\u2028é日🦀")
	for range 2_000 {
		runes := make([]rune, random.IntN(600))
		for i := range runes {
			runes[i] = alphabet[random.IntN(len(alphabet))]
		}
		text := string(runes)
		check(t, text)
		if len(runes) > 0 {
			runes[random.IntN(len(runes))] = 0
			check(t, string(runes))
		}
	}
}

// TestEqualOnHostileTexts has what somebody would send who wants the kernel to fail.
func TestEqualOnHostileTexts(t *testing.T) {
	for _, piece := range []string{"a", " ", "\n", "\x00", "\r\n", "\u0301", "\ufeff", "🦀", "\U0010ffff"} {
		for _, length := range []int{0, 1, 254, 255, 256, 1_000, 1 << 20} {
			check(t, strings.Repeat(piece, length/len(piece)))
			check(t, strings.Repeat(piece, length/len(piece))+"\x00")
		}
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := {{package}}.Baseline().Count(ctx, "x"); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
