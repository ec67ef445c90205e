package plan_test

import (
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// edited is how many edited plans the ordinary run tries; hours of them are for `go test -fuzz=FuzzEdited`.
var edited = flag.Int("edited", 5_000, "edited plans to decode")

// FuzzDecode decodes any bytes.
func FuzzDecode(f *testing.F) {
	good := encode(f, sample())
	f.Add(good)
	f.Add(good[:40])
	f.Add([]byte(plan.Magic))
	small, _ := plan.Encode(&plan.Plan{Format: plan.Format})
	f.Add(small)
	f.Fuzz(func(t *testing.T, container []byte) { decode(t, container) })
}

// FuzzEdited decodes plans in which a few values were put in the place of others: JSON still, and mostly lies.
func FuzzEdited(f *testing.F) {
	plans := goldens(f)
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { decode(t, lie(t, plans, seed)) })
}

func TestEditedPlans(t *testing.T) {
	plans := goldens(t)
	accepted := 0
	for seed := range uint64(*edited) {
		if decode(t, lie(t, plans, seed)) {
			accepted++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	// Names and texts may change; most of the rest may not.
	if accepted < *edited/100 || accepted > *edited/2 {
		t.Errorf("%d of %d were accepted", accepted, *edited)
	}
}

// decode fails unless the answer is a sound plan or a typed error.
func decode(t *testing.T, container []byte) bool {
	t.Helper()
	p, err := plan.Decode(container)
	if err != nil {
		if _, ok := errors.AsType[*plan.Error](err); !ok && !errors.Is(err, plan.ErrFormat) {
			t.Fatalf("an error of type %T: %v", err, err)
		}
		return false
	}
	walk(t, p)
	// What was accepted is accepted again: nothing in it depends on how it was written.
	if _, err := plan.Decode(encode(t, p)); err != nil {
		t.Fatalf("accepted once, then: %v", err)
	}
	return true
}

// walk does what code that holds a plan does: it follows every index without a check.
func walk(t *testing.T, p *plan.Plan) {
	t.Helper()
	signature := func(params []plan.Param, result *int) {
		if s := p.Signature(params, result); !strings.HasPrefix(s, "func(") {
			t.Errorf("signature %q", s)
		}
	}
	spill := func(s *plan.Spill, params []plan.Param) {
		if s == nil {
			return
		}
		for i := range params {
			if end := uint64(s.Offsets[i]) + uint64(p.Types[params[i].Type].Size); end > uint64(s.Size) {
				t.Errorf("parameter %d ends at %d of %d", i, end, s.Size)
			}
		}
	}
	slots := func(memory, realloc, post *int) {
		for _, s := range []struct {
			slot *int
			of   int
		}{{memory, p.Slots.Memories}, {realloc, p.Slots.Reallocs}, {post, p.Slots.PostReturns}} {
			if s.slot != nil && (*s.slot < 0 || *s.slot >= s.of) {
				t.Errorf("slot %d of %d", *s.slot, s.of)
			}
		}
	}
	cores := 0 // core instances so far
	callee := func(c plan.Callee) {
		switch {
		case c.Trampoline != nil:
			_ = p.Trampolines[*c.Trampoline]
		case c.Instance < 0 || c.Instance >= cores:
			t.Errorf("core instance %d of %d", c.Instance, cores)
		}
	}
	for i := range p.Types {
		ty := &p.Types[i]
		ty.EachPart(func(child int) {
			if child >= i {
				t.Errorf("type %d holds type %d", i, child)
			}
		})
		for _, f := range ty.Fields {
			if end := uint64(f.Offset) + uint64(p.Types[f.Type].Size); end > uint64(ty.Size) {
				t.Errorf("type %d: the field %s ends at %d of %d", i, f.Name, end, ty.Size)
			}
		}
		if ty.Resource != nil {
			_ = p.Resources[*ty.Resource]
		}
		if p.Definition(i) == "" {
			t.Errorf("type %d has no definition", i)
		}
	}
	for i := range p.Steps {
		switch s := &p.Steps[i]; s.Op {
		case plan.OpInstantiate:
			_ = p.Modules[s.Module].Code
			cores++
		case plan.OpInstantiateImport:
			cores++
		case plan.OpResource:
			_ = p.Resources[s.Resource]
			if s.Destructor != nil {
				callee(*s.Destructor)
			}
		default:
			callee(s.Callee())
		}
	}
	for i := range p.Funcs {
		f := &p.Funcs[i]
		signature(f.Params, f.Result)
		spill(f.SpillParams, f.Params)
		slots(f.Memory, f.Realloc, f.PostReturn)
		callee(f.Callee)
		if e := f.Entry; e != nil {
			callee(plan.Callee{Instance: e.Instance})
			for _, k := range e.Staged {
				if _, ok := p.Bytes(f.Params[k].Type); !ok {
					t.Errorf("function %d stages parameter %d", i, k)
				}
			}
		}
	}
	for i := range p.Trampolines {
		tr := &p.Trampolines[i]
		slots(tr.Memory, tr.Realloc, nil)
		if tr.Import != nil {
			f := &p.ImportFuncs[*tr.Import]
			signature(f.Params, f.Result)
			spill(tr.SpillParams, f.Params)
		}
		if tr.Resource != nil {
			_ = p.Resources[*tr.Resource]
		}
		if tr.Table != nil {
			_ = p.Tables[*tr.Table]
		}
	}
	for i := range p.Imports {
		p.Imports[i].NeedsGrant()
	}
	if g := p.Gate; g != nil {
		callee(plan.Callee{Instance: g.Instance})
	}
	if b := p.Panic; b != nil {
		callee(plan.Callee{Instance: b.Instance})
	}
}

// goldens are plans to edit: the sample, and those that the transpiler's tests keep.
func goldens(t testing.TB) []any {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "host-rust", "transpile", "tests", "golden", "*.json"))
	var texts [][]byte
	for _, p := range []*plan.Plan{sample(), withEntries()} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	for _, file := range files {
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, golden)
	}
	plans := make([]any, 0, len(texts))
	for _, text := range texts {
		var p map[string]any
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		// What the files leave out, as it differs with every version of the tool.
		p["format"], p["tool"] = plan.Format, "test"
		p["component"] = map[string]any{"digest": strings.Repeat("ab", 32), "size": 9}
		for _, m := range p["modules"].([]any) {
			delete(m.(map[string]any), "imports")
			delete(m.(map[string]any), "exports")
			m.(map[string]any)["size"] = 0
		}
		plans = append(plans, p)
	}
	return plans
}

