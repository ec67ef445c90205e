package {{package}}_test

import (
	"context"
	"testing"

	"github.com/tenon-dev/tenon/host-go/tenontest"

	"{{import}}"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// kernel is the same for every test: it is compiled once.
func kernel(t testing.TB) {{package}}.Counter {
	return tenontest.Client(t, {{package}}.Contract, {{package}}.Component(), {{package}}.New)
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Func   string
		Args   [1]string
		Result {{package}}.Counts
		Error  *struct{ Binary uint32 }
	}
	cases := tenontest.Golden[goldenCase](t, "{{go_to_root}}wit/vectors/{{name}}.json", 12)
	for side, c := range map[string]{{package}}.Counter{"kernel": kernel(t), "baseline": {{package}}.Baseline()} {
		for _, test := range cases {
			if test.Func != "count" {
				t.Fatalf("the contract has no function %q", test.Func)
			}
			var wantErr error
			if test.Error != nil {
				wantErr = {{package}}.FailureBinary(test.Error.Binary)
			}
			got, err := c.Count(context.Background(), test.Args[0])
			if err != wantErr || got != test.Result {
				t.Errorf("%s: count(%q): got %v, %v, want %v, %v", side, test.Args[0], got, err, test.Result, wantErr)
			}
		}
	}
}
