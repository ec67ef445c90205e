package useragent_test

import (
	"context"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
)

// The accepted differences between the kernel and its baseline. Each has a name, a reason and a test that fails when
// the difference is gone; grep for GAP.

// GAP fourth part: uap-go has no field for the fourth part of a browser's version, which the rules and the kernel have.
func withoutFourthPart(a useragent.Agent) useragent.Agent {
	a.Browser.PatchMinor = tenon.None[string]()
	return a
}

// GAP far spider: the rules look for a robot's name behind at most 100 characters. The crate ua-parser lifts
// bounds of that size from all rules, because a bounded repetition takes a regular expression's size times the bound; so
// the kernel also knows robots that give their name late.
func withoutFarSpider(kernel, baseline useragent.Agent) useragent.Agent {
	spider := useragent.Device{Family: "Spider", Brand: tenon.Some("Spider"), Model: tenon.Some("Desktop")}
	if kernel.Device == spider && baseline.Device == (useragent.Device{Family: "Other"}) {
		kernel.Device = baseline.Device
	}
	return kernel
}

func equalButForGaps(kernel, baseline useragent.Agent) bool {
	return withoutFarSpider(withoutFourthPart(kernel), baseline) == baseline
}

// both parses with the kernel and with the baseline.
func both(t *testing.T, ua string) (k, b useragent.Agent) {
	t.Helper()
	ctx := context.Background()
	k, err := kernel(t).Parse(ctx, ua)
	if err != nil {
		t.Fatal(err)
	}
	b, err = baseline.Parse(ctx, ua)
	if err != nil {
		t.Fatal(err)
	}
	return k, b
}

func TestGapFourthPart(t *testing.T) {
	k, b := both(t, "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/97.0.4692.98 Safari/537.36 115Browser/35.2.0.3")
	if part, ok := k.Browser.PatchMinor.Get(); !ok || part != "3" {
		t.Errorf("kernel: %+v", k.Browser)
	}
	if part, ok := b.Browser.PatchMinor.Get(); ok {
		t.Errorf("the gap is gone: the baseline knows the fourth part %q", part)
	}
}

func TestGapFarSpider(t *testing.T) {
	for _, distance := range []int{40, 100, 101, 400} {
		head := "Mozilla/4.0 (compatible; MSIE 6.0; "
		ua := head + strings.Repeat("x", distance-len(head)) + "MSIECrawler)"
		k, b := both(t, ua)
		if k.Device.Family != "Spider" {
			t.Errorf("behind %d characters: kernel: %+v", distance, k.Device)
		}
		// MSIECrawler contains the word crawl at its fifth character.
		if far := distance+4 > 100; far != (b.Device.Family == "Other") {
			t.Errorf("behind %d characters: baseline: %+v", distance, b.Device)
		}
	}
}
