package gen_test

import (
	"math"
	"math/rand/v2"
	"unicode/utf8"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/echo"
)

// random makes values of the echo contract's types. Empty lists are nil, as generated clients lift them, and floats are
// never NaN, which is equal to nothing.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 1))} }

func listOf[T any](r random, element func() T) []T {
	var list []T
	for range r.IntN(4) {
		list = append(list, element())
	}
	return list
}

func optionOf[T any](r random, element func() T) tenon.Option[T] {
	if r.IntN(3) == 0 {
		return tenon.None[T]()
	}
	return tenon.Some(element())
}

// number draws from the whole range, its ends more often.
func number[T ~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64](r random) T {
	switch r.IntN(4) {
	case 0:
		return T(0) - 1 // all bits
	case 1:
		return T(1) << (r.IntN(64)) // one bit, or none
	}
	return T(r.Uint64())
}

func (r random) f32() float32 {
	for {
		if f := math.Float32frombits(number[uint32](r)); f == f {
			return f
		}
	}
}

func (r random) f64() float64 {
	for {
		if f := math.Float64frombits(number[uint64](r)); f == f {
			return f
		}
	}
}

func (r random) char() rune {
	for {
		if c := rune(r.IntN(utf8.MaxRune + 1)); utf8.ValidRune(c) {
			return c
		}
	}
}

func (r random) text() string {
	s := ""
	for range r.IntN(12) {
		s += string([]rune{'a', 'ß', '€', '\x00', '\n', r.char()}[r.IntN(6)])
	}
	return s
}

func (r random) bytes() []byte { return listOf(r, func() byte { return number[byte](r) }) }

func (r random) coin() bool { return r.IntN(2) == 0 }

func (r random) point() echo.Point { return echo.Point{X: number[int32](r), Y: r.f64()} }

func (r random) holes() echo.Holes {
	return echo.Holes{A: number[uint8](r), B: number[uint64](r), C: number[uint16](r), D: r.f32(), E: r.coin(), F: r.char(),
		G: number[int8](r)}
}

func (r random) joined() echo.Joined {
	switch echo.JoinedKind(r.IntN(9)) {
	case echo.JoinedKindWhole:
		return echo.JoinedWhole(number[int32](r))
	case echo.JoinedKindSingle:
		return echo.JoinedSingle(r.f32())
	case echo.JoinedKindLong:
		return echo.JoinedLong(number[int64](r))
	case echo.JoinedKindDouble:
		return echo.JoinedDouble(r.f64())
	case echo.JoinedKindText:
		return echo.JoinedText(r.text())
	case echo.JoinedKindPair:
		return echo.JoinedPair(echo.TupleF32F64{V0: r.f32(), V1: r.f64()})
	case echo.JoinedKindFlag:
		return echo.JoinedFlag(r.coin())
	case echo.JoinedKindAgain:
		return echo.JoinedAgain(number[int32](r))
	}
	return echo.JoinedNone()
}

func (r random) shape() echo.Shape {
	switch echo.ShapeKind(r.IntN(7)) {
	case echo.ShapeKindDot:
		return echo.ShapeDot(r.point())
	case echo.ShapeKindPath:
		return echo.ShapePath(listOf(r, r.point))
	case echo.ShapeKindInner:
		return echo.ShapeInner(r.joined())
	case echo.ShapeKindMaybe:
		return echo.ShapeMaybe(optionOf(r, r.joined))
	case echo.ShapeKindEither:
		if r.coin() {
			return echo.ShapeEither(tenon.Ok[uint8, string](number[uint8](r)))
		}
		return echo.ShapeEither(tenon.Err[uint8](r.text()))
	case echo.ShapeKindHued:
		return echo.ShapeHued(r.colour())
	}
	return echo.ShapeNothing()
}

func (r random) colour() echo.Colour { return echo.Colour(r.IntN(3)) }
func (r random) many() echo.Many     { return echo.Many(r.IntN(300)) }
func (r random) few() echo.Few       { return echo.Few(r.IntN(8)) }

func (r random) state() echo.State {
	if r.coin() {
		return echo.StateOpen()
	}
	return echo.StateClosed()
}

func (r random) person() echo.Person {
	p := echo.Person{
		Name:  r.text(),
		Tags:  listOf(r, r.text),
		Hue:   r.colour(),
		May:   r.few(),
		Home:  optionOf(r, r.point),
		Pair:  echo.TupleU8String{V0: number[uint8](r), V1: r.text()},
		Shape: r.shape(),
		Deep: optionOf(r, func() tenon.Option[uint32] {
			return optionOf(r, func() uint32 { return number[uint32](r) })
		}),
		Raw: r.bytes(),
	}
	p.Outcome = tenon.Ok[string, echo.Many](r.text())
	if r.coin() {
		p.Outcome = tenon.Err[string](r.many())
	}
	return p
}
