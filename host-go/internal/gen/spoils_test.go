package gen_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/ledger"
)

// TestSpoiltCallsLoseNothing: of a call that the kernel spoils, the page that it gives and the page that it is given are
// both closed; so are those that an implementation over values knows by numbers.
func TestSpoiltCallsLoseNothing(t *testing.T) {
	ctx := t.Context()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		t.Fatal(err)
	}
	component := read(t, "testdata/ledger/spoils.wasm")
	for _, export := range []string{"join", "find"} {
		j := newJournal()
		if export == "find" {
			j.open("") // which it answers with
		}
		k, err := rt.LoadWith(ctx, "spoils", component, tenon.LoadOptions{Imports: []tenon.Import{ledger.ImportJournal(j)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Call(ctx, export); !errors.Is(err, tenon.ErrABI) {
			t.Errorf("%s: %v", export, err)
		}
		if n := j.live(); n != 0 {
			t.Errorf("%s: %d of %d pages are still open", export, n, j.opened)
		}

		made, dropped := 0, []any(nil)
		page := func(wrap func(page tenon.Value) tenon.Value) func(context.Context, []tenon.Value) (tenon.Value, error) {
			return func(context.Context, []tenon.Value) (tenon.Value, error) {
				made++
				return wrap(tenon.Value{Bits: 7}), nil
			}
		}
		bare := func(page tenon.Value) tenon.Value { return page }
		first := func(page tenon.Value) tenon.Value { return tenon.Value{Items: []tenon.Value{page}} }
		some := func(page tenon.Value) tenon.Value { return tenon.Value{Bits: 1, Items: []tenon.Value{page}} }
		k, err = rt.LoadWith(ctx, "spoils", component, tenon.LoadOptions{Imports: []tenon.Import{{
			Name:      "golden:ledger/journal@1.0.0",
			Resources: []tenon.ImportResource{{Name: "page", Drop: func(_ context.Context, v any) { dropped = append(dropped, v) }}},
			Funcs: []tenon.ImportFunc{
				{Name: "[constructor]page", Dynamic: page(bare)}, {Name: "[static]page.join", Dynamic: page(first)}, {Name: "find", Dynamic: page(some)},
			},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Call(ctx, export); !errors.Is(err, tenon.ErrABI) {
			t.Errorf("%s over values: %v", export, err)
		}
		if made != 1 || !slices.Equal(dropped, []any{uint32(7)}) {
			t.Errorf("%s over values: %d made, dropped %v", export, made, dropped)
		}
	}
	if err := rt.Close(ctx); err != nil {
		t.Error(err)
	}
}
