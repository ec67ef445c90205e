package transpile

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// The interpreter is ready sooner than the compiler and runs some fifty times slower. So it gets the first work, as
// long as that is less than interpretUnits of fuel, where making the interpreter counts as interpretBase and a
// component is expected to take unitsPerByte for each byte. One that takes more than is left is begun again, compiled: a file
// of a kilobyte can be work for seconds. RATIONALE.md has the measurement.
const (
	interpretUnits = 800_000_000
	interpretBase  = 70_000_000
	unitsPerByte   = 2_700
)

// tools are the two forms of the transpiler, each made when it is first needed.
type tools struct {
	cache *cache.Store
	only  bool // the interpreter, in place of the compiled form

	mu          sync.Mutex
	closed      bool
	interpreted uint64 // units so far
	compiled    tool
	part, whole interpreter
}

// interpreter is an interpreted form. It takes 40 to 66 MB, so it goes when nobody uses it.
type interpreter struct {
	tool
	users int
}

// tool is one form of the transpiler.
type tool struct {
	engine engine.Engine
	code   engine.Code
}

// task is one call of the transpiler.
type task struct {
	function int
	digest   []byte // of the component, for funcTranspile
	input    []byte
	flags    uint64 // of funcTranspile
	timeout  time.Duration
}

// The flags of funcTranspile.
const (
	flagGate   = 1
	flagFloats = 2
)

// run does a task in a fresh instance: interpreted if that is cheaper, or else compiled.
func (t *tools) run(ctx context.Context, task task) ([]byte, error) {
	if p := partial(); p != nil && task.function == funcTranspile {
		answer, done, err := t.interpret(ctx, &t.part, p, task)
		if done && !lacks(err) {
			return answer, err
		}
	}
	if answer, done, err := t.interpret(ctx, &t.whole, self(), task); done {
		return answer, err
	}
	code, err := t.compile(ctx)
	if err != nil {
		return nil, err
	}
	answer, _, err := task.run(ctx, code, 0)
	return answer, err
}

// lacks reports whether a task may have ended because the transpiler that did it was not the whole one. A bug of the whole one ends
// it in the same way.
func lacks(err error) bool {
	trap, ok := errors.AsType[*engine.Trap](err)
	return ok && trap.Code == engine.Unreachable
}

// run does the task with so much fuel, 0 for any, and tells how much it took. Without enough of it the error is errTooMuch.
func (t task) run(ctx context.Context, code engine.Code, fuel uint64) (answer []byte, spent uint64, err error) {
	limits := engine.Limits{Timeout: t.timeout, Fuel: fuel}
	inst, err := code.Instantiate(ctx, nil, limits)
	if err != nil {
		return nil, 0, t.stopped(ctx, err)
	}
	defer inst.Close(ctx)
	inst.Begin(limits)
	answer, err = t.call(ctx, inst)
	return answer, inst.Spent(), err
}

// interpret does a task in an interpreted form, which is made from a plan if need be. It reports whether it is done, be it with an
// error: it is not when the compiled form is expected to be done sooner, or would have been.
func (t *tools) interpret(ctx context.Context, i *interpreter, p *plan.Plan, task task) (answer []byte, done bool, err error) {
	code, fuel, err := t.acquire(ctx, i, p, len(task.input))
	if code == nil {
		return nil, err != nil, err
	}
	answer, spent, err := task.run(ctx, code, fuel)
	t.release(ctx, i, spent)
	return answer, !errors.Is(err, errTooMuch), err
}

// acquire gives the code of an interpreted form, and the fuel that it may use, if it is expected to be done with size more
// bytes before the compiled one were; otherwise no code. What it gives has to be released.
func (t *tools) acquire(ctx context.Context, i *interpreter, p *plan.Plan, size int) (engine.Code, uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, 0, internal("too late", errClosed)
	}
	expected := t.interpreted + interpretBase + unitsPerByte*uint64(size)
	if t.only || t.compiled.code != nil || expected > interpretUnits || wazero.Cached(t.cache, self()) {
		return nil, 0, nil
	}
	if err := i.make(ctx, p, wazero.Config{MemoryLimit: MemoryCap, Interpreter: true}); err != nil {
		return nil, 0, err
	}
	t.interpreted += interpretBase
	i.users++
	return i.code, interpretUnits - t.interpreted, nil
}

