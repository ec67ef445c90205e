package spec

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// TestVerdicts runs a suite made here: every kind of directive that needs no component but tiny ones, with the
// verdicts that they must get.
func TestVerdicts(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "made", "here")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"empty.wasm":  "\x00asm\x0d\x00\x01\x00",
		"broken.wasm": "\x00asm\x0d\x00\x01\x00\xff\x00",
		"core.wasm":   "\x00asm\x01\x00\x00\x00",
		// (component (import "f" (func)))
		"import.wasm": "\x00asm\x0d\x00\x01\x00\x07\x05\x01\x40\x00\x01\x00\x0a\x06\x01\x00\x01f\x01\x00",
		"t.json": `{"source_filename":"x.wast","commands":[
			{"type":"module","line":1,"filename":"empty.wasm","module_type":"binary"},
			{"type":"module_definition","line":2,"name":"E","filename":"empty.wasm","module_type":"binary"},
			{"type":"module_instance","line":3,"instance":"i","module":"E"},
			{"type":"module_instance","line":4,"instance":"i","module":"nobody"},
			{"type":"module","line":5,"filename":"broken.wasm","module_type":"binary"},
			{"type":"assert_return","line":6,"action":{"type":"invoke","field":"f","args":[]},"expected":[]},
			{"type":"assert_malformed","line":7,"filename":"broken.wasm","module_type":"binary","text":"whatever"},
			{"type":"assert_invalid","line":8,"filename":"empty.wasm","module_type":"binary","text":"whatever"},
			{"type":"assert_malformed","line":9,"filename":"t.9.wat","module_type":"text","text":"whatever"},
			{"type":"assert_uninstantiable","line":10,"filename":"empty.wasm","module_type":"binary","text":"whatever"},
			{"type":"module_instance","line":11,"instance":"i","module":"E"},
			{"type":"assert_return","line":12,"action":{"type":"invoke","module":"i","field":"f","args":[]},"expected":[]},
			{"type":"thread","line":13},
			{"type":"register","line":14,"as":"there","name":"i"},
			{"type":"register","line":15,"as":"there","name":"nobody"},
			{"type":"assert_unlinkable","line":16,"filename":"empty.wasm","module_type":"binary","text":"whatever"},
			{"type":"module","line":17,"filename":"core.wasm","module_type":"binary"},
			{"type":"assert_trap","line":18,"action":{"type":"invoke","field":"f","args":[]},"text":"whatever"},
			{"type":"module","line":19,"filename":"t.9.wat","binary_filename":"empty.wasm","module_type":"text"},
			{"type":"action","line":20,"action":{"type":"get","field":"f"}},
			{"type":"assert_unlinkable","line":21,"filename":"import.wasm","module_type":"binary","text":"whatever"},
			{"type":"module","line":22,"filename":"import.wasm","module_type":"binary"},
			{"type":"register","line":23,"as":"f","name":"i"},
			{"type":"assert_unlinkable","line":24,"filename":"import.wasm","module_type":"binary","text":"whatever"}]}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []Outcome{Pass, Pass, Pass, Fail, Fail, Fail, Pass, Fail, Skip, Fail, Pass, Fail, Skip,
		Pass, Fail, Fail, Skip, Skip, Pass, Skip, Pass, Fail, Pass, Pass}
	var got []Verdict
	if err := Run(t.Context(), dir, func(v Verdict) { got = append(got, v) }); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d verdicts, want %d", len(got), len(want))
	}
	for i, v := range got {
		if v.File != "made/here" || v.Line != i+1 || v.Verdict != want[i] {
			t.Errorf("%+v, want %s", v, want[i])
		}
		if (v.Verdict == Pass) != (v.Reason == "") {
			t.Errorf("%+v: a reason where none is due, or none", v)
		}
	}
}

// TestSuite runs the reference suite where TENON_SPEC names its folder: nothing of it may fail. What must not be
// skipped, and the ratchet over all of it, are xtask's.
func TestSuite(t *testing.T) {
	dir := os.Getenv("TENON_SPEC")
	if dir == "" {
		t.Skip("TENON_SPEC is not set: it names the folder of the component model's reference suite")
	}
	passed := 0
	err := Run(context.Background(), dir, func(v Verdict) {
		switch {
		case v.Verdict == Fail:
			t.Errorf("%s:%d: %s: %s: %s", v.File, v.Line, v.Type, v.Verdict, v.Reason)
		case v.Verdict == Pass:
			passed++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if passed == 0 {
		t.Error("nothing passed")
	}
}

func TestReadRefusesAnotherFolder(t *testing.T) {
	if err := Run(t.Context(), t.TempDir(), func(Verdict) {}); err == nil || !strings.Contains(err.Error(), "t.json") {
		t.Errorf("got %v", err)
	}
	if err := Run(t.Context(), filepath.Join(t.TempDir(), "none"), func(Verdict) {}); err == nil {
		t.Error("a folder that is not there is read")
	}
}

func ref(i int) *int { return &i }

// TestDecode holds the suite's notation of values against the ABI's.
func TestDecode(t *testing.T) {
	p := &plan.Plan{Types: []plan.Type{
		0:  {Kind: plan.U8, Size: 1},
		1:  {Kind: plan.S8, Size: 1},
		2:  {Kind: plan.F32, Size: 4},
		3:  {Kind: plan.Char},
		4:  {Kind: plan.String},
		5:  {Kind: plan.List, Element: ref(0)},
		6:  {Kind: plan.Record, Fields: []plan.Field{{Name: "a", Type: 0}, {Name: "b", Type: 4}}},
		7:  {Kind: plan.Tuple, Fields: []plan.Field{{Name: "0", Type: 0}}},
		8:  {Kind: plan.Variant, Cases: []plan.Case{{Name: "x", Type: ref(0)}, {Name: "y"}}},
		9:  {Kind: plan.Enum, Cases: []plan.Case{{Name: "x"}, {Name: "y"}}},
		10: {Kind: plan.Option, Element: ref(0)},
		11: {Kind: plan.Result, OK: ref(4), Err: nil},
		12: {Kind: plan.Flags, Flags: []plan.Label{{Name: "a"}, {Name: "b"}, {Name: "c"}}},
		13: {Kind: plan.Bool},
	}}
	u8 := func(n uint64) abi.Value { return abi.Value{Bits: n} }
	cases := []struct {
		typ  int
		json string
		want abi.Value
		bad  bool
	}{
		{typ: 0, json: `{"type":"u8","value":"255"}`, want: u8(255)},
		{typ: 0, json: `{"type":"u8","value":"256"}`, bad: true},
		{typ: 0, json: `{"type":"u16","value":"1"}`, bad: true},
		{typ: 1, json: `{"type":"s8","value":"-1"}`, want: abi.Value{Bits: 1<<64 - 1}},
		{typ: 2, json: `{"type":"f32","value":"1069547520"}`, want: u8(0x3fc00000)},
		{typ: 3, json: `{"type":"char","value":"☃"}`, want: u8(0x2603)},
		{typ: 4, json: `{"type":"string","value":"é"}`, want: abi.Value{Text: "é"}},
		{typ: 5, json: `{"type":"list","value":[{"type":"u8","value":"1"},{"type":"u8","value":"2"}]}`, want: abi.Value{Items: []abi.Value{u8(1), u8(2)}}},
		{typ: 6, json: `{"type":"record","value":[["a",{"type":"u8","value":"1"}],["b",{"type":"string","value":"x"}]]}`, want: abi.Value{Items: []abi.Value{u8(1), {Text: "x"}}}},
		{typ: 6, json: `{"type":"record","value":[["b",{"type":"string","value":"x"}],["a",{"type":"u8","value":"1"}]]}`, bad: true},
		{typ: 6, json: `{"type":"record","value":[]}`, bad: true},
		{typ: 7, json: `{"type":"tuple","value":[{"type":"u8","value":"3"}]}`, want: abi.Value{Items: []abi.Value{u8(3)}}},
		{typ: 7, json: `{"type":"tuple","value":[]}`, bad: true},
		{typ: 8, json: `{"type":"variant","value":{"case":"x","payload":{"type":"u8","value":"3"}}}`, want: abi.Value{Items: []abi.Value{u8(3)}}},
		{typ: 8, json: `{"type":"variant","value":{"case":"y"}}`, want: u8(1)},
		{typ: 8, json: `{"type":"variant","value":{"case":"x"}}`, bad: true},
		{typ: 8, json: `{"type":"variant","value":{"case":"z"}}`, bad: true},
		{typ: 9, json: `{"type":"enum","value":"y"}`, want: u8(1)},
		{typ: 10, json: `{"type":"option","value":null}`},
		{typ: 10, json: `{"type":"option","value":{"type":"u8","value":"3"}}`, want: abi.Value{Bits: 1, Items: []abi.Value{u8(3)}}},
		{typ: 11, json: `{"type":"result","value":{"Ok":{"type":"string","value":"x"}}}`, want: abi.Value{Items: []abi.Value{{Text: "x"}}}},
		{typ: 11, json: `{"type":"result","value":{"Err":null}}`, want: u8(1)},
		{typ: 12, json: `{"type":"flags","value":["a","c"]}`, want: u8(5)},
		{typ: 12, json: `{"type":"flags","value":["d"]}`, bad: true},
		{typ: 13, json: `{"type":"bool","value":true}`, want: u8(1)},
	}
	for _, c := range cases {
		var v value
		if err := json.Unmarshal([]byte(c.json), &v); err != nil {
			t.Fatal(err)
		}
		got, err := decode(p, c.typ, v)
		if (err != nil) != c.bad || err == nil && !got.Equal(c.want) {
			t.Errorf("%s: %+v, %v", c.json, got, err)
		}
	}
}
