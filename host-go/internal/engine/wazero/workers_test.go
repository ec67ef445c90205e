package wazero

import (
	"runtime"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
)

// TestCompilationLeavesProcessorsToInstances: beside open instances a compilation takes half of them, and one at least.
func TestCompilationLeavesProcessorsToInstances(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	e := New(Config{})
	defer e.Close(t.Context())
	code, err := e.Compile(t.Context(), et.Plan(&et.Module{Memory: &et.Memory{Min: 1}}))
	if err != nil {
		t.Fatal(err)
	}
	inst, err := code.Instantiate(t.Context(), nil, engine.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for processors, beside := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2} {
		runtime.GOMAXPROCS(processors)
		if got := e.workers(); got != beside {
			t.Errorf("%d beside an instance on %d processors, want %d", got, processors, beside)
		}
	}
	if err := inst.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	runtime.GOMAXPROCS(4)
	if got := e.workers(); got != 4 {
		t.Errorf("%d with nothing open on 4 processors", got)
	}
}
