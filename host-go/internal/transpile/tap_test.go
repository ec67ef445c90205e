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

// slow is a legal component that keeps the transpiler busy for long: count core modules, each with a function of
// size instructions.
func slow(count, size int) []byte {
	section := func(to []byte, id byte, body []byte) []byte {
		to = append(to, id)
		to = binary.AppendUvarint(to, uint64(len(body)))
		return append(to, body...)
	}
	const opI32Const, opDrop, opEnd = 0x41, 0x1a, 0x0b
	code := append([]byte{0}, bytes.Repeat([]byte{opI32Const, 0, opDrop}, size)...)
	code = append(code, opEnd)
	body := binary.AppendUvarint([]byte{1}, uint64(len(code)))
	body = append(body, code...)
	module := []byte("\x00asm\x01\x00\x00\x00")
	module = section(module, 1, []byte{1, 0x60, 0, 0})
	module = section(module, 3, []byte{1, 0})
	module = section(module, 10, body)
	component := bytes.Clone(empty)
	for range count {
		component = section(component, 1, module)
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
	tr.tools.cache, tr.tools.interpreted = compiled, interpretBytes
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
	err := tooSlow(task{function: funcWAVEParse, timeout: time.Second})
	if want := "the value takes more than 1s to be read or written as text: pass it as a value, not as text"; err.Error() != want {
		t.Errorf("got %q", err)
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

// tapped runs the transpiler on a component with a tiny budget, and asks more at every tap.
func tapped(t *testing.T, config wazero.Config, component []byte, more func(taps int) error) (taps int, err error) {
	t.Helper()
	config.MemoryLimit = MemoryCap
	e := wazero.New(config)
	defer e.Close(context.Background())
	code, err := e.Compile(t.Context(), self())
	if err != nil {
		return 0, err
	}
	imports := &engine.Imports{Funcs: []engine.HostFunc{
		func(_ context.Context, _ engine.Instance, stack []uint64) error {
			taps++
			if left := int64(stack[0]); left >= 0 {
				t.Errorf("tapped with %d units left", left)
			}
			stack[0] = 1_000
			return more(taps)
		},
	}}
	inst, err := code.Instantiate(t.Context(), imports, engine.Limits{})
	if err != nil {
		return 0, err
	}
	defer inst.Close(t.Context())
	_, err = call(t.Context(), inst, funcTranspile, component)
	return taps, err
}

// TestTapIsAsked counts taps of a run with a tiny budget: there is one for each, in both forms alike, and an error
// of the tap is the end.
func TestTapIsAsked(t *testing.T) {
	configs := map[string]wazero.Config{"interpreted": {Interpreter: true}, "compiled": {Cache: compiled}}
	component := slow(1, 20_000)
	counts := map[int]bool{}
	for name, config := range configs {
		taps, err := tapped(t, config, component, func(int) error { return nil })
		if err != nil || taps < 1_000 {
			t.Errorf("%s: %d taps, %v", name, taps, err)
		}
		counts[taps] = true
		broke := errors.New("enough")
		taps, err = tapped(t, config, component, func(taps int) error {
			if taps == 100 {
				return broke
			}
			return nil
		})
		if taps != 100 || !errors.Is(err, broke) {
			t.Errorf("%s: %d taps, %v", name, taps, err)
		}
	}
	if len(counts) != 1 {
		t.Errorf("the two forms count differently: %v", counts)
	}
}

// TestCollectionProceeds collects garbage while the transpiler runs. Machine code cannot be preempted, so a
// collection waits for it; without taps it would wait for the end of the run.
func TestCollectionProceeds(t *testing.T) {
	runs := make(chan struct{})
	enough := errors.New("enough")
	var collected atomic.Bool
	ended := make(chan error, 1)
	go func() {
		// Seconds of work, so that only the tap ends it.
		_, err := tapped(t, wazero.Config{Cache: compiled}, slow(20, 1_000_000), func(taps int) error {
			if taps == 1 {
				close(runs)
			}
			if collected.Load() {
				return enough
			}
			return nil
		})
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
	collected.Store(true)
	if err := <-ended; !errors.Is(err, enough) {
		t.Errorf("the run ended before the collections: %v", err)
	}
}
