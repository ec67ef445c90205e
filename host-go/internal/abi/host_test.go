package abi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// importing makes a plan that exports function f and imports function g, both of one signature, passed through
// the decoder. Resource 0 of it is the host's, resource 1 the guest's.
func importing(t testing.TB, ts *types, enc plan.Encoding, params []int, result *int) *plan.Plan {
	t.Helper()
	p := planOf(t, ts, enc, params, result)
	fn := &p.Funcs[0]
	tr := plan.Trampoline{
		Kind: plan.LowerImport, Import: ref(0), Memory: fn.Memory, Realloc: fn.Realloc, Encoding: enc,
		SpillParams: fn.SpillParams, SpillResult: fn.SpillResult, ComponentInstance: fn.ComponentInstance,
		Core: plan.CoreSig{Params: slices.Clone(fn.Core.Params), Results: slices.Clone(fn.Core.Results)},
	}
	if fn.SpillResult { // an import is given the address
		tr.Core.Params, tr.Core.Results = append(tr.Core.Params, plan.I32), nil
	}
	p.Resources = []plan.Resource{{Name: "blob", Import: []string{"a:b/host", "blob"}}, {ComponentInstance: 0}}
	p.Imports = []plan.Import{{Name: "a:b/host", Kind: plan.ExternInstance, Exports: []plan.Import{{Name: "g", Kind: plan.ExternFunc, Func: ref(0)}}}}
	p.ImportFuncs = []plan.ImportFunc{{Path: []string{"a:b/host", "g"}, Name: "g", Interface: "a:b/host", Params: fn.Params, Result: result}}
	p.Trampolines = []plan.Trampoline{tr}
	container, err := plan.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = plan.Decode(container); err != nil {
		t.Fatal(err)
	}
	return p
}

type call = func(ctx context.Context, args []Value) (Value, error)

// imported calls the import of a guest with flat arguments, as the engine does.
func (g *guest) imported(t testing.TB, f call, flat ...uint64) ([]uint64, error) {
	t.Helper()
	stack := slices.Clone(flat)
	if len(stack) == 0 {
		stack = make([]uint64, 1)
	}
	g.handles.Enter()
	if err := HostFunc(g.plan, 0, f)(t.Context(), g, stack); err != nil {
		return nil, err
	}
	return stack, g.handles.Exit()
}

// failed fails unless err is a trap of a code whose cause is an *Error of a class at a path.
func failed(t *testing.T, err error, code engine.TrapCode, want Class, path string) {
	t.Helper()
	if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != code {
		t.Errorf("got %v, want a trap of code %s", err, code)
	}
	class(t, err, want, path)
}

// answer is a host function that gives v.
func answer(v Value) call { return func(context.Context, []Value) (Value, error) { return v, nil } }

func TestHostFuncScalars(t *testing.T) {
	const junk = 0xdeadbeef_00000000
	cases := []struct {
		kind plan.Kind
		slot uint64
		want Value
		back uint64
	}{
		{plan.Bool, junk | 7, bits(1), 1},
		{plan.S8, junk | 0xff, signed(-1), 0xffffffff},
		{plan.U16, junk | 0x12345, bits(0x2345), 0x2345},
		{plan.S32, junk | 0xffffffff, signed(-1), 0xffffffff},
		{plan.U64, junk | 7, bits(junk | 7), junk | 7},
		{plan.F32, junk | 0x7fc00001, bits(0x7fc00001), 0x7fc00001},
		{plan.F64, junk, bits(junk), junk},
		{plan.Char, junk | 'x', bits('x'), 'x'},
	}
	for _, c := range cases {
		var ts types
		typ := ts.add(plan.Type{Kind: c.kind})
		g := newGuest(importing(t, &ts, plan.UTF8, []int{typ}, ref(typ)))
		stack, err := g.imported(t, func(_ context.Context, args []Value) (Value, error) {
			if !args[0].Equal(c.want) {
				t.Errorf("%s: lifted %+v, want %+v", c.kind, args[0], c.want)
			}
			return args[0], nil
		}, c.slot)
		if err != nil || stack[0] != c.back {
			t.Errorf("%s: lowered %#x, %v, want %#x", c.kind, stack, err, c.back)
		}
	}
}

