package abi

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// TestLiftScalars: flat results, each with rubbish in the bits that its type does not have.
func TestLiftScalars(t *testing.T) {
	const junk = 0xdeadbeef_00000000
	flags := []plan.Label{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	cases := []struct {
		typ  plan.Type
		slot uint64
		want Value
	}{
		{plan.Type{Kind: plan.Bool}, junk, bits(0)},
		{plan.Type{Kind: plan.Bool}, junk | 7, bits(1)},
		{plan.Type{Kind: plan.Bool}, 256, bits(1)},
		{plan.Type{Kind: plan.U8}, junk | 0x1ff, bits(255)},
		{plan.Type{Kind: plan.S8}, junk | 0x80, signed(-128)},
		{plan.Type{Kind: plan.U16}, junk | 0x12345, bits(0x2345)},
		{plan.Type{Kind: plan.S16}, 0xffff, signed(-1)},
		{plan.Type{Kind: plan.U32}, junk | 5, bits(5)},
		{plan.Type{Kind: plan.S32}, junk | 0xffffffff, signed(-1)},
		{plan.Type{Kind: plan.F32}, junk | 0x7fc00001, bits(0x7fc00001)},
		{plan.Type{Kind: plan.U64}, junk | 5, bits(junk | 5)},
		{plan.Type{Kind: plan.Char}, junk | 'x', bits('x')},
		{plan.Type{Kind: plan.Flags, Flags: flags}, junk | 0xff, bits(7)},
		{plan.Type{Kind: plan.Enum, Cases: []plan.Case{{Name: "a"}, {Name: "b"}}}, junk | 1, pick(1)},
	}
	for _, c := range cases {
		var ts types
		g := newGuest(planOf(t, &ts, plan.UTF8, nil, ref(ts.add(c.typ))))
		g.run = func(_ int, stack []uint64) error { stack[0] = c.slot; return nil }
		got, err := g.caller().Call(t.Context(), 0)
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%s %#x: %+v, %v, want %+v", c.typ.Kind, c.slot, got, err, c.want)
		}
	}
}

// TestLiftFlatJoined lifts a joined variant from slots, as an imported function's parameters come.
func TestLiftFlatJoined(t *testing.T) {
	var ts types
	typ := joined(&ts)
	g := newGuest(planOf(t, &ts, plan.UTF8, nil, ref(typ)))
	copy(g.memory[80:], "text")
	cases := []struct {
		in   []uint64
		want Value
	}{
		{[]uint64{0, 1 << 40, 9}, pick(0, bits(1<<40))},
		{[]uint64{1, 0xdead0000_3fc00000, 9}, pick(1, bits(0x3fc00000))},
		{[]uint64{0xff00000000 | 2, 0xff00000000 | 80, 0xff00000000 | 4}, pick(2, text("text"))},
		{[]uint64{3, 1, 1}, pick(3)},
	}
	for _, c := range cases {
		x := crossing{plan: g.plan, inst: g, ctx: t.Context(), encoding: plan.UTF8, memory: g, budget: DefaultBudget}
		got, err := x.liftFlat(typ, c.in)
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%x: %+v, %v", c.in, got, err)
		}
	}
}

// result makes a guest that answers with bytes at an address.
func result(t testing.TB, ts *types, enc plan.Encoding, typ int, at uint32, answer []byte) *guest {
	t.Helper()
	g := newGuest(planOf(t, ts, enc, nil, ref(typ)))
	copy(g.memory[at:], answer)
	g.run = func(_ int, stack []uint64) error { stack[0] = 0xffffffff_00000000 | uint64(at); return nil }
	return g
}

