package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

const (
	// beat is how often the heart beats.
	beat = time.Millisecond
	// text is what healthy calls ask.
	text = "login from 192.0.2.7 by root@example.org"
	// afterwards is how many healthy calls follow the last attack: the host serves on.
	afterwards = 3
)

// beside is what goes on beside an attack, and must not notice it: a heartbeat, and healthy calls.
type beside struct {
	beats atomic.Int64
	stop  chan struct{}
	done  sync.WaitGroup

	// Read when done.
	gap     time.Duration
	calls   int
	failed  int
	message string
}

// begin starts both, after a first healthy answer, which all others must be like.
func begin(ctx context.Context, rt *tenon.Runtime, healthy *tenon.Kernel) (*beside, error) {
	slot, err := tenon.NewSlot(ctx, rt, "healthy", healthy.Contract(), tenon.SlotConfig[any]{Kernel: healthy})
	if err != nil {
		return nil, err
	}
	answer, err := redact(ctx, slot)
	if err != nil {
		return nil, err
	}
	b := &beside{stop: make(chan struct{})}
	b.done.Go(b.heart)
	b.done.Go(func() { b.serve(ctx, slot, answer) })
	return b, nil
}

// end stops both, and tells of them.
func (b *beside) end(l *line) {
	close(b.stop)
	b.done.Wait()
	l.HeartbeatGap = millis(b.gap)
	l.HealthyCalls, l.HealthyFailed, l.HealthyMessage = b.calls, b.failed, b.message
}

func (b *beside) heart() {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			now := time.Now()
			b.gap = max(b.gap, now.Sub(last))
			b.beats.Add(1)
			last = now
		}
	}
}

func (b *beside) serve(ctx context.Context, slot *tenon.Slot[any], answer string) {
	for left := afterwards; left > 0; {
		b.calls++
		given, err := redact(ctx, slot)
		if err == nil && given != answer {
			err = fmt.Errorf("it answers %q", given)
		}
		if err != nil {
			if b.failed == 0 {
				b.message = err.Error()
			}
			b.failed++
		}
		select {
		case <-b.stop:
			left--
		case <-time.After(beat):
		}
	}
}

// redact is one healthy call, of the contract tenon:redact; the findings are left where they are.
func redact(ctx context.Context, slot *tenon.Slot[any]) (string, error) {
	f, err := slot.Enter(ctx, 0)
	if f == nil {
		return "", err
	}
	addr, n := f.String(text)
	f.Arg(0, uint64(addr))
	f.Arg(1, uint64(n))
	f.Invoke()
	block := f.Block(uint32(f.Ret(0)), 16, 4)
	out := f.LiftString(block.U32(0), block.U32(4))
	return out, f.Leave()
}
