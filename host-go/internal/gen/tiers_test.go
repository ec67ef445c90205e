package gen_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/echo"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/hostile"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/ledger"
	"github.com/tenon-dev/tenon/host-go/internal/race"
)

// TestTiersAgree has values make the trip in all three tiers. Random worlds do the same with many more types.
func TestTiersAgree(t *testing.T) {
	c, r, ctx := echoClient(t), newRandom(7), t.Context()
	for range rounds {
		text, numbers, people := r.text(), listOf(r, r.f64), listOf(r, r.person)
		if out, err := c.AppendStringEcho(ctx, []byte("head"), text); err != nil || string(out) != "head"+text {
			t.Fatalf("%q came back as %q, %v", text, out, err)
		}
		err := c.ViewStringEcho(ctx, text, func(out []byte) error {
			if string(out) != text {
				t.Errorf("%q is shown as %q", text, out)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := c.AppendF64List(ctx, []float64{1}, numbers); err != nil || !slices.Equal(out, append([]float64{1}, numbers...)) {
			t.Fatalf("%v came back as %v, %v", numbers, out, err)
		}
		err = c.ViewF64List(ctx, numbers, func(out []float64) error {
			if !slices.Equal(out, numbers) {
				t.Errorf("%v is shown as %v", numbers, out)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		room := make([]echo.Person, 0, 5)
		for range cap(room) {
			room = append(room, r.person()) // variants of which nothing may be left
		}
		out, err := c.AppendPeopleEcho(ctx, room[:1], people)
		if err != nil || len(out) != 1+len(people) || &out[0] != &room[0] || len(people) > 0 && !reflect.DeepEqual(out[1:], people) {
			t.Fatalf("%v came back as %v, %v", people, out, err)
		}
	}
}

// TestTiersOfTheBaseline: where the baseline answers, its values are appended, and shown as a kernel's are.
func TestTiersOfTheBaseline(t *testing.T) {
	ctx, r := t.Context(), newRandom(9)
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(ctx)
	people, refused := []echo.Person{r.person(), {}, r.person()}, errors.New("refused")
	slot, err := tenon.NewSlot(ctx, rt, "test", echo.Contract, tenon.SlotConfig[echo.Kernel]{Baseline: echo.Fake{
		PeopleEchoFunc: func(_ context.Context, v []echo.Person) ([]echo.Person, error) {
			if v == nil {
				return people, refused
			}
			return v, nil
		},
		ByRecordFunc: func(_ context.Context, v tenon.Result[echo.Person, echo.Refusal]) (echo.Person, error) {
			p, e, ok := v.Get()
			if !ok {
				return p, e
			}
			return p, nil
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	c, head := echo.New(slot), []echo.Person{{Name: "head"}}
	kernel := echoClient(t)
	if out, err := c.AppendPeopleEcho(ctx, head, people); err != nil || !reflect.DeepEqual(out, append(head, people...)) {
		t.Errorf("%v, %v", out, err)
	}
	if out, err := c.AppendPeopleEcho(ctx, head, nil); err != refused || len(out) != 1 {
		t.Errorf("%v, %v", out, err)
	}
	var shown [2][]string
	for i, c := range []*echo.Client{c, kernel} {
		err = c.ViewPeopleEcho(ctx, people, func(v tenon.View[echo.PersonView]) error {
			for _, p := range v.All() {
				shown[i] = append(shown[i], written(p))
			}
			return nil
		})
		if err != nil || len(shown[i]) != len(people) {
			t.Errorf("%q, %v", shown[i], err)
		}
		err = c.ViewByRecord(ctx, tenon.Ok[echo.Person, echo.Refusal](people[0]), func(p echo.PersonView) error {
			shown[i] = append(shown[i], written(p))
			return nil
		})
		if err != nil || shown[i][0] != shown[i][len(people)] {
			t.Errorf("%q, %v", shown[i], err)
		}
		err = c.ViewByRecord(ctx, tenon.Err[echo.Person](echo.Refusal{Message: "no"}), func(echo.PersonView) error { return refused })
		if e, ok := errors.AsType[echo.Refusal](err); !ok || e.Message != "no" {
			t.Errorf("%v", err)
		}
	}
	if !slices.Equal(shown[0], shown[1]) {
		t.Errorf("the baseline shows %q\nthe kernel %q", shown[0], shown[1])
	}
	if err := c.ViewPeopleEcho(ctx, nil, func(tenon.View[echo.PersonView]) error { return nil }); err != refused {
		t.Error(err)
	}
}

// written is everything that a view of a person shows.
func written(p echo.PersonView) string {
	s := fmt.Sprintf("%s %v %v %v %d %s %v %v %v %v", p.Name, p.Hue, p.May, p.Home, p.Pair.V0, p.Pair.V1, p.Shape, p.Deep, p.Raw, p.Outcome)
	for i, tag := range p.Tags.All() {
		s += fmt.Sprintf(" %d %s", i, tag)
	}
	return s
}

// TestTiersOfResults: the contract's own error leaves dst alone, and shows nothing.
func TestTiersOfResults(t *testing.T) {
	c, ctx := echoClient(t), t.Context()
	good, bad := tenon.Ok[[]string, echo.Reason]([]string{"a", "b"}), tenon.Err[[]string](echo.ReasonTooLong)
	dst := make([]string, 1, 8)
	if out, err := c.AppendByEnum(ctx, dst, good); err != nil || !slices.Equal(out, []string{"", "a", "b"}) || &out[0] != &dst[0] {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := c.AppendByEnum(ctx, dst, bad); err != echo.ReasonTooLong || len(out) != 1 {
		t.Errorf("%q, %v", out, err)
	}
	seen := ""
	look := func(v tenon.View[[]byte]) error {
		for _, e := range v.All() {
			seen += string(e)
		}
		return nil
	}
	if err := c.ViewByEnum(ctx, good, look); err != nil || seen != "ab" {
		t.Errorf("%q, %v", seen, err)
	}
	if err := c.ViewByEnum(ctx, bad, look); err != echo.ReasonTooLong || seen != "ab" {
		t.Errorf("%q, %v", seen, err)
	}
}

// all looks at every element, and hands on nothing.
func all[T any](v tenon.View[T]) error {
	for range v.All() {
	}
	return errors.New("what the function says after a fault")
}

// TestHostileViewsAreFaults: an answer that breaks the canonical ABI is a fault in every tier, at the latest when the
// element is looked at.
func TestHostileViewsAreFaults(t *testing.T) {
	slot := serve[hostile.Hostile](t, "testdata/hostile/component.wasm", hostile.Contract)
	c := hostile.New(slot)
	none := func([]byte) error { return errors.New("shown") }
	for name, call := range map[string]func(context.Context) error{
		"listed enum":     func(ctx context.Context) error { return c.ViewListedEnum(ctx, all) },
		"nested tag":      func(ctx context.Context) error { return c.ViewNestedTag(ctx, all) },
		"beyond Unicode":  func(ctx context.Context) error { return c.ViewBeyondUnicode(ctx, all) },
		"bad UTF-8":       func(ctx context.Context) error { return c.ViewBadUTF8(ctx, none) },
		"far string":      func(ctx context.Context) error { return c.ViewFarString(ctx, none) },
		"wrapping list":   func(ctx context.Context) error { return c.ViewWrappingList(ctx, all) },
		"misaligned list": func(ctx context.Context) error { return c.ViewMisalignedList(ctx, func([]uint64) error { return nil }) },
		"appended enum": func(ctx context.Context) error {
			out, err := c.AppendListedEnum(ctx, make([]hostile.Colour, 1, 8))
			if len(out) != 1 {
				t.Errorf("%v is returned after %v", out, err)
			}
			return err
		},
		"appended bytes": func(ctx context.Context) error {
			out, err := c.AppendBadUTF8(ctx, []byte("dst"))
			if string(out) != "dst" {
				t.Errorf("%q is returned after %v", out, err)
			}
			return err
		},
	} {
		err := call(t.Context())
		if fault, ok := errors.AsType[*tenon.Fault](err); !ok || fault.Kind != tenon.KindABI {
			t.Errorf("%s: got %v, want an abi fault", name, err)
		}
	}
	if v := slot.Stats().Versions; len(v) != 1 || v[0].Poisoned != 9 {
		t.Errorf("%+v", v)
	}
}

func TestTiersAllocateNothing(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	c, r, ctx := echoClient(t), newRandom(8), t.Context()
	text, texts, numbers := "a text", []string{"a1", "b2"}, []float32{1, 2, 3}
	bytes, floats, chars := make([]byte, 0, 100), make([]float32, 0, 100), []rune("some letters")
	room := make([]rune, 0, 100)
	seen := 0
	people := []echo.Person{{Name: "Zoë", Tags: []string{"a"}, Raw: []byte{1}, Shape: echo.ShapeInner(r.joined())}, {}}
	for name, call := range map[string]func() error{
		"appended text":    func() error { _, err := c.AppendStringEcho(ctx, bytes, text); return err },
		"appended numbers": func() error { _, err := c.AppendF32List(ctx, floats, numbers); return err },
		"appended chars":   func() error { _, err := c.AppendCharList(ctx, room, chars); return err },
		"viewed text": func() error {
			return c.ViewStringEcho(ctx, text, func(b []byte) error { seen += len(b); return nil })
		},
		"viewed numbers": func() error {
			return c.ViewF32List(ctx, numbers, func(list []float32) error { seen += len(list); return nil })
		},
		"viewed chars": func() error {
			return c.ViewCharList(ctx, chars, func(v tenon.View[rune]) error {
				for i, e := range v.All() {
					seen += i + int(e)
				}
				seen += int(v.At(3))
				return nil
			})
		},
		"viewed texts": func() error {
			return c.ViewStringList(ctx, texts, func(v tenon.View[[]byte]) error {
				for _, e := range v.All() {
					seen += len(e)
				}
				return nil
			})
		},
		"viewed people": func() error {
			return c.ViewPeopleEcho(ctx, people, func(v tenon.View[echo.PersonView]) error {
				for _, p := range v.All() {
					seen += len(p.Name) + p.Tags.Len() + len(p.Tags.At(0)) + len(p.Raw)
				}
				return nil
			})
		},
	} {
		var err error
		got := testing.AllocsPerRun(100, func() {
			if e := call(); e != nil {
				err = e
			}
		})
		if err != nil || got != 0 {
			t.Errorf("%s: %v allocations a call (%v)", name, got, err)
		}
	}
	if seen == 0 {
		t.Error("nothing was seen")
	}
}

// TestViewInAPin: the pinned instance is held while the function looks. Others wait for their turn, and the function
// itself must not call it: all that ends such a call is its context. Other instances serve meanwhile.
func TestViewInAPin(t *testing.T) {
	ctx := t.Context()
	client := ledger.New(ledgerSlot(t, newJournal(), nil))
	pinned := good(client.Pin(ctx))(t)
	account := good(pinned.NewAccount(ctx, "Anna"))(t)
	done := make(chan uint64)
	err := pinned.ViewTicks(ctx, 3, func(ticks []uint64) error {
		go func() {
			n, _ := account.Deposit(ctx, 5)
			done <- n
		}()
		brief, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
		defer cancel()
		if _, err := pinned.Ticks(brief, 1); !errors.Is(err, tenon.ErrCanceled) {
			t.Errorf("the instance was entered: %v", err)
		}
		if other, err := client.Ticks(ctx, 1); len(other) != 1 || err != nil {
			t.Errorf("another instance answers %v, %v", other, err)
		}
		if !slices.Equal(ticks, []uint64{1000, 1001, 1002}) {
			t.Errorf("the ticks are %v", ticks)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n := <-done; n != 5 {
		t.Errorf("the balance is %d", n)
	}
	if err := errors.Join(account.Close(ctx), pinned.Close(ctx)); err != nil {
		t.Error(err)
	}
}
