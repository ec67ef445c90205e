package redact_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// implementations are what answers the contract, by the label of the kernel that it is or replaces.
type implementations map[string]map[string]redact.Redactor

// open gives every test the same kernels: each is compiled once.
func open(t testing.TB) implementations {
	kernel := func(component []byte) redact.Redactor {
		return tenontest.Client(t, redact.Contract, component, redact.New)
	}
	return implementations{
		"1.0.0":      {"baseline": redact.Baseline(), "kernel": kernel(redact.Component())},
		"1.1.0":      {"baseline": redact.BaselineWithURLs(), "kernel": kernel(redact.ComponentV1_1_0())},
		"1.2.0-trap": {"kernel": kernel(redact.ComponentV1_2_0Trap())},
	}
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Kernels []string
		Args    []string
		Result  struct {
			Text     string
			Findings []struct {
				Kind       string
				Start, End uint32
			}
		}
		Fault, Message string
	}
	cases := tenontest.Golden[goldenCase](t, "../../../wit/vectors/redact.json", 15)
	ctx := context.Background()
	for label, implementations := range open(t) {
		for name, r := range implementations {
			checked := 0
			for _, c := range cases {
				if c.Kernels != nil && !slices.Contains(c.Kernels, label) {
					continue
				}
				checked++
				got, err := r.Redact(ctx, c.Args[0])
				if c.Fault != "" {
					var fault *tenon.Fault
					if !errors.As(err, &fault) || string(fault.Kind) != c.Fault || !strings.Contains(err.Error(), c.Message) {
						t.Errorf("%s %s: %q: got %v, want a %s with %q", name, label, c.Args[0], err, c.Fault, c.Message)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s %s: %q: %v", name, label, c.Args[0], err)
					continue
				}
				want := redact.Redaction{Text: c.Result.Text}
				for _, f := range c.Result.Findings {
					want.Findings = append(want.Findings, redact.Finding{Kind: kindOf(t, f.Kind), Start: f.Start, End: f.End})
				}
				if got.Text != want.Text || !slices.Equal(got.Findings, want.Findings) {
					t.Errorf("%s %s: %q:\n got %v\nwant %v", name, label, c.Args[0], got, want)
				}
			}
			if checked < 15 {
				t.Errorf("%s %s: only %d cases apply", name, label, checked)
			}
		}
	}
}

func kindOf(t *testing.T, name string) redact.Kind {
	for kind := redact.KindIPv4; kind <= redact.KindURL; kind++ {
		if kind.String() == name {
			return kind
		}
	}
	t.Fatalf("the contract has no kind %q", name)
	return 0
}
