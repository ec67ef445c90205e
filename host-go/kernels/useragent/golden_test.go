package useragent_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/useragent"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// baseline answers every question anew: a cache would hide what a rule says to the second of two equal questions.
var baseline = useragent.BaselineWithCache(1)

// kernel is the same for every test: building an instance takes a moment.
func kernel(t testing.TB) useragent.Parser {
	return tenontest.Client(t, useragent.Contract, useragent.Component(), useragent.New)
}

// software and agent are the golden cases' spelling of an answer.
type software struct {
	Family     string  `json:"family"`
	Major      *string `json:"major"`
	Minor      *string `json:"minor"`
	Patch      *string `json:"patch"`
	PatchMinor *string `json:"patch-minor"`
}

type agent struct {
	Browser software `json:"browser"`
	OS      software `json:"os"`
	Device  struct {
		Family string  `json:"family"`
		Brand  *string `json:"brand"`
		Model  *string `json:"model"`
	} `json:"device"`
}

func option(s *string) tenon.Option[string] {
	if s == nil {
		return tenon.None[string]()
	}
	return tenon.Some(*s)
}

func (s software) value() useragent.Software {
	return useragent.Software{
		Family: s.Family, Major: option(s.Major), Minor: option(s.Minor), Patch: option(s.Patch), PatchMinor: option(s.PatchMinor),
	}
}

func (a agent) value() useragent.Agent {
	device := useragent.Device{Family: a.Device.Family, Brand: option(a.Device.Brand), Model: option(a.Device.Model)}
	return useragent.Agent{Browser: a.Browser.value(), OS: a.OS.value(), Device: device}
}

func TestGoldenCases(t *testing.T) {
	type goldenCase struct {
		Func   string
		Args   [1]json.RawMessage
		Result json.RawMessage
	}
	cases := tenontest.Golden[goldenCase](t, "../../../wit/vectors/useragent.json", 10)
	decode := func(raw json.RawMessage, into any) {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
	}
	ctx := context.Background()
	kernel := kernel(t)
	for _, c := range cases {
		var uas []string
		var want, got, base []useragent.Agent
		var errs [2]error
		if c.Func == "parse-all" {
			var agents []agent
			decode(c.Args[0], &uas)
			decode(c.Result, &agents)
			for _, a := range agents {
				want = append(want, a.value())
			}
			got, errs[0] = kernel.ParseAll(ctx, uas)
			base, errs[1] = baseline.ParseAll(ctx, uas)
		} else {
			var ua string
			var a agent
			decode(c.Args[0], &ua)
			decode(c.Result, &a)
			uas, want, got, base = []string{ua}, []useragent.Agent{a.value()}, make([]useragent.Agent, 1), make([]useragent.Agent, 1)
			got[0], errs[0] = kernel.Parse(ctx, ua)
			base[0], errs[1] = baseline.Parse(ctx, ua)
		}
		for _, err := range errs {
			if err != nil {
				t.Fatalf("%q: %v", uas, err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q:\nkernel %+v\nwant   %+v", uas, got, want)
		}
		for i := range base {
			if !equalButForGaps(want[i], base[i]) {
				t.Errorf("%q:\nbaseline %+v\nwant     %+v", uas[i], base[i], want[i])
			}
		}
	}
}
