package tenon_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// holdings counts what a process holds on to: goroutines, open files, bytes of mapped machine code. The engine
// unmaps code that was closed when it is collected.
func holdings(t *testing.T) (goroutines, files, code int) {
	t.Helper()
	runtime.GC()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc:", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("needs /proc:", err)
	}
	for line := range bytes.Lines(maps) {
		var from, to int
		var mode string
		if _, err := fmt.Sscanf(string(line), "%x-%x %s", &from, &to, &mode); err == nil && mode == "r-xp" {
			code += to - from
		}
	}
	return runtime.NumGoroutine(), len(fds), code
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	var kept []*tenon.Runtime // so that nothing is freed for being forgotten
	cycle := func() {
		ctx := context.Background()
		rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, rt)
		for range 2 {
			slot, err := tenon.NewSlot(ctx, rt, "numbers", scalar.Contract,
				tenon.SlotConfig[scalar.Calls]{Kernel: loadScalar(t, rt), MinInstances: 3})
			if err != nil {
				t.Fatal(err)
			}
			c := scalar.New(slot)
			if n, err := c.Add(ctx, 1, 2); n != 3 || err != nil {
				t.Errorf("Add = %d, %v", n, err)
			}
			_ = c.Fail(ctx, "on purpose")
			if err := slot.Swap(ctx, another(t, rt, "next")); err != nil {
				t.Error(err)
			}
		}
		if err := rt.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	leavesNothing(t, cycle)
	if len(kept) != 6 {
		t.Errorf("%d runtimes", len(kept))
	}
}

// Resources that are closed, leaked, lost to a trap or still open when the slot closes leave nothing behind either.
func TestResourcesLeaveNothingBehind(t *testing.T) {
	leavesNothing(t, func() {
		ctx := context.Background()
		rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
		if err != nil {
			t.Fatal(err)
		}
		e := &env{name: func(context.Context) (string, error) { return "the host", nil }}
		k := loadThings(t, rt, e)
		slot, err := tenon.NewSlot(ctx, rt, "things", thingsContract(k), tenon.SlotConfig[any]{Kernel: k, MaxInstances: 8})
		if err != nil {
			t.Fatal(err)
		}
		s := &thingsSlot{Slot: slot, env: e}
		var open *tenon.Resource
		for n := range uint32(4) {
			r, err := s.make(ctx, n)
			if err != nil {
				t.Fatal(err)
			}
			switch n {
			case 0:
				err = r.Close(ctx)
			case 1:
				_, _ = onThing(ctx, r, failThing)
			case 2:
				open = r
			}
			if err != nil {
				t.Error(err)
			}
		}
		closed := make(chan error)
		go func() { closed <- rt.Close(ctx) }()
		if err := open.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

// leavesNothing runs a cycle several times and fails when the process then holds more than after the first.
func leavesNothing(t *testing.T, cycle func()) {
	t.Helper()
	cycle() // what is made once in a process
	goroutines, files, code := holdings(t)
	for range 5 {
		cycle()
	}
	var g, f, m int
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if g, f, m = holdings(t); g <= goroutines && f <= files && m <= code || time.Now().After(deadline) {
			break
		}
	}
	if g > goroutines || f > files || m > code {
		t.Errorf("goroutines %d → %d, files %d → %d, machine code %d → %d bytes", goroutines, g, files, f, code, m)
	}
}
