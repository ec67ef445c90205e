package tenon

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func (b *bench) open() *Instance {
	b.t.Helper()
	i, err := b.load("1.0.0").Open(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return i
}

// wants fails unless err is a fault of a kind whose text contains all of says.
func wants(t *testing.T, err error, kind Kind, says ...string) {
	t.Helper()
	f, ok := err.(*Fault)
	if !ok || f.Kind != kind {
		t.Errorf("got %v, want a fault of kind %s", err, kind)
		return
	}
	for _, s := range says {
		if !strings.Contains(f.Error(), s) {
			t.Errorf("%q is not in %q", s, f.Error())
		}
	}
}

func TestInstanceCalls(t *testing.T) {
	b := newBench(t, Config{})
	i := b.open()
	for _, name := range []string{
		"add", "calls#add", "calls.add", "test:fake/calls#add", "test:fake/calls@1.0.0#add", "test:fake/calls@1.0.0.add",
	} {
		if v, err := i.Call(t.Context(), name, Value{Bits: 40}, Value{Bits: 2}); err != nil || v.Bits != 42 {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if v, err := i.Call(t.Context(), "echo", Value{Text: "héllo"}); err != nil || v.Text != "héllo" {
		t.Errorf("%v, %v", v, err)
	}
	if b.engine.built.Load() != 1 {
		t.Errorf("%d instances for one", b.engine.built.Load())
	}
	for range 2 {
		if err := i.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	_, err := i.Call(t.Context(), "add", Value{}, Value{})
	wants(t, err, KindClosed, "open another", "test:fake/calls@1.0.0#add")
}

func TestNamesOfExports(t *testing.T) {
	b := newBench(t, Config{})
	i := b.open()
	for _, name := range []string{
		"", "#add", ".add", "ad", "add ", "xadd", "calls/add", "callsadd", "calls@1.0.0#add", "fake/calls#add", "test:fake/calls@1.0.1#add", "other#add",
	} {
		_, err := i.Call(t.Context(), name)
		wants(t, err, KindContract, fmt.Sprintf("there is no export %q", name), "calls@1.0.0#add, test:fake/calls@1.0.0#echo")
	}
	b.planner.edit = func(p *plan.Plan) {
		p.Exports = append(p.Exports, plan.Export{Name: "add", Kind: plan.ExternFunc, Func: p.Exports[0].Exports[0].Func})
	}
	k := b.load("twice")
	_, err := k.Call(t.Context(), "add")
	wants(t, err, KindContract, `several exports have the name "add"`, "calls@1.0.0#add, add")
	if v, err := k.Call(t.Context(), "calls#add", Value{Bits: 1}, Value{Bits: 2}); err != nil || v.Bits != 3 {
		t.Errorf("%v, %v", v, err)
	}
	b.planner.edit = func(p *plan.Plan) { p.Exports = nil }
	_, err = b.load("none").Call(t.Context(), "add")
	wants(t, err, KindContract, "no functions at all")
}

func TestExports(t *testing.T) {
	b := newBench(t, Config{})
	var got []string
	for _, s := range b.load("1.0.0").Exports() {
		got = append(got, s.Name+": "+s.Text)
	}
	want := []string{"add: func(a: u32, b: u32) -> u32", "echo: func(text: string) -> string", "run: func(n: u32) -> u32"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAFaultEndsTheInstance(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) {
		i.panics = "panicked at 'on purpose'"
		return 0, &engine.Trap{Code: engine.Unreachable, Backtrace: []string{"run"}}
	}
	i := b.open()
	_, err := i.Call(t.Context(), "run", Value{Bits: 1})
	wants(t, err, KindTrap, "on purpose", "test:fake/calls@1.0.0#run", "1.0.0")
	if f, ok := asFault(err); !ok || !slices.Equal(f.Backtrace, []string{"run"}) {
		t.Errorf("backtrace %v", f)
	}
	_, err = i.Call(t.Context(), "add", Value{}, Value{})
	wants(t, err, KindClosed, "earlier fault")
	// The kernel serves on.
	if v, err := i.kernel.Call(t.Context(), "add", Value{Bits: 1}, Value{Bits: 1}); err != nil || v.Bits != 2 {
		t.Errorf("%v, %v", v, err)
	}
}

func TestWhatIsRefusedCostsNoInstance(t *testing.T) {
	b := newBench(t, Config{})
	i := b.open()
	for _, c := range []struct {
		export string
		args   []Value
		says   string
	}{
		{"add", nil, "0 arguments"},
		{"add", make([]Value, 3), "3 arguments"},
		{"add", []Value{{Bits: 1 << 32}, {}}, "param a"},
		{"echo", []Value{{Text: "\xff"}}, "param text"},
	} {
		_, err := i.Call(t.Context(), c.export, c.args...)
		wants(t, err, KindABI, c.says)
	}
	wants(t, i.Drop(t.Context(), Value{Bits: 7}), KindABI, "7 is no resource")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := i.Call(ctx, "add", Value{}, Value{})
	wants(t, err, KindCanceled)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_, err = i.kernel.Open(ctx)
	wants(t, err, KindCanceled)
	if v, err := i.Call(t.Context(), "add", Value{Bits: 1}, Value{Bits: 1}); err != nil || v.Bits != 2 {
		t.Errorf("%v, %v", v, err)
	}
}

// TestOneGoroutineAtATime: whoever comes second is told so; closing meanwhile waits for the call.
func TestOneGoroutineAtATime(t *testing.T) {
	b := newBench(t, Config{})
	inside, leave := make(chan struct{}), make(chan struct{})
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) {
		close(inside)
		<-leave
		return n, nil
	}
	i := b.open()
	var wg sync.WaitGroup
	wg.Go(func() {
		if v, err := i.Call(context.Background(), "run", Value{Bits: 7}); err != nil || v.Bits != 7 {
			t.Errorf("%v, %v", v, err)
		}
	})
	<-inside
	_, err := i.Call(t.Context(), "add", Value{}, Value{})
	wants(t, err, KindOverloaded, "another call")
	wants(t, i.Drop(t.Context(), Value{}), KindOverloaded)
	if err := i.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if b.engine.instances.Load() != 1 {
		t.Error("the instance was freed during a call")
	}
	close(leave)
	wg.Wait()
	if b.engine.instances.Load() != 0 {
		t.Error("the instance was not freed after the call")
	}
}

// TestGoexitInTheGuest: a host function that ends the goroutine leaves an instance that is free and dead.
func TestGoexitInTheGuest(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) { runtime.Goexit(); return 0, nil }
	i := b.open()
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = i.Call(context.Background(), "run", Value{}) })
	wg.Wait()
	_, err := i.Call(t.Context(), "run", Value{})
	wants(t, err, KindClosed, "earlier fault")
}

func TestInstancesAndTheirKernel(t *testing.T) {
	b := newBench(t, Config{})
	b.planner.edit = warming("run")
	warmed := 0
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) { warmed++; return n, nil }
	k := b.load("1.0.0")
	i, err := k.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if warmed != 1 {
		t.Errorf("warmed %d times", warmed)
	}
	k.Close()
	if _, err := i.Call(t.Context(), "run", Value{}); err != nil {
		t.Errorf("an open instance ended with its kernel's Close: %v", err)
	}
	_, err = k.Open(t.Context())
	wants(t, err, KindClosed)
	if err := i.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if b.rt.Stats().Kernels != 0 {
		t.Error("the kernel is not gone with its last instance")
	}
	// One that nobody closes is closed by the runtime, at the end of this test.
	b.planner.edit = nil
	b.open()
	b.engine.instantiate = func() error { return &engine.Trap{Code: engine.Unreachable, Message: "start"} }
	_, err = b.load("2.0.0").Open(t.Context())
	wants(t, err, KindTrap, "start", "2.0.0")
}
