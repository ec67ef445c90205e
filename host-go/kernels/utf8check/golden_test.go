package utf8check_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/serve"
	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
)

func TestMain(m *testing.M) { serve.Main(m) }

var opened utf8check.Checker

// kernel is the same for every test: it is compiled once.
func kernel(t testing.TB) utf8check.Checker {
	if opened == nil {
		k := serve.Kernel(t, utf8check.Component())
		opened = utf8check.New(serve.Slot[utf8check.Checker](t, utf8check.Contract, k))
	}
	return opened
}

func TestGoldenCases(t *testing.T) {
	text, err := os.ReadFile("../../../wit/vectors/utf8check.json")
	if err != nil {
		t.Skipf("the golden cases lie in the repository, outside this module: %v", err)
	}
	var file struct {
		Cases []struct {
			Args   [1][]int
			Result *uint32
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]utf8check.Checker{"kernel": kernel(t), "baseline": utf8check.Baseline()} {
		for _, test := range file.Cases {
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
	if len(file.Cases) < 20 {
		t.Errorf("only %d cases", len(file.Cases))
	}
}
