package wasi

import (
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Types that functions of the test have; a name stands for what the component calls it.
const (
	tU8 = iota
	tU32
	tU64
	tBytes
	tNumbers
	tInstant
	tPollable
	tPollables
	tError
	tStreamError
	tOtherError
	tReadResult
	tDatetime
	tOtherTime
	tStream
	tOtherStream
	tNothing
)

func typesOf(p *plan.Plan) {
	at := func(i int) *int { return &i }
	payload := []plan.Case{{Name: "last-operation-failed", Type: at(tError)}, {Name: "closed"}}
	p.Resources = []plan.Resource{
		{Name: "pollable", Import: []string{"wasi:io/poll@0.2.3", "pollable"}},
		{Name: "error", Import: []string{"wasi:io/error@0.2.0", "error"}},
		{Name: "output-stream", Import: []string{"wasi:io/streams@0.2.3", "output-stream"}},
		{Name: "output-stream", Import: []string{"wasi:io/streams@0.3.0", "output-stream"}},
	}
	p.Types = []plan.Type{
		tU8: {Kind: plan.U8}, tU32: {Kind: plan.U32}, tU64: {Kind: plan.U64},
		tBytes:       {Kind: plan.List, Element: at(tU8)},
		tNumbers:     {Kind: plan.List, Element: at(tU32)},
		tInstant:     {Kind: plan.U64, Name: "instant"},
		tPollable:    {Kind: plan.Borrow, Resource: at(0)},
		tPollables:   {Kind: plan.List, Element: at(tPollable)},
		tError:       {Kind: plan.Own, Resource: at(1)},
		tStreamError: {Kind: plan.Variant, Name: "trouble", Cases: payload},
		tOtherError:  {Kind: plan.Variant, Name: "stream-error", Cases: payload[1:]},
		tReadResult:  {Kind: plan.Result, OK: at(tBytes), Err: at(tStreamError)},
		tDatetime:    {Kind: plan.Record, Fields: []plan.Field{{Name: "seconds", Type: tU64}, {Name: "nanoseconds", Type: tU32}}},
		tOtherTime:   {Kind: plan.Record, Name: "datetime", Fields: []plan.Field{{Name: "nanoseconds", Type: tU32}, {Name: "seconds", Type: tU64}}},
		tStream:      {Kind: plan.Own, Resource: at(2)},
		tOtherStream: {Kind: plan.Own, Resource: at(3)},
		tNothing:     {Kind: plan.Result},
	}
}

// A function answers with the type that WASI gives it, and is not offered with any other.
func TestShapes(t *testing.T) {
	const none = -1
	in := func(name string, index int) plan.Param { return plan.Param{Name: name, Type: index} }
	for _, c := range []struct {
		name   string
		params []plan.Param
		result int
		fits   bool
	}{
		{"wasi:random/random@0.2.0#get-random-u64", nil, tU64, true},
		{"wasi:random/random@0.2.0#get-random-u64", nil, tU32, false},
		{"wasi:random/random@0.2.0#get-random-u64", nil, none, false},
		{"wasi:random/random@0.2.0#get-random-bytes", []plan.Param{in("len", tU64)}, tBytes, true},
		{"wasi:random/random@0.2.0#get-random-bytes", []plan.Param{in("len", tU8)}, tBytes, false},
		{"wasi:random/random@0.2.0#get-random-bytes", []plan.Param{in("n", tU64)}, tBytes, false},
		{"wasi:random/random@0.2.0#get-random-bytes", nil, tBytes, false},
		{"wasi:io/poll@0.2.17#poll", []plan.Param{in("in", tPollables)}, tNumbers, true},
		{"wasi:io/poll@0.2.17#poll", []plan.Param{in("in", tNumbers)}, tNumbers, false},
		{"wasi:io/poll@0.2.17#poll", nil, tNumbers, false},
		{"wasi:io/poll@0.2.17#poll", []plan.Param{in("in", tPollables), in("for", tU64)}, tNumbers, false},
		{"wasi:clocks/wall-clock@0.2.0#now", nil, tDatetime, true},
		{"wasi:clocks/wall-clock@0.2.0#now", nil, tOtherTime, false},
		{"wasi:clocks/monotonic-clock@0.2.0#now", nil, tInstant, true},
		{"wasi:cli/stdout@0.2.4#get-stdout", nil, tStream, true},
		{"wasi:cli/stdout@0.2.4#get-stdout", nil, tOtherStream, false},
		{"wasi:cli/stdin@0.2.4#get-stdin", nil, tStream, false},
		{"wasi:cli/exit@0.2.0#exit", []plan.Param{in("status", tNothing)}, none, true},
		{"wasi:cli/exit@0.2.0#exit", nil, none, false},
		{"wasi:cli/exit@0.2.0#exit-with-code", []plan.Param{in("status-code", tU8)}, none, true},
		{"wasi:cli/exit@0.2.0#leave", nil, none, false},
	} {
		p := planOf(c.name)
		typesOf(p)
		fn := &p.ImportFuncs[0]
		fn.Params = c.params
		if c.result != none {
			fn.Result = &c.result
		}
		s := State{}
		_, err := Resolve(p, 0)(t.Context(), &s, items(items(), num(0)).Items)
		if offered := err == nil || !strings.Contains(err.Error(), "the WASI stub does not offer "+c.name); offered != c.fits {
			t.Errorf("%s as %s: %v", c.name, shape(p, fn), err)
		}
	}
}

// What results are made of is compared by structure, whatever the component calls it.
func TestShapeOfResults(t *testing.T) {
	p := &plan.Plan{}
	typesOf(p)
	for index, want := range map[int]string{
		tReadResult: "func() -> result<list<u8>, stream-error>", tOtherError: "func() -> variant { closed }",
		tOtherStream: "func() -> wasi:io/streams@0.3.0#output-stream", tOtherTime: "func() -> record { nanoseconds: u32, seconds: u64 }",
	} {
		if got := shape(p, &plan.ImportFunc{Result: &index}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	// A type that has another one twice, and that one another twice, 64 deep.
	for range 64 {
		at := len(p.Types) - 1
		p.Types = append(p.Types, plan.Type{Kind: plan.Tuple, Fields: []plan.Field{{Type: at}, {Type: at}}})
	}
	last := len(p.Types) - 1
	if n := len(shape(p, &plan.ImportFunc{Result: &last})); n > 8*maxShape {
		t.Errorf("%d bytes", n)
	}
	for name, f := range functions {
		if len(f.shape) > maxShape {
			t.Errorf("%s is never offered", name)
		}
	}
}
