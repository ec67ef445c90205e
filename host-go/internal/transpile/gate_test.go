package transpile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
)

// slow is a legal component that keeps the transpiler busy for long: count core modules, each with functions of
// size instructions together.
func slow(count, size int) []byte {
	const opI32Const, opDrop, opEnd = 0x41, 0x1a, 0x0b
	const each = 1000 // one function with all of them would be refused
	code := append([]byte{0}, bytes.Repeat([]byte{opI32Const, 0, opDrop}, each)...)
	code = append(code, opEnd)
	number := binary.AppendUvarint(nil, uint64(size/each))
	body := append(binary.AppendUvarint(nil, uint64(len(code))), code...)
	module := section(bytes.Clone(coreModule), coreTypes, 1, 0x60, 0, 0)
	module = section(module, coreFuncs, append(bytes.Clone(number), make([]byte, size/each)...)...)
	module = section(module, coreCode, append(bytes.Clone(number), bytes.Repeat(body, size/each)...)...)
	component := bytes.Clone(empty)
	for range count {
		component = section(component, modules, module...)
	}
	return component
}

// interpreted gives a transpiler that interprets components up to its budget.
func interpreted(t *testing.T, config Config) *Transpiler {
	t.Helper()
	tr := New(config)
	t.Cleanup(func() { tr.Close(context.Background()) })
	return tr
}

// compiledFor is fresh with a configuration.
func compiledFor(t *testing.T, config Config) *Transpiler {
	t.Helper()
	tr := interpreted(t, config)
	tr.tools.cache, tr.tools.interpreted = compiled, interpretUnits
	return tr
}

// TestTimeout has the transpiler stop at its own deadline, in both forms, and serve on.
func TestTimeout(t *testing.T) {
	forms := map[string]struct {
		open      func(*testing.T, Config) *Transpiler
		component []byte
	}{
		"compiled":    {compiledFor, slow(4, 1_000_000)},
		"interpreted": {interpreted, slow(1, 25_000)},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			tr := form.open(t, Config{Timeout: time.Millisecond})
			_, err := tr.Plan(t.Context(), form.component)
			if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Limit {
				t.Fatalf("got %v", err)
			}
			tr.timeout = DefaultTimeout
			if _, err := tr.Plan(t.Context(), empty); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTextTimeout is the deadline of WAVE, whose message speaks of values.
func TestTextTimeout(t *testing.T) {
	err := task{function: funcWAVEParse, timeout: time.Second}.stopped(t.Context(), &engine.Trap{Code: engine.Deadline})
	if want := "the value takes more than 1s to be read or written as text: pass it as a value, not as text"; err.Error() != want {
		t.Errorf("got %q", err)
	}
}

// TestStopped has each way in which the transpiler can be stopped told as what it is.
func TestStopped(t *testing.T) {
	for code, want := range map[engine.TrapCode]Kind{
		engine.Deadline: Limit, engine.MemoryLimit: Limit, engine.StackOverflow: Limit, engine.Unreachable: Internal, engine.MemoryBounds: Internal,
	} {
		err := task{function: funcTranspile, timeout: time.Second}.stopped(t.Context(), &engine.Trap{Code: code})
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != want || e.Help == "" {
			t.Errorf("%s: %v, want %s", code, err, want)
		}
	}
	late := &engine.Trap{Code: engine.Canceled, Err: context.DeadlineExceeded}
	if err := (task{}).stopped(t.Context(), late); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestContextStopsTheGuest has a context end while the transpiler runs: the guest ends too, and does not run on in
// the background.
func TestContextStopsTheGuest(t *testing.T) {
	tr := compiledFor(t, Config{})
	if _, err := tr.Plan(t.Context(), empty); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := tr.Plan(ctx, slow(4, 1_000_000)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	tr.work.Wait()
}

// watched is a context that does something when the transpiler has asked for it a number of times.
type watched struct {
	context.Context
	asked, at atomic.Int32
	do        func()
}

func (w *watched) Err() error {
	if w.asked.Add(1) == w.at.Load()+1 {
		w.do()
	}
	return w.Context.Err()
}

// late is a context whose deadline has passed, and whose timer has not fired.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Unix(1, 0), true }

// TestLateContext: its end is the caller's, not a bug of ours, also where it shows before the transpiler has begun.
func TestLateContext(t *testing.T) {
	tr := New(Config{})
	defer tr.Close(t.Context())
	if _, err := tr.Plan(late{t.Context()}, empty); err != context.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
}

// TestCollectionProceeds collects garbage while the transpiler runs. Machine code cannot be preempted, so a
// collection waits for it; if nothing stopped it in between it would wait for the end of the run.
func TestCollectionProceeds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	runs := make(chan struct{})
	w := &watched{Context: ctx, do: func() { close(runs) }}
	w.at.Store(100)
	tools := tools{cache: compiled, interpreted: interpretUnits}
	defer tools.close(context.Background())
	ended := make(chan error, 1)
	go func() {
		// Seconds of work, so that only the context ends it.
		_, err := tools.run(w, planning(slow(20, 1_000_000)))
		ended <- err
	}()
	select {
	case <-runs:
	case err := <-ended:
		t.Fatal(err)
	}
	for range 5 {
		runtime.GC()
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the run ended before the collections: %v", err)
	}
}

// TestSandbox bounds the memory that hostile files of a few bytes get the transpiler to take.
func TestSandbox(t *testing.T) {
	e := wazero.New(wazero.Config{MemoryLimit: MemoryCap, Cache: compiled})
	defer e.Close(context.Background())
	code, err := e.Compile(t.Context(), self())
	if err != nil {
		t.Fatal(err)
	}
	for name, component := range hostile() {
		inst, err := code.Instantiate(t.Context(), nil, engine.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = planning(component).call(t.Context(), inst)
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind == Internal {
			t.Errorf("%s: %v", name, err)
		}
		if size := inst.Meter().Memory; size > sandbox {
			t.Errorf("%s of %d bytes takes %d bytes of memory", name, len(component), size)
		}
		inst.Close(t.Context())
	}
}

// sandbox is the most memory that the transpiler takes to refuse a file, in bytes.
const sandbox = 64 << 20
