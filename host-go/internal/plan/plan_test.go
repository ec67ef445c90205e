package plan_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func ref(i int) *int { return &i }

// sample is a plan that uses every part of the format. Its layouts are computed by hand from CanonicalABI,
// sections "Alignment", "Element Size" and "Flattening".
func sample() *plan.Plan {
	i32 := []plan.CoreType{plan.I32}
	types := []plan.Type{
		0: {Kind: plan.U8, Size: 1, Align: 1, Flat: i32},
		1: {Kind: plan.U64, Size: 8, Align: 8, Flat: []plan.CoreType{plan.I64}},
		2: {Kind: plan.F32, Size: 4, Align: 4, Flat: []plan.CoreType{plan.CoreF32}},
		3: {Kind: plan.String, Size: 8, Align: 4, Flat: []plan.CoreType{plan.I32, plan.I32}},
		4: {Kind: plan.List, Element: ref(3), Size: 8, Align: 4, Flat: []plan.CoreType{plan.I32, plan.I32}},
		// u8 at 0, u64 at 8, f32 at 16; the size is rounded up to the alignment.
		5: {Kind: plan.Record, Name: "mixed", Size: 24, Align: 8, Flat: []plan.CoreType{plan.I32, plan.I64, plan.CoreF32},
			Fields: []plan.Field{{Name: "a", Type: 0}, {Name: "b", Type: 1, Offset: 8}, {Name: "c", Type: 2, Offset: 16}}},
		// Payloads u64, f32 and string join to i64 and i32.
		6: {Kind: plan.Variant, Name: "joined", Size: 16, Align: 8, Discriminant: 1, Payload: 8,
			Flat:  []plan.CoreType{plan.I32, plan.I64, plan.I32},
			Cases: []plan.Case{{Name: "x", Type: ref(1)}, {Name: "y", Type: ref(2)}, {Name: "z", Type: ref(3)}, {Name: "none"}}},
		7:  {Kind: plan.Enum, Size: 2, Align: 2, Discriminant: 2, Flat: i32, Cases: cases(257)},
		8:  {Kind: plan.Option, Element: ref(2), Size: 8, Align: 4, Discriminant: 1, Payload: 4, Flat: []plan.CoreType{plan.I32, plan.CoreF32}},
		9:  {Kind: plan.Result, OK: ref(2), Err: ref(0), Size: 8, Align: 4, Discriminant: 1, Payload: 4, Flat: []plan.CoreType{plan.I32, plan.I32}},
		10: {Kind: plan.Flags, Size: 2, Align: 2, Flat: i32, Flags: labels(9)},
		11: {Kind: plan.Own, Resource: ref(1), Size: 4, Align: 4, Flat: i32},
		// 3 × 5 and 2: seventeen flat values are too many, so there is no flattening.
		12: {Kind: plan.Tuple, Size: 128, Align: 8, Fields: []plan.Field{
			{Name: "0", Type: 5}, {Name: "1", Type: 5, Offset: 24}, {Name: "2", Type: 5, Offset: 48},
			{Name: "3", Type: 5, Offset: 72}, {Name: "4", Type: 5, Offset: 96}, {Name: "5", Type: 3, Offset: 120}}},
	}
	code := []byte("\x00asm\x01\x00\x00\x00")
	return &plan.Plan{
		Format:    plan.Format,
		Tool:      "test",
		Component: plan.Component{Digest: strings.Repeat("ab", 32), Size: 9},
		Metadata:  json.RawMessage(`{"format":1}`),
		Contract:  &plan.Contract{Package: "a:b", Version: "1.0.0", Interfaces: []string{"a:b/c@1.0.0"}},
		Modules:   []plan.Module{{Size: len(code), Code: code}, {Size: 0, Code: []byte{}}},
		Instances: 2,
		Types:     types,
		Resources: []plan.Resource{
			{Name: "file", Interface: "a:sys/fs@0.2.0", Import: []string{"a:sys/fs@0.2.0", "file"}},
			{Name: "thing", ComponentInstance: 1}},
		Tables: []plan.Table{{Resource: ref(1), ComponentInstance: 1}, {}},
		Trampolines: []plan.Trampoline{
			{Kind: plan.ResourceNew, Resource: ref(1), Table: ref(0), Core: plan.CoreSig{Params: i32, Results: i32}},
			// The record is flat, the list of strings is written to an address.
			{Kind: plan.LowerImport, Import: ref(0), Memory: ref(0), Realloc: ref(0), Encoding: plan.UTF8, SpillResult: true, ComponentInstance: 1,
				Core: plan.CoreSig{Params: []plan.CoreType{plan.I32, plan.I64, plan.CoreF32, plan.I32}}},
			{Kind: plan.LowerImport, Import: ref(1), Memory: ref(0), Encoding: plan.Latin1UTF16,
				SpillParams: &plan.Spill{Size: 128, Align: 8, Offsets: []uint32{0}}, Core: plan.CoreSig{Params: i32, Results: i32}},
		},
		ImportFuncs: []plan.ImportFunc{
			{Path: []string{"a:sys/fs@0.2.0", "list"}, Name: "list", Interface: "a:sys/fs@0.2.0", Params: []plan.Param{{Name: "x", Type: 5}}, Result: ref(4)},
			{Path: []string{"note"}, Name: "note", Params: []plan.Param{{Name: "x", Type: 12}}, Result: ref(0)},
		},
		ImportText: "world root {\n  note: func();\n}\n",
		Funcs: []plan.Func{
			{Name: "f", Interface: "a:b/c@1.0.0", Params: []plan.Param{{Name: "x", Type: 6}, {Name: "y", Type: 0}}, Result: ref(0),
				Callee: plan.Callee{Export: "f"}, Memory: ref(0), Realloc: ref(0), PostReturn: ref(0), Encoding: plan.UTF8,
				Core: plan.CoreSig{Params: []plan.CoreType{plan.I32, plan.I64, plan.I32, plan.I32}, Results: i32}},
			{Name: "g", Params: []plan.Param{{Name: "x", Type: 12}, {Name: "y", Type: 0}}, Result: ref(12),
				Callee: plan.Callee{Export: "g"}, Memory: ref(0), Realloc: ref(0), Encoding: plan.UTF16,
				SpillParams: &plan.Spill{Size: 136, Align: 8, Offsets: []uint32{0, 128}}, SpillResult: true,
				Core: plan.CoreSig{Params: i32, Results: i32}},
		},
		Exports: []plan.Export{
			{Name: "a:b/c@1.0.0", Kind: plan.ExternInstance, Docs: "Speaks.", Text: "interface c {}\n", Exports: []plan.Export{
				{Name: "f", Kind: plan.ExternFunc, Func: ref(0)}, {Name: "mixed", Kind: plan.ExternType, Type: ref(5)},
				{Name: "thing", Kind: plan.ExternResource, Resource: ref(1)}}},
			{Name: "g", Kind: plan.ExternFunc, Func: ref(1)},
		},
		Imports: []plan.Import{
			{Name: "a:sys/fs@0.2.0", Kind: plan.ExternInstance, Docs: "Files.", Text: "interface fs {}\n", Cure: "do without", Exports: []plan.Import{
				{Name: "file", Kind: plan.ExternResource, Resource: ref(0)}, {Name: "list", Kind: plan.ExternFunc, Func: ref(0)},
				{Name: "mixed", Kind: plan.ExternType, Type: ref(5)}}},
			{Name: "note", Kind: plan.ExternFunc, Func: ref(1)},
			{Name: "size", Kind: plan.ExternType},
			{Name: "engine", Kind: plan.ExternModule},
		},
		Steps: []plan.Step{
			{Op: plan.OpInstantiate, Module: 0},
			{Op: plan.OpInstantiate, Module: 1},
			{Op: plan.OpResource, Resource: 1, Destructor: &plan.Callee{Instance: 1, Export: "drop"}, ComponentInstance: 1},
			{Op: plan.OpMemory, Export: "memory"},
			{Op: plan.OpRealloc, Export: "realloc", Instance: 1},
			{Op: plan.OpPostReturn, Export: "post"},
			{Op: plan.OpInstantiateImport, Path: []string{"engine"}},
		},
		Slots: plan.Slots{Memories: 1, Reallocs: 1, PostReturns: 1},
		Gate:  &plan.Gate{Countdown: "tenon:countdown", Stack: "tenon:stack"},
		Panic: &plan.Panic{Memory: "memory", Address: 16, Size: 64},
		Clone: plan.Clone{Safe: true, Globals: []plan.CloneGlobals{{Exports: []string{"tenon:global:0"}}}, Memories: []plan.CloneMemory{{Export: "memory"}}},
	}
}

