package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

const shapes = "example.test/service/shape."

// judged gives what is said of functions of the module in testdata/service, by their names without the package's path.
func judged(t *testing.T, p *profile.Profile) map[string]candidate {
	t.Helper()
	t.Setenv("GOWORK", "off")
	s, err := openSource("testdata/service")
	if err != nil {
		t.Fatal(err)
	}
	r := newReport(addUp(p), s, plan{}, options{top: mostRows, sort: byCumulative, source: "testdata/service"})
	if len(r.Notes) > 0 {
		t.Fatalf("notes: %v", r.Notes)
	}
	all := map[string]candidate{}
	for _, v := range r.Candidates {
		all[strings.TrimPrefix(v.Function, shapes)] = v
	}
	return all
}

func TestEachFindingIsFound(t *testing.T) {
	expected := map[string]struct {
		verdict verdict
		wit     string
		finding string // a part of one; "" is none but notes
	}{
		"Upper":            {verdictKernel, "upper: func(line: string) -> string", ""},
		"Center":           {verdictKernel, "center: func(points: list<point>, weights: list<f32>) -> result<point, string>", ""},
		"Look":             {verdictKernel, "look: func(key: string) -> s64", "note: reads package variables that nothing changes, which become the kernel's own data: table"},
		"Count":            {verdictNo, "count: func(n: s64) -> s64", "no: changes package variables (counter)"},
		"Counted":          {verdictNo, "counted: func() -> s64", "no: reads package variables that change (counter, by Count)"},
		"Age":              {verdictNo, "", "no: reaches the clock by time.Now in shape.clock"},
		"Draw":             {verdictNo, "", "no: reaches random numbers by rand.Intn"},
		"Read":             {verdictNo, "read: func(path: string) -> result<list<u8>, string>", "no: reaches the operating system by os.ReadFile"},
		"Both":             {verdictNo, "", "no: starts goroutines (shape.Both)"},
		"Each":             {verdictNo, "", "no: the parameter do is a function"},
		"Depth":            {verdictNo, "", "no: the parameter n's field Next holds itself (Node)"},
		"Copy":             {verdictChange, "", "change: the parameter r is read as it is needed"},
		"Words":            {verdictChange, "", "change: the result is a map"},
		"Fill":             {verdictChange, "", "change: writes into its parameters (out)"},
		"Forget":           {verdictNo, "", "no: changes package variables (names)"},
		"Remember":         {verdictNo, "", "no: changes package variables (a Cache in shape.(*Cache).Seen)"},
		"Mark":             {verdictChange, "", "change: writes into its parameters (a Set in shape.Set.Add)"},
		"Blank":            {verdictChange, "", "change: writes into its parameters (out)"},
		"(*Cache).Seen":    {verdictNo, "", "no: keeps state in its receiver"},
		"(*Cache).Through": {verdictNo, "", "no: keeps state in its receiver"},
		"(*Rule).Match":    {verdictChange, "match: func(line: string) -> bool", "change: reads its receiver"},
		"Local":            {verdictChange, "", "change: shares state between goroutines (sync.(*Mutex).Lock in shape.(*Cache).Seen"},
		"Opaque":           {verdictNo, "", "no: the parameter b is a bytes.Buffer"},
		"Area":             {verdictUnknown, "", "unseen: calls through interfaces"},
		"Sum":              {verdictChange, "", "change: it is generic"},
		"Tiny":             {verdictKernel, "tiny: func(a: s32, b: s32) -> s32", ""},
	}
	var stacks []string
	for name := range expected {
		stacks = append(stacks, shapes+name+" main.main")
	}
	all := judged(t, profileOf(stacks...))
	for name, want := range expected {
		got, ok := all[name]
		if !ok {
			t.Errorf("%s is not judged", name)
			continue
		}
		var lines []string
		for _, f := range got.Findings {
			if want.finding != "" || f.Grade != gradeNote {
				lines = append(lines, string(f.Grade)+": "+f.What)
			}
		}
		text := strings.Join(lines, "\n")
		if got.Verdict != want.verdict || !strings.Contains(text, want.finding) || want.finding == "" && text != "" {
			t.Errorf("%s: %s\n%s", name, got.Verdict, text)
		}
		if want.wit != "" && got.WIT != want.wit {
			t.Errorf("%s: %s", name, got.WIT)
		}
	}
	if c := all["Tiny"].Coarseness; !strings.HasPrefix(c, "fine: ") {
		t.Errorf("Tiny: %q", c)
	}
	if c := all["Center"].Coarseness; c != "" {
		t.Errorf("Center: %q", c)
	}
}

