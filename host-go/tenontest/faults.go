package tenontest

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/inject"
)

// Injection says what becomes of a slot's calls in place of what would have; see [Inject]. Rates are parts of the calls, from
// 0 to 1.
type Injection struct {
	// Seed decides which calls are met: with one seed and the same rates, always the same ones in the order of the calls.
	Seed uint64
	// Errors is the rate of the calls that end with a fault of Kind, as if the kernel had given it. The instance serves on.
	Errors float64
	// Kind is the kind of Errors; "" is [tenon.KindTrap].
	Kind tenon.Kind
	// Panics is the rate of the calls that end as by a panic in the kernel: a trap, which costs an instance. Errors and
	// Panics are different calls, so that together they are at most 1.
	Panics float64
	// Delays is the rate of the calls that wait for Delay before they enter the kernel, or until their context ends. They are
	// chosen apart from the others.
	Delays float64
	Delay  time.Duration
}

// injectable are the kinds that a kernel's call may end with, whatever the caller does.
var injectable = []tenon.Kind{tenon.KindTrap, tenon.KindABI, tenon.KindStack, tenon.KindMemory, tenon.KindDeadline, tenon.KindFuel,
	tenon.KindOverloaded, tenon.KindLimit, tenon.KindInternal}

// Inject puts faults and delays into the calls of a slot until stop is called: to see that a service stands them, that the
// baseline answers and the breaker turns the version off. They are faults like any other: counted, logged, held against the
// version. Calls that the baseline takes by itself, and those of a resource or pin that is open, are left alone.
//
// It is for tests, and for rehearsals in a service; programs that do not call it cannot come by it. A slot without it pays
// nothing. One injection at a time: another, like a slot that is closed, is an error. stop may be called often.
func Inject[B any](slot *tenon.Slot[B], in Injection) (stop func(), err error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	var calls atomic.Uint64
	return inject.Hook(slot, func() inject.Verdict { return in.verdict(calls.Add(1)) })
}

// check says what cannot be meant.
func (in *Injection) check() error {
	for _, r := range []struct {
		name string
		rate float64
	}{{"Errors", in.Errors}, {"Panics", in.Panics}, {"Delays", in.Delays}, {"Errors and Panics together", in.Errors + in.Panics}} {
		if !(r.rate >= 0 && r.rate <= 1) {
			return fmt.Errorf("tenontest: Injection: %s: a rate of %v: give one from 0 to 1", r.name, r.rate)
		}
	}
	switch {
	case in.Delay < 0:
		return fmt.Errorf("tenontest: Injection: a delay of %v: give one from 0 up", in.Delay)
	case in.Kind != "" && !slices.Contains(injectable, in.Kind):
		return fmt.Errorf("tenontest: Injection: a call of a kernel does not end with kind %q by itself: give one of %v", in.Kind, injectable)
	}
	return nil
}

// verdict is what becomes of call n.
func (in *Injection) verdict(n uint64) (v inject.Verdict) {
	if part(in.Seed, 2*n) < in.Delays {
		v.Delay = in.Delay
	}
	switch at := part(in.Seed, 2*n+1); {
	case at < in.Errors:
		v.Kind = string(in.Kind)
		if v.Kind == "" {
			v.Kind = string(tenon.KindTrap)
		}
	case at < in.Errors+in.Panics:
		v.Kind, v.Lost = string(tenon.KindTrap), true
	}
	return v
}

// part is number n of a sequence of random parts, from 0 up to but not 1: SplitMix64, at any place of it.
func part(seed, n uint64) float64 {
	h := seed + n*0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h ^= h >> 31
	return float64(h>>11) / (1 << 53)
}
