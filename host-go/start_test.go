package tenon_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// starts loads the component whose start function draws a number from its host.
func starts(t *testing.T, rt *tenon.Runtime, draw func(ctx context.Context) (uint32, error)) (*tenon.Kernel, tenon.Contract) {
	t.Helper()
	k, err := rt.LoadFileWith(t.Context(), "testdata/starts/starts.wasm", tenon.LoadOptions{Imports: []tenon.Import{{
		Name: "test:wat/seed@0.2.0",
		Text: "package test:wat@0.2.0;\ninterface seed {\n  draw: func() -> u32;\n}\n",
		Funcs: []tenon.ImportFunc{{Name: "draw", Call: func(ctx context.Context, f *tenon.Frame) {
			n, err := draw(ctx)
			if err != nil {
				f.Failed(err)
				return
			}
			f.Return(0, uint64(n))
		}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return k, k.Contract()
}

func seed(ctx context.Context, s *tenon.Slot[any]) (uint32, error) {
	f, err := s.Enter(ctx, 0)
	if err != nil {
		return 0, err
	}
	f.Invoke()
	n := uint32(f.Ret(0))
	return n, f.Leave()
}

// Each instance draws its own: none is a copy of one that the host has answered.
func TestStartFunctionCallsTheHost(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	var mu sync.Mutex
	drawn := uint32(0)
	k, contract := starts(t, rt, func(context.Context) (uint32, error) {
		mu.Lock()
		defer mu.Unlock()
		drawn++
		return drawn, nil
	})
	slot, err := tenon.NewSlot(t.Context(), rt, "starts", contract, tenon.SlotConfig[any]{Kernel: k, MinInstances: 4})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]bool{}
	var pins []*tenon.Pin[any]
	for range 4 {
		p, err := slot.Pin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pins = append(pins, p)
		f, err := p.EnterWith(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Invoke()
		seen[uint32(f.Ret(0))] = true
		if err := f.Leave(); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range pins {
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if len(seen) != 4 || drawn != 4 {
		t.Errorf("%d instances know %v", drawn, seen)
	}
}

func TestStartFunctionWhoseHostFails(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	full := errors.New("disk full")
	k, contract := starts(t, rt, func(context.Context) (uint32, error) { return 0, full })
	_, err := tenon.NewSlot(t.Context(), rt, "starts", contract, tenon.SlotConfig[any]{Kernel: k})
	if !errors.Is(err, tenon.ErrTrap) || !errors.Is(err, full) || !strings.Contains(err.Error(), "the host's test:wat/seed@0.2.1#draw failed: disk full") {
		t.Errorf("NewSlot = %v", err)
	}
	draw := func(context.Context) (uint32, error) { runtime.Goexit(); return 0, nil }
	k, contract = starts(t, rt, func(ctx context.Context) (uint32, error) { return draw(ctx) })
	slot, err := tenon.NewSlot(t.Context(), rt, "starts", contract, tenon.SlotConfig[any]{Baseline: "none"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { t.Error("Swap returned: ", slot.Swap(t.Context(), k)) })
	wg.Go(func() {
		_, _ = tenon.NewSlot(t.Context(), rt, "another", contract, tenon.SlotConfig[any]{Kernel: k})
		t.Error("NewSlot returned")
	})
	wg.Wait()
	draw = func(context.Context) (uint32, error) { return 7, nil }
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := slot.Swap(ctx, k); err != nil {
		t.Errorf("Swap = %v", err)
	}
	if n, err := seed(ctx, slot); n != 7 || err != nil {
		t.Errorf("seed = %d, %v", n, err)
	}
}