func TestTheProfileTellsWhichMethodAnInterfaceMeant(t *testing.T) {
	all := judged(t, profileOf(shapes+"square.Area "+shapes+"Area main.main"))
	if v := all["Area"]; v.Verdict != verdictKernel {
		t.Fatalf("Area: %s, %v", v.Verdict, v.Findings)
	}
	all = judged(t, profileOf("regexp.(*Regexp).Area "+shapes+"Area main.main"))
	if v := all["Area"]; v.Verdict != verdictKernel {
		t.Fatalf("Area of the standard library: %s, %v", v.Verdict, v.Findings)
	}
	all = judged(t, profileOf("net.(*conn).Area "+shapes+"Area main.main"))
	if v := all["Area"]; v.Verdict != verdictNo {
		t.Fatalf("Area of the network: %s, %v", v.Verdict, v.Findings)
	}
}

// lineOf puts a function of a profile at a line of a file.
func lineOf(p *profile.Profile, name, file string, start, line int64) {
	for _, l := range p.Location {
		if f := l.Line[0].Function; f.Name == name {
			f.Filename, f.StartLine, l.Line[0].Line = file, start, line
		}
	}
}

func TestACallInALoopIsFoundWhereverTheFunctionHasMovedTo(t *testing.T) {
	absolute, err := filepath.Abs("testdata/service/cmd/serve/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for moved := range int64(3) {
		// As -trimpath writes a file, and as it is written without.
		file := []string{"example.test/service/cmd/serve/main.go", filepath.ToSlash(absolute)}[moved%2]
		p := profileOf(shapes+"Upper main.loop main.main", shapes+"Count main.main")
		lineOf(p, "main.loop", file, 13+moved, 15+moved) // in its loop
		lineOf(p, "main.main", file, 6+moved, 7+moved)   // before its loop
		all := judged(t, p)
		if c := all["Upper"].Coarseness; c != "called in a loop by serve.loop: consider a function that takes the whole list" {
			t.Errorf("moved by %d: %q", moved, c)
		}
		if c := all["Count"].Callers; len(c) != 1 || c[0].InLoop == nil || *c[0].InLoop {
			t.Errorf("moved by %d: %+v", moved, c)
		}
	}
}

func TestSourceThatIsNotThereIsSaid(t *testing.T) {
	t.Setenv("GOWORK", "off")
	if _, err := openSource(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--no-source") {
		t.Fatalf("error %v", err)
	}
	if _, err := openSource("testdata/no-such-folder"); err == nil {
		t.Fatal("no error")
	}
	s, err := openSource("testdata/service")
	if err != nil {
		t.Fatal(err)
	}
	// Names of a profile never reach the go command: what the module does not know is not asked for.
	r := newReport(addUp(profileOf("-o=/x.F main.main", "github.com/no/such.(*T).M main.main")), s, plan{}, options{top: 9, sort: byCumulative})
	if len(r.Notes) != 1 || !strings.HasPrefix(r.Notes[0], "none of these functions is in the source") {
		t.Fatalf("notes: %v", r.Notes)
	}
	if v := r.Candidates[0]; v.Verdict != verdictNo || v.Function != "main.main" {
		t.Fatalf("%+v", v)
	}
	if v := r.Candidates[2]; v.Verdict != verdictUnknown || len(v.Findings) != 2 || !strings.Contains(v.Findings[1].What, "pointer for a receiver") {
		t.Fatalf("%+v", v)
	}
}
