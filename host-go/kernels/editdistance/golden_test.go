package editdistance_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/editdistance"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// kernel is the same for every test: it is compiled once.
func kernel(t testing.TB) editdistance.Comparer {
	return tenontest.Client(t, editdistance.Contract, editdistance.Component(), editdistance.New)
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Func   string
		Args   []json.RawMessage
		Result json.RawMessage
	}
	cases := tenontest.Golden[goldenCase](t, "../../../wit/vectors/editdistance.json", 25)
	for name, c := range map[string]editdistance.Comparer{"kernel": kernel(t), "baseline": editdistance.Baseline()} {
		for _, test := range cases {
			got, want := call(t, c, test.Func, test.Args, test.Result)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s%s: got %v, want %v", name, test.Func, test.Args, got, want)
			}
		}
	}
}

// call calls a function as a golden case has it, and gives what it answered and what it should.
func call(t *testing.T, c editdistance.Comparer, function string, args []json.RawMessage, result json.RawMessage) (got, want any) {
	t.Helper()
	decode := func(raw json.RawMessage, into any) {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s: %s: %v", function, raw, err)
		}
	}
	text := func(i int) (s string) { decode(args[i], &s); return s }
	texts := func(i int) (list []string) { decode(args[i], &list); return list }
	number := func(i int) (n uint32) { decode(args[i], &n); return n }
	var err error
	ctx := context.Background()
	switch function {
	case "distance":
		var d uint32
		decode(result, &d)
		want = d
		got, err = c.Distance(ctx, text(0), text(1))
	case "within":
		var d *uint32
		decode(result, &d)
		want = tenon.None[uint32]()
		if d != nil {
			want = tenon.Some(*d)
		}
		got, err = c.Within(ctx, text(0), text(1), number(2))
	case "distances":
		list := []uint32{}
		decode(result, &list)
		want = append([]uint32{}, list...)
		var all []uint32
		all, err = c.Distances(ctx, text(0), texts(1))
		got = append([]uint32{}, all...) // an empty list may be nil
	case "nearest", "nearest-lines":
		list := []editdistance.Match{}
		decode(result, &list)
		want = append([]editdistance.Match{}, list...)
		var matches []editdistance.Match
		if function == "nearest" {
			matches, err = c.Nearest(ctx, text(0), texts(1), number(2))
		} else {
			matches, err = c.NearestLines(ctx, text(0), text(1), number(2))
		}
		got = append([]editdistance.Match{}, matches...)
	default:
		t.Fatalf("the contract has no function %q", function)
	}
	if err != nil {
		t.Errorf("%s%s: %v", function, args, err)
	}
	return got, want
}
