package useragent_test

import (
	"context"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/realinput"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// picked is how many user agents the benchmarks go round.
const picked = 64

// sweep measures a function of so many user agents from all over the bundled access log; its figures are those of one. Each
// call gets the next ones: uap-go remembers at least the last. kernels/useragent/benches/sweep.rs has the same.
func sweep(b *testing.B, parse func(p useragent.Parser, uas []string) error) {
	all := realinput.UserAgents(b)
	kernel, baseline := kernel(b), useragent.BaselineWithCache(0)
	uas := make([]string, 2*picked)
	for i := range uas {
		uas[i] = all[i%picked*193%len(all)]
	}
	tenontest.Sweep(b, []int{1, 8, picked}, func(b *testing.B, size int) tenontest.Sides {
		side := func(p useragent.Parser) func() error {
			at := 0
			return func() error {
				at = (at + size) % picked
				return parse(p, uas[at:at+size])
			}
		}
		return tenontest.Sides{Kernel: side(kernel), Baseline: side(baseline), Operations: size}
	})
}

// BenchmarkParse parses them one by one.
func BenchmarkParse(b *testing.B) {
	sweep(b, func(p useragent.Parser, uas []string) error {
		for _, ua := range uas {
			if _, err := p.Parse(b.Context(), ua); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkParseAll parses them in one call.
func BenchmarkParseAll(b *testing.B) {
	sweep(b, func(p useragent.Parser, uas []string) error {
		_, err := p.ParseAll(b.Context(), uas)
		return err
	})
}

// BenchmarkBatch asks for the answers to 1,000 lines in one call, in each tier; one parses them line by line. The kernel's
// own work is the same in all.
func BenchmarkBatch(b *testing.B) {
	client := tenontest.Client(b, useragent.Contract, useragent.Component(), useragent.New)
	ctx := context.Background()
	lines := make([]string, 1000)
	for i := range lines {
		lines[i] = []string{bot, curl}[i%2]
	}
	var agents []useragent.Agent
	families := 0
	for _, tier := range []struct {
		name string
		call func() error
	}{
		{"line by line", func() error {
			for _, line := range lines {
				if _, err := client.Parse(ctx, line); err != nil {
					return err
				}
			}
			return nil
		}},
		{"ParseAll", func() error { _, err := client.ParseAll(ctx, lines); return err }},
		{"AppendParseAll", func() (err error) {
			agents, err = client.AppendParseAll(ctx, agents[:0], lines)
			return err
		}},
		{"ViewParseAll", func() error {
			return client.ViewParseAll(ctx, lines, func(list tenon.View[useragent.AgentView]) error {
				for _, a := range list.All() {
					families += len(a.Browser.Family)
				}
				return nil
			})
		}},
	} {
		b.Run(tier.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := tier.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
