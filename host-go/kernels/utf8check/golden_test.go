package utf8check_test

import (
	"context"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// kernel is the same for every test: it is compiled once.
func kernel(t testing.TB) utf8check.Checker {
	return tenontest.Client(t, utf8check.Contract, utf8check.Component(), utf8check.New)
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Args   [1][]int
		Result *uint32
	}
	cases := tenontest.Golden[goldenCase](t, "../../../wit/vectors/utf8check.json", 20)
	for name, c := range map[string]utf8check.Checker{"kernel": kernel(t), "baseline": utf8check.Baseline()} {
		for _, test := range cases {
			var bytes []byte
			for _, b := range test.Args[0] {
				bytes = append(bytes, byte(b))
			}
			want := tenon.None[uint32]()
			if test.Result != nil {
				want = tenon.Some(*test.Result)
			}
			got, err := c.FirstError(context.Background(), bytes)
			if err != nil || got != want {
				t.Errorf("%s: %q: got %v, %v, want %v", name, bytes, got, err, want)
			}
		}
	}
}
