package useragent_test

import (
	"context"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

// BenchmarkBatch asks for the answers to 1,000 lines in one call, in each tier; one parses them line by line. The kernel's
// own work is the same in all.
func BenchmarkBatch(b *testing.B) {
	client := useragent.New(tenontest.Slot[useragent.Parser](b, useragent.Contract, tenontest.Kernel(b, useragent.Component())))
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
