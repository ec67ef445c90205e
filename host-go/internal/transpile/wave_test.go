package transpile

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// maxSize is what the embedded transpiler may have, in bytes: every Go program with a kernel carries it.
const maxSize = 2_500_000

func TestSize(t *testing.T) {
	if len(wasm) > maxSize {
		t.Errorf("transpile.wasm has %d bytes, the limit is %d: see what grew, and [profile.kernel-small]", len(wasm), maxSize)
	}
}

func ref(i int) *int { return &i }

// The types of textPlan.
const (
	tU8 = iota
	tS32
	tF64
	tChar
	tString
	tBytes
	tEnum
	tMaybe
	tRecord
	tVariant
	tResult
	tFlags
	tOwn
	tTuple
)

// textPlan has types of many kinds; layouts do not matter for text.
func textPlan() *plan.Plan {
	return &plan.Plan{Types: []plan.Type{
		tU8:      {Kind: plan.U8},
		tS32:     {Kind: plan.S32},
		tF64:     {Kind: plan.F64},
		tChar:    {Kind: plan.Char},
		tString:  {Kind: plan.String},
		tBytes:   {Kind: plan.List, Element: ref(tU8)},
		tEnum:    {Kind: plan.Enum, Cases: []plan.Case{{Name: "true"}, {Name: "calm"}}},
		tMaybe:   {Kind: plan.Option, Element: ref(tU8)},
		tRecord:  {Kind: plan.Record, Fields: []plan.Field{{Name: "name", Type: tString}, {Name: "mood", Type: tMaybe}}},
		tVariant: {Kind: plan.Variant, Cases: []plan.Case{{Name: "none"}, {Name: "some", Type: ref(tRecord)}}},
		tResult:  {Kind: plan.Result, Err: ref(tString)},
		tFlags:   {Kind: plan.Flags, Flags: []plan.Label{{Name: "a"}, {Name: "b"}, {Name: "ok"}}},
		tOwn:     {Kind: plan.Own, Resource: ref(0)},
		tTuple:   {Kind: plan.Tuple, Fields: []plan.Field{{Name: "0", Type: tS32}, {Name: "1", Type: tVariant}}},
	}}
}

func TestWAVEThereAndBack(t *testing.T) {
	tr := fresh(t, nil)
	p := textPlan()
	var params []int
	var texts []string
	var want []Value
	for _, c := range []struct {
		typ   int
		text  string
		value Value
	}{
		{tU8, "255", Value{Bits: 255}},
		{tS32, "-1", Value{Bits: math.MaxUint64}},
		{tF64, "-0", Value{Bits: 1 << 63}},
		{tF64, "-inf", Value{Bits: math.Float64bits(math.Inf(-1))}},
		{tF64, "nan", Value{Bits: 0x7ff8 << 48}},
		{tF64, "0.1", Value{Bits: math.Float64bits(0.1)}},
		{tChar, `'\''`, Value{Bits: '\''}},
		{tString, `"a\"\n\u{0}<&é"`, Value{Text: "a\"\n\x00<&é"}},
		{tBytes, "[]", Value{}},
		{tBytes, "[0, 7]", Value{Items: []Value{{}, {Bits: 7}}}},
		{tEnum, "%true", Value{}},
		{tEnum, "calm", Value{Bits: 1}},
		{tMaybe, "some(0)", Value{Bits: 1, Items: []Value{{}}}},
		{tVariant, `%some({name: "x", mood: some(2)})`, Value{Bits: 1, Items: []Value{{Items: []Value{{Text: "x"}, {Bits: 1, Items: []Value{{Bits: 2}}}}}}}},
		{tResult, `err("no")`, Value{Bits: 1, Items: []Value{{Text: "no"}}}},
		{tFlags, "{a, ok}", Value{Bits: 5}},
		{tTuple, "(2, %none)", Value{Items: []Value{{Bits: 2}, {}}}},
	} {
		params, texts, want = append(params, c.typ), append(texts, c.text), append(want, c.value)
		text, err := tr.PrintWAVE(t.Context(), p, c.typ, c.value)
		if err != nil || text != c.text {
			t.Errorf("%s is written as %q, %v", c.text, text, err)
		}
	}
	got, err := tr.ParseWAVE(t.Context(), p, params, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s is read as %+v, want %+v", texts[i], got[i], want[i])
		}
	}
	if values, err := tr.ParseWAVE(t.Context(), p, nil, nil); err != nil || len(values) != 0 {
		t.Errorf("no arguments: %v, %v", values, err)
	}
}

