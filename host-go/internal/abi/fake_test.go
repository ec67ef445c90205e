package abi

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// guest is an instance in Go: a memory, a bump allocator, and functions that the test writes.
type guest struct {
	engine.Instance // what the ABI does not use
	plan            *plan.Plan
	handles         *engine.Handles
	memory          []byte
	next            uint32
	allocs          []string // "size/align" of each realloc
	realloc         func(stack []uint64) error
	run             func(f int, stack []uint64) error
	post            func(f int, stack []uint64) error
	destroyed       []uint32
}

func newGuest(p *plan.Plan) *guest {
	g := &guest{plan: p, handles: engine.NewHandles(p), memory: make([]byte, 4096), next: 64}
	g.realloc = func(stack []uint64) error {
		align, size := uint32(stack[2]), uint32(stack[3])
		g.allocs = append(g.allocs, fmt.Sprintf("%d/%d", size, align))
		ptr := (g.next + align - 1) &^ (align - 1)
		g.next = ptr + size
		if int(g.next) > len(g.memory) {
			// Grow as memory.grow does: old views are dead.
			grown := make([]byte, g.next+4096)
			copy(grown, g.memory)
			clear(g.memory)
			g.memory = grown
		}
		stack[0] = 0xbad00000_00000000 | uint64(ptr)
		return nil
	}
	g.run = func(int, []uint64) error { return nil }
	return g
}

type fn func(stack []uint64) error

func (f fn) Call(_ context.Context, stack []uint64) error { return f(stack) }

func (g *guest) Func(f int) engine.Func {
	return fn(func(stack []uint64) error { return g.run(f, stack) })
}

func (g *guest) Entry(int) (engine.Func, engine.Bare) { return nil, nil }

func (g *guest) PostReturn(f int) engine.Func {
	if g.post == nil {
		return nil
	}
	return fn(func(stack []uint64) error { return g.post(f, stack) })
}

func (g *guest) Realloc(int) engine.Func     { return fn(g.realloc) }
func (g *guest) Memory(int) engine.Memory    { return g }
func (g *guest) Bytes() []byte               { return g.memory }
func (g *guest) Handles() *engine.Handles    { return g.handles }
func (g *guest) Close(context.Context) error { return nil }

func (g *guest) Destroy(_ context.Context, _ int, rep uint32) error {
	g.destroyed = append(g.destroyed, rep)
	return nil
}

// types builds plan types with their layout.
type types struct{ list []plan.Type }

func ref(i int) *int { return &i }

// add lays t out from its parts (CanonicalABI, "Alignment", "Element Size", "Flattening"). It is written on its
// own, and planOf holds it against the decoder's.
func (ts *types) add(t plan.Type) int {
	switch t.Kind {
	case plan.Bool, plan.S8, plan.U8:
		t.Size, t.Align, t.Flat = 1, 1, []plan.CoreType{plan.I32}
	case plan.S16, plan.U16:
		t.Size, t.Align, t.Flat = 2, 2, []plan.CoreType{plan.I32}
	case plan.S32, plan.U32, plan.Char, plan.Own, plan.Borrow:
		t.Size, t.Align, t.Flat = 4, 4, []plan.CoreType{plan.I32}
	case plan.S64, plan.U64:
		t.Size, t.Align, t.Flat = 8, 8, []plan.CoreType{plan.I64}
	case plan.F32:
		t.Size, t.Align, t.Flat = 4, 4, []plan.CoreType{plan.CoreF32}
	case plan.F64:
		t.Size, t.Align, t.Flat = 8, 8, []plan.CoreType{plan.CoreF64}
	case plan.String, plan.List:
		t.Size, t.Align, t.Flat = 8, 4, []plan.CoreType{plan.I32, plan.I32}
	case plan.Flags:
		t.Size = map[bool]uint32{true: 1, false: 2}[len(t.Flags) <= 8]
		if len(t.Flags) > 16 {
			t.Size = 4
		}
		t.Align, t.Flat = t.Size, []plan.CoreType{plan.I32}
	case plan.Record, plan.Tuple:
		t.Align = 1
		flat := []plan.CoreType{}
		for i := range t.Fields {
			e := ts.list[t.Fields[i].Type]
			for t.Size%e.Align != 0 {
				t.Size++
			}
			t.Fields[i].Offset = t.Size
			t.Size += e.Size
			t.Align = max(t.Align, e.Align)
			flat = join(flat, e, false)
		}
		t.Flat = flat
	default:
		var payloads []*int
		switch t.Kind {
		case plan.Option:
			payloads = []*int{t.Element}
		case plan.Result:
			payloads = []*int{t.OK, t.Err}
		default:
			for i := range t.Cases {
				payloads = append(payloads, t.Cases[i].Type)
			}
		}
		t.Discriminant = 1
		if len(payloads) > 256 {
			t.Discriminant = 2
		}
		size, align := uint32(0), uint32(1)
		flat := []plan.CoreType{}
		for _, p := range payloads {
			if p != nil {
				size, align = max(size, ts.list[*p].Size), max(align, ts.list[*p].Align)
				flat = join(flat, ts.list[*p], true)
			}
		}
		offset := (t.Discriminant + align - 1) / align * align
		if t.Kind != plan.Enum {
			t.Payload = offset
		}
		t.Align = max(t.Discriminant, align)
		t.Size = offset + size
		t.Flat = append([]plan.CoreType{plan.I32}, flat...)
	}
	for t.Size%t.Align != 0 {
		t.Size++
	}
	if len(t.Flat) > plan.MaxFlatParams {
		t.Flat = nil
	}
	ts.list = append(ts.list, t)
	return len(ts.list) - 1
}

