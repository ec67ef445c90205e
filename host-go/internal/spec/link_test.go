package spec

import (
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// importer is a plan that imports instance host with the given items; its types are u32 and own and borrow of
// resources 0 and 1.
func importer(items ...plan.Import) *plan.Plan {
	p := &plan.Plan{
		Types: []plan.Type{
			{Kind: plan.U32},
			{Kind: plan.Own, Resource: ref(0)}, {Kind: plan.Borrow, Resource: ref(0)}, {Kind: plan.Own, Resource: ref(1)},
		},
		Resources: []plan.Resource{{Import: []string{"host", "a"}}, {Import: []string{"host", "b"}}},
		Imports:   []plan.Import{{Name: "host", Kind: plan.ExternInstance, Exports: items}},
	}
	for _, params := range [][]int{{}, {0}, {2, 0}, {1, 0}, {3, 0}} {
		f := plan.ImportFunc{}
		for _, t := range params {
			f.Params = append(f.Params, plan.Param{Type: t})
		}
		p.ImportFuncs = append(p.ImportFuncs, f)
	}
	p.ImportFuncs[1].Result = ref(1)
	return p
}

func resource(name string, r int) plan.Import {
	return plan.Import{Name: name, Kind: plan.ExternResource, Resource: ref(r)}
}

func imported(name string, f int) plan.Import {
	return plan.Import{Name: name, Kind: plan.ExternFunc, Func: ref(f)}
}

// TestLink holds imports against the environment: what links, and why the others do not.
func TestLink(t *testing.T) {
	cases := []struct {
		name  string
		items []plan.Import
		want  string // in the error; "" for none
	}{
		{"nothing", nil, ""},
		{"a resource and its functions", []plan.Import{
			resource("resource1", 0), imported("[constructor]resource1", 1), imported("[method]resource1.simple", 2),
			imported("[static]resource1.assert", 3),
		}, ""},
		{"one resource by two names", []plan.Import{resource("resource1", 0), resource("resource1-again", 0)}, ""},
		{"a resource known by another name", []plan.Import{resource("resource1", 0), resource("nobody's", 0)}, ""},
		{"types", []plan.Import{{Name: "nobody's", Kind: plan.ExternType}}, ""},
		{"an empty instance", []plan.Import{{Name: "nobody's", Kind: plan.ExternInstance}}, ""},
		{"a missing resource", []plan.Import{resource("nobody's", 0)}, "nobody's: nobody has this resource"},
		{"another resource", []plan.Import{resource("resource2", 0), resource("resource1", 0)}, "another resource"},
		{"a missing function", []plan.Import{imported("return-five", 0)}, "return-five: nobody has this func"},
		{"a function with another result", []plan.Import{imported("return-three", 0)}, "return-three: the function has another type"},
		{"own for borrow", []plan.Import{resource("resource1", 0), imported("[method]resource1.simple", 3)}, "another type"},
		{"a function of another resource", []plan.Import{
			resource("resource1", 0), resource("resource2", 1), imported("[static]resource1.assert", 4),
		}, "another type"},
		{"a function as an instance", []plan.Import{{Name: "return-three", Kind: plan.ExternInstance}}, "no instance, but a func"},
		{"a module", []plan.Import{{Name: "simple-module", Kind: plan.ExternModule}}, ""},
		{"a component", []plan.Import{{Name: "nobody's", Kind: plan.ExternComponent}}, "nobody has this component"},
	}
	for _, c := range cases {
		_, err := link(importer(c.items...), environment())
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestSame compares types by their structure across two plans.
func TestSame(t *testing.T) {
	one, other := new(identity), &identity{}
	p := &plan.Plan{Types: []plan.Type{
		0:  {Kind: plan.U8},
		1:  {Kind: plan.String},
		2:  {Kind: plan.List, Element: ref(0)},
		3:  {Kind: plan.List, Element: ref(1)},
		4:  {Kind: plan.Option, Element: ref(0)},
		5:  {Kind: plan.Record, Fields: []plan.Field{{Name: "a", Type: 0}}},
		6:  {Kind: plan.Record, Fields: []plan.Field{{Name: "b", Type: 0}}},
		7:  {Kind: plan.Record, Fields: []plan.Field{{Name: "a", Type: 1}}},
		8:  {Kind: plan.Tuple, Fields: []plan.Field{{Name: "0", Type: 0}}},
		9:  {Kind: plan.Variant, Cases: []plan.Case{{Name: "x", Type: ref(0)}, {Name: "y"}}},
		10: {Kind: plan.Variant, Cases: []plan.Case{{Name: "x"}, {Name: "y"}}},
		11: {Kind: plan.Enum, Cases: []plan.Case{{Name: "x"}, {Name: "y"}}},
		12: {Kind: plan.Enum, Cases: []plan.Case{{Name: "x"}}},
		13: {Kind: plan.Flags, Flags: []plan.Label{{Name: "x"}}},
		14: {Kind: plan.Flags, Flags: []plan.Label{{Name: "y"}}},
		15: {Kind: plan.Result, OK: ref(0)},
		16: {Kind: plan.Result, Err: ref(0)},
		17: {Kind: plan.Own, Resource: ref(0)},
		18: {Kind: plan.Own, Resource: ref(1)},
		19: {Kind: plan.Borrow, Resource: ref(0)},
	}}
	q := &plan.Plan{Types: p.Types}
	for i := range p.Types {
		for k := range q.Types {
			x := typeRef{p, []*identity{one, other}, i}
			if got := same(x, typeRef{q, []*identity{one, other}, k}); got != (i == k) {
				t.Errorf("types %d and %d: %t", i, k, got)
			}
		}
	}
	if same(typeRef{p, []*identity{one, other}, 17}, typeRef{q, []*identity{other, one}, 17}) {
		t.Error("handles to two resources are the same")
	}
	if !same(typeRef{p, []*identity{one, other}, 17}, typeRef{q, []*identity{other, one}, 18}) {
		t.Error("handles to one resource are not the same")
	}
}