// release ends one use of an interpreted form, which took so much fuel.
func (t *tools) release(ctx context.Context, i *interpreter, spent uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.interpreted += spent
	if i.users--; i.users == 0 {
		_ = i.close(ctx) // it holds no more than memory
	}
}

// compile gives the compiled transpiler.
func (t *tools) compile(ctx context.Context) (engine.Code, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, internal("too late", errClosed)
	}
	if err := t.compiled.make(ctx, self(), wazero.Config{MemoryLimit: MemoryCap, Cache: t.cache, Interpreter: t.only}); err != nil {
		return nil, err
	}
	return t.compiled.code, nil
}

func (f *tool) make(ctx context.Context, p *plan.Plan, config wazero.Config) error {
	if f.code != nil {
		return nil
	}
	e := wazero.New(config)
	code, err := e.Compile(ctx, p)
	if err != nil {
		err = errors.Join(err, e.Close(ctx))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return internal("the transpiler does not compile", err)
	}
	f.engine, f.code = e, code
	return nil
}

func (f *tool) close(ctx context.Context) error {
	e := f.engine
	*f = tool{}
	if e == nil {
		return nil
	}
	return e.Close(ctx)
}

func (t *tools) close(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return errors.Join(t.part.close(ctx), t.whole.close(ctx), t.compiled.close(ctx))
}

// The functions of self's plan.
const (
	funcAlloc     = 0 // (len: i32) -> i32
	funcTranspile = 1 // (ptr: i32, len: i32, flags: i32) -> i64; the input is the component's digest and the component
	funcWAVEParse = 2 // (ptr: i32, len: i32) -> i64
	funcWAVEPrint = 3 // likewise
)

// self is the plan of the transpiler: one core module with four exports, and a gate like any kernel's.
var self = sync.OnceValue(func() *plan.Plan {
	digest := version()
	fn := func(export string, core plan.CoreSig) plan.Func {
		return plan.Func{Name: export, Callee: plan.Callee{Export: export}, Encoding: plan.UTF8, Core: core}
	}
	work := plan.CoreSig{Params: []plan.CoreType{plan.I32, plan.I32}, Results: []plan.CoreType{plan.I64}}
	flagged := plan.CoreSig{Params: []plan.CoreType{plan.I32, plan.I32, plan.I32}, Results: []plan.CoreType{plan.I64}}
	return &plan.Plan{
		Format:    plan.Format,
		Tool:      "self",
		Component: plan.Component{Digest: hex.EncodeToString(digest[:]), Size: len(wasm)},
		Modules:   []plan.Module{{Size: len(wasm), Code: wasm}},
		Instances: 1,
		Funcs: []plan.Func{
			funcAlloc:     fn("tenon_alloc", plan.CoreSig{Params: []plan.CoreType{plan.I32}, Results: []plan.CoreType{plan.I32}}),
			funcTranspile: fn("tenon_transpile", flagged),
			funcWAVEParse: fn("tenon_wave_parse", work),
			funcWAVEPrint: fn("tenon_wave_print", work),
		},
		Steps: []plan.Step{
			{Op: plan.OpInstantiate, Module: 0},
			{Op: plan.OpMemory, Slot: 0, Instance: 0, Export: "memory"},
		},
		Slots: plan.Slots{Memories: 1},
		Gate:  &plan.Gate{Instance: 0, Countdown: "tenon:countdown", Stack: "tenon:stack"},
	}
})

// call passes the input to the function of an instance and takes the result. What comes back is checked like any
// guest's.
func (t task) call(ctx context.Context, inst engine.Instance) ([]byte, error) {
	size := len(t.digest) + len(t.input)
	if uint64(size) > MemoryCap {
		return nil, t.tooLarge()
	}
	stack := []uint64{uint64(size), 0, 0}
	if err := inst.Func(funcAlloc).Call(ctx, stack); err != nil {
		return nil, t.stopped(ctx, err)
	}
	ptr := uint32(stack[0])
	at, ok := stretch(inst, ptr, size)
	if !ok {
		return nil, internal("the transpiler gives memory that it does not have", nil)
	}
	copy(at[copy(at, t.digest):], t.input)
	stack[0], stack[1], stack[2] = uint64(ptr), uint64(size), t.flags
	if err := inst.Func(t.function).Call(ctx, stack); err != nil {
		return nil, t.stopped(ctx, err)
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