func cases(n int) []plan.Case {
	list := make([]plan.Case, n)
	for i := range list {
		list[i].Name = fmt.Sprintf("c%d", i)
	}
	return list
}

func labels(n int) []plan.Label {
	list := make([]plan.Label, n)
	for i := range list {
		list[i].Name = fmt.Sprintf("l%d", i)
	}
	return list
}

func encode(t testing.TB, p *plan.Plan) []byte {
	t.Helper()
	container, err := plan.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	return container
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got, err := plan.Decode(encode(t, want))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		t.Errorf("got %s\nwant %s", b, a)
	}
	if string(got.Modules[0].Code) != string(want.Modules[0].Code) || len(got.Modules[1].Code) != 0 {
		t.Error("the modules' bytes differ")
	}
	if !got.Types[12].FlatSpills() || got.Types[6].FlatSpills() {
		t.Error("FlatSpills")
	}
}

// TestEveryLie changes one number or word at a time; each must be found, at its place.
func TestEveryLie(t *testing.T) {
	lies := []struct {
		path string // in the error
		lie  func(p *plan.Plan)
	}{
		{"types[0]", func(p *plan.Plan) { p.Types[0].Size = 2 }},
		{"types[0]", func(p *plan.Plan) { p.Types[0].Align = 0 }},
		{"types[0].flat", func(p *plan.Plan) { p.Types[0].Flat = nil }},
		{"types[1].flat", func(p *plan.Plan) { p.Types[1].Flat = []plan.CoreType{plan.I32} }},
		{"types[0].kind", func(p *plan.Plan) { p.Types[0].Kind = "u7" }},
		{"types[4].element", func(p *plan.Plan) { p.Types[4].Element = nil }},
		{"types[4].element", func(p *plan.Plan) { p.Types[4].Element = ref(4) }},
		{"types[4].element", func(p *plan.Plan) { p.Types[4].Element = ref(9) }},
		{"types[4].element", func(p *plan.Plan) { p.Types[4].Element = ref(-1) }},
		{"types[5].fields", func(p *plan.Plan) { p.Types[5].Fields = nil }},
		{"types[5].fields[1].offset", func(p *plan.Plan) { p.Types[5].Fields[1].Offset = 4 }},
		{"types[5].fields[1].type", func(p *plan.Plan) { p.Types[5].Fields[1].Type = 99 }},
		{"types[5]", func(p *plan.Plan) { p.Types[5].Size = 20 }},
		{"types[6].payload", func(p *plan.Plan) { p.Types[6].Payload = 4 }},
		{"types[6].discriminant", func(p *plan.Plan) { p.Types[6].Discriminant = 2 }},
		{"types[6].flat", func(p *plan.Plan) { p.Types[6].Flat[1] = plan.I32 }},
		{"types[6].cases", func(p *plan.Plan) { p.Types[6].Cases = nil }},
		{"types[6].cases[0].type", func(p *plan.Plan) { p.Types[6].Cases[0].Type = ref(6) }},
		{"types[7].discriminant", func(p *plan.Plan) { p.Types[7].Discriminant = 1 }},
		{"types[7]", func(p *plan.Plan) { p.Types[7].Cases[3].Type = ref(0) }},
		{"types[8].element", func(p *plan.Plan) { p.Types[8].Element = nil }},
		{"types[10].flags", func(p *plan.Plan) { p.Types[10].Flags = labels(33) }},
		{"types[10].flags", func(p *plan.Plan) { p.Types[10].Flags = nil }},
		{"types[10]", func(p *plan.Plan) { p.Types[10].Flags = labels(8) }},
		{"types[11].resource", func(p *plan.Plan) { p.Types[11].Resource = nil }},
		{"types[11].resource", func(p *plan.Plan) { p.Types[11].Resource = ref(2) }},
		{"types[12].flat", func(p *plan.Plan) { p.Types[12].Flat = make([]plan.CoreType, 17) }},
		{"funcs[0].params[0].type", func(p *plan.Plan) { p.Funcs[0].Params[0].Type = 13 }},
		{"funcs[0].result", func(p *plan.Plan) { p.Funcs[0].Result = ref(13) }},
		{"funcs[0].core", func(p *plan.Plan) { p.Funcs[0].Core.Params[1] = plan.I32 }},
		{"funcs[0].core", func(p *plan.Plan) { p.Funcs[0].Core.Results = nil }},
		{"funcs[0].memory", func(p *plan.Plan) { p.Funcs[0].Memory = nil }},
		{"funcs[0].memory", func(p *plan.Plan) { p.Funcs[0].Memory = ref(1) }},
		{"funcs[0].realloc", func(p *plan.Plan) { p.Funcs[0].Realloc = nil }},
		{"funcs[0].post_return", func(p *plan.Plan) { p.Funcs[0].PostReturn = ref(1) }},
		{"funcs[0].callee.instance", func(p *plan.Plan) { p.Funcs[0].Callee.Instance = 3 }},
		{"funcs[0].callee.trampoline", func(p *plan.Plan) { p.Funcs[0].Callee.Trampoline = ref(3) }},
		{"funcs[0].encoding", func(p *plan.Plan) { p.Funcs[0].Encoding = "utf-8" }},
		{"funcs[0].component_instance", func(p *plan.Plan) { p.Funcs[0].ComponentInstance = 2 }},
		{"funcs[0].spill_params", func(p *plan.Plan) { p.Funcs[0].SpillParams = &plan.Spill{} }},
		{"funcs[0].spill_result", func(p *plan.Plan) { p.Funcs[0].SpillResult = true }},
		{"funcs[1].spill_params", func(p *plan.Plan) { p.Funcs[1].SpillParams = nil }},
		{"funcs[1].spill_params", func(p *plan.Plan) { p.Funcs[1].SpillParams.Offsets[1] = 4 }},
		{"funcs[1].spill_params", func(p *plan.Plan) { p.Funcs[1].SpillParams.Size = 8 }},
		{"funcs[1].spill_result", func(p *plan.Plan) { p.Funcs[1].SpillResult = false }},
		{"steps[0].module", func(p *plan.Plan) { p.Steps[0].Module = 2 }},
		{"steps[0].op", func(p *plan.Plan) { p.Steps[0].Op = "jump" }},
		{"steps[2].destructor.instance", func(p *plan.Plan) { p.Steps[2].Destructor.Instance = 7 }},
		{"steps[2].resource", func(p *plan.Plan) { p.Steps[2].Resource = 2 }},
		{"steps[2].resource", func(p *plan.Plan) { p.Steps[2].Resource = 0 }},
		{"steps[3].slot", func(p *plan.Plan) { p.Steps[3].Slot = 1 }},
		{"steps[3].instance", func(p *plan.Plan) { p.Steps[3].Instance = 2 }},
		{"steps[4].slot", func(p *plan.Plan) { p.Steps[4].Slot = -1 }},
		{"steps[6].path", func(p *plan.Plan) { p.Steps[6].Path = nil }},
		{"steps[7].slot", func(p *plan.Plan) { p.Steps = append(p.Steps, p.Steps[3]) }},
		{"steps[1].instance", func(p *plan.Plan) { p.Steps[1], p.Steps[4] = p.Steps[4], p.Steps[1] }},
		{"slots.memories", func(p *plan.Plan) { p.Slots.Memories = 2 }},
		{"slots.memories", func(p *plan.Plan) { p.Slots.Memories = 1 << 40 }},
		{"slots.reallocs", func(p *plan.Plan) { p.Slots.Reallocs = 2 }},
		{"slots.post_returns", func(p *plan.Plan) { p.Slots.PostReturns = -1 }},
		{"instances", func(p *plan.Plan) { p.Instances = 1 << 30 }},
		{"resources[0].component_instance", func(p *plan.Plan) { p.Resources[0].ComponentInstance = 2 }},
		{"resources[1].import", func(p *plan.Plan) { p.Resources[0], p.Resources[1] = p.Resources[1], p.Resources[0] }},
		{"import_funcs[0].path", func(p *plan.Plan) { p.ImportFuncs[0].Path = nil }},
		{"import_funcs[0].path", func(p *plan.Plan) { p.ImportFuncs[0].Path[1] = "dir" }},
		{"import_funcs[0].params[0].type", func(p *plan.Plan) { p.ImportFuncs[0].Params[0].Type = 13 }},
		{"import_funcs[1].result", func(p *plan.Plan) { p.ImportFuncs[1].Result = ref(-1) }},
		{"tables[0].resource", func(p *plan.Plan) { p.Tables[0].Resource = ref(3) }},
		{"trampolines[0].core", func(p *plan.Plan) { p.Trampolines[0].Core.Results = nil }},
		{"trampolines[0].kind", func(p *plan.Plan) { p.Trampolines[0].Kind = "jump" }},
		{"trampolines[0]", func(p *plan.Plan) { p.Trampolines[0].Table = nil }},
		{"trampolines[0].transcode", func(p *plan.Plan) {
			p.Trampolines[0] = plan.Trampoline{Kind: plan.Transcode, Transcode: "utf8-to-ebcdic"}
		}},
		{"trampolines[1].import", func(p *plan.Plan) { p.Trampolines[1].Import = nil }},
		{"trampolines[1].import", func(p *plan.Plan) { p.Trampolines[1].Import = ref(2) }},
		{"trampolines[1].component_instance", func(p *plan.Plan) { p.Trampolines[1].ComponentInstance = 2 }},
		{"trampolines[1].memory", func(p *plan.Plan) { p.Trampolines[1].Memory = ref(1) }},
		{"trampolines[1].memory", func(p *plan.Plan) { p.Trampolines[1].Memory = nil }},
		{"trampolines[1].realloc", func(p *plan.Plan) { p.Trampolines[1].Realloc = ref(-1) }},
		{"trampolines[1].realloc", func(p *plan.Plan) { p.Trampolines[1].Realloc = nil }},
		{"trampolines[1].encoding", func(p *plan.Plan) { p.Trampolines[1].Encoding = "" }},
		{"trampolines[1].spill_result", func(p *plan.Plan) { p.Trampolines[1].SpillResult = false }},
		{"trampolines[1].spill_params", func(p *plan.Plan) { p.Trampolines[1].SpillParams = &plan.Spill{} }},
		{"trampolines[1].core", func(p *plan.Plan) { p.Trampolines[1].Core.Params = p.Trampolines[1].Core.Params[:3] }},
		{"trampolines[1].core", func(p *plan.Plan) { p.Trampolines[1].Core.Results = []plan.CoreType{plan.I32} }},
		{"trampolines[2].spill_params", func(p *plan.Plan) { p.Trampolines[2].SpillParams = nil }},
		{"trampolines[2].spill_params", func(p *plan.Plan) { p.Trampolines[2].SpillParams.Align = 4 }},
		{"trampolines[2].memory", func(p *plan.Plan) { p.Trampolines[2].Memory = nil }},
		{"trampolines[2].spill_result", func(p *plan.Plan) { p.Trampolines[2].SpillResult = true }},
		{"imports[0].exports[0].resource", func(p *plan.Plan) { p.Imports[0].Exports[0].Resource = ref(1) }},
		{"imports[0].exports[0].resource", func(p *plan.Plan) { p.Imports[0].Exports[0].Resource = ref(2) }},
		{"imports[0].exports[0].resource", func(p *plan.Plan) { p.Imports[0].Exports[0].Resource = nil }},
		{"imports[0].exports[1].func", func(p *plan.Plan) { p.Imports[0].Exports[1].Func = nil }},
		{"imports[0].exports[2].type", func(p *plan.Plan) { p.Imports[0].Exports[2].Type = ref(13) }},
		{"imports[1].func", func(p *plan.Plan) { p.Imports[1].Func = ref(2) }},
		{"imports[2].kind", func(p *plan.Plan) { p.Imports[2].Kind = "value" }},
		{"exports[0].exports[0].func", func(p *plan.Plan) { p.Exports[0].Exports[0].Func = ref(2) }},
		{"exports[0].exports[0].func", func(p *plan.Plan) { p.Exports[0].Exports[0].Func = nil }},
		{"exports[0].exports[1].type", func(p *plan.Plan) { p.Exports[0].Exports[1].Type = ref(13) }},
		{"exports[0].exports[2].resource", func(p *plan.Plan) { p.Exports[0].Exports[2].Resource = ref(2) }},
		{"exports[1].kind", func(p *plan.Plan) { p.Exports[1].Kind = "" }},
		{"gate.instance", func(p *plan.Plan) { p.Gate.Instance = 3 }},
		{"gate.instance", func(p *plan.Plan) { p.Gate.Instance = -1 }},
		{"gate", func(p *plan.Plan) { p.Gate.Countdown = "" }},
		{"gate", func(p *plan.Plan) { p.Gate.Stack = "" }},
		{"panic.instance", func(p *plan.Plan) { p.Panic.Instance = 3 }},
		{"panic.size", func(p *plan.Plan) { p.Panic.Size = 3 }},
		{"clone.globals[0].instance", func(p *plan.Plan) { p.Clone.Globals[0].Instance = 3 }},
		{"clone.memories[0].instance", func(p *plan.Plan) { p.Clone.Memories[0].Instance = -1 }},
		{"modules[0].size", func(p *plan.Plan) { p.Modules[0].Size = 1 << 40 }},
		{"modules[0].size", func(p *plan.Plan) { p.Modules[0].Size = -1 }},
		{"", func(p *plan.Plan) { p.Modules[0].Size-- }},
	}
	for i, l := range lies {
		p := sample()
		l.lie(p)
		_, err := plan.Decode(encode(t, p))
		e, ok := errors.AsType[*plan.Error](err)
		if !ok {
			t.Errorf("lie %d about %s: %v", i, l.path, err)
			continue
		}
		if e.Path != l.path {
			t.Errorf("lie %d about %q was found at %q: %v", i, l.path, e.Path, err)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	p := sample()
	for range plan.MaxTypeDepth + 1 {
		last := len(p.Types) - 1
		p.Types = append(p.Types, plan.Type{Kind: plan.List, Element: ref(last), Size: 8, Align: 4, Flat: []plan.CoreType{plan.I32, plan.I32}})
	}
	if _, err := plan.Decode(encode(t, p)); err == nil || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("types: %v", err)
	}
	p = sample()
	for range plan.MaxExportDepth + 1 {
		p.Exports = []plan.Export{{Name: "x", Kind: plan.ExternInstance, Exports: p.Exports}}
	}
	if _, err := plan.Decode(encode(t, p)); err == nil || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("exports: %v", err)
	}
	p = sample()
	for range plan.MaxExportDepth + 1 {
		p.Imports = []plan.Import{{Name: "x", Kind: plan.ExternInstance, Exports: p.Imports}}
	}
	if _, err := plan.Decode(encode(t, p)); err == nil || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("imports: %v", err)
	}
}