// TestHostFuncNothing: no parameters, no result.
func TestHostFuncNothing(t *testing.T) {
	var ts types
	g := newGuest(importing(t, &ts, plan.UTF8, nil, nil))
	calls := 0
	_, err := g.imported(t, func(_ context.Context, args []Value) (Value, error) {
		calls += 1 + len(args)
		return bits(99), nil // nobody looks at it
	})
	if err != nil || calls != 1 {
		t.Errorf("%d, %v", calls, err)
	}
}

// TestHostFuncFlatLimit: sixteen flat parameters come flat, seventeen through memory, and a result of one flat
// value comes back flat, of two through memory.
func TestHostFuncFlatLimit(t *testing.T) {
	for n := 15; n <= 17; n++ {
		for results := 1; results <= 2; results++ {
			var ts types
			u16 := ts.add(plan.Type{Kind: plan.U16})
			var params []int
			var fields []plan.Field
			for range n {
				params = append(params, u16)
			}
			for i := range results {
				fields = append(fields, plan.Field{Name: fmt.Sprint(i), Type: u16})
			}
			p := importing(t, &ts, plan.UTF8, params, ref(ts.add(plan.Type{Kind: plan.Tuple, Fields: fields})))
			tr := &p.Trampolines[0]
			if (tr.SpillParams != nil) != (n > 16) || tr.SpillResult != (results > 1) {
				t.Fatalf("%d parameters: spill %v, %t", n, tr.SpillParams, tr.SpillResult)
			}
			g := newGuest(p)
			var flat []uint64
			for i := range n {
				if n > 16 {
					g.memory[512+2*i] = byte(i + 1)
				} else {
					flat = append(flat, uint64(i+1))
				}
			}
			if n > 16 {
				flat = []uint64{512}
			}
			if results > 1 {
				flat = append(flat, 0xff_0000_0400)
			}
			stack, err := g.imported(t, func(_ context.Context, args []Value) (Value, error) {
				for i := range args {
					if args[i].Bits != uint64(i+1) {
						t.Errorf("%d parameters: number %d is %d", n, i, args[i].Bits)
					}
				}
				return items([]Value{bits(0x1122), bits(0x3344)}[:results]...), nil
			}, flat...)
			if err != nil {
				t.Fatal(err)
			}
			if results == 1 && stack[0] != 0x1122 || results == 2 && !bytes.Equal(g.memory[0x400:0x404], []byte{0x22, 0x11, 0x44, 0x33}) {
				t.Errorf("%d parameters, %d results: %#x, % x", n, results, stack, g.memory[0x400:0x404])
			}
		}
	}
}

// TestHostFuncStrings: bytes and lengths of each encoding both ways, the guest's memory growing as it allocates.
func TestHostFuncStrings(t *testing.T) {
	cases := []struct {
		enc   plan.Encoding
		bytes []byte
		n     uint32
	}{
		{plan.UTF8, []byte{0xc3, 0xa9, 0xe2, 0x98, 0x83}, 5},
		{plan.UTF16, []byte{0xe9, 0, 0x03, 0x26}, 2},
		{plan.Latin1UTF16, []byte{0xe9, 0, 0x03, 0x26}, 2 | UTF16Tag},
		{plan.Latin1UTF16, []byte{0xe9, 'a'}, 2},
	}
	for _, c := range cases {
		t.Run(string(c.enc), func(t *testing.T) {
			var ts types
			str := ts.add(plan.Type{Kind: plan.String})
			g := newGuest(importing(t, &ts, c.enc, []int{str}, ref(str)))
			copy(g.memory[200:], c.bytes)
			grow := g.realloc
			g.realloc = func(stack []uint64) error {
				moved := append(slices.Clone(g.memory), 0)
				clear(g.memory) // a kept view sees nothing
				g.memory = moved
				return grow(stack)
			}
			_, err := g.imported(t, func(_ context.Context, args []Value) (Value, error) { return args[0], nil }, 200, uint64(c.n), 800)
			if err != nil {
				t.Fatal(err)
			}
			at, n := get(g.memory[800:], 4), uint32(get(g.memory[804:], 4))
			if n != c.n || !bytes.Equal(g.memory[at:][:len(c.bytes)], c.bytes) {
				t.Errorf("length %#x, bytes % x", n, g.memory[at:][:len(c.bytes)])
			}
		})
	}
}

