package gen_test

import (
	"context"
	"errors"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/misuse"
)

// misused implements what the kernel misuses. asked says what reached it.
type misused struct {
	asked  []string
	living int
}

var _ misuse.Host = (*misused)(nil)

func (m *misused) ask(what string) error {
	m.asked = append(m.asked, what)
	return nil
}

func (m *misused) TakeText(context.Context, string) error               { return m.ask("text") }
func (m *misused) TakeTexts(context.Context, []string) error            { return m.ask("texts") }
func (m *misused) TakeNumbers(context.Context, []uint64) error          { return m.ask("numbers") }
func (m *misused) TakeColour(context.Context, misuse.Colour) error      { return m.ask("colour") }
func (m *misused) TakeChoice(context.Context, misuse.Choice) error      { return m.ask("choice") }
func (m *misused) TakeMaybe(context.Context, tenon.Option[uint8]) error { return m.ask("maybe") }
func (m *misused) TakeChar(context.Context, rune) error                 { return m.ask("char") }
func (m *misused) SeeThing(context.Context, misuse.Thing) error         { return m.ask("see") }
func (m *misused) TakeThing(ctx context.Context, t misuse.Thing) error {
	return errors.Join(m.ask("thing"), t.Close(ctx))
}
func (m *misused) TakeMany(_ context.Context, _, _, _, _, _, _, _, _ string, _ uint8) error {
	return m.ask("many")
}
func (m *misused) GiveText(context.Context) (string, error) { return "a text", m.ask("give") }
func (m *misused) GivePair(context.Context) (misuse.TupleU64U8, error) {
	return misuse.TupleU64U8{V0: 1, V1: 2}, m.ask("pair")
}
func (m *misused) GetThing(context.Context) (misuse.Thing, error) {
	m.living++
	return &thing{m}, m.ask("get")
}

type thing struct{ m *misused }

func (t *thing) Poke(context.Context) (uint32, error) { return 5, t.m.ask("poke") }
func (t *thing) Close(context.Context) error {
	t.m.living--
	return nil
}

// TestMisuseOfImportsIsAFault has a kernel break the canonical ABI in each call of an import. The host's implementation must
// not see any of it, and the slot serves on.
func TestMisuseOfImportsIsAFault(t *testing.T) {
	ctx := t.Context()
	m := &misused{}
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.WithoutCancel(ctx))
	component := read(t, "testdata/misuse/component.wasm")
	k, err := rt.LoadWith(ctx, "misuse", component, tenon.LoadOptions{Imports: []tenon.Import{misuse.ImportHost(m)}})
	if err != nil {
		t.Fatal(err)
	}
	slot, err := tenon.NewSlot(ctx, rt, "misuse", misuse.Contract, tenon.SlotConfig[misuse.Calls]{Kernel: k, MaxInstances: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := misuse.New(slot)
	poisoned := uint64(0)
	for _, bad := range []struct {
		name  string
		call  func(context.Context) error
		asked int // calls that were sound before, or whose answer had no place
	}{
		{"bad UTF-8", c.BadUTF8, 0},
		{"far text", c.FarText, 0},
		{"far texts", c.FarTexts, 0},
		{"wrapping numbers", c.WrappingNumbers, 0},
		{"misaligned numbers", c.MisalignedNumbers, 0},
		{"bad colour", c.BadColour, 0},
		{"bad choice", c.BadChoice, 0},
		{"far choice", c.FarChoice, 0},
		{"bad maybe", c.BadMaybe, 0},
		{"surrogate", c.Surrogate, 0},
		{"forged own", c.ForgedOwn, 0},
		{"forged borrow", c.ForgedBorrow, 0},
		{"no handle", c.NoHandle, 0},
		{"twice", c.Twice, 2},
		{"after drop", c.AfterDrop, 1},
		{"far params", c.FarParams, 0},
		{"misaligned params", c.MisalignedParams, 0},
		{"far answer", c.FarAnswer, 1},
		{"misaligned answer", c.MisalignedAnswer, 1},
		{"far realloc", c.FarRealloc, 1},
	} {
		m.asked = nil
		if err := bad.call(ctx); !errors.Is(err, tenon.ErrABI) {
			t.Errorf("%s: got %v, want an abi fault", bad.name, err)
		}
		if len(m.asked) != bad.asked {
			t.Errorf("%s: the host was asked %q", bad.name, m.asked)
		}
		poisoned++
		if v := slot.Stats().Versions[0]; uint64(v.Poisoned) != poisoned {
			t.Errorf("%s: %d instances were lost, want %d", bad.name, v.Poisoned, poisoned)
		}
		m.asked = nil
		if n, err := c.Fine(ctx); n != 7 || err != nil || len(m.asked) != 5 {
			t.Errorf("after %s: %d, %v, asked %q", bad.name, n, err, m.asked)
		}
	}
	if err := slot.Close(ctx); err != nil {
		t.Error(err)
	}
	if m.living != 0 {
		t.Errorf("%d things are left", m.living)
	}
}