// lie is the container of a plan with one to three edits; always the same one for a seed.
func lie(t testing.TB, plans []any, seed uint64) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	p := clone(plans[random.IntN(len(plans))])
	for range 1 + random.IntN(3) {
		all := places(p)
		at := all[random.IntN(len(all))]
		at.set(another(random, at.value, all))
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	head := []byte(plan.Magic)
	for _, n := range []int{plan.Format, len(text)} {
		head = append(head, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return append(head, text...)
}

// place is where a value stands in a tree of JSON.
type place struct {
	value any
	set   func(any)
}

// places lists all values below a node, in an order that is the same every time.
func places(node any) []place {
	var found []place
	add := func(value any, set func(any)) {
		found = append(append(found, place{value, set}), places(value)...)
	}
	switch node := node.(type) {
	case map[string]any:
		keys := make([]string, 0, len(node))
		for key := range node {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			add(node[key], func(v any) { node[key] = v })
		}
	case []any:
		for i := range node {
			add(node[i], func(v any) { node[i] = v })
		}
	}
	return found
}

// another is what could stand where value stands.
func another(random *rand.Rand, value any, all []place) any {
	if random.IntN(4) == 0 {
		return clone(all[random.IntN(len(all))].value)
	}
	switch value := value.(type) {
	case float64:
		edges := []float64{-1, 0, 1, value + 1, value - 1, value * 8, 1<<16 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 53, 0.5}
		return edges[random.IntN(len(edges))]
	case bool:
		return !value
	case []any:
		if len(value) == 0 {
			return nil
		}
		i := random.IntN(len(value))
		if random.IntN(2) == 0 {
			return slices.Delete(slices.Clone(value), i, i+1)
		}
		return slices.Insert(slices.Clone(value), i, clone(value[i]))
	case nil:
		return random.IntN(3)
	}
	return nil
}

func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(value))
		for key, v := range value {
			copied[key] = clone(v)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, v := range value {
			copied[i] = clone(v)
		}
		return copied
	}
	return value
}
