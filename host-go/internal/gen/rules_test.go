package gen

import (
	"os"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/race"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// named is the model of a component of testdata, with names.
func named(t *testing.T, folder string) *model {
	t.Helper()
	component, err := os.ReadFile("testdata/" + folder + "/component.wasm")
	if err != nil {
		t.Fatal(err)
	}
	planner := transpile.New(transpile.Config{})
	t.Cleanup(func() { planner.Close(t.Context()) })
	p, err := planner.Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	m, err := resolve(p)
	if err != nil {
		t.Fatal(err)
	}
	m.name(folder)
	return m
}

// identifiers maps what the component calls its things to their Go names: "export a:b/c@1.0.0", "import a:b/c@1.0.0#f" and so
// on, types by their interface.
func (m *model) identifiers() map[string]string {
	list := make(map[string]string)
	for _, i := range append(slices.Clone(m.interfaces), m.imports...) {
		side := "export "
		if i.imported {
			side = "import "
		}
		list[side+i.id] = i.goName
		for _, f := range i.funcs {
			list[side+i.id+"#"+f.name] = f.goName
			list["append "+i.id+"#"+f.name] = f.appendID
			list["view "+i.id+"#"+f.name] = f.viewID
			for _, p := range f.params {
				list[side+i.id+"#"+f.name+"("+p.name+")"] = p.id
			}
		}
		if i.imported {
			list["grant "+i.id] = i.importID
		}
	}
	for _, r := range m.resources {
		side := "export "
		if r.imported {
			side = "import "
		}
		list[side+"resource "+r.iface.id+"#"+r.name] = r.goName
	}
	for _, t := range m.types {
		list["type "+t.iface+"#"+t.name] = t.goName
		list["shown "+t.iface+"#"+t.name] = t.viewID
		for _, f := range t.fields {
			list["type "+t.iface+"#"+t.name+"."+f.name] = f.goName
		}
	}
	return list
}

// TestNamingRules has an example of each rule that the package comment gives.
func TestNamingRules(t *testing.T) {
	for folder, want := range map[string]map[string]string{
		"names": {
			"export golden:names/client@1.0.0":             "ClientInterface", // Client is taken
			"export golden:names/client@1.0.0#new":         "New",             // a method, so nothing is in its way
			"type golden:names/client@1.0.0#contract":      "ContractRecord",
			"type golden:names/client@1.0.0#fake":          "FakeRecord",
			"type golden:names/client@1.0.0#kind":          "Kind",
			"type golden:names/client@1.0.0#contract.type": "Type",
			"type golden:names/client@1.0.0#contract.url":  "URL",
			"export golden:names/client@1.0.0#func(type)":  "typeArg",
			"export golden:names/client@1.0.0#func(len)":   "lenArg",
			"export golden:names/client@1.0.0#func(ctx)":   "ctxArg",
			"export golden:names/client@1.0.0#func(err)":   "err", // the body takes another one
		},
		"interfaces": {
			"type golden:interfaces/types@1.0.0#token":       "Token", // used by two interfaces
			"type golden:interfaces/lexer@1.0.0#options":     "LexerOptions",
			"type golden:interfaces/printer@1.0.0#options":   "PrinterOptions",
			"export golden:interfaces/lexer@1.0.0#check":     "LexerCheck",
			"export golden:interfaces/printer@1.0.0#check":   "PrinterCheck",
			"export golden:interfaces/printer@1.0.0#print":   "Print",
			"export golden:interfaces/lexer@1.0.0#lex(text)": "text",
			"export golden:interfaces/printer@1.0.0#kind-of": "KindOf",
			"export golden:interfaces/printer@1.0.0":         "Printer",
		},
		"resources": {
			"export resource golden:resources/store@1.0.0#blob":              "Blob",
			"export golden:resources/store@1.0.0#[constructor]blob":          "NewBlob",
			"export golden:resources/store@1.0.0#[static]blob.merge":         "BlobMerge",
			"export golden:resources/store@1.0.0#[method]blob.read":          "Read",
			"export golden:resources/store@1.0.0#[method]blob.close":         "CloseMethod",
			"export golden:resources/store@1.0.0#[method]blob.close-func":    "CloseFunc",
			"export golden:resources/store@1.0.0#new-blob":                   "StoreNewBlob", // the constructor goes first
			"export golden:resources/store@1.0.0#pin":                        "PinFunc",
			"export golden:resources/store@1.0.0#close":                      "CloseFunc",
			"export golden:resources/store@1.0.0#[method]blob.compare(with)": "with",
		},
		"clash": {
			"export golden:clash/log@1.0.0":                       "GoldenClashLog", // two exports of one name and package name
			"export other:clash/log@1.0.0":                        "OtherClashLog",
			"export golden:clash/names@1.0.0":                     "Names",
			"import golden:clash/log@1.0.0":                       "GoldenClashLogV1", // four imports of one name
			"import other:clash/log@2.1.0":                        "OtherClashLogV2",
			"import third:things/log@0.2.3":                       "ThirdThingsLogV0_2",
			"grant third:things/log@0.2.3":                        "ImportThirdThingsLogV0_2",
			"import ":                                             "Host",
			"import #host":                                        "Host",
			"export resource golden:clash/log@1.0.0#sink":         "GoldenClashLogSink",
			"import resource golden:clash/log@1.0.0#sink":         "HostGoldenClashLogSink", // another one than the exported
			"export resource golden:clash/names@1.0.0#client":     "ClientResource",
			"type golden:clash/names@1.0.0#pinned":                "PinnedRecord",
			"type golden:clash/names@1.0.0#pinned.a-p-i":          "API",
			"type golden:clash/names@1.0.0#pinned.api":            "APIField",
			"export golden:clash/log@1.0.0#close":                 "CloseFunc",
			"import golden:clash/log@1.0.0#close":                 "Close", // an import's interface has no Close of its own
			"export golden:clash/names@1.0.0#[constructor]client": "NewClientResource",
		},
		"imports": {
			"import golden:imports/log@1.0.0":            "Log",
			"grant golden:imports/log@1.0.0":             "ImportLog",
			"import golden:imports/log@1.0.0#func":       "Func",
			"import golden:imports/log@1.0.0#func(impl)": "impl",
			"import ":     "Host",
			"grant ":      "ImportHost",
			"import #now": "Now",
			"import resource golden:imports/files@1.0.0#file": "File",
		},
	} {
		got := named(t, folder).identifiers()
		for what, name := range want {
			if got[what] != name {
				t.Errorf("%s: %s is called %q, want %q", folder, what, got[what], name)
			}
		}
	}
}

// TestExportsKeepTheirNames: the client of a component that imports more has the same names, whatever the imports are
// called.
func TestExportsKeepTheirNames(t *testing.T) {
	component, err := os.ReadFile("testdata/clash/component.wasm")
	if err != nil {
		t.Fatal(err)
	}
	planner := transpile.New(transpile.Config{})
	defer planner.Close(t.Context())
	p, err := planner.Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	all := func(p plan.Plan) map[string]string {
		m, err := resolve(&p)
		if err != nil {
			t.Fatal(err)
		}
		m.name("clash")
		return m.identifiers()
	}
	with, less := all(*p), *p
	less.Imports = nil
	for what, name := range all(less) {
		if with[what] != name {
			t.Errorf("%s is called %q, and %q with imports", what, name, with[what])
		}
	}
}

// TestTiersAreNamedLast: what the contract has keeps its name.
func TestTiersAreNamedLast(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector slows down the transpiler, an interpreted program, ten times")
	}
	component, err := os.ReadFile("testdata/echo/component.wasm")
	if err != nil {
		t.Fatal(err)
	}
	planner := transpile.New(transpile.Config{})
	defer planner.Close(t.Context())
	p, err := planner.Plan(t.Context(), component)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Funcs {
		switch p.Funcs[i].Name {
		case "u8-echo":
			p.Funcs[i].Name = "append-string-echo"
		case "u16-echo":
			p.Funcs[i].Name = "view-person-echo"
		}
	}
	for i := range p.Types {
		if p.Types[i].Name == "point" {
			p.Types[i].Name = "person-view"
		}
	}
	m, err := resolve(p)
	if err != nil {
		t.Fatal(err)
	}
	m.name("echo")
	tiers, shown := make(map[string]string), make(map[string]string)
	for _, f := range m.functions() {
		tiers[f.goName] = f.appendID + " " + f.viewID
	}
	for _, typ := range m.types {
		shown[typ.goName] = typ.viewID
	}
	for name, want := range map[string]string{
		"AppendStringEcho": " ",
		"StringEcho":       "AppendStringEchoAnswer ViewStringEcho",
		"ViewPersonEcho":   " ",
		"PersonEcho":       " ViewPersonEchoAnswer", // a record: it is shown, and there is nothing to append to
		"PeopleEcho":       "AppendPeopleEcho ViewPeopleEcho",
		"ShapeEcho":        " ", // a variant is a value
		"OptionEcho":       " ",
		"HolesEcho":        " ", // nothing in it is shown apart
		"Bare":             " ",
	} {
		if tiers[name] != want {
			t.Errorf("%s has the tiers %q, want %q", name, tiers[name], want)
		}
	}
	if shown["Person"] != "PersonInPlace" || shown["PersonView"] != "" {
		t.Errorf("a person is shown as %q", shown["Person"])
	}
}