func TestNeedsGrant(t *testing.T) {
	p := sample()
	for i, want := range []bool{true, true, false, true} {
		if got := p.Imports[i].NeedsGrant(); got != want {
			t.Errorf("%s: %t", p.Imports[i].Name, got)
		}
	}
	types := plan.Import{Kind: plan.ExternInstance, Exports: []plan.Import{{Kind: plan.ExternType}, {Kind: plan.ExternInstance}}}
	if types.NeedsGrant() {
		t.Error("types alone need a grant")
	}
}

// TestSizesSaturate builds a type whose size would overflow: tuples of tuples, each 1,000 times the last.
func TestSizesSaturate(t *testing.T) {
	p := sample()
	for range 4 {
		last := len(p.Types) - 1
		size := p.Types[last].Size
		tuple := plan.Type{Kind: plan.Tuple, Align: 8, Size: 1000 * size}
		for k := range 1000 {
			tuple.Fields = append(tuple.Fields, plan.Field{Name: fmt.Sprint(k), Type: last, Offset: uint32(k) * size})
		}
		p.Types = append(p.Types, tuple)
	}
	if _, err := plan.Decode(encode(t, p)); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("got %v", err)
	}
}

func TestFormat(t *testing.T) {
	good := encode(t, sample())
	header := slices.Clone(good)
	binary.LittleEndian.PutUint32(header[len(plan.Magic):], plan.Format+1)
	if _, err := plan.Decode(header); !errors.Is(err, plan.ErrFormat) {
		t.Errorf("header: %v", err)
	}
	p := sample()
	p.Format = plan.Format + 1
	inside := encode(t, p)
	binary.LittleEndian.PutUint32(inside[len(plan.Magic):], plan.Format)
	if _, err := plan.Decode(inside); !errors.Is(err, plan.ErrFormat) {
		t.Errorf("JSON: %v", err)
	}
}

func TestTruncated(t *testing.T) {
	good := encode(t, sample())
	for n := range good {
		if _, err := plan.Decode(good[:n]); err == nil {
			t.Errorf("cut at %d of %d: accepted", n, len(good))
		}
	}
	if _, err := plan.Decode(append(slices.Clone(good), 0)); err == nil {
		t.Error("a byte more: accepted")
	}
}

// A plan without types, resources and trampolines has nothing before its slots that could stop the check.
func TestSlotsWithoutEnd(t *testing.T) {
	for _, slots := range []plan.Slots{{Memories: 1 << 40}, {Reallocs: 1 << 50}, {PostReturns: 1 << 62}} {
		_, err := plan.Decode(encode(t, &plan.Plan{Format: plan.Format, Slots: slots}))
		if _, ok := errors.AsType[*plan.Error](err); !ok {
			t.Errorf("%+v: got %v", slots, err)
		}
	}
}
