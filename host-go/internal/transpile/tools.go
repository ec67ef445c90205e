package transpile

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// interpretBytes is how many bytes of components are interpreted before the transpiler is compiled. The
// interpreter is ready at once and slow; up to about this much it is the cheaper one (see RATIONALE.md).
const interpretBytes = 512 << 10

// tools are the two forms of the transpiler, each made when it is first needed.
type tools struct {
	cache *cache.Store

	mu          sync.Mutex
	closed      bool
	interpreted int // bytes of components so far
	interpreter tool
	compiled    tool
}

// tool is one form of the transpiler.
type tool struct {
	engine engine.Engine
	code   engine.Code
}

// run transpiles one component in a fresh instance.
func (t *tools) run(ctx context.Context, component []byte) ([]byte, error) {
	code, err := t.pick(ctx, len(component))
	if err != nil {
		return nil, err
	}
	inst, err := code.Instantiate(ctx)
	if err != nil {
		return nil, internal("the transpiler does not start", err)
	}
	defer inst.Close(ctx)
	return call(ctx, inst, component)
}

// pick gives the form of the transpiler that is cheaper for size more bytes.
func (t *tools) pick(ctx context.Context, size int) (engine.Code, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, internal("too late", errClosed)
	}
	form := &t.compiled
	config := wazero.Config{MemoryLimit: MemoryCap, Cache: t.cache}
	if t.compiled.code == nil && t.interpreted+size <= interpretBytes && !wazero.Cached(t.cache, self()) {
		t.interpreted += size
		form, config = &t.interpreter, wazero.Config{MemoryLimit: MemoryCap, Interpreter: true}
	}
	if form.code != nil {
		return form.code, nil
	}
	e := wazero.New(config)
	code, err := e.Compile(ctx, self())
	if err != nil {
		e.Close(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, internal("the transpiler does not compile", err)
	}
	form.engine, form.code = e, code
	return code, nil
}

func (t *tools) close(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	var errs []error
	for _, form := range []*tool{&t.interpreter, &t.compiled} {
		if form.engine != nil {
			errs = append(errs, form.engine.Close(ctx))
		}
		*form = tool{}
	}
	return errors.Join(errs...)
}

// The functions of self's plan.
const (
	funcAlloc     = 0 // (len: i32) -> i32
	funcTranspile = 1 // (ptr: i32, len: i32) -> i64
)

// self is the plan of the transpiler: one core module with two exports.
var self = sync.OnceValue(func() *plan.Plan {
	digest := version()
	fn := func(export string, core plan.CoreSig) plan.Func {
		return plan.Func{Name: export, Callee: plan.Callee{Export: export}, Encoding: plan.UTF8, Core: core}
	}
	return &plan.Plan{
		Format:    plan.Format,
		Tool:      "self",
		Component: plan.Component{Digest: hex.EncodeToString(digest[:]), Size: len(wasm)},
		Modules:   []plan.Module{{Size: len(wasm), Code: wasm}},
		Instances: 1,
		Funcs: []plan.Func{
			funcAlloc:     fn("tenon_alloc", plan.CoreSig{Params: []plan.CoreType{plan.I32}, Results: []plan.CoreType{plan.I32}}),
			funcTranspile: fn("tenon_transpile", plan.CoreSig{Params: []plan.CoreType{plan.I32, plan.I32}, Results: []plan.CoreType{plan.I64}}),
		},
		Steps: []plan.Step{
			{Op: plan.OpInstantiate, Module: 0},
			{Op: plan.OpMemory, Slot: 0, Instance: 0, Export: "memory"},
		},
		Slots: plan.Slots{Memories: 1},
	}
})

// call passes a component to an instance and takes the result. What comes back is checked like any guest's.
func call(ctx context.Context, inst engine.Instance, component []byte) ([]byte, error) {
	if uint64(len(component)) > MemoryCap {
		return nil, tooLarge()
	}
	stack := []uint64{uint64(len(component)), 0}
	if err := inst.Func(funcAlloc).Call(ctx, stack); err != nil {
		return nil, stopped(ctx, inst, err)
	}
	ptr := uint32(stack[0])
	at, ok := stretch(inst, ptr, len(component))
	if !ok {
		return nil, internal("the transpiler gives memory that it does not have", nil)
	}
	copy(at, component)
	stack[0], stack[1] = uint64(ptr), uint64(len(component))
	if err := inst.Func(funcTranspile).Call(ctx, stack); err != nil {
		return nil, stopped(ctx, inst, err)
	}
	result, ok := stretch(inst, uint32(stack[0]>>32), int(uint32(stack[0])))
	if !ok || len(result) == 0 {
		return nil, internal("the transpiler answers outside its memory", nil)
	}
	switch tag, body := result[0], result[1:]; tag {
	case 0:
		return append([]byte(nil), body...), nil
	case 1:
		refusal := new(Error)
		if err := json.Unmarshal(body, refusal); err != nil || !refusal.Kind.known() {
			return nil, internal("the transpiler's refusal cannot be read", err)
		}
		return nil, refusal
	default:
		return nil, internal(fmt.Sprintf("the transpiler answers with tag %d", tag), nil)
	}
}

func (k Kind) known() bool {
	switch k {
	case Malformed, Limit, Unsupported, Contract, Policy, Internal:
		return true
	}
	return false
}

func stretch(inst engine.Instance, ptr uint32, size int) ([]byte, bool) {
	b := inst.Memory(0).Bytes()
	if uint64(ptr)+uint64(size) > uint64(len(b)) {
		return nil, false
	}
	return b[ptr:][:size], true
}

// stopped is the error of a transpiler that trapped: out of memory, most likely, since nothing else can stop
// it short of a bug.
func stopped(ctx context.Context, inst engine.Instance, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// Rust aborts when memory.grow fails, and its allocator asks for more than it needs.
	if inst.MemorySize() > MemoryCap/2 {
		return tooLarge()
	}
	return internal("the transpiler failed", err)
}

func tooLarge() *Error {
	return &Error{
		Kind:    Limit,
		Message: fmt.Sprintf("the component needs more than %d MiB of memory to be read", MemoryCap>>20),
		Help:    "build it in release mode without debug information, or split it",
	}
}
