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
	cycle() // what is made once in a process
	goroutines, files, code := holdings(t)
	for range 5 {
		cycle()
	}
	var g, f, m int
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if g, f, m = holdings(t); g <= goroutines && f <= files && m <= code || time.Now().After(deadline) {
			break
		}
	}
	if g > goroutines || f > files || m > code {
		t.Errorf("after %d runtimes: goroutines %d → %d, files %d → %d, machine code %d → %d bytes", len(kept), goroutines, g, files, f, code, m)
	}
}
