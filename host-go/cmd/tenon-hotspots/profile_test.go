package main

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// profileOf makes a CPU profile of stacks, each the names of functions from the innermost outwards, of 10 ms.
func profileOf(stacks ...string) *profile.Profile {
	p := &profile.Profile{
		SampleType:    []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		DurationNanos: 1e9,
	}
	functions := map[string]*profile.Location{}
	for _, stack := range stacks {
		s := &profile.Sample{Value: []int64{1, 1e7}}
		for name := range strings.FieldsSeq(stack) {
			l := functions[name]
			if l == nil {
				f := &profile.Function{ID: uint64(len(p.Function) + 1), Name: name, Filename: "x/y.go"}
				l = &profile.Location{ID: f.ID, Line: []profile.Line{{Function: f, Line: 1}}}
				p.Function, p.Location, functions[name] = append(p.Function, f), append(p.Location, l), l
			}
			s.Location = append(s.Location, l)
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}

func bytesOf(t testing.TB, p *profile.Profile) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := p.WriteUncompressed(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func realProfile(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/accesslog.pb.gz")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWhatIsNoCPUProfileIsRefusedInWords(t *testing.T) {
	var heap bytes.Buffer
	runtime.GC()
	if err := pprof.WriteHeapProfile(&heap); err != nil {
		t.Fatal(err)
	}
	with := func(change func(p *profile.Profile)) []byte {
		p := profileOf("main.f main.main", "main.g main.main")
		change(p)
		return bytesOf(t, p)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":        {nil, "the file is empty"},
		"text":         {[]byte("goroutine 1 [running]:\n"), "begins no field of a profile"},
		"a heap":       {heap.Bytes(), "it counts alloc_objects/count"},
		"a gzip bomb":  {zipped(t, make([]byte, maxRaw+1)), "more than 32 MiB"},
		"cut gzip":     {realProfile(t)[:1000], "unexpected EOF"},
		"many samples": {bytes.Repeat([]byte{0x12, 0}, maxFields+1), "more than 1048576 entries of one kind (field 2)"},
		"many kinds":   {manyKinds(), "more than 64 kinds of fields"},
		"a long field": {[]byte{0x12, 0xff, 0x7f, 1}, "longer than the rest"},
		"no samples":   {with(func(p *profile.Profile) { p.Sample = nil }), "shorter than 10 ms"},
		"a difference": {with(func(p *profile.Profile) { p.Sample[1].Value[1] = -1 }), "sample 1 costs -1 ns: this is the difference"},
		"no cost": {with(func(p *profile.Profile) {
			for _, s := range p.Sample {
				s.Value[1] = 0
			}
		}), "they cost nothing"},
		"an overflow": {with(func(p *profile.Profile) {
			for _, s := range p.Sample {
				s.Value[1] = math.MaxInt64
			}
		}), "do not add up"},
		"no names": {with(func(p *profile.Profile) {
			for _, f := range p.Function {
				f.Name = ""
			}
		}), "go tool pprof -proto"},
	} {
		_, err := parseProfile("it", c.data)
		refusal, ok := err.(*failure)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := refusal.Error(); !strings.HasPrefix(text, "error: it: ") || !strings.Contains(text, c.want) || refusal.help == "" {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func manyKinds() []byte {
	var data []byte
	for field := range 70 {
		key := field<<3 | 0
		data = append(data, byte(key)|0x80, byte(key>>7), 0)
	}
	return data
}

func TestTheLibraryItselfWouldUnpackABomb(t *testing.T) {
	// What the limit is for: this file of some kilobytes unpacks to more than the limit.
	if bomb := zipped(t, make([]byte, maxRaw+1)); len(bomb) > 64<<10 {
		t.Fatalf("a bomb of %d bytes", len(bomb))
	}
}

func TestATruncatedProfileIsRefusedWhereverItEnds(t *testing.T) {
	data := bytesOf(t, profileOf("main.f main.main", "main.g main.main"))
	taken := 0
	for length := range data {
		if _, err := parseProfile("it", data[:length]); err == nil {
			taken++
		}
	}
	// A profile may end between two fields, and be one without its last names.
	if taken > len(data)/4 {
		t.Fatalf("%d of %d beginnings are taken for profiles", taken, len(data))
	}
}

func TestUnpackedProfilesAreTaken(t *testing.T) {
	data := bytesOf(t, profileOf("main.f main.main"))
	for _, data := range [][]byte{data, zipped(t, data)} {
		if _, err := parseProfile("it", data); err != nil {
			t.Error(err)
		}
	}
}

func FuzzProfile(f *testing.F) {
	f.Add(realProfile(f))
	f.Add(bytesOf(f, profileOf("main.f main.main")))
	f.Add(bytesOf(f, profileOf("", "main.f.func1 main.f main.f")))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseProfile("it", data)
		if err != nil {
			return
		}
		r := newReport(addUp(p), nil, plan{}, options{top: 3, sort: byFlat, all: true})
		if r.text() == "" {
			t.Error("a report without text")
		}
	})
}
