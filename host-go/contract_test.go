package tenon

import (
	"errors"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

const richText = `package test:rich;
interface calls {
  record agent {
    family: string,
    version: option<u32>,
  }
  enum kind {
    ipv4,
    ipv6,
  }
  type ids = list<u64>;
  resource blob {
    constructor(size: u32);
    read: func(n: u32) -> list<u8>;
  }
  find: func(text: string) -> list<agent>;
  parse: func(ua: string) -> agent;
}
interface more {
  extra: func();
}
package e:f@1.0.0 {
  interface x {
    type r = u8;
  }
}
package g:h@1.0.0 {
  interface x {
    type r = u16;
  }
}
`

func TestContractDiff(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"the same", "", "", ""},
		{"a new function", "  find:", "  fresh: func();\n  find:", ""},
		{"a new interface", "interface more", "interface most {\n  extra: func();\n}\ninterface more", ""},
		{"a new method", "    read:", "    close: func();\n    read:", ""},
		{"a new type", "  type ids", "  type id = u64;\n  type ids", ""},
		{"a lost function", "  parse: func(ua: string) -> agent;\n", "", `calls.parse: the kernel lacks "parse: func(ua: string) -> agent;"`},
		{"a lost interface", "interface more {\n  extra: func();\n}\n", "", `more: the kernel lacks "interface more"`},
		{"another parameter", "parse: func(ua: string)", "parse: func(ua: list<u8>)", `calls.parse: the contract has "parse: func(ua: string) -> agent;", the kernel has "parse: func(ua: list<u8>) -> agent;"`},
		{"another field type", "version: option<u32>", "version: option<u64>", `calls.agent.version: the contract has "version: option<u32>,", the kernel has "version: option<u64>,"`},
		{"fields in another order", "    family: string,\n    version: option<u32>,\n", "    version: option<u32>,\n    family: string,\n", "calls.agent.family: "},
		{"a new field", "    version: option<u32>,\n", "    version: option<u32>,\n    os: string,\n", `calls.agent: the kernel adds "os: string,"`},
		{"a lost case", "    ipv6,\n", "", `calls.kind: the kernel lacks "ipv6,"`},
		{"a new case", "    ipv6,\n", "    ipv6,\n    url,\n", `calls.kind: the kernel adds "url,"`},
		{"a record that became a variant", "record agent", "variant agent", `calls.agent: the contract has "record agent", the kernel has "variant agent"`},
		{"another alias", "type ids = list<u64>", "type ids = list<u32>", "calls.ids: "},
		{"another constructor", "constructor(size: u32)", "constructor()", "calls.blob.constructor: "},
		{"another package's type", "type r = u16", "type r = u32", "g:h@1.0.0.x.r: "},
		{"a lost package", "package e:f@1.0.0", "package e:f@2.0.0", "e:f@1.0.0: the kernel lacks"},
		{"an interface that became nothing", "interface calls {", "interface calls", "calls: "},
		{"no text at all", richText, "", "calls: the kernel lacks"},
	} {
		have := strings.Replace(richText, c.old, c.new, 1)
		if got := contractSides.diff(richText, have); got != c.want && (c.want == "" || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, text := range []string{"}", "}}}\n{", "interface x {\n{\n{", ":", " { ", "package", "\x00"} {
		contractSides.diff(richText, text)
		contractSides.diff(text, richText)
	}
}

func TestTextsAreComparedWithoutTheirVersion(t *testing.T) {
	const text = "package a:b@1.0.0;\ninterface c {\n  f: func(x: a:b/d@1.0.0.hue) -> list<e:f/g@1.0.0.h>;\n}\n"
	older := Contract{Package: "a:b", Version: "1.0.0", Text: text}
	newer := Contract{Package: "a:b", Version: "1.1.0", Text: strings.NewReplacer("a:b@1.0.0", "a:b@1.1.0", "a:b/d@1.0.0", "a:b/d@1.1.0").Replace(text)}
	if d := contractSides.diff(older.unversioned(), newer.unversioned()); d != "" {
		t.Error(d)
	}
	newer.Text = strings.ReplaceAll(newer.Text, "g@1.0.0", "g@3.0.0")
	if d := contractSides.diff(older.unversioned(), newer.unversioned()); !strings.HasPrefix(d, "c.f: ") {
		t.Errorf("another package's version: %q", d)
	}
}

func TestCompatible(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1.0.0", "1.0.0", true}, {"1.0.0", "1.9.3", true}, {"1.0.0", "2.0.0", false}, {"0.2.0", "0.2.9", true},
		{"0.2.0", "0.3.0", false}, {"0.0.1", "0.0.1", true}, {"0.0.1", "0.0.2", false}, {"1.0.0+build", "1.0.0", true},
		{"", "", true}, {"", "1.0.0", false}, {"10.0.0", "1.0.0", false},
	} {
		if got := compatible(c.a, c.b); got != c.want {
			t.Errorf("compatible(%q, %q) = %t", c.a, c.b, got)
		}
	}
}

// A kernel of a later, compatible contract serves clients of the earlier one, and not the other way round.
func TestNewerKernelServesOlderClient(t *testing.T) {
	b := newBench(t, Config{})
	b.planner.edit = func(p *plan.Plan) {
		c := *p.Contract
		c.Version, c.Hash = "1.1.0", "fake-2"
		c.Text = strings.Replace(strings.Replace(c.Text, "@1.0.0", "@1.1.0", 1), "  run:", "  more: func();\n  run:", 1)
		p.Contract = &c
		p.Exports[0].Name = "test:fake/calls@1.1.0"
	}
	newer := b.load("1.1.0")
	b.planner.edit = nil
	older := b.load("1.0.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: newer})
	if n, err := (fakeClient{s}).Add(t.Context(), 1, 2); n != 3 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	if err := newer.Contract().Check(older); !errors.Is(err, ErrContract) || !strings.Contains(err.Error(), `calls.more: the kernel lacks`) {
		t.Errorf("Check = %v", err)
	}
	if err := s.Swap(t.Context(), older); err != nil {
		t.Error(err)
	}
}

func TestComponentWithoutContract(t *testing.T) {
	b := newBench(t, Config{})
	b.planner.edit = func(p *plan.Plan) { p.Contract, p.Metadata = nil, []byte("{broken") }
	k := b.load("bare")
	if c := k.Contract(); c.Package != "" || len(k.Metadata().Warm) != 0 || k.Name() != "bare.wasm" {
		t.Errorf("%s: %+v", k.Name(), c)
	}
	if err := fakeContract.Check(k); !errors.Is(err, ErrContract) || !strings.Contains(err.Error(), "not a kernel of test:fake@1.0.0") {
		t.Errorf("Check = %v", err)
	}
	b.planner.edit = func(p *plan.Plan) { p.Exports = nil }
	k = b.load("hollow")
	if _, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: k}); !errors.Is(err, ErrContract) {
		t.Errorf("a kernel that lies about its contract: %v", err)
	}
}