func TestTitles(t *testing.T) {
	for _, c := range []struct {
		ids  []string
		want []string
	}{
		{[]string{"a:b/c@1.0.0"}, []string{"C"}},
		{[]string{"a:b/c@1.0.0", "a:d/c@1.0.0"}, []string{"BC", "DC"}},
		{[]string{"a:b/c@1.0.0", "a:b/c@2.1.0"}, []string{"CV1", "CV2"}},
		{[]string{"a:b/c@0.1.0", "a:b/c@0.2.7"}, []string{"CV0_1", "CV0_2"}},
		{[]string{"a:b/c@0.0.1", "a:b/c@0.0.2"}, []string{"CV0_0_1", "CV0_0_2"}},
		{[]string{"a:b/c@1.0.0", "a:b/c@2.0.0", "a:d/c@1.0.0"}, []string{"BCV1", "BCV2", "DCV1"}},
		{[]string{"a:b/c@1.0.0", "x:b/c@1.0.0"}, []string{"ABC", "XBC"}},
		{[]string{"a:b/c@1.0.0", "a:b/c@1.2.0"}, []string{"ABCV1_0_0", "ABCV1_2_0"}},
		{[]string{"a:b/c@1.0.0-rc.1", "a:b/c@1.0.0"}, []string{"CV1_0_0_rc_1", "CV1"}},
		{[]string{"a:b/c", "a:b/c@1.0.0"}, []string{"C", "CV1"}},
		{[]string{"wasi:http/types@0.2.0", "wasi:filesystem/types@0.2.0", "a:b/other"}, []string{"HTTPTypes", "FilesystemTypes", "Other"}},
		{[]string{"c", "a:b/c"}, []string{"CC", "BC"}},
	} {
		var wants [][]string
		for _, id := range c.ids {
			wants = append(wants, (&iface{id: id}).forms())
		}
		if got := titles(wants); !slices.Equal(got, c.want) {
			t.Errorf("titles of %q are %q, want %q", c.ids, got, c.want)
		}
	}
}
