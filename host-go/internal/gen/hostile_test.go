package gen_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/echo"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/hostile"
	"github.com/tenon-dev/tenon/host-go/internal/race"
)

// TestHostileAnswersAreFaults calls a kernel whose every answer breaks the canonical ABI in another way.
func TestHostileAnswersAreFaults(t *testing.T) {
	slot := serve[hostile.Hostile](t, "testdata/hostile/component.wasm", hostile.Contract)
	c := hostile.New(slot)
	calls := map[string]func(context.Context) error{
		"flat enum":         func(ctx context.Context) error { _, err := c.FlatEnum(ctx); return err },
		"listed enum":       func(ctx context.Context) error { _, err := c.ListedEnum(ctx); return err },
		"variant tag":       func(ctx context.Context) error { _, err := c.VariantTag(ctx); return err },
		"option tag":        func(ctx context.Context) error { _, err := c.OptionTag(ctx); return err },
		"result tag":        func(ctx context.Context) error { _, err := c.ResultTag(ctx); return err },
		"nested tag":        func(ctx context.Context) error { _, err := c.NestedTag(ctx); return err },
		"surrogate":         func(ctx context.Context) error { _, err := c.Surrogate(ctx); return err },
		"beyond Unicode":    func(ctx context.Context) error { _, err := c.BeyondUnicode(ctx); return err },
		"bad UTF-8":         func(ctx context.Context) error { _, err := c.BadUTF8(ctx); return err },
		"far string":        func(ctx context.Context) error { _, err := c.FarString(ctx); return err },
		"wrapping list":     func(ctx context.Context) error { _, err := c.WrappingList(ctx); return err },
		"misaligned list":   func(ctx context.Context) error { _, err := c.MisalignedList(ctx); return err },
		"far answer":        func(ctx context.Context) error { _, err := c.FarAnswer(ctx); return err },
		"misaligned answer": func(ctx context.Context) error { _, err := c.MisalignedAnswer(ctx); return err },
		"far realloc":       func(ctx context.Context) error { return c.FarRealloc(ctx, "some text") },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			var fault *tenon.Fault
			err := call(t.Context())
			if !errors.Is(err, tenon.ErrABI) || !errors.As(err, &fault) {
				t.Fatalf("got %v, want an abi fault", err)
			}
			if !strings.HasPrefix(fault.Export, "golden:hostile/hostile@1.0.0#") {
				t.Errorf("the fault names the export %q", fault.Export)
			}
		})
	}
}

// TestLooseAnswersAreCutToTheirType: what the canonical ABI lets a kernel leave dirty does no harm.
func TestLooseAnswersAreCutToTheirType(t *testing.T) {
	c := hostile.New(serve[hostile.Hostile](t, "testdata/hostile/component.wasm", hostile.Contract))
	ctx := t.Context()
	if v, err := c.Loose(ctx); err != nil || !v.V0 || v.V1 != hostile.BitsA|hostile.BitsB {
		t.Errorf("Loose: %v, %v", v, err)
	}
	if v, err := c.LooseBits(ctx); err != nil || v != hostile.BitsA|hostile.BitsB {
		t.Errorf("LooseBits: %v, %v", v, err)
	}
	if v, err := c.LooseU8(ctx); err != nil || v != 255 {
		t.Errorf("LooseU8: %v, %v", v, err)
	}
	if v, err := c.LooseS16(ctx); err != nil || v != -32768 {
		t.Errorf("LooseS16: %v, %v", v, err)
	}
}