func TestLiftFromMemory(t *testing.T) {
	var ts types
	u8, u16 := ts.add(plan.Type{Kind: plan.U8}), ts.add(plan.Type{Kind: plan.U16})
	str := ts.add(plan.Type{Kind: plan.String})
	strs := ts.add(plan.Type{Kind: plan.List, Element: ref(str)})
	res := ts.add(plan.Type{Kind: plan.Result, OK: ref(u16), Err: ref(str)})
	rec := ts.add(plan.Type{Kind: plan.Record, Fields: []plan.Field{
		{Name: "n", Type: u8}, {Name: "list", Type: strs}, {Name: "r", Type: res}, {Name: "q", Type: res}, {Name: "v", Type: joined(&ts)}}})
	answer := make([]byte, 64)
	answer[0] = 200
	copy(answer[4:], le32(300, 2))                                 // list
	copy(answer[12:], []byte{0, 0, 0, 0, 0x34, 0x12})              // r: ok(0x1234), payload at 4
	copy(answer[24:], append([]byte{1, 0, 0, 0}, le32(400, 3)...)) // q: error("abc")
	copy(answer[40:], append([]byte{1, 0, 0, 0, 0, 0, 0, 0}, le32(0x3fc00000)...))
	g := result(t, &ts, plan.UTF8, rec, 128, answer)
	copy(g.memory[300:], le32(400, 1, 401, 2))
	copy(g.memory[400:], "abc")
	var posted []uint64
	g.post = func(_ int, stack []uint64) error { posted = append(posted, stack...); return nil }
	got, err := g.caller().Call(t.Context(), 0)
	want := items(bits(200), items(text("a"), text("bc")), pick(0, bits(0x1234)), pick(1, text("abc")), pick(1, bits(0x3fc00000)))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if !reflect.DeepEqual(posted, []uint64{128}) {
		t.Errorf("post-return got %x", posted)
	}
}

// TestHostileAnswers: each breaks one rule, is found at its path, poisons the instance and runs no post-return.
func TestHostileAnswers(t *testing.T) {
	var ts types
	u8, u32, char := ts.add(plan.Type{Kind: plan.U8}), ts.add(plan.Type{Kind: plan.U32}), ts.add(plan.Type{Kind: plan.Char})
	str := ts.add(plan.Type{Kind: plan.String})
	bytesType, words := ts.add(plan.Type{Kind: plan.List, Element: ref(u8)}), ts.add(plan.Type{Kind: plan.List, Element: ref(u32)})
	chars := ts.add(plan.Type{Kind: plan.List, Element: ref(char)})
	rec := ts.add(plan.Type{Kind: plan.Record, Fields: []plan.Field{{Name: "a", Type: u8}, {Name: "chars", Type: chars}}})
	vari := joined(&ts)
	opt := ts.add(plan.Type{Kind: plan.Option, Element: ref(u8)})
	const at = 128
	cases := []struct {
		name   string
		enc    plan.Encoding
		typ    int
		at     uint32
		answer []byte
		path   string
	}{
		{"result misaligned", plan.UTF8, str, at + 2, le32(0, 0), ""},
		{"result outside", plan.UTF8, str, 4096 - 4, nil, ""},
		{"result far outside", plan.UTF8, str, 1<<32 - 4, nil, ""},
		{"string outside", plan.UTF8, str, at, le32(4090, 7), ""},
		{"string wraps around", plan.UTF8, str, at, le32(1<<32-1, 2), ""},
		{"string too long", plan.UTF8, str, at, le32(0, 1<<28), ""},
		{"string of 4 GiB", plan.UTF8, str, at, le32(1, 1<<32-1), ""},
		{"truncated UTF-8", plan.UTF8, str, at, append(le32(at+8, 2), 0xe2, 0x98), ""},
		{"overlong UTF-8", plan.UTF8, str, at, append(le32(at+8, 2), 0xc0, 0x80), ""},
		{"surrogate in UTF-8", plan.UTF8, str, at, append(le32(at+8, 3), 0xed, 0xa0, 0x80), ""},
		{"odd UTF-16", plan.UTF16, str, at, le32(201, 1), ""},
		{"lone surrogate", plan.UTF16, str, at, append(le32(at+8, 1), 0, 0xd8), ""},
		{"surrogates reversed", plan.UTF16, str, at, append(le32(at+8, 2), 0, 0xdc, 0, 0xd8), ""},
		{"UTF-16 too long", plan.UTF16, str, at, le32(0, 1<<27), ""},
		{"tag in UTF-8", plan.UTF8, str, at, le32(0, UTF16Tag|1), ""},
		{"odd Latin-1", plan.Latin1UTF16, str, at, le32(201, 1), ""},
		{"tagged and odd", plan.Latin1UTF16, str, at, le32(201, UTF16Tag|1), ""},
		{"tagged lone surrogate", plan.Latin1UTF16, str, at, append(le32(at+8, UTF16Tag|1), 0, 0xdc), ""},
		{"list of 2^32-1", plan.UTF8, bytesType, at, le32(0, 1<<32-1), ""},
		{"list of 2^28-1", plan.UTF8, bytesType, at, le32(0, 1<<28-1), ""},
		{"list size overflows 32 bits", plan.UTF8, words, at, le32(0, 1<<30+1), ""},
		{"list misaligned", plan.UTF8, words, at, le32(201, 1), ""},
		{"empty list outside", plan.UTF8, words, at, le32(4100, 0), ""},
		{"char D800", plan.UTF8, rec, at, append(make([]byte, 4), le32(at+12, 2, 'x', 0xd800)...), ".chars[1]"},
		{"char 110000", plan.UTF8, rec, at, append(make([]byte, 4), le32(at+12, 1, 0x110000)...), ".chars[0]"},
		{"variant case", plan.UTF8, vari, at, []byte{4}, ""},
		{"variant payload", plan.UTF8, vari, at, append([]byte{2, 0, 0, 0, 0, 0, 0, 0}, le32(4097, 0)...), ".z"},
		{"option case", plan.UTF8, opt, at, []byte{2}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := newGuest(planOf(t, &ts, c.enc, nil, ref(c.typ)))
			if c.answer != nil {
				copy(g.memory[c.at:], c.answer)
			}
			g.run = func(_ int, stack []uint64) error { stack[0] = uint64(c.at); return nil }
			g.post = func(int, []uint64) error { t.Error("post-return ran"); return nil }
			caller := g.caller()
			_, err := caller.Call(t.Context(), 0)
			class(t, err, Violation, "a:b/c#f: result"+c.path)
			if !caller.Poisoned() {
				t.Error("not poisoned")
			}
		})
	}
}