// TestHostFuncHostileGuest: each breaks one rule; the guest traps, and the host function runs only when it is
// what comes back that is wrong.
func TestHostFuncHostileGuest(t *testing.T) {
	var ts types
	str, u32 := ts.add(plan.Type{Kind: plan.String}), ts.add(plan.Type{Kind: plan.U32})
	char := ts.add(plan.Type{Kind: plan.Char})
	words := ts.add(plan.Type{Kind: plan.List, Element: ref(u32)})
	many := slices.Repeat([]int{u32}, 17)
	opt := ts.add(plan.Type{Kind: plan.Option, Element: ref(char)})
	cases := []struct {
		name   string
		params []int
		result *int
		flat   []uint64
		path   string
	}{
		{"string outside", []int{str}, nil, []uint64{4090, 7}, "param p0"},
		{"string of 2^28", []int{str}, nil, []uint64{0, 1 << 28}, "param p0"},
		{"string not UTF-8", []int{u32, str}, nil, []uint64{1, 100, 1}, "param p1"},
		{"list misaligned", []int{words}, nil, []uint64{2, 1}, "param p0"},
		{"list size overflows", []int{words}, nil, []uint64{0, 1<<30 + 1}, "param p0"},
		{"char", []int{char}, nil, []uint64{0xd800}, "param p0"},
		{"option case", []int{opt}, nil, []uint64{2, 0}, "param p0"},
		{"option payload", []int{opt}, nil, []uint64{1, 0x110000}, "param p0.some"},
		{"record outside", many, nil, []uint64{4092}, "params"},
		{"record misaligned", many, nil, []uint64{66}, "params"},
		{"result misaligned", nil, ref(str), []uint64{66}, "result"},
		{"result outside", nil, ref(str), []uint64{4092}, "result"},
		{"result far outside", nil, ref(str), []uint64{1<<32 - 4}, "result"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := newGuest(importing(t, &ts, plan.UTF8, c.params, c.result))
			g.memory[100] = 0xff
			ran := false
			_, err := g.imported(t, func(context.Context, []Value) (Value, error) {
				ran = true
				return text("fine"), nil
			}, c.flat...)
			failed(t, err, engine.ABI, Violation, "a:b/host#g: "+c.path)
			if ran != (c.path == "result") {
				t.Errorf("the host function ran: %t", ran)
			}
		})
	}
	for name, realloc := range map[string]uint64{"outside": 4090, "misaligned": 66} {
		g := newGuest(importing(t, &ts, plan.UTF8, nil, ref(words)))
		g.realloc = func(stack []uint64) error { stack[0] = realloc; return nil }
		_, err := g.imported(t, answer(items(bits(1), bits(2))), 800)
		t.Log(name)
		failed(t, err, engine.ABI, Violation, "a:b/host#g: result realloc")
	}
}

func TestHostFuncBudget(t *testing.T) {
	var ts types
	inner := ts.add(plan.Type{Kind: plan.List, Element: ref(ts.add(plan.Type{Kind: plan.U8}))})
	outer := ts.add(plan.Type{Kind: plan.List, Element: ref(inner)})
	p := importing(t, &ts, plan.UTF8, []int{outer}, nil)
	g := newGuest(p)
	for i := range 400 {
		copy(g.memory[256+8*i:], le32(0, 4000))
	}
	f := HostFuncWithin(1<<20, p, 0, answer(Value{}))
	failed(t, f(t.Context(), g, []uint64{256, 400}), engine.MemoryLimit, Budget, "a:b/host#g: param p0[5]")
	// Each call has the whole budget.
	for range 3 {
		if err := f(t.Context(), g, []uint64{256, 4}); err != nil {
			t.Error(err)
		}
	}
}

// TestHostFuncAnswersWrong: what is not of the result's type never reaches the guest.
func TestHostFuncAnswersWrong(t *testing.T) {
	var ts types
	u8, str := ts.add(plan.Type{Kind: plan.U8}), ts.add(plan.Type{Kind: plan.String})
	list := ts.add(plan.Type{Kind: plan.List, Element: ref(str)})
	res := ts.add(plan.Type{Kind: plan.Result, OK: ref(u8), Err: ref(list)})
	mine := ts.add(plan.Type{Kind: plan.Own, Resource: ref(0)})
	guests := ts.add(plan.Type{Kind: plan.Own, Resource: ref(1)})
	for _, c := range []struct {
		typ  int
		v    Value
		path string
	}{
		{res, pick(0, bits(256)), ".ok"},
		{res, pick(1, items(text("a"), text("\xff"))), ".error[1]"},
		{res, pick(2), ""},
		{res, Value{}, ""},
		{str, text(strings.Repeat("x", 3) + "\xc0"), ""},
		{mine, bits(1 << 32), ""},
		{guests, bits(1), ""},
	} {
		g := newGuest(importing(t, &ts, plan.UTF8, nil, ref(c.typ)))
		_, err := g.imported(t, answer(c.v), 800)
		failed(t, err, engine.Host, Argument, "a:b/host#g: result"+c.path)
		if len(g.allocs) > 0 || !bytes.Equal(g.memory[800:900], make([]byte, 100)) {
			t.Error("the guest was entered")
		}
	}
}

