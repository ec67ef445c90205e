package abi

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func bits(n uint64) Value { return Value{Bits: n} }

func text(s string) Value { return Value{Text: s} }

func items(v ...Value) Value { return Value{Items: v} }

func pick(n uint64, payload ...Value) Value { return Value{Bits: n, Items: payload} }

func signed(n int64) Value { return Value{Bits: uint64(n)} }

// lowered calls a function with one parameter and gives the flat arguments and the guest.
func lowered(t *testing.T, ts *types, enc plan.Encoding, typ int, v Value) ([]uint64, *guest) {
	t.Helper()
	g := newGuest(planOf(t, ts, enc, []int{typ}, nil))
	var got []uint64
	g.run = func(_ int, stack []uint64) error {
		got = slices.Clone(stack)
		return nil
	}
	if _, err := g.caller().Call(t.Context(), 0, v); err != nil {
		t.Fatal(err)
	}
	return got, g
}

// TestLowerScalars: lower_flat of each scalar, by hand. Signed numbers are sign-extended to 32 bits.
func TestLowerScalars(t *testing.T) {
	cases := []struct {
		kind plan.Kind
		v    Value
		want uint64
	}{
		{plan.Bool, bits(1), 1},
		{plan.U8, bits(255), 255},
		{plan.S8, signed(-1), 0xffffffff},
		{plan.S8, signed(127), 127},
		{plan.U16, bits(65535), 65535},
		{plan.S16, signed(-32768), 0xffff8000},
		{plan.U32, bits(1<<32 - 1), 0xffffffff},
		{plan.S32, signed(-2), 0xfffffffe},
		{plan.S64, signed(-2), 0xfffffffffffffffe},
		{plan.U64, bits(math.MaxUint64), math.MaxUint64},
		{plan.F32, bits(0x7fc00001), 0x7fc00001}, // a NaN's bits are kept
		{plan.F64, bits(0x8000000000000000), 0x8000000000000000},
		{plan.Char, bits(0x1f600), 0x1f600},
	}
	for _, c := range cases {
		var ts types
		got, _ := lowered(t, &ts, plan.UTF8, ts.add(plan.Type{Kind: c.kind}), c.v)
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s %#x: got %#x, want %#x", c.kind, c.v.Bits, got, c.want)
		}
	}
}

// joined is variant { x(u64), y(f32), z(string), none }: its payloads join to i64 and i32.
func joined(ts *types) int {
	return ts.add(plan.Type{Kind: plan.Variant, Cases: []plan.Case{
		{Name: "x", Type: ref(ts.add(plan.Type{Kind: plan.U64}))},
		{Name: "y", Type: ref(ts.add(plan.Type{Kind: plan.F32}))},
		{Name: "z", Type: ref(ts.add(plan.Type{Kind: plan.String}))},
		{Name: "none"},
	}})
}

func TestLowerJoinedVariant(t *testing.T) {
	cases := []struct {
		v    Value
		want []uint64
	}{
		{pick(0, bits(1<<40)), []uint64{0, 1 << 40, 0}},
		{pick(1, bits(0x3fc00000)), []uint64{1, 0x3fc00000, 0}}, // 1.5 as i32 bits, zero-extended to i64
		{pick(2, text("hé")), []uint64{2, 64, 3}},
		{pick(3), []uint64{3, 0, 0}},
	}
	for _, c := range cases {
		var ts types
		got, g := lowered(t, &ts, plan.UTF8, joined(&ts), c.v)
		if !slices.Equal(got, c.want) {
			t.Errorf("case %d: %#x, want %#x", c.v.Bits, got, c.want)
		}
		if c.v.Bits == 2 && string(g.memory[64:67]) != "hé" {
			t.Errorf("memory % x", g.memory[64:68])
		}
	}
}

// TestStringEncodings: store_string and load_string, bytes and lengths by hand.
func TestStringEncodings(t *testing.T) {
	cases := []struct {
		enc   plan.Encoding
		s     string
		bytes []byte
		n     uint32
		alloc string
	}{
		{plan.UTF8, "", nil, 0, "0/1"},
		{plan.UTF8, "é☃", []byte{0xc3, 0xa9, 0xe2, 0x98, 0x83}, 5, "5/1"},
		{plan.UTF16, "", nil, 0, "0/2"},
		{plan.UTF16, "é☃", []byte{0xe9, 0, 0x03, 0x26}, 2, "4/2"},
		{plan.UTF16, "𝄞", []byte{0x34, 0xd8, 0x1e, 0xdd}, 2, "4/2"},
		{plan.Latin1UTF16, "", nil, 0, "0/2"},
		{plan.Latin1UTF16, "naïve ÿ", []byte{'n', 'a', 0xef, 'v', 'e', ' ', 0xff}, 7, "7/2"},
		{plan.Latin1UTF16, "é☃", []byte{0xe9, 0, 0x03, 0x26}, 2 | UTF16Tag, "4/2"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %q", c.enc, c.s), func(t *testing.T) {
			var ts types
			str := ts.add(plan.Type{Kind: plan.String})
			got, g := lowered(t, &ts, c.enc, str, text(c.s))
			ptr := uint32(got[0])
			if uint32(got[1]) != c.n || !bytes.Equal(g.memory[ptr:][:len(c.bytes)], c.bytes) {
				t.Errorf("length %#x, bytes % x", got[1], g.memory[ptr:][:len(c.bytes)])
			}
			if !slices.Equal(g.allocs, []string{c.alloc}) {
				t.Errorf("allocations %v, want %s", g.allocs, c.alloc)
			}
			// The same bytes, lifted.
			g = newGuest(planOf(t, &ts, c.enc, nil, ref(str)))
			copy(g.memory[200:], c.bytes)
			copy(g.memory[100:], le32(200, c.n))
			g.run = func(_ int, stack []uint64) error { stack[0] = 100; return nil }
			v, err := g.caller().Call(t.Context(), 0)
			if err != nil || v.Text != c.s {
				t.Errorf("lifted %q, %v", v.Text, err)
			}
		})
	}
}