// TestBadArgumentsAreRefused passes what Go can express and the contract cannot. The guest must not run for it: the
// instance that would have to be thrown away is still the same one.
func TestBadArgumentsAreRefused(t *testing.T) {
	slot := serve[echo.Kernel](t, "testdata/echo/component.wasm", echo.Contract)
	c, ctx := echo.New(slot), t.Context()
	const bad = "bad \xff"
	calls := map[string]func() error{
		"v: invalid UTF-8": func() error { _, err := c.StringEcho(ctx, bad); return err },
		"a char":           func() error { _, err := c.CharEcho(ctx, 0xd800); return err },
		"an enum":          func() error { _, err := c.ColourEcho(ctx, 3); return err },
		"a late string":    func() error { _, err := c.StringList(ctx, []string{"good", bad}); return err },
		"a late char":      func() error { _, err := c.CharList(ctx, []rune{'a', -1}); return err },
		"a late enum":      func() error { _, err := c.Enums(ctx, []echo.Many{300}, nil, nil); return err },
		"a late payload":   func() error { _, err := c.ShapeEcho(ctx, echo.ShapeInner(echo.JoinedText(bad))); return err },
		"a late option":    func() error { _, err := c.OptionEcho(ctx, tenon.Some(bad)); return err },
		"a field":          func() error { _, err := c.PeopleEcho(ctx, []echo.Person{{}, {Name: bad}}); return err },
		"a result's error": func() error { _, err := c.ByString(ctx, tenon.Err[uint32](bad)); return err },
		`argument "h"`:     func() error { _, err := c.Sixteen(ctx, "", "", "", "", "", "", "", bad); return err },
		`argument "n"`:     func() error { return spill(ctx, c, nil, bad, echo.ColourRed) },
		`argument "m"`:     func() error { return spill(ctx, c, []string{bad}, "", echo.ColourRed) },
		`argument "q"`:     func() error { return spill(ctx, c, nil, "", echo.Colour(9)) },
		"a person in a result": func() error {
			_, err := c.ByRecord(ctx, tenon.Ok[echo.Person, echo.Refusal](echo.Person{Name: bad}))
			return err
		},
	}
	for name, call := range calls {
		err := call()
		if !errors.Is(err, tenon.ErrABI) {
			t.Errorf("%s: got %v, want an abi fault", name, err)
			continue
		}
		if strings.HasPrefix(name, "argument") && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the fault does not name the argument: %v", name, err)
		}
	}
	if v := slot.Stats().Versions; len(v) != 1 || v[0].Poisoned != 0 || v[0].Built != 1 {
		t.Errorf("refusals cost instances: %+v", v)
	}
}

func spill(ctx context.Context, c *echo.Client, m []string, n string, q echo.Colour) error {
	_, err := c.Spill(ctx, 0, 0, 0, 0, 0, false, 'g', 0, 0, 0, 0, tenon.None[uint8](), m, n, echo.Person{}, nil, q)
	return err
}

// TestTrapIsAFault: a panic in the kernel is no panic here, and the slot serves on.
func TestTrapIsAFault(t *testing.T) {
	c, ctx := echoClient(t), t.Context()
	for range 3 {
		if _, err := c.Trap(ctx, "on purpose"); !errors.Is(err, tenon.ErrTrap) {
			t.Fatalf("got %v, want a trap", err)
		}
		same(t, c.StringEcho, "still here")
	}
}

func TestCallsAllocateTheAnswerOnly(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	c, ctx := echoClient(t), t.Context()
	data, texts, people := []byte("some bytes"), []string{"a1", "b2", "c3"}, []echo.Person{}
	for _, m := range []struct {
		name string
		want float64
		call func() error
	}{
		{"scalar", 0, func() error { _, err := c.U64Echo(ctx, 7); return err }},
		{"record", 0, func() error { _, err := c.HolesEcho(ctx, echo.Holes{A: 1}); return err }},
		{"variant", 0, func() error { _, err := c.JoinedEcho(ctx, echo.JoinedWhole(1)); return err }},
		{"string", 1, func() error { _, err := c.StringEcho(ctx, "a text"); return err }},
		{"bytes", 1, func() error { _, err := c.U8List(ctx, data); return err }},
		{"list of strings", 4, func() error { _, err := c.StringList(ctx, texts); return err }},
		{"enum error", 0, func() error { return ignore(c.OnlyError(ctx, tenon.Err[struct{}](echo.ReasonEmpty))) }},
		{"no people", 0, func() error { _, err := c.PeopleEcho(ctx, people); return err }},
	} {
		var err error
		got := testing.AllocsPerRun(100, func() {
			if e := m.call(); e != nil {
				err = e
			}
		})
		if err != nil || got != m.want {
			t.Errorf("%s: %v allocations a call, want %v (%v)", m.name, got, m.want, err)
		}
	}
}

// ignore drops the contract's own error.
func ignore(err error) error {
	if errors.Is(err, echo.ReasonEmpty) {
		return nil
	}
	return err
}
