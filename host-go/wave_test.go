package tenon_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Arguments and results as text, for command lines and test data.
func ExampleInstance_CallWAVE() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	k, err := rt.LoadFile(ctx, "../kernels/guests/c/c.wasm")
	if err != nil {
		fmt.Println(err)
		return
	}
	i, err := k.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close(ctx)
	fmt.Println(i.CallWAVE(ctx, "farthest", `[{name: "near", at: {x: 1, y: 1}}, {name: "far", at: {x: -3, y: 4}}]`))
	fmt.Println(i.CallWAVE(ctx, "area", "circle(-1)"))
	// Output:
	// ok({name: "far", at: {x: -3, y: 4}}) <nil>
	// err(not-a-length) <nil>
}

// A text that is not of its type is refused before the kernel runs.
func ExampleKernel_CallWAVE() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	k, err := rt.LoadFile(ctx, scalarFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(k.CallWAVE(ctx, "sum", "[1, 2, 3]"))
	_, err = k.CallWAVE(ctx, "sum", `["one"]`)
	fmt.Println(errors.Is(err, tenon.ErrABI))
	// Output:
	// 6 <nil>
	// true
}

func TestWhatWAVERefuses(t *testing.T) {
	ctx := t.Context()
	i, err := loadScalar(t, newRuntime(t, tenon.Config{})).Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		export string
		args   []string
		kind   error
		says   string
	}{
		{"nothing", nil, tenon.ErrContract, "nothing"},
		{"add", []string{"1"}, tenon.ErrABI, "func(a: u32, b: u32) -> u32"},
		{"add", []string{"1", "-1"}, tenon.ErrABI, "argument 2"},
		{"add", []string{"1", ""}, tenon.ErrABI, "argument 2"},
		{"add", []string{"1", "\xff"}, tenon.ErrABI, "argument 2"},
		{"echo-string", []string{"\"\xff\""}, tenon.ErrABI, "UTF-8"},
		{"sum", []string{strings.Repeat("[", 100_000)}, tenon.ErrLimit, "argument 1"},
		{"echo-string", []string{`"` + strings.Repeat("x", 20<<20) + `"`}, tenon.ErrLimit, ""},
	} {
		_, err := i.CallWAVE(ctx, c.export, c.args...)
		f, ok := err.(*tenon.Fault)
		if !ok || !errors.Is(err, c.kind) || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s%.30q: %v", c.export, c.args, err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := i.CallWAVE(ended, "add", "1", "2"); !errors.Is(err, tenon.ErrCanceled) {
		t.Error(err)
	}
	if got, err := i.CallWAVE(ctx, "add", "1", "2"); err != nil || got != "3" {
		t.Errorf("the instance is lost: %q, %v", got, err)
	}
	if _, err := i.CallWAVE(ctx, "fail", `"on purpose"`); !errors.Is(err, tenon.ErrTrap) || !strings.Contains(err.Error(), "on purpose") {
		t.Error(err)
	}
	if _, err := i.CallWAVE(ctx, "add", "1", "2"); !errors.Is(err, tenon.ErrClosed) {
		t.Error(err)
	}
}

func TestResourcesHaveNoText(t *testing.T) {
	var e handEnv
	i := openThings(t, &e)
	for _, c := range [][]string{{"[constructor]thing", "1"}, {"[method]thing.get", "1"}, {"lend", "1"}} {
		if _, err := i.CallWAVE(t.Context(), c[0], c[1:]...); !errors.Is(err, tenon.ErrUnsupported) {
			t.Errorf("%s: %v", c[0], err)
		}
	}
	if got, err := i.CallWAVE(t.Context(), "sinks", "0"); err != nil || got != "8" {
		t.Errorf("%q, %v", got, err)
	}
}

// Texts are read and written until the runtime is closed beside them: what reads them is not freed in their hands.
func TestWAVEBesideClose(t *testing.T) {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	k, err := rt.LoadFile(ctx, scalarFile)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var answers atomic.Int64
	begun := make(chan struct{}, 4)
	for range cap(begun) {
		group.Go(func() {
			for {
				text, err := k.CallWAVE(ctx, "sum", "[1, 2, 3]")
				select {
				case begun <- struct{}{}:
				default:
				}
				if errors.Is(err, tenon.ErrClosed) {
					return
				}
				if text != "6" || err != nil {
					t.Errorf("%q, %v", text, err)
					return
				}
				answers.Add(1)
			}
		})
	}
	<-begun
	if err := rt.Close(ctx); err != nil {
		t.Error(err)
	}
	group.Wait()
	if answers.Load() == 0 {
		t.Error("nobody was answered")
	}
}
