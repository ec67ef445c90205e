package redact_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
)

// pair is a kernel and the baseline that it replaces. Their answers are equal for every text; no difference is accepted.
type pair struct {
	kernel, baseline redact.Redactor
}

func pairs(t testing.TB) map[string]pair {
	all := map[string]pair{}
	for label, both := range open(t) {
		if both["baseline"] != nil {
			all[label] = pair{kernel: both["kernel"], baseline: both["baseline"]}
		}
	}
	return all
}

// check compares the two on a text and returns the number of findings.
func (p pair) check(t *testing.T, text string) int {
	t.Helper()
	ctx := context.Background()
	want, err := p.baseline.Redact(ctx, text)
	if err != nil {
		t.Fatalf("baseline: %.200q: %v", text, err)
	}
	got, err := p.kernel.Redact(ctx, text)
	if err != nil {
		t.Fatalf("kernel: %.200q: %v", text, err)
	}
	if got.Text != want.Text || !slices.Equal(got.Findings, want.Findings) {
		t.Errorf("%.500q:\n kernel   %.500v\n baseline %.500v", text, got, want)
	}
	return len(got.Findings)
}

func TestEqualOnTheAccessLog(t *testing.T) {
	checkLines(t, realinput.AccessLog(t), 12_000)
}

func TestEqualOnRealFiles(t *testing.T) {
	for _, file := range []struct {
		name  string
		least int // findings
	}{
		{"nasa_access_1995-08.log", 1_800},
		{"openssh_2k.log", 2_500},
		{"uap-core/pgts_browser_list.txt", 500},
	} {
		t.Run(file.name, func(t *testing.T) { checkLines(t, realinput.Lines(t, file.name), file.least) })
	}
}

// checkLines compares both pairs on each line by itself, and on all of them as one text.
func checkLines(t *testing.T, lines []string, least int) {
	sample := realinput.Sample(lines, 20)
	for label, p := range pairs(t) {
		found := 0
		for _, line := range sample {
			found += p.check(t, line)
		}
		if len(sample) == len(lines) && found < least {
			t.Errorf("%s: %d findings in %d lines, want at least %d", label, found, len(lines), least)
		}
		p.check(t, strings.Join(sample, "\n"))
	}
}

// pieces make texts that are dense with what the rules look for.
var pieces = []string{
	"10.0.0.7", "1", "22", ":", "::", ".", "-", "_", "@", "/", "//", "http://", "HTTPS://", "http\u017f://", " ", "\n", "\r\n", "\x00",
	"é", "日", "2001:db8", "dead", "fe80::1", "::ffff:", "example.com", "com", "a", "b.c", "sshd[1]: ", " Invalid user ", " from ",
	" for ", " user=", "Bearer ", "0123456789", "4111 1111 1111 1111", "4111", "1111", "5500000000000004", "3782 822463 10005", "=",
	"%", "+", "(", ")", "\"", "\\", "256", "0.0",
}

func TestEqualOnGeneratedTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, 20_000)
	for i := range texts {
		var text strings.Builder
		for range random.IntN(14) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		texts[i] = text.String()
	}
	for label, p := range pairs(t) {
		found := 0
		for _, text := range realinput.Sample(texts, 20) {
			found += p.check(t, text)
		}
		if found < 200 {
			t.Errorf("%s: the texts hold too little to find: %d", label, found)
		}
	}
}

func TestLongLine(t *testing.T) {
	text := "10.0.0.7 " + strings.Repeat("x", 10<<20) + " bob@example.com\r\n\x00"
	got, err := open(t)["1.0.0"]["kernel"].Redact(context.Background(), text)
	if err != nil {
		t.Fatal(err)
	}
	want := "<ipv4> " + strings.Repeat("x", 10<<20) + " <email>\r\n\x00"
	if got.Text != want || len(got.Findings) != 2 || int(got.Findings[1].End) != len(text)-3 {
		t.Errorf("got %d bytes and %v", len(got.Text), got.Findings)
	}
}

func TestSuffixesAreTheKernels(t *testing.T) {
	kernels, err := os.ReadFile("../../../kernels/redact/data/suffixes.txt")
	if err != nil {
		t.Skipf("the kernel's sources lie in the repository, outside this module: %v", err)
	}
	baselines, err := os.ReadFile("suffixes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kernels, baselines) {
		t.Error("suffixes.txt is not kernels/redact/data/suffixes.txt; copy it")
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := redact.Baseline().Redact(ctx, "10.0.0.7"); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
