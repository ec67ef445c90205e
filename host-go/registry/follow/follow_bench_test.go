package follow_test

import (
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// BenchmarkSync is the time from a change in the registry until the slot serves it: a version that was never loaded here,
// whose compiled code is in no cache; the version before, compiled still; and the version before, warm still.
func BenchmarkSync(b *testing.B) {
	for name, how := range map[string]follow.Swap{"straight": follow.Straight, "bluegreen": follow.BlueGreen} {
		b.Run(name+"/new", func(b *testing.B) {
			s := newBench(b, registry.Options{})
			cfg := follow.Config{Trust: unsigned.Trust, Poll: time.Hour, Swap: how}
			f := s.follow(cfg)
			n := uint32(b.N) * 1000 // digests that no run had
			for b.Loop() {
				b.StopTimer()
				n++
				if err := f.Close(b.Context()); err != nil { // it shall not see the change by itself
					b.Fatal(err)
				}
				s.publishAndActivate(n + uint32(how)*50_000_000)
				b.StartTimer()
				f = s.follow(cfg)
			}
		})
		b.Run(name+"/back", func(b *testing.B) {
			s := newBench(b, registry.Options{})
			f := s.follow(follow.Config{Trust: unsigned.Trust, Poll: time.Hour, Swap: how})
			one, two := s.publish(1), s.publish(2)
			for _, d := range []string{one, two} {
				s.activate(d)
				if err := f.Sync(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			at := 0
			for b.Loop() {
				s.activate([]string{one, two}[at%2])
				if err := f.Sync(b.Context()); err != nil {
					b.Fatal(err)
				}
				at++
			}
		})
	}
}
