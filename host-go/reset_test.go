package tenon_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// Answers are right in each mode on the real engine, whoever panics in between.
func TestResetModesOnTheEngine(t *testing.T) {
	for _, mode := range []tenon.Reset{tenon.ResetReuse, tenon.ResetFresh, tenon.ResetSnapshot} {
		t.Run(mode.String(), func(t *testing.T) {
			rt, s, err := open(t.Context(), tenon.SlotConfig[scalar.Calls]{Reset: mode, MaxInstances: 3, MaxWait: -1, MaxUses: 9, MaxInstanceMemory: 4 << 20})
			if err != nil {
				t.Fatal(err)
			}
			defer rt.Close(context.Background())
			c := scalar.New(s)
			var wg sync.WaitGroup
			for g := range uint32(4) {
				wg.Go(func() {
					for i := range uint32(25) {
						if n, err := c.Add(t.Context(), g, i); n != g+i || err != nil {
							t.Errorf("Add = %d, %v", n, err)
						}
						text := strings.Repeat("é", int(i*100))
						if out, err := c.EchoString(t.Context(), text); out != text || err != nil {
							t.Errorf("EchoString of %d bytes: %d bytes, %v", len(text), len(out), err)
						}
						if i%10 == g {
							if err := c.Fail(t.Context(), "on purpose"); !errors.Is(err, tenon.ErrTrap) || !strings.Contains(err.Error(), "on purpose") {
								t.Errorf("Fail: %v", err)
							}
						}
					}
				})
			}
			wg.Wait()
			st := s.Stats()
			if st.Answers != 200 || st.Faults[tenon.KindTrap] != uint64(st.Versions[0].Poisoned) || st.Versions[0].Instances > 3 {
				t.Errorf("%+v", st)
			}
			if v := st.Versions[0]; mode == tenon.ResetSnapshot && v.Resets == 0 || mode == tenon.ResetFresh && v.Retired[tenon.RetiredReset] != 200 {
				t.Errorf("%+v", v)
			}
		})
	}
}

// A guest that does not end is stopped in each mode, and the instance that takes its place serves.
func TestRunawaysInResetModes(t *testing.T) {
	for _, mode := range []tenon.Reset{tenon.ResetReuse, tenon.ResetFresh} {
		r := runawayIn(t, newRuntime(t, tenon.Config{CacheDir: cacheDir}), "runaway", tenon.SlotConfig[any]{Reset: mode, MaxInstances: 2, Deadline: 20 * time.Millisecond, MaxWait: -1})
		for range 3 {
			if _, err := r.call(t.Context(), "spin", 0); !errors.Is(err, tenon.ErrDeadline) {
				t.Errorf("%v: spin: %v", mode, err)
			}
			if n, err := r.call(t.Context(), "grow", 1); n != 1 || err != nil {
				t.Errorf("%v: grow = %d, %v", mode, n, err)
			}
			if mode == tenon.ResetReuse { // whose instance is a page larger now
				if _, err := r.call(t.Context(), "fail", 0); !errors.Is(err, tenon.ErrTrap) {
					t.Errorf("%v: fail: %v", mode, err)
				}
			}
		}
		if v := r.slot.Stats().Versions[0]; v.Faults[tenon.KindDeadline] != 3 {
			t.Errorf("%v: %+v", mode, v)
		}
	}
}

// A slot with instances to look after leaves nothing behind.
func TestUpkeepEndsWithTheSlot(t *testing.T) {
	for range 5 {
		rt, s, err := open(t.Context(), tenon.SlotConfig[scalar.Calls]{Reset: tenon.ResetFresh, MinInstances: 2, MaxWait: -1, MaxAge: 10 * time.Millisecond, IdleAfter: 10 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		c := scalar.New(s)
		for range 5 {
			if _, err := c.Add(t.Context(), 1, 2); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(15 * time.Millisecond) // so that the slot looks after them in most rounds
		if err := s.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := len(s.Stats().Versions); n != 0 {
			t.Fatalf("%d versions are left after Close", n)
		}
		if err := rt.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}
