package tenon

import (
	"errors"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/inject"
)

// An injection leaves the usual path of calls as it found it, also when the slot is swapped in between.
func TestInjectionLeavesTheRouteAsItWas(t *testing.T) {
	b := newBench(t, Config{})
	one, two := b.load("1.0.0"), b.load("1.1.0")
	s := b.slot(SlotConfig[fakeCalls]{Kernel: one})
	asked := 0
	stop, err := inject.Hook(s, func() inject.Verdict {
		asked++
		if asked%2 == 0 {
			return inject.Verdict{Kind: string(KindFuel)}
		}
		return inject.Verdict{}
	})
	if err != nil {
		t.Fatal(err)
	}
	if whoAnswers(t, s, "") != "1.0.0" {
		t.Error("a call that was let be did not get through")
	}
	if _, err := (fakeClient{s}).Add(t.Context(), 1, 2); !errors.Is(err, ErrFuel) || KindOf(err) != KindFuel {
		t.Errorf("err = %v", err)
	}
	if err := s.Swap(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	if whoAnswers(t, s, "") != "1.1.0" || asked != 3 || s.core.route.Load().pool != nil {
		t.Errorf("the injection was asked %d times", asked)
	}
	stop()
	if r := s.core.route.Load(); r.pool != r.version.pool || whoAnswers(t, s, "") != "1.1.0" || asked != 3 {
		t.Errorf("after the end the injection was asked %d times", asked)
	}
	if _, err := inject.Hook("no slot", nil); !errors.Is(err, ErrPolicy) {
		t.Errorf("what is no slot: %v", err)
	}
	if st := s.Stats(); st.Faults[KindFuel] != 1 || st.Answers != 3 {
		t.Errorf("Stats = %+v", st)
	}
}
