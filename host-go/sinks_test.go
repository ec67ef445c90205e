package tenon

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

const (
	sinkNew   = iota // [constructor]sink: func(n: u32) -> sink
	sinkWrite        // [method]sink.write: func(text: string) -> u32
	sinkTake         // take: func(s: sink)
	sinkName         // name: func() -> string
)

const sinkIface = "acme:env/sinks@1.2.0"

const sinkText = `package acme:env@1.2.0;
interface sinks {
  resource sink {
    constructor(n: u32) -> sink;
    write: func(text: string) -> u32;
  }
  name: func() -> string;
  take: func(s: sink);
}
`

// sinkPlan gives the fake plan's kernel imports.
func sinkPlan(p *plan.Plan) {
	zero := 0
	one := []plan.CoreType{plan.I32}
	p.Types = append(p.Types,
		plan.Type{Kind: plan.Own, Size: 4, Align: 4, Flat: one, Resource: &zero},
		plan.Type{Kind: plan.Borrow, Size: 4, Align: 4, Flat: one, Resource: &zero})
	u32, str, own, borrow := 0, 1, 2, 3
	p.Instances = 1
	p.Resources = []plan.Resource{{Name: "sink", Interface: sinkIface, Import: []string{sinkIface, "sink"}}}
	// A function of the kernel that lends, and another instance that uses what is lent.
	p.Resources[0].ComponentInstance = 7
	fn := func(name string, result *int, params ...plan.Param) {
		p.ImportFuncs = append(p.ImportFuncs, plan.ImportFunc{Path: []string{sinkIface, name}, Name: name, Interface: sinkIface, Params: params, Result: result})
	}
	fn("[constructor]sink", &own, plan.Param{Name: "n", Type: u32})
	fn("[method]sink.write", &u32, plan.Param{Name: "self", Type: borrow}, plan.Param{Name: "text", Type: str})
	fn("take", nil, plan.Param{Name: "s", Type: own})
	fn("name", &str)
	exports := []plan.Import{{Name: "sink", Kind: plan.ExternResource, Resource: &zero}}
	for n := range p.ImportFuncs {
		f := &p.ImportFuncs[n]
		exports = append(exports, plan.Import{Name: f.Name, Kind: plan.ExternFunc, Func: &n})
		t := plan.Trampoline{Kind: plan.LowerImport, Import: &n, Memory: &zero, Realloc: &zero, Encoding: plan.UTF8}
		for _, param := range f.Params {
			t.Core.Params = append(t.Core.Params, p.Types[param.Type].Flat...)
		}
		if f.Result != nil && *f.Result == str {
			t.SpillResult = true
			t.Core.Params = append(t.Core.Params, plan.I32)
		} else if f.Result != nil {
			t.Core.Results = one
		}
		p.Trampolines = append(p.Trampolines, t)
	}
	p.Imports = []plan.Import{{Name: sinkIface, Kind: plan.ExternInstance, Text: sinkText, Exports: exports}}
}

// host calls an import as an engine does.
func (i *fakeInstance) host(t int, args ...uint64) (uint32, error) {
	i.handles.Enter()
	i.busy.Store(false) // the host may call the allocator
	defer i.busy.Store(true)
	stack := append(args, 0)
	if err := i.imports.Funcs[t](i.ctx, i, stack); err != nil {
		if trap, ok := err.(*engine.Trap); ok {
			return 0, trap
		}
		return 0, &engine.Trap{Code: engine.Host, Err: err}
	}
	return uint32(stack[0]), i.handles.Exit()
}

func (i *fakeInstance) dropHost(handle uint32) error {
	rep, own, err := i.handles.Drop(0, 0, handle)
	if err != nil || !own {
		return err
	}
	if err := i.imports.Drops[0](i.ctx, rep); err != nil {
		return &engine.Trap{Code: engine.Host, Err: err}
	}
	return nil
}

// What the fake kernel's run does, by its argument.
const (
	runWrites  = iota // a sink of its own, two writes, dropped
	runKeeps          // a sink that it keeps
	runGives          // a sink that it gives back
	runForges         // writes to a handle that does not exist
	runBadText        // a text outside of the memory
	runName           // asks for the name
	runBadAddr        // asks for the name at an odd address
	runHuge           // a text of the whole memory, again and again
)

