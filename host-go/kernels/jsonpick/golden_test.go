package jsonpick_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/tenon-dev/tenon/host-go/kernels/jsonpick"
	"github.com/tenon-dev/tenon/host-go/tenontest"
)

func TestMain(m *testing.M) { tenontest.Main(m) }

// kernel is the same for every test: it is compiled once.
func kernel(t testing.TB) jsonpick.Picker {
	return tenontest.Client(t, jsonpick.Contract, jsonpick.Component(), jsonpick.New)
}

// goldenCase is one of wit/vectors/jsonpick.json.
type goldenCase struct {
	Func   string
	Args   [2]json.RawMessage
	Result json.RawMessage
	Error  *struct {
		Path     *uint32
		Document *goldenMistake
	}
}

type (
	goldenValue   struct{ jsonpick.Value }
	goldenMistake struct{ jsonpick.Mistake }
)

// named reads an enum's case by its name.
func named[E interface {
	~uint8
	String() string
}](name string) E {
	for e := range E(255) {
		if e.String() == name {
			return e
		}
	}
	panic(name + " is no case of the enum")
}

func (v *goldenValue) UnmarshalJSON(text []byte) error {
	var read struct {
		Kind       string
		Start, End uint32
	}
	err := json.Unmarshal(text, &read)
	v.Value = jsonpick.Value{Kind: named[jsonpick.Kind](read.Kind), Start: read.Start, End: read.End}
	return err
}

func (m *goldenMistake) UnmarshalJSON(text []byte) error {
	var read struct {
		Line, Offset uint32
		Reason       string
	}
	err := json.Unmarshal(text, &read)
	m.Mistake = jsonpick.Mistake{Line: read.Line, Offset: read.Offset, Reason: named[jsonpick.Reason](read.Reason)}
	return err
}

func TestGoldenCases(t *testing.T) {
	cases := tenontest.Golden[goldenCase](t, "../../../wit/vectors/jsonpick.json", 80)
	for name, p := range map[string]jsonpick.Picker{"kernel": kernel(t), "baseline": jsonpick.Baseline()} {
		for _, test := range cases {
			test.check(t, name, p)
		}
	}
}

func (c goldenCase) check(t *testing.T, name string, p jsonpick.Picker) {
	var paths string
	read(t, c.Args[0], &paths)
	var numbers []int
	read(t, c.Args[1], &numbers)
	document := make([]byte, len(numbers))
	for i, n := range numbers {
		document[i] = byte(n)
	}
	var got, want any
	var err error
	if c.Func == "pick" {
		var values []goldenValue
		read(t, c.Result, &values)
		want = bare(values)
		var picked []jsonpick.Value
		picked, err = p.Pick(context.Background(), paths, document)
		got = append([]jsonpick.Value{}, picked...) // an empty list may be nil
	} else {
		var table struct {
			Lines    uint32
			Values   []goldenValue
			Mistakes []goldenMistake
		}
		read(t, c.Result, &table)
		mistakes := []jsonpick.Mistake{}
		for _, m := range table.Mistakes {
			mistakes = append(mistakes, m.Mistake)
		}
		want = jsonpick.Table{Lines: table.Lines, Values: bare(table.Values), Mistakes: mistakes}
		var picked jsonpick.Table
		picked, err = p.PickLines(context.Background(), paths, document)
		picked.Values = append([]jsonpick.Value{}, picked.Values...)
		picked.Mistakes = append([]jsonpick.Mistake{}, picked.Mistakes...)
		got = picked
	}
	if wantErr := c.failure(); wantErr != nil {
		if err != wantErr {
			t.Errorf("%s: %s %q %.100q: got %v, want %v", name, c.Func, paths, document, err, wantErr)
		}
		return
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s %q %.100q:\ngot  %v, %v\nwant %v", name, c.Func, paths, document, got, err, want)
	}
}

// failure is the error that the case ends in, or nil.
func (c goldenCase) failure() error {
	switch wrong := c.Error; {
	case wrong == nil:
		return nil
	case wrong.Path != nil:
		return jsonpick.FailurePath(*wrong.Path)
	default:
		return jsonpick.FailureDocument(wrong.Document.Mistake)
	}
}

func bare(values []goldenValue) []jsonpick.Value {
	all := []jsonpick.Value{}
	for _, v := range values {
		all = append(all, v.Value)
	}
	return all
}

func read(t *testing.T, text json.RawMessage, into any) {
	t.Helper()
	if text == nil {
		return
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
