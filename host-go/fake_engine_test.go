package tenon

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// The fake contract's functions, as indices into fakeContract.Funcs.
const (
	fakeAdd  = iota // func(a: u32, b: u32) -> u32
	fakeEcho        // func(text: string) -> string
	fakeRun         // func(n: u32) -> u32: whatever the fake's guest does
)

const fakeText = `package test:fake@1.0.0;
interface calls {
  add: func(a: u32, b: u32) -> u32;
  echo: func(text: string) -> string;
  run: func(n: u32) -> u32;
}
`

var fakeContract = Contract{
	Package: "test:fake", Version: "1.0.0", Hash: "fake-1", Text: fakeText,
	Funcs: []FuncRef{
		{Interface: "test:fake/calls@1.0.0", Name: "add"},
		{Interface: "test:fake/calls@1.0.0", Name: "echo"},
		{Interface: "test:fake/calls@1.0.0", Name: "run"},
	},
}

// fakePlan is the plan of a kernel of the fake contract. Its digest is made of its name.
func fakePlan(name string) *plan.Plan {
	str, u32, zero := 1, 0, 0
	metadata, _ := json.Marshal(Metadata{Kernel: "fake", Version: name})
	fn := func(name string, p []plan.Param, result *int, core plan.CoreSig) plan.Func {
		return plan.Func{Name: name, Interface: "test:fake/calls@1.0.0", Params: p, Result: result, Encoding: plan.UTF8, Core: core}
	}
	i32 := func(n int) (list []plan.CoreType) {
		for range n {
			list = append(list, plan.I32)
		}
		return list
	}
	echo := fn("echo", []plan.Param{{Name: "text", Type: str}}, &str, plan.CoreSig{Params: i32(2), Results: i32(1)})
	echo.Memory, echo.Realloc, echo.PostReturn, echo.SpillResult = &zero, &zero, &zero, true
	run := fn("run", []plan.Param{{Name: "n", Type: u32}}, &u32, plan.CoreSig{Params: i32(1), Results: i32(1)})
	run.Memory = &zero
	p := &plan.Plan{
		Component: plan.Component{Digest: "digest-" + name, Size: 100},
		Metadata:  metadata,
		Contract: &plan.Contract{Package: "test:fake", Version: "1.0.0", Hash: "fake-1", Text: fakeText,
			Interfaces: []string{"test:fake/calls@1.0.0"}},
		Types: []plan.Type{
			{Kind: plan.U32, Size: 4, Align: 4, Flat: i32(1)},
			{Kind: plan.String, Size: 8, Align: 4, Flat: i32(2)},
		},
		Funcs: []plan.Func{
			fn("add", []plan.Param{{Name: "a", Type: u32}, {Name: "b", Type: u32}}, &u32, plan.CoreSig{Params: i32(2), Results: i32(1)}),
			echo,
			run,
		},
		Clone: plan.Clone{Safe: true},
	}
	inner := make([]plan.Export, len(p.Funcs))
	for i := range p.Funcs {
		inner[i] = plan.Export{Name: p.Funcs[i].Name, Kind: plan.ExternFunc, Func: &i}
	}
	p.Exports = []plan.Export{{Name: "test:fake/calls@1.0.0", Kind: plan.ExternInstance, Exports: inner}}
	return p
}

// fakeEngine runs fake guests: Go functions. It checks what a real engine would crash on.
type fakeEngine struct {
	t testing.TB
	// instantiate fails with what this gives, if it is set.
	instantiate func() error
	// restore likewise.
	restore func() error
	// run is the guest's function of that name.
	run func(inst *fakeInstance, n uint32) (uint32, error)
	// call is the guest's functions, if it is set, in place of those of the fake contract.
	call func(inst *fakeInstance, f int, stack []uint64) error
	// destroy is the guest's destructors.
	destroy func(inst *fakeInstance, resource int, rep uint32) error
	// allocated gives, in place of the address that an entry was given by the allocator, another one, if it is set.
	allocated func(addr uint64) uint64
	// answered changes what an entry gives back, if it is set.
	answered func(stack []uint64)
	// interpreter is true for one without machine code.
	interpreter bool
	// memory is the first size of an instance, in bytes.
	memory int
	// compile is called before a compilation, if it is set.
	compile func()
	// began is told of the limits of each call, if it is set; of an instance that is made, started.
	began, started func(engine.Limits)

	codes, instances, built atomic.Int64 // open, open, ever
	closed                  atomic.Bool
}

func (e *fakeEngine) Compile(_ context.Context, p *plan.Plan) (engine.Code, error) {
	if e.compile != nil {
		e.compile()
	}
	e.codes.Add(1)
	return &fakeCode{engine: e, plan: p}, nil
}