// TestSpilledParams: seventeen flat values travel through one record; its bytes are written out by hand.
func TestSpilledParams(t *testing.T) {
	var ts types
	u8, u16, u64 := ts.add(plan.Type{Kind: plan.U8}), ts.add(plan.Type{Kind: plan.U16}), ts.add(plan.Type{Kind: plan.U64})
	str, list := ts.add(plan.Type{Kind: plan.String}), ts.add(plan.Type{Kind: plan.List, Element: ref(u16)})
	opt := ts.add(plan.Type{Kind: plan.Option, Element: ref(u64)})
	// flat: 1 + 2 + 2 + 2×5 + 2 = 17
	params := []int{u8, str, list, opt, opt, opt, opt, opt, str}
	g := newGuest(planOf(t, &ts, plan.UTF8, params, nil))
	var ptr uint32
	g.run = func(_ int, stack []uint64) error { ptr = uint32(stack[0]); return nil }
	args := []Value{bits(7), text("ab"), items(bits(1), bits(2), bits(3)), pick(1, bits(9)), pick(0), pick(0), pick(0), pick(1, bits(1<<63)), text("")}
	if _, err := g.caller().Call(t.Context(), 0, args...); err != nil {
		t.Fatal(err)
	}
	// u8 at 0, string at 4, list at 12, options of 16 bytes from 24 on, string at 104: 112 bytes, aligned to 8.
	if want := []string{"112/8", "2/1", "6/2", "0/1"}; !slices.Equal(g.allocs, want) {
		t.Errorf("allocations %v, want %v", g.allocs, want)
	}
	want := make([]byte, 112)
	want[0] = 7
	copy(want[4:], le32(176, 2))
	copy(want[12:], le32(178, 3))
	want[24], want[32] = 1, 9
	want[88], want[103] = 1, 0x80
	copy(want[104:], le32(184, 0))
	if ptr != 64 {
		t.Errorf("the record is at %d", ptr)
	}
	got := g.memory[ptr:][:112]
	if !bytes.Equal(got, want) {
		t.Errorf("record\n% x, want\n% x", got, want)
	}
	if s := g.memory[176:184]; !bytes.Equal(s, []byte{'a', 'b', 1, 0, 2, 0, 3, 0}) {
		t.Errorf("string and list % x", s)
	}
}

