package tenon_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// numberedEnv grants the imports without generated code; resources are numbers.
func numberedEnv(answer func() (tenon.Value, error), dropped func(v any)) tenon.Import {
	return tenon.Import{Name: "test:wat/env@1.0.0",
		Resources: []tenon.ImportResource{{Name: "sink", Drop: func(_ context.Context, v any) { dropped(v) }}},
		Funcs: []tenon.ImportFunc{
			{Name: "[constructor]sink", Dynamic: func(_ context.Context, args []tenon.Value) (tenon.Value, error) {
				return tenon.Value{Bits: args[0].Bits + 40}, nil
			}},
			{Name: "[method]sink.write", Dynamic: func(_ context.Context, args []tenon.Value) (tenon.Value, error) {
				return tenon.Value{Bits: args[0].Bits + uint64(len(args[1].Text))}, nil
			}},
			{Name: "name", Dynamic: func(context.Context, []tenon.Value) (tenon.Value, error) { return answer() }},
			{Name: "note", Dynamic: func(context.Context, []tenon.Value) (tenon.Value, error) { return tenon.Value{}, nil }},
		}}
}

func TestComponentWithDynamicImports(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	full := errors.New("disk full")
	answer := func() (tenon.Value, error) { return tenon.Value{Text: "dynamic"}, nil }
	var dropped []any
	k, err := rt.LoadFileWith(t.Context(), thingsFile, tenon.LoadOptions{Imports: []tenon.Import{
		numberedEnv(func() (tenon.Value, error) { return answer() }, func(v any) { dropped = append(dropped, v) })}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(k.Grants()); got != "["+envIface+" by test:wat/env@1.0.0]" {
		t.Errorf("grants: %s", got)
	}
	slot, err := tenon.NewSlot(t.Context(), rt, "things", thingsContract(k), tenon.SlotConfig[any]{Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	s := &thingsSlot{Slot: slot}
	if text, err := s.names(t.Context()); text != "dynamic" || err != nil {
		t.Errorf("names = %q, %v", text, err)
	}
	if n, err := s.number(t.Context(), sinks, func(*tenon.Frame) uint32 { return 1 }); n != 90 || err != nil || len(dropped) != 0 {
		t.Errorf("sinks = %d, %v, dropped %v", n, err, dropped) // it keeps 41
	}
	if n, err := s.number(t.Context(), sinks, func(*tenon.Frame) uint32 { return 0 }); n != 88 || err != nil || len(dropped) != 1 || dropped[0] != uint32(40) {
		t.Errorf("sinks = %d, %v, dropped %v", n, err, dropped)
	}
	for name, c := range map[string]struct {
		answer func() (tenon.Value, error)
		want   error
		text   string
	}{
		"an error":     {func() (tenon.Value, error) { return tenon.Value{}, full }, tenon.ErrTrap, "#name failed: disk full"},
		"a panic":      {func() (tenon.Value, error) { panic(full) }, tenon.ErrInternal, "#name panicked: disk full"},
		"another type": {func() (tenon.Value, error) { return tenon.Value{Text: "\xff"}, nil }, tenon.ErrABI, "the host's answer: " + envIface + "#name: result: invalid UTF-8"},
	} {
		answer = c.answer
		if _, err := s.names(t.Context()); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(dropped) != 2 || dropped[1] != uint32(41) {
		t.Errorf("dropped %v when the instance was closed", dropped)
	}
}

// Many goroutines use things of both sides while versions are swapped; nothing is left.
func TestHammerOfComponents(t *testing.T) {
	before := runtime.NumGoroutine()
	rt := newRuntime(t, tenon.Config{})
	e := &env{name: func(context.Context) (string, error) { return "the host", nil }}
	k := loadThings(t, rt, e)
	slot, err := tenon.NewSlot(t.Context(), rt, "things", thingsContract(k), tenon.SlotConfig[any]{Kernel: k, MaxInstances: 6, MaxWait: -1, Baseline: "none"})
	if err != nil {
		t.Fatal(err)
	}
	s := &thingsSlot{Slot: slot, env: e}
	var wg sync.WaitGroup
	for g := range uint32(4) {
		wg.Go(func() {
			for i := range uint32(60) {
				useThings(t, s, g*100+i)
			}
		})
	}
	for i := range 6 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		next := k
		if i%2 == 0 {
			next = nil
		}
		_ = slot.Swap(ctx, next)
		cancel()
		runtime.GC()
	}
	wg.Wait()
	if err := rt.Close(t.Context()); err != nil {
		t.Error(err)
	}
	e.mu.Lock()
	if e.made != e.dropped {
		t.Errorf("%d sinks made, %d dropped", e.made, e.dropped)
	}
	e.mu.Unlock()
	st := slot.Stats()
	t.Logf("%d answers, %d leaked, faults %v", st.Answers, st.Leaked, st.Faults)
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after Close", before, n)
	}
}

func useThings(t *testing.T, s *thingsSlot, n uint32) {
	ctx := context.Background()
	if f, err := s.Enter(ctx, sinks); f != nil {
		f.Arg(0, uint64(n%2))
		f.Invoke()
		if sum := uint32(f.Ret(0)); sum != 8 {
			t.Errorf("sinks = %d", sum)
		}
		if err := f.Leave(); err != nil {
			t.Errorf("sinks: %v", err)
		}
	} else if err != nil {
		t.Errorf("sinks: %v", err)
	}
	f, err := s.Enter(ctx, newThing)
	if f == nil {
		if err != nil {
			t.Errorf("new: %v", err)
		}
		return // the baseline serves
	}
	r, err := makeThing(f, err, n)
	if err != nil {
		t.Errorf("new: %v", err)
		return
	}
	if got, err := onThing(ctx, r, getThing); got != n || err != nil {
		t.Errorf("get = %d, %v", got, err)
	}
	switch n % 7 {
	case 0:
		return // leaked
	case 3:
		if _, err := onThing(ctx, r, failThing); !errors.Is(err, tenon.ErrTrap) {
			t.Errorf("fail = %v", err)
		}
	}
	if err := r.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
}
