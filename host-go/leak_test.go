package tenon_test

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// holdings counts what a process holds on to: goroutines, open files, mappings of executable memory.
func holdings(t *testing.T) (goroutines, files, mappings int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc:", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("needs /proc:", err)
	}
	return runtime.NumGoroutine(), len(fds), bytes.Count(maps, []byte("r-xp"))
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	cycle := func() {
		ctx := context.Background()
		rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
		if err != nil {
			t.Fatal(err)
		}
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
	goroutines, files, mappings := holdings(t)
	for range 5 {
		cycle()
	}
	var g, f, m int
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		if g, f, m = holdings(t); g <= goroutines && f <= files && m <= mappings || time.Now().After(deadline) {
			break
		}
	}
	if g > goroutines || f > files || m > mappings {
		t.Errorf("goroutines %d → %d, files %d → %d, mappings %d → %d", goroutines, g, files, f, mappings, m)
	}
}
