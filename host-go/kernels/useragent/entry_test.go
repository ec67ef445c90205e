package useragent_test

import (
	"context"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
)

// TestOneAnswersLikeMany compares Parse, whose argument travels in words where it is short, with ParseAll, whose arguments
// are in the guest's memory always, on beginnings of real user agents.
func TestOneAnswersLikeMany(t *testing.T) {
	ctx, k := context.Background(), kernel(t)
	for i, ua := range realinput.UserAgents(t) {
		if i%3000 != 0 {
			continue
		}
		var beginnings []string
		for n := range min(len(ua), 70) {
			beginnings = append(beginnings, ua[:n])
		}
		many, err := k.ParseAll(ctx, beginnings)
		if err != nil {
			t.Fatal(err)
		}
		for n, beginning := range beginnings {
			if one, err := k.Parse(ctx, beginning); err != nil || one != many[n] {
				t.Errorf("%q: Parse gives %+v, %v; ParseAll %+v", beginning, one, err, many[n])
			}
		}
	}
}