func TestWAVERefusals(t *testing.T) {
	tr := fresh(t, nil)
	p := textPlan()
	offset := func(n uint64) *uint64 { return &n }
	for _, c := range []struct {
		params []int
		args   []string
		want   Error
	}{
		{[]int{tU8, tBytes}, []string{"1", "[1, 256]"}, Error{Kind: Malformed, Path: "argument 2", Offset: offset(4)}},
		{[]int{tU8}, []string{"1 1"}, Error{Kind: Malformed, Path: "argument 1", Offset: offset(2)}},
		{[]int{tU8}, nil, Error{Kind: Malformed}},
		{[]int{tU8}, []string{"1", "2"}, Error{Kind: Malformed}},
		{[]int{tString}, []string{"\"\xff\""}, Error{Kind: Malformed, Path: "argument 1"}},
		{[]int{tOwn}, []string{"1"}, Error{Kind: Unsupported, Path: "argument 1", Offset: offset(0)}},
		{[]int{tBytes}, []string{strings.Repeat("[", 1_000_000)}, Error{Kind: Limit, Path: "argument 1", Offset: offset(99)}},
		{[]int{tBytes}, []string{strings.Repeat(" ", 1<<20+1)}, Error{Kind: Limit}},
	} {
		name := strings.Join(c.args, " ")
		name = name[:min(len(name), 20)]
		_, err := tr.ParseWAVE(t.Context(), p, c.params, c.args)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != c.want.Kind || e.Path != c.want.Path || e.Message == "" || !reflect.DeepEqual(e.Offset, c.want.Offset) {
			t.Errorf("%q: %v, want %v", name, err, &c.want)
		}
	}

	deep := Value{}
	for range 1_000_000 {
		deep = Value{Items: []Value{deep}}
	}
	for _, c := range []struct {
		typ   int
		value Value
		want  Error
	}{
		{tU8, Value{Bits: 256}, Error{Kind: Malformed, Path: "value"}},
		{tBytes, Value{Items: []Value{{}, {Text: "x"}}}, Error{Kind: Malformed, Path: "value.items[1]"}},
		{tVariant, Value{Bits: 2}, Error{Kind: Malformed, Path: "value"}},
		{tOwn, Value{Bits: 1}, Error{Kind: Unsupported, Path: "value"}},
		{tString, Value{Text: "\xff"}, Error{Kind: Malformed}},
		{tBytes, deep, Error{Kind: Limit}},
		{tBytes, Value{Items: make([]Value, 4_000_000)}, Error{Kind: Limit}},
	} {
		_, err := tr.PrintWAVE(t.Context(), p, c.typ, c.value)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != c.want.Kind || e.Path != c.want.Path || e.Message == "" {
			t.Errorf("type %d: %v, want %v", c.typ, err, &c.want)
		}
	}
}

// TestDeepestValue has a value that nests as deep as types do, which is deeper than JSON parsers go.
func TestDeepestValue(t *testing.T) {
	tr := fresh(t, nil)
	p := textPlan()
	typ, value, text := tU8, Value{Bits: 7}, "7"
	for range plan.MaxTypeDepth - 1 {
		p.Types = append(p.Types, plan.Type{Kind: plan.List, Element: ref(typ)})
		typ, value, text = len(p.Types)-1, Value{Items: []Value{value}}, "["+text+"]"
	}
	if got, err := tr.PrintWAVE(t.Context(), p, typ, value); err != nil || got != text {
		t.Errorf("written as %q, %v", got, err)
	}
	if got, err := tr.ParseWAVE(t.Context(), p, []int{typ}, []string{text}); err != nil || !reflect.DeepEqual(got, []Value{value}) {
		t.Errorf("read as %v, %v", got, err)
	}
}

func TestWAVEContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fresh(t, nil).ParseWAVE(ctx, textPlan(), []int{tU8}, []string{"1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkWAVE(b *testing.B) {
	tr := New(Config{})
	tr.tools.cache, tr.tools.interpreted = compiled, interpretUnits
	defer tr.Close(b.Context())
	p := textPlan()
	for b.Loop() {
		values, err := tr.ParseWAVE(b.Context(), p, []int{tRecord}, []string{`{name: "x", mood: some(2)}`})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tr.PrintWAVE(b.Context(), p, tRecord, values[0]); err != nil {
			b.Fatal(err)
		}
	}
}
