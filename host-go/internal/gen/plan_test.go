package gen_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/race"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// cacheDir keeps plans and code for as long as the tests run.
var cacheDir string

func TestMain(m *testing.M) {
	var err error
	if cacheDir, err = os.MkdirTemp("", "tenon-gen"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(cacheDir)
	os.Exit(code)
}

// planner is one for all tests, with the cache that the runtimes of the tests use too. It holds no more than memory, so
// nothing closes it.
var planner = sync.OnceValues(func() (*transpile.Transpiler, error) {
	store, err := cache.Open(cacheDir)
	return transpile.New(transpile.Config{Cache: store}), err
})

// read gives a component's bytes. Large ones are for plain runs only: the race detector slows the transpiler, which is
// interpreted, so much that one takes half a minute.
func read(t testing.TB, path string) []byte {
	t.Helper()
	component, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: testdata/make builds the components", err)
	}
	if race.Enabled && len(component) > 48<<10 {
		t.Skipf("%s is too large to transpile under the race detector: run without -race", path)
	}
	return component
}

func planOf(t *testing.T, path string) *plan.Plan {
	t.Helper()
	component := read(t, path)
	transpiler, err := planner()
	if err != nil {
		t.Fatal(err)
	}
	p, err := transpiler.Plan(context.WithoutCancel(t.Context()), component)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