// TestAmplification: lists that share one buffer are charged for every time they are lifted.
func TestAmplification(t *testing.T) {
	var ts types
	inner := ts.add(plan.Type{Kind: plan.List, Element: ref(ts.add(plan.Type{Kind: plan.U8}))})
	outer := ts.add(plan.Type{Kind: plan.List, Element: ref(inner)})
	g := result(t, &ts, plan.UTF8, outer, 128, le32(256, 400))
	for i := range 400 {
		copy(g.memory[256+8*i:], le32(0, 4000))
	}
	caller := g.caller()
	caller.Budget = 1 << 20
	_, err := caller.Call(t.Context(), 0)
	class(t, err, Budget, "a:b/c#f: result[5]")
	g = result(t, &ts, plan.UTF8, outer, 128, le32(256, 2, 0, 10, 0, 10))
	if _, err := g.caller().Call(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

func TestAbnormalEnds(t *testing.T) {
	var ts types
	str := ts.add(plan.Type{Kind: plan.String})
	trap := &engine.Trap{Code: engine.Unreachable}
	t.Run("call", func(t *testing.T) {
		g := result(t, &ts, plan.UTF8, str, 128, le32(0, 0))
		g.run = func(int, []uint64) error { return trap }
		g.post = func(int, []uint64) error { t.Error("post-return ran"); return nil }
		caller := g.caller()
		if _, err := caller.Call(t.Context(), 0); !errors.Is(err, trap) || !caller.Poisoned() {
			t.Errorf("got %v", err)
		}
	})
	t.Run("post-return", func(t *testing.T) {
		g := result(t, &ts, plan.UTF8, str, 128, le32(0, 0))
		g.post = func(int, []uint64) error { return trap }
		caller := g.caller()
		if _, err := caller.Call(t.Context(), 0); !errors.Is(err, trap) || !caller.Poisoned() {
			t.Errorf("got %v", err)
		}
	})
	t.Run("goroutine ends", func(t *testing.T) {
		g := result(t, &ts, plan.UTF8, str, 128, le32(0, 0))
		g.run = func(int, []uint64) error { panic("gone") }
		caller := g.caller()
		func() {
			defer func() { _ = recover() }()
			_, _ = caller.Call(t.Context(), 0)
		}()
		if !caller.Poisoned() {
			t.Error("not poisoned")
		}
	})
}

// TestResources passes own and borrow both ways. Resource 0 is defined by component instance 1, so instance 0,
// which is called, has handles; resource 1 is its own, so a borrow is the representation itself.
func TestResources(t *testing.T) {
	var ts types
	own := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	borrow := ts.add(plan.Type{Kind: plan.Borrow, Resource: ref(0)})
	ownMine := ts.add(plan.Type{Kind: plan.Own, Resource: ref(1)})
	borrowMine := ts.add(plan.Type{Kind: plan.Borrow, Resource: ref(1)})

	make1 := planOf(t, &ts, plan.UTF8, nil, ref(own))
	take := planOf(t, &ts, plan.UTF8, []int{own}, nil)
	lend := planOf(t, &ts, plan.UTF8, []int{borrow}, nil)
	lendMine := planOf(t, &ts, plan.UTF8, []int{borrowMine}, nil)
	makeMine := planOf(t, &ts, plan.UTF8, nil, ref(ownMine))

	p := *make1
	p.Funcs = append(append(append(append(p.Funcs, take.Funcs...), lend.Funcs...), lendMine.Funcs...), makeMine.Funcs...)
	fresh := func() (*guest, *Caller) {
		g := newGuest(&p)
		g.run = func(f int, stack []uint64) error {
			switch f {
			case 0, 4:
				h, err := g.handles.New(0, f/4, 1000)
				stack[0] = uint64(h)
				return err
			case 2: // a good guest drops what it borrowed
				_, _, err := g.handles.Drop(0, 0, uint32(stack[0]))
				return err
			}
			return nil
		}
		return g, NewCaller(&p, g)
	}

	g, c := fresh()
	r, err := c.Call(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if live := g.handles.Live(); live != 0 {
		t.Errorf("%d handles live after the guest gave its own away", live)
	}
	if _, err := c.Call(t.Context(), 2, r); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), 1, r); err != nil {
		t.Fatal(err)
	}
	if live := g.handles.Live(); live != 1 {
		t.Errorf("%d handles live after the host gave one", live)
	}
	_, err = c.Call(t.Context(), 1, r)
	class(t, err, Argument, "a:b/c#f: param p0")

	// A resource of its own comes to the guest as the representation.
	g, c = fresh()
	mine, err := c.Call(t.Context(), 4)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Call(t.Context(), 2, mine)
	class(t, err, Argument, "a:b/c#f: param p0") // of another type
	var rep uint64
	g.run = func(_ int, stack []uint64) error { rep = stack[0]; return nil }
	if _, err := c.Call(t.Context(), 3, mine); err != nil || rep != 1000 {
		t.Errorf("got %d, %v", rep, err)
	}
	if err := c.Drop(t.Context(), mine); err != nil || !reflect.DeepEqual(g.destroyed, []uint32{1000}) {
		t.Errorf("destroyed %v, %v", g.destroyed, err)
	}
	class(t, c.Drop(t.Context(), mine), Argument, "")

	// A guest that keeps what it borrowed.
	g, c = fresh()
	r, err = c.Call(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	g.run = func(int, []uint64) error { return nil }
	_, err = c.Call(t.Context(), 2, r)
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.ABI || !c.Poisoned() {
		t.Errorf("a kept borrow: %v", err)
	}

	// A guest that answers with a handle that it does not have.
	g, c = fresh()
	g.run = func(_ int, stack []uint64) error { stack[0] = 77; return nil }
	_, err = c.Call(t.Context(), 0)
	class(t, err, Violation, "a:b/c#f: result")
}

// TestRandomRoundTrip sends random values of random types through memory and back: the guest answers with the
// address of its arguments.
func TestRandomRoundTrip(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		var ts types
		pad := ts.add(plan.Type{Kind: plan.U64})
		var fields []plan.Field
		for i := range 17 { // enough to make it spill
			fields = append(fields, plan.Field{Name: fmt.Sprintf("pad%d", i), Type: pad})
		}
		fields = append(fields, plan.Field{Name: "x", Type: randomType(r, &ts, 4)})
		rec := ts.add(plan.Type{Kind: plan.Record, Fields: fields})
		enc := []plan.Encoding{plan.UTF8, plan.UTF16, plan.Latin1UTF16}[seed%3]
		p := planOf(t, &ts, enc, []int{rec}, ref(rec))
		want := randomValue(r, p, rec, 3)
		g := newGuest(p)
		got, err := g.caller().Call(t.Context(), 0, want)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !got.Equal(want) {
			t.Fatalf("seed %d: got %+v\nwant %+v", seed, got, want)
		}
	}
}

var primitives = []plan.Kind{plan.Bool, plan.S8, plan.U8, plan.S16, plan.U16, plan.S32, plan.U32, plan.S64, plan.U64,
	plan.F32, plan.F64, plan.Char, plan.String}

func randomType(r *rand.Rand, ts *types, depth int) int {
	if depth == 0 || r.IntN(4) == 0 {
		return ts.add(plan.Type{Kind: primitives[r.IntN(len(primitives))]})
	}
	sub := func() *int { return ref(randomType(r, ts, depth-1)) }
	maybe := func() *int {
		if r.IntN(3) == 0 {
			return nil
		}
		return sub()
	}
	switch r.IntN(7) {
	case 0:
		return ts.add(plan.Type{Kind: plan.List, Element: sub()})
	case 1:
		return ts.add(plan.Type{Kind: plan.Option, Element: sub()})
	case 2:
		return ts.add(plan.Type{Kind: plan.Result, OK: maybe(), Err: maybe()})
	case 3:
		t := plan.Type{Kind: plan.Flags}
		for i := range 1 + r.IntN(32) {
			t.Flags = append(t.Flags, plan.Label{Name: fmt.Sprintf("f%d", i)})
		}
		return ts.add(t)
	case 4:
		t := plan.Type{Kind: plan.Enum}
		for i := range 1 + r.IntN(300) {
			t.Cases = append(t.Cases, plan.Case{Name: fmt.Sprintf("c%d", i)})
		}
		return ts.add(t)
	case 5:
		t := plan.Type{Kind: plan.Variant}
		for i := range 1 + r.IntN(5) {
			t.Cases = append(t.Cases, plan.Case{Name: fmt.Sprintf("c%d", i), Type: maybe()})
		}
		return ts.add(t)
	default:
		t := plan.Type{Kind: plan.Record}
		for i := range 1 + r.IntN(5) {
			t.Fields = append(t.Fields, plan.Field{Name: fmt.Sprintf("f%d", i), Type: *sub()})
		}
		return ts.add(t)
	}
}

func randomValue(r *rand.Rand, p *plan.Plan, typ int, length int) Value {
	t := &p.Types[typ]
	switch t.Kind {
	case plan.S8, plan.S16, plan.S32:
		shift := 64 - 8*t.Size
		return signed(int64(r.Uint64()) << shift >> shift)
	case plan.Bool:
		return bits(r.Uint64N(2))
	case plan.U8, plan.U16, plan.U32, plan.F32:
		return bits(r.Uint64() >> (64 - 8*t.Size))
	case plan.Char:
		return bits(uint64([]rune{0, 'a', 0xd7ff, 0xe000, 0x10ffff}[r.IntN(5)]))
	case plan.String:
		return text([]string{"", "a", "é", "☃", "𝄞", "é𝄞 long enough"}[r.IntN(6)])
	case plan.Flags:
		return bits(r.Uint64() & (1<<len(t.Flags) - 1))
	case plan.List:
		var v Value
		for range r.IntN(length + 1) {
			v.Items = append(v.Items, randomValue(r, p, *t.Element, length))
		}
		return v
	case plan.Record, plan.Tuple:
		var v Value
		for i := range t.Fields {
			v.Items = append(v.Items, randomValue(r, p, t.Fields[i].Type, length))
		}
		return v
	case plan.Enum, plan.Variant, plan.Option, plan.Result:
		n := uint64(2)
		if len(t.Cases) > 0 {
			n = uint64(len(t.Cases))
		}
		v := bits(r.Uint64N(n))
		if payload, _ := payloadOf(t, v.Bits); payload != nil {
			v.Items = []Value{randomValue(r, p, *payload, length)}
		}
		return v
	default:
		return bits(r.Uint64())
	}
}