// join puts the flat types of e behind flat, or, for cases of a variant, over them.
func join(flat []plan.CoreType, e plan.Type, over bool) []plan.CoreType {
	more := e.Flat
	if e.FlatSpills() {
		more = make([]plan.CoreType, plan.MaxFlatParams+1)
	}
	if !over {
		return append(flat, more...)
	}
	for i, t := range more {
		switch {
		case i == len(flat):
			flat = append(flat, t)
		case flat[i] == t:
		case flat[i] != plan.I64 && flat[i] != plan.CoreF64 && t != plan.I64 && t != plan.CoreF64:
			flat[i] = plan.I32
		default:
			flat[i] = plan.I64
		}
	}
	return flat
}

// planOf makes a plan with one function and passes it through the decoder, which checks the layouts.
func planOf(t testing.TB, ts *types, enc plan.Encoding, params []int, result *int) *plan.Plan {
	t.Helper()
	f := plan.Func{Name: "f", Interface: "a:b/c", Encoding: enc, Memory: ref(0), Realloc: ref(0), Result: result, Callee: plan.Callee{Export: "f"}}
	spill := plan.Spill{Align: 1}
	for i, p := range params {
		typ := ts.list[p]
		f.Params = append(f.Params, plan.Param{Name: fmt.Sprintf("p%d", i), Type: p})
		f.Core.Params = join(f.Core.Params, typ, false)
		spill.Size = (spill.Size + typ.Align - 1) / typ.Align * typ.Align
		spill.Offsets = append(spill.Offsets, spill.Size)
		spill.Size += typ.Size
		spill.Align = max(spill.Align, typ.Align)
	}
	if len(f.Core.Params) > plan.MaxFlatParams {
		spill.Size = (spill.Size + spill.Align - 1) / spill.Align * spill.Align
		f.SpillParams, f.Core.Params = &spill, []plan.CoreType{plan.I32}
	}
	if result != nil {
		if f.Core.Results = ts.list[*result].Flat; len(f.Core.Results) != 1 {
			f.SpillResult, f.Core.Results = true, []plan.CoreType{plan.I32}
		}
	}
	p := &plan.Plan{
		Format: plan.Format, Instances: 2, Types: ts.list, Funcs: []plan.Func{f},
		Modules:   []plan.Module{{}},
		Resources: []plan.Resource{{ComponentInstance: 1}, {ComponentInstance: 0}},
		Steps: []plan.Step{
			{Op: plan.OpInstantiate}, {Op: plan.OpMemory, Export: "m"}, {Op: plan.OpRealloc, Export: "r"},
		},
		Slots: plan.Slots{Memories: 1, Reallocs: 1},
	}
	container, err := plan.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = plan.Decode(container); err != nil {
		t.Fatal(err)
	}
	return p
}

// caller makes a caller for a guest.
func (g *guest) caller() *Caller { return NewCaller(g.plan, g) }

// class fails unless err is an *Error of a class at a path.
func class(t *testing.T, err error, want Class, path string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class != want || e.Path != path {
		t.Errorf("got %v (%+v), want class %s at %q", err, e, want, path)
	}
}

func le32(n ...uint32) []byte {
	var out []byte
	for _, v := range n {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}