func TestHostFuncErrors(t *testing.T) {
	var ts types
	str := ts.add(plan.Type{Kind: plan.String})
	g := newGuest(importing(t, &ts, plan.UTF8, nil, ref(str)))
	cause := errors.New("cause")
	if _, err := g.imported(t, func(context.Context, []Value) (Value, error) { return Value{}, cause }, 800); err != cause {
		t.Errorf("got %v: wrapping is the engine's", err)
	}
	trap := &engine.Trap{Code: engine.Unreachable}
	g.realloc = func([]uint64) error { return trap }
	if _, err := g.imported(t, answer(text("a")), 800); err != trap {
		t.Errorf("got %v", err)
	}
}

// TestHostFuncResources: the host's own resources cross as their representations, in both directions, through
// imports and exports.

// TestHostFuncRoundTrip sends random values of random types through an export whose guest hands its arguments on
// to an import, and answers with what that gives.
func TestHostFuncRoundTrip(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 11))
		var ts types
		typ := randomType(r, &ts, 4)
		enc := encodings[seed%3]
		p := importing(t, &ts, enc, []int{typ}, ref(typ))
		want := randomValue(r, p, typ, 3)
		g := newGuest(p)
		var lifted Value
		g.run = func(_ int, stack []uint64) error {
			const room = 32 // of the memory's 64 unused bytes
			ret := uint64(room)
			if size := p.Types[typ].Size; size > 32 {
				at := []uint64{0, 0, 8, uint64(size)}
				if err := g.realloc(at); err != nil {
					return err
				}
				ret = uint64(uint32(at[0]))
			}
			args := slices.Clone(stack[:len(p.Funcs[0].Core.Params)])
			if p.Trampolines[0].SpillResult {
				args = append(args, ret)
			}
			if len(args) == 0 {
				args = make([]uint64, 1)
			}
			got, err := g.imported(t, func(_ context.Context, args []Value) (Value, error) {
				lifted = args[0]
				return args[0], nil
			}, args...)
			if err != nil {
				return err
			}
			if stack[0] = got[0]; p.Trampolines[0].SpillResult {
				stack[0] = ret
			}
			return nil
		}
		got, err := g.caller().Call(t.Context(), 0, want)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !got.Equal(want) || !lifted.Equal(want) {
			t.Fatalf("seed %d: got %+v\nthe import got %+v\nwant %+v", seed, got, lifted, want)
		}
	}
}

// TestCallerReentered: a host function calls the caller whose guest called it.
func TestCallerReentered(t *testing.T) {
	var ts types
	u8 := ts.add(plan.Type{Kind: plan.U8})
	g := newGuest(planOf(t, &ts, plan.UTF8, []int{u8}, nil))
	c := g.caller()
	var inner, drop error
	g.run = func(int, []uint64) error {
		_, inner = c.Call(t.Context(), 0, bits(1))
		drop = c.Drop(t.Context(), bits(1))
		return nil
	}
	_, err := c.Call(t.Context(), 0, bits(1))
	for name, err := range map[string]error{"inner": inner, "drop": drop, "outer": err} {
		if trap, ok := errors.AsType[*engine.Trap](err); !ok || trap.Code != engine.ABI {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if !c.Poisoned() {
		t.Error("not poisoned")
	}
}

// TestResourceGivenTwice in one call is refused before the guest runs.

func ExampleHostFunc() {
	var ts types
	str := ts.add(plan.Type{Kind: plan.String})
	p := importing(new(testing.T), &ts, plan.UTF8, []int{str}, ref(str))
	greet := HostFunc(p, 0, func(_ context.Context, args []Value) (Value, error) {
		return Value{Text: "hello " + args[0].Text}, nil
	})
	g := newGuest(p)
	copy(g.memory[200:], "gopher")
	err := greet(context.Background(), g, []uint64{200, 6, 800}) // address, length, where the result goes
	at, n := get(g.memory[800:], 4), get(g.memory[804:], 4)
	fmt.Printf("%s %v\n", g.memory[at:at+n], err)
	// Output: hello gopher <nil>
}
