package tenon_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// asksHost is the host of testdata/runaway/asks.wat.
func asksHost(ask func(ctx context.Context) (uint32, error)) tenon.Import {
	return tenon.Import{
		Name: "test:runaway/host@1.0.0",
		Funcs: []tenon.ImportFunc{
			{Name: "ask", Call: func(ctx context.Context, f *tenon.Frame) {
				n, err := ask(ctx)
				if err != nil {
					f.Failed(err)
					return
				}
				f.Return(0, uint64(n))
			}},
			{Name: "name", Call: func(ctx context.Context, f *tenon.Frame) { f.String("a text") }},
		},
	}
}

// asks serves testdata/runaway/asks.wat over a function of the host.
func asks(t *testing.T, cfg tenon.SlotConfig[any], ask func(ctx context.Context) (uint32, error)) func(ctx context.Context) (uint32, error) {
	t.Helper()
	rt := newRuntime(t, tenon.Config{})
	k, err := rt.LoadFileWith(t.Context(), "testdata/runaway/asks.wasm", tenon.LoadOptions{Imports: []tenon.Import{asksHost(ask)}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Kernel = k
	slot, err := tenon.NewSlot(t.Context(), rt, "asks", k.Contract(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (uint32, error) {
		f, err := slot.Enter(ctx, 0)
		if err != nil {
			return 0, err
		}
		f.Invoke()
		n := uint32(f.Ret(0))
		return n, f.Leave()
	}
}

// A kernel that calls its host again and again, or runs away after it, is stopped as any other; the time that the host
// takes counts.
func TestDeadlineOverHostCalls(t *testing.T) {
	for what, answer := range map[string]uint32{"calls for ever": 0, "runs away": 1} {
		call := asks(t, tenon.SlotConfig[any]{Deadline: soon}, func(context.Context) (uint32, error) { return answer, nil })
		if n, err := call(t.Context()); !errors.Is(err, tenon.ErrDeadline) {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	sleepy := asks(t, tenon.SlotConfig[any]{Deadline: 4 * soon}, func(context.Context) (uint32, error) { time.Sleep(soon); return 0, nil })
	if n, err := sleepy(t.Context()); !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("a host that takes its time: %d, %v", n, err)
	}
}

// A host function's answer needs memory of the kernel, whose allocator never ends: the host waits no longer than for the
// kernel itself, whichever way the function is written.
func TestDeadlineInAHostCallsAnswer(t *testing.T) {
	typed := asksHost(nil)
	dynamic := tenon.Import{Name: typed.Name, Funcs: []tenon.ImportFunc{
		{Name: "ask", Dynamic: func(context.Context, []tenon.Value) (tenon.Value, error) { return tenon.Value{}, nil }},
		{Name: "name", Dynamic: func(context.Context, []tenon.Value) (tenon.Value, error) { return tenon.Value{Text: "a text"}, nil }},
	}}
	for what, host := range map[string]tenon.Import{"typed": typed, "dynamic": dynamic} {
		rt := newRuntime(t, tenon.Config{})
		k, err := rt.LoadFileWith(t.Context(), "testdata/runaway/asks.wasm", tenon.LoadOptions{Imports: []tenon.Import{host}})
		if err != nil {
			t.Fatal(err)
		}
		slot, err := tenon.NewSlot(t.Context(), rt, "asks", k.Contract(), tenon.SlotConfig[any]{Kernel: k, Deadline: soon})
		if err != nil {
			t.Fatal(err)
		}
		f, err := slot.Enter(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		f.Invoke()
		err = f.Leave()
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindDeadline || fault.Code != tenon.TrapDeadline || !strings.Contains(fault.Message, "raise SlotConfig.Deadline") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A host function that goes on with the context that it was given: to another slot with limits of its own, as long as
// the caller is there.
func TestHostCallsOnWithItsContext(t *testing.T) {
	inner := newRunaway(t, tenon.SlotConfig[any]{Deadline: soon})
	call := asks(t, tenon.SlotConfig[any]{Deadline: -1}, func(ctx context.Context) (uint32, error) {
		return 7, ignore(inner.call(ctx, "spin", 0))
	})
	// The inner slot's deadline is the host function's error: the outer kernel had all the time in the world.
	if n, err := call(t.Context()); !errors.Is(err, tenon.ErrTrap) || !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("%d, %v", n, err)
	}
	patient := newRunaway(t, tenon.SlotConfig[any]{Deadline: -1})
	call = asks(t, tenon.SlotConfig[any]{Deadline: -1}, func(ctx context.Context) (uint32, error) {
		return 7, ignore(patient.call(ctx, "spin", 0))
	})
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	_, err := call(ctx)
	var fault *tenon.Fault
	if !errors.As(err, &fault) || fault.Kind != tenon.KindCanceled || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's time was up: %v", err)
	}
	// A slot may be called from its own host function: the call has another instance.
	var again func(ctx context.Context) (uint32, error)
	depth := 0
	again = asks(t, tenon.SlotConfig[any]{Deadline: time.Minute, MaxInstances: 4}, func(ctx context.Context) (uint32, error) {
		if depth++; depth < 3 {
			n, err := again(ctx)
			return n + 1, err
		}
		return 5, nil
	})
	if n, err := again(t.Context()); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// Calls by name are under limits too, 10 seconds unless SetLimits says otherwise.
func TestInstanceLimits(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	k, err := rt.LoadFile(t.Context(), runawayFile)
	if err != nil {
		t.Fatal(err)
	}
	spin := func(ctx context.Context, l tenon.CallLimits) error {
		i, err := k.OpenWith(t.Context(), tenon.OpenOptions{Limits: l})
		if err != nil {
			t.Fatal(err)
		}
		defer i.Close(t.Context())
		_, err = i.Call(ctx, "spin")
		if _, after := i.Call(t.Context(), "work", tenon.Value{}); !errors.Is(after, tenon.ErrClosed) {
			t.Errorf("the instance goes on after %v: %v", err, after)
		}
		return err
	}
	if err := spin(t.Context(), tenon.CallLimits{Deadline: soon}); !errors.Is(err, tenon.ErrDeadline) || !strings.Contains(err.Error(), "raise CallLimits.Deadline") {
		t.Errorf("%v", err)
	}
	if err := spin(t.Context(), tenon.CallLimits{Fuel: 1000}); !errors.Is(err, tenon.ErrFuel) || !strings.Contains(err.Error(), "raise CallLimits.Fuel") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := spin(ctx, tenon.CallLimits{Deadline: -1}); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	// A destructor of a thing that is dropped by name.
	i, err := k.OpenWith(t.Context(), tenon.OpenOptions{Limits: tenon.CallLimits{Deadline: soon}})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(t.Context())
	thing, err := i.Call(t.Context(), "make", tenon.Value{Bits: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Drop(t.Context(), thing); !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("Drop = %v", err)
	}
}