func sinkGuest(i *fakeInstance, f int, stack []uint64) error {
	if f != fakeRun {
		return i.call(f, stack)
	}
	n := uint32(stack[0])
	copy(i.memory[1000:], "hello")
	if n == runName || n == runBadAddr {
		_, err := i.host(sinkName, 2000+uint64(n-runName))
		stack[0] = uint64(binary.LittleEndian.Uint32(i.memory[2004:]))
		return err
	}
	handle, err := i.host(sinkNew, 5)
	if err != nil {
		return err
	}
	self := 0xdead_0000_0000 | uint64(handle)
	switch n {
	case runWrites:
		a, err := i.host(sinkWrite, self, 1000, 5)
		if err != nil {
			return err
		}
		b, err := i.host(sinkWrite, self, 1000, 3)
		if err != nil {
			return err
		}
		stack[0] = uint64(a + b)
		return i.dropHost(handle)
	case runGives:
		_, err = i.host(sinkTake, self)
	case runForges:
		_, err = i.host(sinkWrite, 99, 1000, 5)
	case runBadText:
		_, err = i.host(sinkWrite, self, 1<<31, 5)
	case runHuge:
		for err == nil {
			_, err = i.host(sinkWrite, self, 0, uint64(len(i.memory)))
		}
	}
	return err
}

// sink is a resource of the host.
type sink struct {
	mu      sync.Mutex
	texts   []string
	dropped int
	fail    error
}

func (s *sink) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped++
	return s.fail
}

// grantSinks is written as the generator writes imports.
func grantSinks(make func(ctx context.Context, n uint32) (*sink, error), name func(ctx context.Context) (string, error), spoil func(f *Frame)) Import {
	return Import{
		Name: sinkIface, Text: sinkText, Refs: []ResourceRef{{Interface: sinkIface, Name: "sink", Imported: true}},
		Resources: []ImportResource{{Name: "sink"}},
		Funcs: []ImportFunc{
			{Name: "[constructor]sink", Call: func(ctx context.Context, f *Frame) {
				n := uint32(f.In(0))
				if !f.OK() {
					return
				}
				s, err := make(ctx, n)
				if err != nil {
					f.Failed(err)
					return
				}
				f.Return(0, uint64(f.HostOwn(0, s)))
			}},
			{Name: "[method]sink.write", Call: func(_ context.Context, f *Frame) {
				s, ok := f.HostValue(0, uint32(f.In(0))).(*sink)
				if !ok {
					f.Invalid("resource sink", f.In(0))
				}
				text := f.LiftString(uint32(f.In(1)), uint32(f.In(2)))
				if !f.OK() {
					return
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				s.texts = append(s.texts, text)
				f.Return(0, uint64(len(text)))
			}},
			{Name: "take", Call: func(ctx context.Context, f *Frame) {
				s, ok := f.HostTake(0, uint32(f.In(0))).(*sink)
				spoil(f)
				if !f.Ask() {
					return
				}
				if ok {
					s.texts = append(s.texts, "taken")
				}
			}},
			{Name: "name", Call: func(ctx context.Context, f *Frame) {
				to := uint32(f.In(0))
				text, err := name(ctx)
				if err != nil {
					f.Failed(err)
					return
				}
				f.Block(to, 8, 4)
				addr, n := f.String(text)
				f.StoreU32(to, addr)
				f.StoreU32(to+4, n)
			}},
		},
	}
}

// sinks is a bench whose kernel has imports, with the sinks that were made.
type sinks struct {
	*bench
	slot *Slot[fakeCalls]
	mu   sync.Mutex
	made []*sink
	make func(ctx context.Context, n uint32) (*sink, error)
	name func(ctx context.Context) (string, error)
	// spoil runs when a sink was taken, before the implementation has it.
	spoil func(f *Frame)
}

func newSinks(t *testing.T, cfg Config) *sinks {
	t.Helper()
	b := &sinks{bench: newBench(t, cfg)}
	b.planner.edit = sinkPlan
	b.engine.call = sinkGuest
	b.make = func(context.Context, uint32) (*sink, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		s := new(sink)
		b.made = append(b.made, s)
		return s, nil
	}
	b.name = func(context.Context) (string, error) { return "a name", nil }
	b.spoil = func(*Frame) {}
	k, err := b.rt.LoadWith(t.Context(), "1.0.0.wasm", []byte("1.0.0"), LoadOptions{Imports: []Import{grantSinks(
		func(ctx context.Context, n uint32) (*sink, error) { return b.make(ctx, n) },
		func(ctx context.Context) (string, error) { return b.name(ctx) },
		func(f *Frame) { b.spoil(f) })}})
	if err != nil {
		t.Fatal(err)
	}
	b.slot = b.bench.slot(SlotConfig[fakeCalls]{Kernel: k})
	return b
}

func (b *sinks) run(n uint32) (uint32, error) { return fakeClient{b.slot}.Run(b.t.Context(), n) }