// Memory is what the open instances have at first.
func (e *fakeEngine) Memory() uint64 {
	return uint64(e.instances.Load()) * uint64(max(4096, e.memory))
}

func (e *fakeEngine) Close(context.Context) error {
	if n := e.codes.Load() + e.instances.Load(); n != 0 {
		e.t.Errorf("the engine was closed with %d codes and %d instances open", e.codes.Load(), e.instances.Load())
	}
	if e.closed.Swap(true) {
		e.t.Error("the engine was closed twice")
	}
	return nil
}

type fakeCode struct {
	engine *fakeEngine
	plan   *plan.Plan
	live   atomic.Int64
	closed atomic.Bool
}

func (c *fakeCode) Instantiate(ctx context.Context, imports *engine.Imports, limits engine.Limits) (engine.Instance, error) {
	if c.closed.Load() {
		c.engine.t.Error("instantiated after the code was closed")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.engine.started != nil {
		c.engine.started(limits)
	}
	if c.engine.instantiate != nil {
		if err := c.engine.instantiate(); err != nil {
			return nil, err
		}
	}
	c.live.Add(1)
	c.engine.instances.Add(1)
	c.engine.built.Add(1)
	i := &fakeInstance{code: c, imports: imports, handles: engine.NewHandles(c.plan), things: make(map[uint32]uint32),
		memory: make([]byte, max(4096, c.engine.memory)), heap: 64}
	i.meter.Memory = uint64(len(i.memory))
	return i, nil
}

func (c *fakeCode) Interpreted() bool { return c.engine.interpreter }

func (c *fakeCode) Close(context.Context) error {
	if n := c.live.Load(); n != 0 {
		c.engine.t.Errorf("code closed with %d instances open", n)
	}
	if c.closed.Swap(true) {
		c.engine.t.Error("code closed twice")
	}
	c.engine.codes.Add(-1)
	return nil
}

type fakeInstance struct {
	code     *fakeCode
	imports  *engine.Imports
	handles  *engine.Handles
	things   map[uint32]uint32 // by representation, for guests with resources
	memory   []byte
	heap     uint32
	allocs   int
	warmed   bool
	restored bool
	panics   string
	spent    uint64 // fuel: a call takes 7 units
	fuel     uint64 // its budget
	meter    engine.Meter
	posts    int
	calls    int             // from the host
	asked    []uint64        // alignment<<32 | size of each allocation
	ctx      context.Context // of the call in progress
	busy     atomic.Bool
	dead     bool
	closed   bool
}

func (i *fakeInstance) Func(f int) engine.Func {
	return fakeFunc{i, func(ctx context.Context, stack []uint64) error {
		i.ctx = ctx
		if call := i.code.engine.call; call != nil {
			return call(i, f, stack)
		}
		return i.call(f, stack)
	}}
}

func (i *fakeInstance) call(f int, stack []uint64) error {
	switch f {
	case fakeAdd:
		stack[0] = 0xdead_0000_0000 | uint64(uint32(stack[0])+uint32(stack[1]))
	case fakeEcho:
		binary.LittleEndian.PutUint32(i.memory[16:], uint32(stack[0]))
		binary.LittleEndian.PutUint32(i.memory[20:], uint32(stack[1]))
		stack[0] = 0xdead_0000_0000 | 16
	case fakeRun:
		n, err := i.code.engine.run(i, uint32(stack[0]))
		stack[0] = uint64(n)
		return err
	}
	return nil
}

func (i *fakeInstance) Entry(f int) (engine.Func, engine.Bare) {
	if i.code.plan.Funcs[f].Entry == nil {
		return nil, nil
	}
	return fakeFunc{i, func(ctx context.Context, stack []uint64) error {
		err := i.enter(ctx, f, stack)
		if answered := i.code.engine.answered; answered != nil && err == nil {
			answered(stack)
		}
		return err
	}}, nil
}

func (i *fakeInstance) PostReturn(f int) engine.Func {
	return fakeFunc{i, func(_ context.Context, stack []uint64) error {
		if f == fakeEcho && stack[0] != 16 {
			return &engine.Trap{Code: engine.MemoryBounds, Message: fmt.Sprintf("post-return got %#x", stack[0])}
		}
		i.posts++
		i.heap = 64
		return nil
	}}
}

// Realloc grows the memory by moving it, so that a stale view shows.
func (i *fakeInstance) Realloc(int) engine.Func {
	return fakeFunc{i, func(_ context.Context, stack []uint64) error {
		align, size := uint32(stack[2]), uint32(stack[3])
		at := (i.heap + align - 1) &^ (align - 1)
		if need := uint64(at) + uint64(size); need > uint64(len(i.memory)) {
			i.memory = append(make([]byte, 0, 2*need), i.memory...)[:2*need]
		}
		i.heap = at + size
		i.allocs++
		i.asked = append(i.asked, uint64(align)<<32|uint64(size))
		stack[0] = uint64(at)
		return nil
	}}
}

func (i *fakeInstance) Bare(int) engine.Bare { return nil }
func (i *fakeInstance) Lost(err error) error { return err }
func (i *fakeInstance) Spent() uint64        { i.open(); return i.spent }
func (i *fakeInstance) Begin(limits engine.Limits) {
	i.meter.Limits, i.meter.Fresh = limits, true
}
func (i *fakeInstance) Meter() *engine.Meter { return &i.meter }

// open looks at the meter as an engine does when the guest has run for a while.
func (i *fakeInstance) open() {
	if !i.meter.Fresh {
		return
	}
	i.meter.Fresh = false
	if i.code.engine.began != nil {
		i.code.engine.began(i.meter.Limits)
	}
	i.spent, i.fuel = 0, i.meter.Limits.Fuel
}
func (i *fakeInstance) Memory(int) engine.Memory { return fakeMemory{i} }
func (i *fakeInstance) Handles() *engine.Handles { return i.handles }
func (i *fakeInstance) PanicMessage() string     { return i.panics }
func (i *fakeInstance) Restore(s *engine.Snapshot) error {
	if i.busy.Load() || i.closed {
		i.code.engine.t.Error("an instance was restored during a call, or after Close")
	}
	i.restored = true
	if i.code.engine.restore != nil {
		return i.code.engine.restore()
	}
	if len(i.memory) > len(s.Memories[0]) {
		return errors.New("it cannot shrink")
	}
	i.memory = append(i.memory[:0], s.Memories[0]...)
	i.meter.Memory = uint64(len(i.memory))
	return nil
}
func (i *fakeInstance) Snapshot() (*engine.Snapshot, error) {
	return &engine.Snapshot{Memories: [][]byte{bytes.Clone(i.memory)}}, nil
}
func (i *fakeInstance) Destroy(ctx context.Context, resource int, rep uint32) error {
	if i.code.engine.destroy == nil {
		return nil
	}
	f := fakeFunc{i, func(ctx context.Context, _ []uint64) error {
		i.ctx = ctx
		return i.code.engine.destroy(i, resource, rep)
	}}
	return f.Call(ctx, nil)
}

func (i *fakeInstance) Close(context.Context) error {
	if i.busy.Load() {
		i.code.engine.t.Error("an instance was closed during a call")
	}
	if !i.closed {
		i.closed = true
		i.code.live.Add(-1)
		i.code.engine.instances.Add(-1)
	}
	return nil
}

type fakeMemory struct{ i *fakeInstance }

func (m fakeMemory) Bytes() []byte { return m.i.memory }

type fakeFunc struct {
	inst *fakeInstance
	run  func(ctx context.Context, stack []uint64) error
}

func (f fakeFunc) Call(ctx context.Context, stack []uint64) error {
	i := f.inst
	if i.busy.Swap(true) {
		i.code.engine.t.Error("two goroutines were in one instance")
	}
	defer i.busy.Store(false)
	if i.dead || i.closed {
		i.code.engine.t.Error("an instance was called after a trap or Close")
	}
	i.open()
	if i.fuel > 0 {
		i.spent = 7
	}
	i.calls++
	err := f.run(ctx, stack)
	i.meter.Memory = uint64(len(i.memory))
	i.dead = i.dead || err != nil
	return err
}

// fakePlanner plans components whose bytes are the kernel's name.
type fakePlanner struct {
	edit func(p *plan.Plan)
}

func (f *fakePlanner) Plan(_ context.Context, component []byte) (*plan.Plan, error) {
	if len(component) == 0 {
		return nil, errors.New("empty")
	}
	p := fakePlan(string(component))
	if f.edit != nil {
		f.edit(p)
	}
	return p, nil
}

func (f *fakePlanner) Close(context.Context) error { return nil }

// fakeCalls is the fake contract's interface, with the baseline's answers.
type fakeCalls interface {
	Add(ctx context.Context, a, b uint32) (uint32, error)
	Echo(ctx context.Context, text string) (string, error)
	Run(ctx context.Context, n uint32) (uint32, error)
}

type fakeBaseline struct{ err error }

// fakeError is an error of the fake contract's own.
type fakeError string

func (e fakeError) Error() string { return string(e) }

func (b fakeBaseline) Add(_ context.Context, x, y uint32) (uint32, error)  { return x + y, b.err }
func (b fakeBaseline) Echo(_ context.Context, text string) (string, error) { return text, b.err }
func (b fakeBaseline) Run(_ context.Context, n uint32) (uint32, error)     { return 1000 + n, b.err }

// fakeClient is written as the generator writes clients.
type fakeClient struct{ slot *Slot[fakeCalls] }

func (c fakeClient) Add(ctx context.Context, x, y uint32) (uint32, error) {
	f, err := c.slot.Enter(ctx, fakeAdd)
	if f != nil {
		f.Arg(0, uint64(x))
		f.Arg(1, uint64(y))
		f.Invoke()
		out := uint32(f.Ret(0))
		if err = f.Leave(); err == nil {
			return out, nil
		}
	}
	return c.baseAdd(ctx, err, x, y)
}

func (c fakeClient) baseAdd(ctx context.Context, fault error, x, y uint32) (out uint32, err error) {
	base, turn, err := c.slot.Fallback(ctx, fakeAdd, fault)
	if err != nil {
		return out, err
	}
	if turn != nil {
		defer turn.Settle(ctx, turn.Await(&err, new(fakeError)))
	}
	return base.Add(ctx, x, y)
}

func (c fakeClient) Echo(ctx context.Context, text string) (string, error) {
	f, err := c.slot.Enter(ctx, fakeEcho)
	if f != nil {
		ptr, n := f.String(text)
		f.Arg(0, uint64(ptr))
		f.Arg(1, uint64(n))
		f.Invoke()
		b := f.Block(uint32(f.Ret(0)), 8, 4)
		out := f.LiftString(b.U32(0), b.U32(4))
		if err = f.Leave(); err == nil {
			return out, nil
		}
	}
	return c.baseEcho(ctx, err, text)
}

func (c fakeClient) baseEcho(ctx context.Context, fault error, text string) (out string, err error) {
	base, turn, err := c.slot.Fallback(ctx, fakeEcho, fault)
	if err != nil {
		return out, err
	}
	if turn != nil {
		defer turn.Settle(ctx, turn.Await(&err, new(fakeError)))
	}
	return base.Echo(ctx, text)
}

func (c fakeClient) Run(ctx context.Context, n uint32) (uint32, error) {
	f, err := c.slot.Enter(ctx, fakeRun)
	if f != nil {
		f.Arg(0, uint64(n))
		f.Invoke()
		out := uint32(f.Ret(0))
		if err = f.Leave(); err == nil {
			return out, nil
		}
	}
	return c.baseRun(ctx, err, n)
}

func (c fakeClient) baseRun(ctx context.Context, fault error, n uint32) (out uint32, err error) {
	base, turn, err := c.slot.Fallback(ctx, fakeRun, fault)
	if err != nil {
		return out, err
	}
	if turn != nil {
		defer turn.Settle(ctx, turn.Await(&err, new(fakeError)))
	}
	return base.Run(ctx, n)
}

// bench is a runtime on the fake engine that is closed, and checked for leaks, when the test ends.
type bench struct {
	t       testing.TB
	engine  *fakeEngine
	planner *fakePlanner
	rt      *Runtime
}

func newBench(t testing.TB, cfg Config) *bench {
	t.Helper()
	e := &fakeEngine{t: t, run: func(_ *fakeInstance, n uint32) (uint32, error) { return n, nil }}
	b := &bench{t: t, engine: e, planner: &fakePlanner{}}
	b.rt = newRuntime(cfg.withDefaults(), e, b.planner)
	t.Cleanup(func() {
		for range 2 { // twice is as good as once
			if err := b.rt.Close(context.Background()); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if !e.closed.Load() {
			t.Error("Close left the engine open")
		}
	})
	return b
}

func (b *bench) load(name string) *Kernel {
	b.t.Helper()
	k, err := b.rt.Load(b.t.Context(), name+".wasm", []byte(name))
	if err != nil {
		b.t.Fatalf("Load: %v", err)
	}
	return k
}

func (b *bench) slot(cfg SlotConfig[fakeCalls]) *Slot[fakeCalls] {
	b.t.Helper()
	s, err := NewSlot(b.t.Context(), b.rt, "s", fakeContract, cfg)
	if err != nil {
		b.t.Fatalf("NewSlot: %v", err)
	}
	return s
}

// blocked has the guest's Run tell entered that a call is in it, and answer when release lets it.
func (b *bench) blocked() (entered, release chan struct{}) {
	entered, release = make(chan struct{}), make(chan struct{})
	b.engine.run = func(_ *fakeInstance, n uint32) (uint32, error) {
		entered <- struct{}{}
		<-release
		return n, nil
	}
	return entered, release
}
