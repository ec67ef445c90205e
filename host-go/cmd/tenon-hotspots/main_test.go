package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func try(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = command(args, &o, &e)
	return status, o.String(), e.String()
}

func TestTheCommandLineIsJudged(t *testing.T) {
	const real = "testdata/accesslog.pb.gz"
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"--help", 0, "Usage: tenon hotspots"},
		{"", 2, "0 profiles are given"},
		{"a b", 2, "2 profiles are given"},
		{"--topp 3 " + real, 2, "flag provided but not defined: -topp"},
		{"--top 0 " + real, 2, "--top 0 is not from 1 to 200"},
		{"--sort size " + real, 2, "none of cum, flat and impact"},
		{"--sort impact " + real, 2, "needs a --plan"},
		{"--source . --no-source " + real, 2, "exclude each other"},
		{"no-such-file", 1, "no-such-file: cannot be read\n  found: no such file or directory"},
		{"testdata", 1, "is a directory"},
		{"--plan no-such-plan " + real, 1, "no-such-plan: the plan cannot be read"},
		{"--plan " + real + " " + real, 1, "not a plan"},
		{"--source testdata/none " + real, 1, "the source cannot be read"},
		{real + " --no-source --top 1", 0, "   1   91.6 %"},
	} {
		status, out, errs := try(strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: status %d\n%s%s", c.args, status, out, errs)
		}
		if (status == 0) != (errs == "") || (status != 0) != (out == "") {
			t.Errorf("%s: output and errors are mixed:\n%s---\n%s", c.args, out, errs)
		}
	}
}

func TestTheExampleServicesProfileLeadsToItsKernel(t *testing.T) {
	status, out, errs := try("--json", "--plan", "testdata/accesslog.plan.json", "--source", "../../examples", "testdata/accesslog.pb.gz")
	if status != 0 {
		t.Fatal(errs)
	}
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	first := r.Candidates[0]
	if r.Format != 1 || r.Sort != byImpact || first.Function != "github.com/tenon-dev/tenon/host-go/kernels/useragent.(*baseline).Parse" {
		t.Fatalf("first is %+v", first)
	}
	if first.WIT != "parse: func(ua: string) -> result<agent, string>" || first.Verdict != verdictUnknown || first.Impact == nil {
		t.Fatalf("first is %+v", first)
	}
	if first.Below[0].Name != "regexp" || first.Below[0].Share < 0.9 || !strings.HasPrefix(first.Coarseness, "coarse: ") {
		t.Fatalf("first is %+v", first)
	}
}

func TestTheProfileAloneGivesTheRankingAndSaysWhatItLacks(t *testing.T) {
	status, out, errs := try("--no-source", "--top", "3", "--sort", "flat", "--all", "testdata/accesslog.pb.gz")
	if status != 0 {
		t.Fatal(errs)
	}
	for _, want := range []string{"source: none", "regexp.(*machine).add", "look at its caller", "does not count calls"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestAPlanThatFitsNothingIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, []byte(`{"functions": [{"function": "gone.F", "effort": 1}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, _ := try("--no-source", "--plan", file, "testdata/accesslog.pb.gz")
	if status != 0 || !strings.Contains(out, `note: the plan's "gone.F" fits no function of the profile`) {
		t.Fatalf("status %d\n%s", status, out)
	}
}

func TestAFolderWhoseModuleCannotBeReadIsNoObstacleUnlessAskedFor(t *testing.T) {
	profile, err := filepath.Abs("testdata/accesslog.pb.gz")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("no module file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	t.Setenv("GOWORK", "off")
	status, out, errs := try("--top", "1", profile)
	if status != 0 || !strings.Contains(out, "note: .: the source cannot be read") || !strings.Contains(out, "source: none") {
		t.Fatalf("status %d\n%s%s", status, out, errs)
	}
	if status, _, errs = try("--top", "1", "--source", ".", profile); status != 1 || !strings.Contains(errs, "the source cannot be read") {
		t.Fatalf("status %d\n%s", status, errs)
	}
}
