package utf8check_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
)

// check compares the kernel with the baseline, and reports whether the bytes are UTF-8. The answers are equal for all
// bytes; no difference is accepted.
func check(t *testing.T, bytes []byte) bool {
	t.Helper()
	ctx := context.Background()
	want, err := utf8check.Baseline().FirstError(ctx, bytes)
	if err != nil {
		t.Fatal(err)
	}
	got, err := kernel(t).FirstError(ctx, bytes)
	if err != nil || got != want {
		t.Errorf("%.200q: kernel %v, %v, baseline %v", bytes, got, err, want)
	}
	_, broken := want.Get()
	return !broken
}

// mixed has characters of every length.
const mixed = "plain ASCII of some length, größer, длиннее, 日本語の文字列, 🦀🦁, \x00 and \U0010ffff at last"

func TestEqualOnTheAccessLog(t *testing.T) {
	checkLines(t, realinput.AccessLog(t))
}

func TestEqualOnRealFiles(t *testing.T) {
	for _, file := range []string{"nasa_access_1995-08.log", "openssh_2k.log", "uap-core/pgts_browser_list.txt"} {
		t.Run(file, func(t *testing.T) { checkLines(t, realinput.Lines(t, file)) })
	}
}

// checkLines checks each line as it is and with a byte changed, and all of them as one text.
func checkLines(t *testing.T, lines []string) {
	random := rand.New(rand.NewPCG(1, 2))
	sample := realinput.Sample(lines, 20)
	broken := 0
	for _, line := range sample {
		bytes := []byte(line)
		check(t, bytes)
		if len(bytes) > 0 {
			bytes[random.IntN(len(bytes))] = byte(random.Uint32())
			if !check(t, bytes) {
				broken++
			}
		}
	}
	if broken < len(sample)/4 {
		t.Errorf("only %d of %d lines are broken", broken, len(sample))
	}
	check(t, []byte(strings.Join(sample, "\n")))
}

func TestEqualOnShortSequences(t *testing.T) {
	for a := range len(realinput.Sample(make([]string, 256), 16)) {
		check(t, []byte{byte(a)})
		for b := range 256 {
			check(t, []byte{byte(a), byte(b)})
			check(t, []byte{'x', byte(a), byte(b), 0x80, 0xbf})
		}
	}
}

func TestEqualOnCutAndSplicedTexts(t *testing.T) {
	for at := range len(mixed) {
		check(t, []byte(mixed[:at]))
		check(t, []byte(mixed[at:]))
		check(t, []byte(mixed[at:]+mixed[:at]))
		check(t, []byte(strings.Repeat("a", 100)+mixed[at:]))
	}
}

func TestEqualOnRandomBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	// Bytes that begin or continue characters stand together more often than chance has it.
	likely := []byte{'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xc0, 0xf5, 0xff}
	for range len(realinput.Sample(make([]string, 20_000), 20)) {
		bytes := make([]byte, random.IntN(40))
		for i := range bytes {
			bytes[i] = likely[random.IntN(len(likely))]
		}
		check(t, bytes)
	}
}

func TestLongTexts(t *testing.T) {
	text := []byte(strings.Repeat(mixed, 50_000))
	if !check(t, text) {
		t.Error("a long text is broken")
	}
	text[len(text)-1] = 0xff
	if check(t, text) {
		t.Error("the last byte is overlooked")
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := utf8check.Baseline().FirstError(ctx, []byte("x")); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
