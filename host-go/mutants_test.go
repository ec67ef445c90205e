package tenon_test

import (
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// mutants is how many mutated components the ordinary run loads and calls. For hours: -run TestMutants -mutants
// 1000000 -timeout 0, or -fuzz FuzzComponent. The Rust host's tests have 20,000 (host-rust/fuzz).
var (
	mutants    = flag.Uint64("mutants", 300, "mutated components to run")
	mutantSeed = flag.Uint64("mutantseed", 1, "number of the first one")
)

// TestMutants: a mutated component is refused, or runs within limits; healthy calls go on beside it.
func TestMutants(t *testing.T) {
	originals := components(t)
	h := newMutantHost(t)
	// Found here after a crash of the process, which nothing can report.
	running := filepath.Join(os.TempDir(), "tenon-mutant.wasm")
	outcomes := map[string]int{}
	for seed := *mutantSeed; seed < *mutantSeed+*mutants; seed++ {
		mutant := mutate(originals, seed)
		if err := os.WriteFile(running, mutant, 0o600); err != nil {
			t.Fatal(err)
		}
		outcomes[h.run(t, mutant)]++
		if t.Failed() {
			t.Fatalf("-mutantseed %d: the component is in %s", seed, running)
		}
	}
	os.Remove(running)
	t.Logf("%v", outcomes)
	if n := outcomes["ran"] + outcomes["faulted"]; *mutants >= 300 && n < int(*mutants)/20 {
		t.Errorf("only %d of %d ran: %v", n, *mutants, outcomes)
	}
}

// FuzzComponent is TestMutants with components of Go's own fuzzer.
func FuzzComponent(f *testing.F) {
	for _, c := range components(f) {
		if len(c) < 3_000 {
			f.Add(c)
		}
	}
	h := newMutantHost(f)
	f.Fuzz(func(t *testing.T, component []byte) { h.run(t, component) })
}

// mutantHost is a runtime in which everything runs, with a kernel that has to answer whatever happens beside it.
type mutantHost struct {
	rt      *tenon.Runtime
	healthy *tenon.Instance
}

func newMutantHost(t testing.TB) *mutantHost {
	t.Helper()
	rt := newRuntime(t, tenon.Config{
		MemoryLimit: 16 << 20, TotalMemory: 64 << 20, AnswerLimit: 4 << 20, StartTimeout: 50 * time.Millisecond,
	})
	healthy, err := loadScalar(t, rt).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &mutantHost{rt, healthy}
}

// run loads a component and calls what it exports. It says how that ended.
func (h *mutantHost) run(t *testing.T, component []byte) string {
	t.Helper()
	defer func() {
		if sum, err := h.healthy.CallWAVE(t.Context(), "add", "40", "2"); sum != "42" {
			t.Errorf("a healthy kernel gave %q, %v", sum, err)
		}
	}()
	k, err := h.rt.LoadWith(t.Context(), "mutant", component, tenon.LoadOptions{WASI: tenon.WASIStub})
	if err != nil {
		return blamed(t, err)
	}
	before := h.rt.Stats().Memory
	faults := 0
	var instance *tenon.Instance
	for _, call := range tenon.ZeroCalls(k) {
		if instance == nil {
			if faults > 5 {
				break
			}
			instance, err = k.OpenWith(t.Context(), tenon.OpenOptions{Limits: tenon.CallLimits{Deadline: 50 * time.Millisecond}, Cold: true})
			if err != nil {
				blamed(t, err)
				faults++
				continue
			}
		}
		if _, err := instance.Call(t.Context(), call.Export, call.Args...); err != nil {
			blamed(t, err)
			faults++
			_ = instance.Close(t.Context())
			instance = nil
		}
	}
	if instance != nil {
		_ = instance.Close(t.Context())
	}
	if after := h.rt.Stats().Memory; after != before {
		t.Errorf("%d bytes of memory before, %d after all instances are closed", before, after)
	}
	k.Close()
	if faults > 0 {
		return "faulted"
	}
	return "ran"
}

// blamed fails unless an error is a fault that a guest can cause. It gives its kind.
func blamed(t *testing.T, err error) string {
	t.Helper()
	kinds := []tenon.Kind{tenon.KindMalformed, tenon.KindLimit, tenon.KindUnsupported, tenon.KindContract, tenon.KindPolicy,
		tenon.KindTrap, tenon.KindABI, tenon.KindStack, tenon.KindMemory, tenon.KindDeadline}
	if f, ok := errors.AsType[*tenon.Fault](err); !ok || !slices.Contains(kinds, f.Kind) || f.Message == "" || len(f.Error()) > 1<<16 {
		t.Errorf("got %T: %v", err, err)
		return ""
	}
	return string(tenon.KindOf(err))
}

// components are the small components of this repository.
func components(t testing.TB) [][]byte {
	t.Helper()
	var found [][]byte
	for _, folder := range []string{"internal", "testdata", "../kernels/guests", "../wit/vectors"} {
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".wasm") {
				return err
			}
			if component, err := os.ReadFile(path); err == nil && len(component) < 20_000 {
				found = append(found, component)
			}
			return nil
		})
	}
	if len(found) < 20 {
		t.Fatalf("%d components", len(found))
	}
	return found
}

// mutate changes one of the components, or makes one of two; always the same one for a seed.
func mutate(originals [][]byte, seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	one := slices.Clone(originals[random.IntN(len(originals))])
	switch other := originals[random.IntN(len(originals))]; random.IntN(10) {
	case 0:
		return one[:random.IntN(len(one))]
	case 1:
		return append(one[:random.IntN(len(one))], other[random.IntN(len(other)):]...)
	}
	for range 1 + random.IntN(2) {
		switch at := random.IntN(len(one)); random.IntN(8) {
		case 0:
			one = slices.Delete(one, at, at+1)
		case 1:
			one = slices.Insert(one, at, byte(random.Uint32()))
		case 2:
			one[at] = byte(random.Uint32())
		case 3, 4:
			one[at] ^= 1 << random.IntN(8)
		default: // an instruction, or a number, becomes its neighbour
			one[at] += byte(random.IntN(9)) - 4
		}
	}
	return one
}
