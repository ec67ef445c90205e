package tenon_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// handEnv implements the imports of testdata/things by hand: a sink is the number that it was made with.
type handEnv struct {
	name    func(ctx context.Context) (tenon.Value, error)
	notes   []uint32
	texts   []string
	dropped []uint32
}

func (e *handEnv) options() tenon.LoadOptions {
	return tenon.LoadOptions{Imports: []tenon.Import{{
		Name: envIface,
		Resources: []tenon.ImportResource{{Name: "sink", Drop: func(_ context.Context, v any) {
			e.dropped = append(e.dropped, v.(uint32))
		}}},
		Funcs: []tenon.ImportFunc{
			{Name: "[constructor]sink", Dynamic: func(_ context.Context, args []tenon.Value) (tenon.Value, error) { return args[0], nil }},
			{Name: "[method]sink.write", Dynamic: func(_ context.Context, args []tenon.Value) (tenon.Value, error) {
				e.texts = append(e.texts, args[1].Text)
				return tenon.Value{Bits: 100*args[0].Bits + uint64(len(args[1].Text))}, nil
			}},
			{Name: "name", Dynamic: func(ctx context.Context, _ []tenon.Value) (tenon.Value, error) { return e.name(ctx) }},
			{Name: "note", Dynamic: func(_ context.Context, args []tenon.Value) (tenon.Value, error) {
				e.notes = append(e.notes, uint32(args[0].Bits))
				return tenon.Value{}, nil
			}},
		},
	}}}
}

func openThings(t *testing.T, e *handEnv) *tenon.Instance {
	t.Helper()
	k, err := newRuntime(t, tenon.Config{}).LoadFileWith(t.Context(), thingsFile, e.options())
	if err != nil {
		t.Fatal(err)
	}
	i, err := k.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func number(n uint64) tenon.Value { return tenon.Value{Bits: n} }

func TestInstanceWithResources(t *testing.T) {
	ctx := t.Context()
	var e handEnv
	i := openThings(t, &e)
	must := func(export string, args ...tenon.Value) tenon.Value {
		t.Helper()
		v, err := i.Call(ctx, export, args...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a, b := must("[constructor]thing", number(40)), must("[constructor]thing", number(2))
	if got := must("[method]thing.get", a); got.Bits != 40 {
		t.Errorf("get gives %d", got.Bits)
	}
	// join takes its first: the number means nothing afterwards, and the instance serves on.
	if got := must("things#[static]thing.join", a, b); got.Bits != 42 {
		t.Errorf("join gives %d", got.Bits)
	}
	for _, gone := range []tenon.Value{a, number(0), number(99)} {
		if _, err := i.Call(ctx, "[method]thing.get", gone); !errors.Is(err, tenon.ErrABI) {
			t.Errorf("get of %d: %v", gone.Bits, err)
		}
		if err := i.Drop(ctx, gone); !errors.Is(err, tenon.ErrABI) {
			t.Errorf("drop of %d: %v", gone.Bits, err)
		}
	}
	if err := i.Drop(ctx, b); err != nil {
		t.Fatal(err)
	}
	if want := []uint32{40, 1040, 1002}; !slices.Equal(e.notes, want) {
		t.Errorf("noted %v, want %v", e.notes, want)
	}
	// A resource of the host is the number that its functions chose.
	if got := must("sinks", number(0)); got.Bits != 8 || !slices.Equal(e.texts, []string{"hello", "hel"}) || !slices.Equal(e.dropped, []uint32{0}) {
		t.Errorf("sinks gives %d, wrote %q, dropped %v", got.Bits, e.texts, e.dropped)
	}
	if got := must("lend", number(7)); got.Bits != 704 {
		t.Errorf("lend gives %d", got.Bits)
	}
	if got := must("pass", number(9)); got.Bits != 9 {
		t.Errorf("pass gives %d", got.Bits)
	}
	if _, err := i.Call(ctx, "keep", number(7)); !errors.Is(err, tenon.ErrABI) {
		t.Errorf("a borrow that is kept: %v", err)
	}
	if _, err := i.Call(ctx, "names"); !errors.Is(err, tenon.ErrClosed) {
		t.Errorf("after a fault: %v", err)
	}
}

func TestFaultsOfAnInstanceWithImports(t *testing.T) {
	sunk := errors.New("sunk")
	ended, cancel := context.WithCancel(t.Context())
	for _, c := range []struct {
		what string
		name func(i *tenon.Instance) func(ctx context.Context) (tenon.Value, error)
		kind error
		says string
	}{
		{"an error", func(*tenon.Instance) func(context.Context) (tenon.Value, error) {
			return func(context.Context) (tenon.Value, error) { return tenon.Value{}, sunk }
		}, tenon.ErrTrap, "sunk"},
		{"a panic", func(*tenon.Instance) func(context.Context) (tenon.Value, error) {
			return func(context.Context) (tenon.Value, error) { panic("on purpose") }
		}, tenon.ErrInternal, "on purpose"},
		{"no text", func(*tenon.Instance) func(context.Context) (tenon.Value, error) {
			return func(context.Context) (tenon.Value, error) { return tenon.Value{Text: "\xff"}, nil }
		}, tenon.ErrABI, "UTF-8"},
		{"a call back into the instance", func(i *tenon.Instance) func(context.Context) (tenon.Value, error) {
			return func(ctx context.Context) (tenon.Value, error) { return i.Call(ctx, "names") }
		}, tenon.ErrOverloaded, "another call"},
		{"a context that ended", func(*tenon.Instance) func(context.Context) (tenon.Value, error) {
			return func(ctx context.Context) (tenon.Value, error) { cancel(); return tenon.Value{}, ctx.Err() }
		}, tenon.ErrCanceled, "ended"},
	} {
		var e handEnv
		i := openThings(t, &e)
		e.name = c.name(i)
		_, err := i.Call(ended, "names")
		if _, ok := err.(*tenon.Fault); !ok || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.what, err)
		}
		if c.what == "an error" && !errors.Is(err, sunk) {
			t.Errorf("%v is not in the chain of %v", sunk, err)
		}
		if _, err := i.Call(t.Context(), "[constructor]thing", number(1)); !errors.Is(err, tenon.ErrClosed) {
			t.Errorf("%s: the instance lives on: %v", c.what, err)
		}
	}
}
