package useragent_test

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// TestEqualOnTheAccessLog compares the kernel and its baseline on every user agent of the bundled access log, which is
// all of uap-core's list. The baseline takes milliseconds each, so several goroutines share the work, and under the race
// detector it is done for a sample.
func TestEqualOnTheAccessLog(t *testing.T) {
	checkAll(t, realinput.UserAgents(t))
}

func TestEqualOnTheList(t *testing.T) {
	var uas []string
	for _, line := range realinput.Lines(t, "uap-core/pgts_browser_list.txt") {
		if fields := strings.Split(line, "\t"); len(fields) == 3 {
			uas = append(uas, fields[2])
		}
	}
	bundled := realinput.UserAgents(t)
	slices.Sort(bundled)
	var rest []string
	for _, ua := range uas {
		if _, found := slices.BinarySearch(bundled, ua); !found {
			rest = append(rest, ua)
		}
	}
	if len(uas) < 12_000 {
		t.Errorf("the list has only %d user agents", len(uas))
	}
	checkAll(t, rest)
}

func checkAll(t *testing.T, uas []string) {
	ctx := context.Background()
	kernel := kernel(t)
	sample := realinput.Sample(uas, 100)
	batch, err := kernel.ParseAll(ctx, sample)
	if err != nil {
		t.Fatal(err)
	}
	var next, differ atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(sample)); i = next.Add(1) - 1 {
				ua := sample[i]
				got, err := kernel.Parse(ctx, ua)
				if err != nil {
					t.Errorf("kernel: %q: %v", ua, err)
					continue
				}
				want, err := baseline.Parse(ctx, ua)
				if err != nil {
					t.Errorf("baseline: %q: %v", ua, err)
					continue
				}
				if got != batch[i] {
					t.Errorf("%q:\nParse    %+v\nParseAll %+v", ua, got, batch[i])
				}
				if got != want {
					differ.Add(1)
				}
				if !equalButForGaps(got, want) {
					t.Errorf("%q:\nkernel   %+v\nbaseline %+v", ua, got, want)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d user agents, of which %d differ by a gap", len(sample), differ.Load())
}

func TestUserAgentsThatNobodySends(t *testing.T) {
	for _, ua := range []string{"", "\x00", "-", "\ufeff", "日本", "\r\n", strings.Repeat("Mozilla/5.0 (", 5_000)} {
		k, b := both(t, ua)
		if !equalButForGaps(k, b) {
			t.Errorf("%.100q:\nkernel   %+v\nbaseline %+v", ua, k, b)
		}
	}
}

func TestRulesAreTheKernels(t *testing.T) {
	kernels, err := os.ReadFile("../../../kernels/useragent/data/regexes.yaml")
	if err != nil {
		t.Skipf("the kernel's sources lie in the repository, outside this module: %v", err)
	}
	baselines, err := os.ReadFile("regexes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kernels, baselines) {
		t.Error("regexes.yaml is not kernels/useragent/data/regexes.yaml; copy it")
	}
}

func TestCanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := useragent.Baseline().Parse(ctx, "curl/8.5.0"); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
