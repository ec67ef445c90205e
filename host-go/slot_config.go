package tenon

import (
	"fmt"
	"math"
	"time"
)

// SlotConfig says how a slot serves. The zero value serves nothing; a baseline or a kernel makes it work.
type SlotConfig[B any] struct {
	// Baseline is the implementation that the kernel replaces: it answers while there is no kernel, and when
	// the kernel fails. nil: none.
	Baseline B
	// Kernel is the version to begin with. nil: the baseline alone serves.
	Kernel *Kernel
	// MaxInstances bounds the instances of one version, and with them the calls at a time; those that open
	// resources and pins keep count. 0: twice GOMAXPROCS, at least 4.
	MaxInstances int
	// MinInstances is how many instances exist before the first call, and stay when there is little to do. 0: 1.
	MinInstances int
	// WarmInstances is how many instances a version begins with that takes no other's place, where that is more than
	// MinInstances: the slot's first one, and one that is swapped in while the baseline serves alone. One that takes another's
	// place begins with as many as that one ever had. What is idle of them goes after IdleAfter. 0: no more.
	WarmInstances int
	// Reset says in which state a call finds its instance: as the call before left it, or as new. 0: [ResetReuse].
	Reset Reset
	// MaxUses is how many calls an instance answers; then another takes its place, which is made off the call path. 0: no
	// bound.
	MaxUses int
	// MaxAge is how old an instance gets; then another takes its place, which is made off the call path. Those that are out
	// or idle are looked at several times in that time, once a minute at least. 0: no bound. At least 10 ms.
	MaxAge time.Duration
	// IdleAfter is how long an instance that nobody uses exists, beyond MinInstances. 0: 5 minutes; negative: for as long as
	// its version. At least 10 ms.
	IdleAfter time.Duration
	// MaxInstanceMemory bounds the linear memory of an instance that serves again, in bytes. One that a call has made larger
	// is closed after the call, and another takes its place: a memory does not shrink. It does not bound the call itself;
	// see [Config.MemoryLimit]. 0: no bound but MaxMemory.
	MaxInstanceMemory uint64
	// MaxMemory bounds the linear memory of all instances of one version, in bytes. An instance that has grown beyond is
	// closed after its call. 0: 1 GiB.
	MaxMemory uint64
	// MaxWait bounds how long a call waits for an instance. 0: one second; negative: as long as the call's
	// context allows.
	MaxWait time.Duration
	// Deadline is how long the kernel may run in one call, from the moment that it is entered: allocating for the
	// arguments, the call, the functions of the host that it calls, and the clean-up afterwards. Then the call is
	// a fault of kind deadline, which the baseline answers if it may; see [Slot.Fallback]. The clock is looked at
	// several times a millisecond, and a host function that is at work is not interrupted. The destructor of a
	// resource that is closed has as long, and so has the clean-up after a [View] of the answer.
	//
	// 0: 2 seconds; negative: as long as the call's context allows, and 2 seconds for a destructor. What the context
	// allows holds in any case: its end interrupts the kernel too, as a fault of kind canceled.
	Deadline time.Duration
	// Fuel is what the kernel may do in one call, in units of about one WebAssembly instruction; operations on blocks of
	// memory cost by their length. Then the call is a fault of kind fuel. The same kernel takes the same fuel
	// for the same arguments, and fails at the same point, on one host and version of it; see [Call.Fuel] for what a call
	// took. 0: no budget.
	Fuel uint64
	// Breaker says when a version that fails is turned off for a while. The zero value turns it off after 20 faults in 10
	// seconds; it needs a Baseline.
	Breaker Breaker
}

// check is the fault of a configuration that cannot be meant.
func (cfg *SlotConfig[B]) check() *Fault {
	if fault := checkTime("SlotConfig.Deadline", cfg.Deadline); fault != nil {
		return fault
	}
	if fault := checkFuel("SlotConfig.Fuel", cfg.Fuel); fault != nil {
		return fault
	}
	if fault := cfg.Breaker.check(); fault != nil {
		return fault
	}
	switch {
	case cfg.MaxUses < 0:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf("SlotConfig.MaxUses is %d: give 0 for no bound", cfg.MaxUses)}
	case cfg.MaxAge < 0 || cfg.MaxAge > 0 && cfg.MaxAge < shortestUpkeep:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf(
			"SlotConfig.MaxAge is %v: give %v at least, or 0 for no bound", cfg.MaxAge, shortestUpkeep)}
	case cfg.IdleAfter > 0 && cfg.IdleAfter < shortestUpkeep:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf(
			"SlotConfig.IdleAfter is %v: give %v at least, or a negative one for no bound", cfg.IdleAfter, shortestUpkeep)}
	case cfg.Reset < ResetReuse || cfg.Reset > ResetSnapshot:
		return &Fault{Kind: KindPolicy, Message: fmt.Sprintf("SlotConfig.Reset is %d, which means nothing", cfg.Reset)}
	}
	return nil
}

// upkeep is what the configuration says of the instances between calls.
func (cfg *SlotConfig[B]) upkeep() upkeep {
	u := upkeep{reset: cfg.Reset, minimum: max(cfg.MinInstances, 1), uses: uint64(cfg.MaxUses), age: cfg.MaxAge,
		idle: max(cfg.IdleAfter, 0), memory: cfg.MaxInstanceMemory}
	if cfg.IdleAfter == 0 {
		u.idle = 5 * time.Minute
	}
	if u.memory == 0 {
		u.memory = math.MaxUint64
	}
	return u
}
