package tenon_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// exits ends the goroutine that closes it, as t.FailNow does.
type exits struct{}

func (exits) Close(context.Context) error { runtime.Goexit(); return nil }

func loadExits(t *testing.T, rt *tenon.Runtime) *tenon.Kernel {
	t.Helper()
	g := (&env{}).grant()
	g.Funcs[0].Call = func(_ context.Context, f *tenon.Frame) { f.Return(0, uint64(f.HostOwn(1, exits{}))) }
	g.Funcs[1].Call = func(_ context.Context, f *tenon.Frame) { f.Return(0, 1) }
	k, err := rt.LoadFileWith(t.Context(), thingsFile, tenon.LoadOptions{Imports: []tenon.Import{g}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// ended runs something that ends its goroutine.
func ended(t *testing.T, what string, run func()) {
	t.Helper()
	returned, done := false, make(chan struct{})
	go func() {
		defer close(done)
		run()
		returned = true
	}()
	<-done
	if returned {
		t.Errorf("%s returned", what)
	}
}

// A Close of the host's that ends the goroutine of the slot's Close costs that goroutine, and keeps no instance.
func TestGoexitInDropOfIdleInstances(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	k := loadExits(t, rt)
	s, err := tenon.NewSlot(t.Context(), rt, "s", thingsContract(k), tenon.SlotConfig[any]{Kernel: k, MaxInstances: 3})
	if err != nil {
		t.Fatal(err)
	}
	var pins []*tenon.Pin[any]
	for range 3 {
		p, err := s.Pin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pins = append(pins, p)
		f, err := p.EnterWith(t.Context(), sinks)
		if err != nil {
			t.Fatal(err)
		}
		f.Arg(0, 1)
		f.Invoke()
		if err := f.Leave(); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range pins {
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ended(t, "Close", func() { _ = s.Close(ctx) })
	if err := s.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
	if err := rt.Close(ctx); err != nil {
		t.Errorf("Close of the runtime = %v", err)
	}
}

// The same in the Close of an instance that Open made.
func TestGoexitInDropOfOpenInstance(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	i, err := loadExits(t, rt).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Call(t.Context(), "sinks", tenon.Value{Bits: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ended(t, "Close", func() { _ = i.Close(ctx) })
	if err := rt.Close(ctx); err != nil {
		t.Errorf("Close of the runtime = %v", err)
	}
}
