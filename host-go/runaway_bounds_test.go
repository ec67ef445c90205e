package tenon_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// The same call takes the same fuel, fails at the same point, and a fault of fuel says what was spent.
func TestFuel(t *testing.T) {
	took := func(budget uint64, n uint32) (uint64, error) {
		t.Helper()
		r := newRunaway(t, tenon.SlotConfig[any]{Fuel: budget})
		var first uint64
		var failed error
		for i := range 5 {
			var note tenon.Call
			_, err := r.call(tenon.WithCall(t.Context(), &note), "work", n)
			if i == 0 {
				first, failed = note.Fuel, err
			}
			if note.Fuel != first || (err == nil) != (failed == nil) {
				t.Errorf("budget %d, work %d: %d and %v, then %d and %v", budget, n, first, failed, note.Fuel, err)
			}
		}
		return first, failed
	}
	const plenty = 1 << 40
	hundred, err := took(plenty, 100)
	if hundred == 0 || err != nil {
		t.Fatalf("%d, %v", hundred, err)
	}
	million, err := took(plenty, 1_000_000)
	if perStep := float64(million-hundred) / 999_900; perStep < 1 || perStep > 100 || err != nil {
		t.Errorf("%g units a step, %v", perStep, err)
	}
	if exact, err := took(million, 1_000_000); exact != million || err != nil {
		t.Errorf("a budget of %d for a call of as much: %d, %v", million, exact, err)
	}
	for _, budget := range []uint64{1, hundred, million - 1} {
		spent, err := took(budget, 1_000_000)
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindFuel || fault.Code != tenon.TrapFuel || spent != budget || !strings.Contains(fault.Message, "raise SlotConfig.Fuel") {
			t.Errorf("a budget of %d: %d spent, %v", budget, spent, err)
		}
	}
	// Without a budget nothing is counted.
	if free, err := took(0, 1_000_000); free != 0 || err != nil {
		t.Errorf("%d, %v", free, err)
	}
}

// Where a loop stops for want of fuel shows in its results: the largest n that the budget lets through is always the same.
func TestFuelEndsAtTheSamePoint(t *testing.T) {
	r := newRunaway(t, tenon.SlotConfig[any]{Fuel: 100_000})
	var ends []uint32
	for range 3 {
		low, high := uint32(0), uint32(1_000_000)
		for low+1 < high {
			if mid := (low + high) / 2; ignore(r.call(t.Context(), "work", mid)) == nil {
				low = mid
			} else {
				high = mid
			}
		}
		ends = append(ends, low)
	}
	if ends[0] == 0 || ends[0] != ends[1] || ends[0] != ends[2] {
		t.Errorf("the last that is done: %v", ends)
	}
}

func ignore(_ uint32, err error) error { return err }

