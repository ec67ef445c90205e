package main

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOnlyGapsAroundSwapsCount(t *testing.T) {
	led := newLedger()
	led.completed()
	time.Sleep(20 * time.Millisecond)
	led.completed()
	if led.gap.Load() != 0 {
		t.Fatalf("a gap of %v counted without a swap", time.Duration(led.gap.Load()))
	}
	stop := make(chan struct{})
	var calls sync.WaitGroup
	calls.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				led.completed()
			}
		}
	})
	if err := led.around(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	close(stop)
	calls.Wait()
	if led.gap.Load() == 0 || led.swaps.Load() != 1 {
		t.Fatalf("gap %v, swaps %d", time.Duration(led.gap.Load()), led.swaps.Load())
	}
}

func TestAFailedSwapIsNone(t *testing.T) {
	led := newLedger()
	go led.completed()
	failure := errors.New("no")
	if err := led.around(func() error { return failure }); !errors.Is(err, failure) {
		t.Fatalf("error %v", err)
	}
	if led.swaps.Load() != 0 {
		t.Fatal("it was counted")
	}
}

func TestTheLastLineTellsWhatHappened(t *testing.T) {
	led := newLedger()
	led.swaps.Store(20)
	led.calls.Store(7)
	if led.failed() || led.String() != "demo: swaps 20 calls 7 lost 0 wrong 0 max-gap 0s" {
		t.Fatal(led)
	}
	led.wrong.Add(1)
	if !led.failed() || !strings.Contains(led.String(), "wrong 1") {
		t.Fatal(led)
	}
}