// TestGrowingRealloc: every allocation moves the memory, so that a kept view would write to the old one.
func TestGrowingRealloc(t *testing.T) {
	var ts types
	list := ts.add(plan.Type{Kind: plan.List, Element: ref(ts.add(plan.Type{Kind: plan.String}))})
	g := newGuest(planOf(t, &ts, plan.UTF8, []int{list}, nil))
	bump := g.realloc
	g.realloc = func(stack []uint64) error {
		g.memory = append(make([]byte, 0, len(g.memory)+1), g.memory...)
		g.memory = g.memory[:len(g.memory)+1]
		return bump(stack)
	}
	var got []string
	g.run = func(_ int, stack []uint64) error {
		for i := range stack[1] {
			at := uint32(stack[0]) + uint32(i)*8
			p, n := get(g.memory[at:], 4), get(g.memory[at+4:], 4)
			got = append(got, string(g.memory[p:p+n]))
		}
		return nil
	}
	want := []string{"one", "", "three", strings.Repeat("x", 5000)}
	var v Value
	for _, s := range want {
		v.Items = append(v.Items, text(s))
	}
	if _, err := g.caller().Call(t.Context(), 0, v); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestBadArguments are refused before the guest runs, and cost no instance.
func TestBadArguments(t *testing.T) {
	var ts types
	char := ts.add(plan.Type{Kind: plan.Char})
	str := ts.add(plan.Type{Kind: plan.String})
	s8 := ts.add(plan.Type{Kind: plan.S8})
	flags := ts.add(plan.Type{Kind: plan.Flags, Flags: []plan.Label{{Name: "a"}, {Name: "b"}}})
	rec := ts.add(plan.Type{Kind: plan.Record, Fields: []plan.Field{{Name: "c", Type: char}, {Name: "s", Type: str}}})
	vari := joined(&ts)
	list := ts.add(plan.Type{Kind: plan.List, Element: ref(rec)})
	own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	boolean := ts.add(plan.Type{Kind: plan.Bool})
	f32 := ts.add(plan.Type{Kind: plan.F32})
	cases := []struct {
		typ  int
		v    Value
		path string
	}{
		{char, bits(0xd800), "a:b/c#f: param p0"},
		{char, bits(0x110000), "a:b/c#f: param p0"},
		{str, text("a\xffb"), "a:b/c#f: param p0"},
		{s8, signed(128), "a:b/c#f: param p0"},
		{s8, signed(-129), "a:b/c#f: param p0"},
		{boolean, bits(2), "a:b/c#f: param p0"},
		{f32, bits(1 << 32), "a:b/c#f: param p0"},
		{flags, bits(4), "a:b/c#f: param p0"},
		{rec, items(bits('a')), "a:b/c#f: param p0"},
		{list, items(items(bits('a'), text("")), items(bits('a'), text("\xc0"))), "a:b/c#f: param p0[1].s"},
		{vari, pick(4), "a:b/c#f: param p0"},
		{vari, pick(0), "a:b/c#f: param p0"},
		{vari, pick(3, bits(0)), "a:b/c#f: param p0"},
		{vari, pick(1, bits(1<<40)), "a:b/c#f: param p0.y"},
		{own, bits(1), "a:b/c#f: param p0"},
	}
	for _, c := range cases {
		g := newGuest(planOf(t, &ts, plan.UTF8, []int{c.typ}, nil))
		g.run = func(int, []uint64) error { t.Error("the guest ran"); return nil }
		caller := g.caller()
		_, err := caller.Call(t.Context(), 0, c.v)
		class(t, err, Argument, c.path)
		if len(g.allocs) > 0 || caller.Poisoned() {
			t.Errorf("%s: the guest was entered, or is poisoned", c.path)
		}
	}
	g := newGuest(planOf(t, &ts, plan.UTF8, []int{char}, nil))
	_, err := g.caller().Call(t.Context(), 0)
	class(t, err, Argument, "a:b/c#f: ")
}

func TestHostileRealloc(t *testing.T) {
	var ts types
	list := ts.add(plan.Type{Kind: plan.List, Element: ref(ts.add(plan.Type{Kind: plan.U32}))})
	trap := &engine.Trap{Code: engine.Unreachable}
	cases := map[string]func(stack []uint64) error{
		"outside":         func(stack []uint64) error { stack[0] = 4096 - 8; return nil },
		"far outside":     func(stack []uint64) error { stack[0] = 1<<32 - 4; return nil },
		"misaligned":      func(stack []uint64) error { stack[0] = 66; return nil },
		"traps":           func([]uint64) error { return trap },
		"shrinks, in Go?": func(stack []uint64) error { stack[0] = 4096; return nil },
	}
	for name, realloc := range cases {
		t.Run(name, func(t *testing.T) {
			g := newGuest(planOf(t, &ts, plan.UTF8, []int{list}, nil))
			g.realloc = realloc
			caller := g.caller()
			_, err := caller.Call(t.Context(), 0, items(bits(1), bits(2), bits(3)))
			if name == "traps" {
				if !errors.Is(err, trap) {
					t.Errorf("got %v", err)
				}
			} else {
				class(t, err, Violation, "a:b/c#f: param p0 realloc")
			}
			if _, err := caller.Call(t.Context(), 0, items()); !errors.Is(err, ErrPoisoned) {
				t.Errorf("the instance is used again: %v", err)
			}
		})
	}
	// Null and overlapping addresses are odd, and allowed.
	g := newGuest(planOf(t, &ts, plan.UTF8, []int{list, list}, nil))
	g.realloc = func(stack []uint64) error { stack[0] = 0; return nil }
	if _, err := g.caller().Call(t.Context(), 0, items(bits(1)), items(bits(2))); err != nil {
		t.Error(err)
	}
}

func TestZero(t *testing.T) {
	var ts types
	inner := ts.add(plan.Type{Kind: plan.Record, Fields: []plan.Field{{Name: "v", Type: joined(&ts)}, {Name: "s", Type: ts.add(plan.Type{Kind: plan.String})}}})
	own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	opt := ts.add(plan.Type{Kind: plan.Option, Element: ref(own)})
	res := ts.add(plan.Type{Kind: plan.Result, Err: ref(own)})
	p := planOf(t, &ts, plan.UTF8, []int{inner, opt, res}, nil)
	want := items(pick(0, bits(0)), Value{})
	got, ok := Zero(p, inner)
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %t", got, ok)
	}
	for _, typ := range []int{opt, res} {
		if _, ok := Zero(p, typ); !ok {
			t.Error("none and ok need no resource")
		}
	}
	if _, ok := Zero(p, own); ok {
		t.Error("a resource from nowhere")
	}
	// Zero values are fit for a call.
	g := newGuest(p)
	args := make([]Value, 3)
	for i := range args {
		args[i], _ = Zero(p, p.Funcs[0].Params[i].Type)
	}
	if _, err := g.caller().Call(t.Context(), 0, args...); err != nil {
		t.Error(err)
	}
}