// What an instance, a version and a runtime may have of memory, each by itself. A page is 64 KiB.
func TestMemoryBudgets(t *testing.T) {
	const page = 64 << 10
	refused := ^uint32(0)
	t.Run("instance", func(t *testing.T) {
		r := runawayIn(t, newRuntime(t, tenon.Config{MemoryLimit: 4 * page}), "s", tenon.SlotConfig[any]{MaxInstances: 1})
		if n, err := r.call(t.Context(), "grow", 4); n != refused || err != nil {
			t.Errorf("5 pages: %d, %v", n, err)
		}
		// The refusal was of another call, and has nothing to do with this trap.
		if _, err := r.call(t.Context(), "fail", 0); !errors.Is(err, tenon.ErrTrap) {
			t.Errorf("a trap after a call that was refused memory: %v", err)
		}
		if n, err := r.call(t.Context(), "grow", 3); n != 1 || err != nil {
			t.Errorf("4 pages: %d, %v", n, err)
		}
		_, err := r.call(t.Context(), "need", 1)
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindMemory || fault.Code != tenon.TrapMemoryLimit || !strings.Contains(fault.Message, "unreachable after the kernel was refused more memory: raise Config.MemoryLimit") {
			t.Errorf("one more: %v", err)
		}
	})
	t.Run("version", func(t *testing.T) {
		r := runawayIn(t, newRuntime(t, tenon.Config{}), "s", tenon.SlotConfig[any]{MaxMemory: 8 * page, MaxInstances: 1})
		// An instance that outgrows the version's memory does not come back.
		if n, err := r.call(t.Context(), "grow", 10); n != 1 || err != nil {
			t.Errorf("grow = %d, %v", n, err)
		}
		if v := r.slot.Stats().Versions[0]; v.Recycled != 1 || v.Instances != 0 || v.Memory != 0 {
			t.Errorf("%+v", v)
		}
		for range 1000 {
			if n, err := r.call(t.Context(), "grow", 1); n == refused || err != nil {
				t.Fatalf("grow = %d, %v", n, err)
			}
		}
		if v := r.slot.Stats().Versions[0]; v.Recycled != 126 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("runtime", func(t *testing.T) {
		rt := newRuntime(t, tenon.Config{TotalMemory: 8 * page})
		a := runawayIn(t, rt, "a", tenon.SlotConfig[any]{MaxInstances: 1})
		if n, err := a.call(t.Context(), "grow", 6); n != 1 || err != nil {
			t.Errorf("7 pages of 8: %d, %v", n, err)
		}
		if st := rt.Stats(); st.Memory != 7*page || st.MemoryLimit != 8*page {
			t.Errorf("%d of %d bytes", st.Memory, st.MemoryLimit)
		}
		if _, err := a.call(t.Context(), "need", 2); !errors.Is(err, tenon.ErrMemory) {
			t.Errorf("9 pages of 8: %v", err)
		}
		if n, err := a.call(t.Context(), "grow", 6); n != 1 || err != nil {
			t.Errorf("what the lost instance had is not free: %d, %v", n, err)
		}
		b := runawayIn(t, rt, "b", tenon.SlotConfig[any]{MaxInstances: 2, MaxWait: soon})
		if n, err := b.call(t.Context(), "work", 0); n != 1 || err != nil {
			t.Errorf("the last page: %d, %v", n, err)
		}
		_, err := a.slot.Kernel().Open(t.Context())
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindOverloaded || fault.Code != tenon.TrapMemoryExhausted || !strings.Contains(fault.Message, "raise Config.TotalMemory") {
			t.Errorf("one instance more: %v", err)
		}
		if err := a.slot.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n, err := b.call(t.Context(), "grow", 7); n != 1 || err != nil {
			t.Errorf("what the closed slot had is not free: %d, %v", n, err)
		}
	})
}

// A start function that never ends keeps a kernel out of service, and does not keep anybody waiting for long.
func TestEndlessStart(t *testing.T) {
	rt := newRuntime(t, tenon.Config{StartTimeout: soon})
	k, err := rt.LoadFile(t.Context(), "testdata/runaway/start.wasm")
	if err != nil {
		t.Fatal(err)
	}
	slot := func(ctx context.Context) error {
		_, err := tenon.NewSlot(ctx, rt, "s", k.Contract(), tenon.SlotConfig[any]{Kernel: k})
		return err
	}
	if err := slot(t.Context()); !errors.Is(err, tenon.ErrDeadline) || !strings.Contains(err.Error(), "start: the call ran longer than 100ms: raise Config.StartTimeout") {
		t.Errorf("NewSlot = %v", err)
	}
	if _, err := k.Call(t.Context(), "work", tenon.Value{Bits: 1}); !errors.Is(err, tenon.ErrDeadline) {
		t.Errorf("Call = %v", err)
	}
	serving, err := tenon.NewSlot(t.Context(), rt, "serving", k.Contract(), tenon.SlotConfig[any]{Baseline: "one"})
	if err != nil {
		t.Fatal(err)
	}
	if err := serving.Swap(t.Context(), k); !errors.Is(err, tenon.ErrDeadline) || serving.Kernel() != nil {
		t.Errorf("Swap = %v", err)
	}
	patient := newRuntime(t, tenon.Config{StartTimeout: -1})
	if k, err = patient.LoadFile(t.Context(), "testdata/runaway/start.wasm"); err != nil {
		t.Fatal(err)
	}
	rt = patient
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := slot(ctx); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("NewSlot under a context = %v", err)
	}
}
