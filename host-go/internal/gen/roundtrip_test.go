package gen_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/echo"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/encodings"
)

// serve opens a slot on a component of testdata, without a baseline, so that every answer is the kernel's.
func serve[B any](t testing.TB, component string, contract tenon.Contract) *tenon.Slot[B] {
	t.Helper()
	ctx, bytes := t.Context(), read(t, component)
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	k, err := rt.Load(ctx, component, bytes)
	if err != nil {
		t.Fatal(err)
	}
	slot, err := tenon.NewSlot(ctx, rt, "test", contract, tenon.SlotConfig[B]{Kernel: k, MaxInstances: 2, MaxWait: -1})
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

func echoClient(t testing.TB) *echo.Client {
	return echo.New(serve[echo.Kernel](t, "testdata/echo/component.wasm", echo.Contract))
}

// same calls an echo with a value and wants it back.
func same[T any](t *testing.T, call func(context.Context, T) (T, error), v T) {
	t.Helper()
	got, err := call(t.Context(), v)
	if err != nil {
		t.Fatalf("%#v: %v", v, err)
	}
	if !reflect.DeepEqual(got, v) {
		t.Fatalf("sent %#v, got %#v", v, got)
	}
}

// rounds is how many random values of each type make the trip.
const rounds = 200

func TestScalarsRoundTrip(t *testing.T) {
	c, r := echoClient(t), newRandom(1)
	for range rounds {
		same(t, c.BoolEcho, r.coin())
		same(t, c.S8Echo, number[int8](r))
		same(t, c.U8Echo, number[uint8](r))
		same(t, c.S16Echo, number[int16](r))
		same(t, c.U16Echo, number[uint16](r))
		same(t, c.S32Echo, number[int32](r))
		same(t, c.U32Echo, number[uint32](r))
		same(t, c.S64Echo, number[int64](r))
		same(t, c.U64Echo, number[uint64](r))
		same(t, c.F32Echo, r.f32())
		same(t, c.F64Echo, r.f64())
		same(t, c.CharEcho, r.char())
		same(t, c.StringEcho, r.text())
	}
	nan, err := c.F64Echo(t.Context(), math.NaN())
	if err != nil || nan == nan {
		t.Errorf("NaN came back as %v, %v", nan, err)
	}
	same(t, c.F32Echo, float32(math.Copysign(0, -1)))
	same(t, c.F64Echo, math.Inf(-1))
}

func TestListsRoundTrip(t *testing.T) {
	c, r := echoClient(t), newRandom(2)
	for range rounds {
		same(t, c.BoolList, listOf(r, r.coin))
		same(t, c.S8List, listOf(r, func() int8 { return number[int8](r) }))
		same(t, c.U8List, r.bytes())
		same(t, c.S16List, listOf(r, func() int16 { return number[int16](r) }))
		same(t, c.U16List, listOf(r, func() uint16 { return number[uint16](r) }))
		same(t, c.S32List, listOf(r, func() int32 { return number[int32](r) }))
		same(t, c.U32List, listOf(r, func() uint32 { return number[uint32](r) }))
		same(t, c.S64List, listOf(r, func() int64 { return number[int64](r) }))
		same(t, c.U64List, listOf(r, func() uint64 { return number[uint64](r) }))
		same(t, c.F32List, listOf(r, r.f32))
		same(t, c.F64List, listOf(r, r.f64))
		same(t, c.CharList, listOf(r, r.char))
		same(t, c.StringList, listOf(r, r.text))
		same(t, c.Nested, listOf(r, func() [][]byte { return listOf(r, r.bytes) }))
	}
}

// TestLongListsGrowTheGuest moves enough that the guest's memory grows between lowering and lifting.
func TestLongListsGrowTheGuest(t *testing.T) {
	c := echoClient(t)
	numbers := make([]uint64, 300_000)
	for i := range numbers {
		numbers[i] = uint64(i) << 20
	}
	same(t, c.U64List, numbers)
	texts := make([]string, 20_000)
	for i := range texts {
		texts[i] = fmt.Sprintf("text %d", i)
	}
	same(t, c.StringList, texts)
}

func TestShapesRoundTrip(t *testing.T) {
	c, r := echoClient(t), newRandom(3)
	for range rounds {
		same(t, c.ColourEcho, r.colour())
		same(t, c.ManyEcho, r.many())
		same(t, c.FewEcho, r.few())
		same(t, c.SomeEcho, echo.Some(r.IntN(1<<12)))
		same(t, c.MostEcho, number[echo.Most](r))
		same(t, c.PointEcho, r.point())
		same(t, c.HolesEcho, r.holes())
		same(t, c.JoinedEcho, r.joined())
		same(t, c.StateEcho, r.state())
		same(t, c.ShapeEcho, r.shape())
		same(t, c.PersonEcho, r.person())
		same(t, c.PeopleEcho, listOf(r, r.person))
		same(t, c.OptionEcho, optionOf(r, r.text))
		same(t, c.OptionsEcho, listOf(r, func() tenon.Option[tenon.Option[uint8]] {
			return optionOf(r, func() tenon.Option[uint8] { return optionOf(r, func() uint8 { return number[uint8](r) }) })
		}))
		same(t, c.ResultEcho, listOf(r, func() tenon.Result[uint64, string] {
			if r.coin() {
				return tenon.Err[uint64](r.text())
			}
			return tenon.Ok[uint64, string](number[uint64](r))
		}))
		same(t, c.TupleEcho, echo.TupleU8StringListF32{V0: number[uint8](r), V1: r.text(), V2: listOf(r, r.f32)})
		enums := echo.TupleListManyListFewListState{V0: listOf(r, r.many), V1: listOf(r, r.few), V2: listOf(r, r.state)}
		same(t, func(ctx context.Context, v echo.TupleListManyListFewListState) (echo.TupleListManyListFewListState, error) {
			return c.Enums(ctx, v.V0, v.V1, v.V2)
		}, enums)
	}
	same(t, func(ctx context.Context, v echo.TupleResultUnitUnitListResultU8Unit) (echo.TupleResultUnitUnitListResultU8Unit, error) {
		return c.Units(ctx, v.V0, v.V1)
	}, echo.TupleResultUnitUnitListResultU8Unit{
		V0: tenon.Err[struct{}](struct{}{}),
		V1: []tenon.Result[uint8, struct{}]{tenon.Ok[uint8, struct{}](9), tenon.Err[uint8](struct{}{})},
	})
}

// TestFunctionResultsAreErrors has each function answer with both sides of its result.
func TestFunctionResultsAreErrors(t *testing.T) {
	c, r, ctx := echoClient(t), newRandom(4), t.Context()
	if n, err := c.ByString(ctx, tenon.Ok[uint32, string](7)); n != 7 || err != nil {
		t.Errorf("ByString: %d, %v", n, err)
	}
	_, err := c.ByString(ctx, tenon.Err[uint32]("why"))
	if e, ok := errors.AsType[echo.StringError](err); !ok || e.Value != "why" {
		t.Errorf("ByString: %#v", err)
	}
	if err == nil || err.Error() != "golden:echo: why" {
		t.Errorf("ByString says %v", err)
	}
	if _, err := c.ByEnum(ctx, tenon.Err[[]string](echo.ReasonTooLong)); !errors.Is(err, echo.ReasonTooLong) {
		t.Errorf("ByEnum: %#v", err)
	}
	if list, err := c.ByEnum(ctx, tenon.Ok[[]string, echo.Reason]([]string{"a"})); err != nil || len(list) != 1 {
		t.Errorf("ByEnum: %q, %v", list, err)
	}
	person, refusal := r.person(), echo.Refusal{Message: "no", At: r.point()}
	if p, err := c.ByRecord(ctx, tenon.Ok[echo.Person, echo.Refusal](person)); err != nil || !reflect.DeepEqual(p, person) {
		t.Errorf("ByRecord: %#v, %v", p, err)
	}
	if _, err := c.ByRecord(ctx, tenon.Err[echo.Person](refusal)); !errors.Is(err, refusal) {
		t.Errorf("ByRecord: %#v", err)
	}
	if _, err := c.ByNothing(ctx, tenon.Err[uint8](struct{}{})); !errors.Is(err, echo.UnitError{}) {
		t.Errorf("ByNothing: %#v", err)
	}
	if err := c.OnlyError(ctx, tenon.Err[struct{}](echo.ReasonEmpty)); !errors.Is(err, echo.ReasonEmpty) {
		t.Errorf("OnlyError: %#v", err)
	}
	if err := c.OnlyError(ctx, tenon.Ok[struct{}, echo.Reason](struct{}{})); err != nil {
		t.Errorf("OnlyError: %#v", err)
	}
	if err := c.Bare(ctx, tenon.Err[struct{}](struct{}{})); !errors.Is(err, echo.UnitError{}) {
		t.Errorf("Bare: %#v", err)
	}
	if err := c.Bare(ctx, tenon.Ok[struct{}, struct{}](struct{}{})); err != nil {
		t.Errorf("Bare: %#v", err)
	}
	if err := c.Nothing(ctx); err != nil {
		t.Errorf("Nothing: %v", err)
	}
}

func TestManyParametersRoundTrip(t *testing.T) {
	c, r := echoClient(t), newRandom(5)
	for range rounds {
		v := echo.Tuple17{V0: number[uint8](r), V1: number[uint64](r), V2: number[int8](r), V3: r.f32(), V4: r.f64(), V5: r.coin(),
			V6: r.char(), V7: number[int16](r), V8: number[uint16](r), V9: number[int32](r), V10: number[int64](r),
			V11: optionOf(r, func() uint8 { return number[uint8](r) }), V12: listOf(r, r.text), V13: r.text(), V14: r.person(),
			V15: listOf(r, func() uint16 { return number[uint16](r) }), V16: r.colour()}
		same(t, func(ctx context.Context, v echo.Tuple17) (echo.Tuple17, error) {
			return c.Spill(ctx, v.V0, v.V1, v.V2, v.V3, v.V4, v.V5, v.V6, v.V7, v.V8, v.V9, v.V10, v.V11, v.V12, v.V13, v.V14, v.V15, v.V16)
		}, v)
		s := []string{r.text(), r.text(), r.text(), r.text(), r.text(), r.text(), r.text(), r.text()}
		same(t, func(ctx context.Context, s []string) ([]string, error) {
			return c.Sixteen(ctx, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
		}, s)
	}
}

func TestStringEncodingsRoundTrip(t *testing.T) {
	for _, file := range []string{"component.wasm", "utf16.wasm", "latin1-utf16.wasm"} {
		t.Run(file, func(t *testing.T) {
			c := encodings.New(serve[encodings.Text](t, "testdata/encodings/"+file, encodings.Contract))
			r := newRandom(6)
			for range rounds {
				same(t, c.Echo, r.text())
			}
			for _, s := range []string{"", "latin é", "wide €", "pair 🦀", "nul \x00"} {
				same(t, c.Echo, s)
				first, err := c.First(t.Context(), []string{s, "other"})
				if got, some := first.Get(); err != nil || !some || got != s {
					t.Errorf("First(%q) = %q, %v, %v", s, got, some, err)
				}
			}
			none, err := c.First(t.Context(), nil)
			if _, some := none.Get(); err != nil || some {
				t.Errorf("First(nil) = %v, %v", none, err)
			}
		})
	}
}
