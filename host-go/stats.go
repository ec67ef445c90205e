package tenon

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// slotCounts are the counters of a slot that belong to no version.
type slotCounts struct {
	baselines atomic.Uint64
	fallbacks atomic.Uint64
	rejected  atomic.Uint64
	swaps     atomic.Uint64
	trips     atomic.Uint64
	panics    atomic.Uint64

	swapFailures atomic.Uint64
	lastFlip     atomic.Int64 // nanoseconds
	faults       [len(kinds)]atomic.Uint64
}

// pastCounts are the counts of versions that are gone.
type pastCounts struct {
	answers uint64
	blamed  uint64
	leaked  uint64
	faults  [len(kinds)]uint64
}

func (p *pastCounts) add(v *version) {
	s := v.stats()
	p.answers += s.Answers
	p.blamed += s.Blamed
	p.leaked += s.Leaked
	for k, n := range s.Faults {
		p.faults[k.index()] += n
	}
}

// SlotStats is a snapshot of a slot's counters. They count since the slot was made.
type SlotStats struct {
	// Slot is the slot's name.
	Slot string
	// Answers counts the calls that kernels answered, over all versions.
	Answers uint64
	// Baseline counts the calls that the baseline took; Fallbacks are those of them where a kernel had failed.
	Baseline, Fallbacks uint64
	// Panics counts the calls where the baseline panicked after a kernel had failed; they ended with the kernel's fault.
	Panics uint64
	// Faults counts faults by kind, over all versions; a fault for which the baseline stepped in counts too.
	Faults map[Kind]uint64
	// Refused counts calls whose arguments were refused before a kernel saw them. They are not in Faults.
	Refused uint64
	// Blamed counts the faults whose input the baseline could answer.
	Blamed uint64
	// Leaked counts resources and pins that nobody closed and the garbage collector found.
	Leaked uint64
	// Swaps counts completed swaps and promotions; SwapFailures counts those that failed, and failed stagings, which
	// changed nothing.
	Swaps, SwapFailures uint64
	// LastFlip is how long it took, when all was ready, to put the last swap, promotion or staging in force; calls do not
	// wait for it.
	LastFlip time.Duration
	// Share is the share of the keys whose calls go to the staged version; see [Slot.Divide].
	Share float64
	// Tripped is true while the [Breaker] has the version that serves turned off, or the staged one; Trips counts how often
	// it did that.
	Tripped bool
	Trips   uint64
	// Versions are the versions that have instances: the serving one first, then the staged one, then those that drain or
	// are being made ready.
	Versions []VersionStats
}

// State is what a slot does with a version.
type State string

// The states of a version.
const (
	StateServing  State = "serving"  // calls go to it
	StateStaged   State = "staged"   // it is ready, and has no calls but for its share
	StateTripped  State = "tripped"  // it serves or is staged, and is turned off by the breaker
	StateWarming  State = "warming"  // it is being made ready
	StateDraining State = "draining" // it closes with its last call, resource and pin
)

// VersionStats is a snapshot of one version's counters in a slot.
type VersionStats struct {
	// Kernel, Version and Label name the version; see [Fault].
	Kernel, Version, Label string
	// Serving is true for the version that calls go to, also while it is turned off.
	Serving bool
	State   State
	// Interpreted is true where there was no compiler or no executable memory when the kernel was loaded: it runs some fifty
	// times slower than compiled.
	Interpreted bool
	// Answers, Faults, Blamed and Leaked are as in [SlotStats].
	Answers uint64
	Faults  map[Kind]uint64
	Blamed  uint64
	Leaked  uint64
	// Instances exist now; InUse of them are in calls or kept, and Idle wait for one; the rest are closed to be made again.
	// Kept are set aside for open resources and pins; Peak is the most that ever existed at a time.
	Instances, InUse, Idle, Kept, Peak int
	// Resources are the resources and pins that are open.
	Resources int
	// Memory is the linear memory of all instances, in bytes.
	Memory uint64
	// Built counts instances made; Poisoned those closed after a fault; Recycled those closed for another reason before
	// the version was. Retired counts both by reason.
	Built, Poisoned, Recycled uint64
	Retired                   map[Retirement]uint64
	// Resets counts how often an instance was put back to its first state; see [ResetSnapshot].
	Resets uint64
	// Waits counts calls that had to wait for an instance; Waiting of them wait now.
	Waits   uint64
	Waiting int
}

// RuntimeStats is a snapshot of a runtime.
type RuntimeStats struct {
	// Kernels counts the kernels that are loaded.
	Kernels int
	// Instances are the instances of all slots.
	Instances int
	// Memory is the linear memory of all instances, in bytes, those of [Kernel.Open] included; MemoryLimit is what they
	// may take together, [Config.TotalMemory].
	Memory, MemoryLimit uint64
	// Interpreted is true where the machine had no compiler or no executable memory for kernels when the runtime was opened:
	// they run, some fifty times slower than compiled. See [VersionStats] for one kernel.
	Interpreted bool
	// Slots are the open slots by name.
	Slots []SlotStats
}

func countsByKind(load func(i int) uint64) map[Kind]uint64 {
	m := make(map[Kind]uint64)
	for i, k := range kinds {
		if n := load(i); n > 0 {
			m[k] = n
		}
	}
	return m
}

func (v *version) stats() VersionStats {
	s := VersionStats{
		Kernel:      v.kernel.name,
		Version:     v.kernel.Digest(),
		Label:       v.kernel.Label(),
		Interpreted: v.kernel.code.Interpreted(),
		Blamed:      v.standing.blamed.Load(),
		Leaked:      v.leaked.Load(),
		Faults:      countsByKind(func(i int) uint64 { return v.faults[i].Load() }),
	}
	s.Resources = int(v.open.Load())
	v.pool.stats(&s)
	return s
}

func (p *pool) stats(s *VersionStats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Answers = p.answers
	s.Instances, s.Peak, s.Memory = p.live, p.peak, p.size
	s.InUse, s.Idle, s.Kept = p.live-p.renewing-len(p.listed), len(p.listed), p.held
	for f := range p.all {
		answers, free := f.published()
		s.Answers += answers
		if free {
			s.InUse--
			s.Idle++
		}
	}
	s.Built, s.Poisoned, s.Resets = p.built, p.retired[RetiredFault], p.resets.Load()
	s.Retired = maps.Clone(p.retired)
	for why, n := range p.retired {
		if why != RetiredFault {
			s.Recycled += n
		}
	}
	s.Waits, s.Waiting = p.waits, len(p.waiters)
}

// highest is the most instances that ever existed at a time.
func (p *pool) highest() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

func (c *core) stats() SlotStats {
	s := SlotStats{
		Slot:      c.name,
		Baseline:  c.baselines.Load(),
		Fallbacks: c.fallbacks.Load(),
		Refused:   c.rejected.Load(),
		Swaps:     c.swaps.Load(),
		Trips:     c.trips.Load(),
		Panics:    c.panics.Load(),

		SwapFailures: c.swapFailures.Load(),
		LastFlip:     time.Duration(c.lastFlip.Load()),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Answers, s.Blamed, s.Leaked = c.past.answers, c.past.blamed, c.past.leaked
	s.Faults = countsByKind(func(i int) uint64 { return c.past.faults[i] + c.faults[i].Load() })
	r := c.route.Load()
	if r != nil {
		s.Share = r.share
	}
	for v := range c.versions {
		vs := v.stats()
		vs.State = r.state(v)
		vs.Serving = r != nil && r.version == v
		s.Tripped = s.Tripped || vs.State == StateTripped
		s.Answers += vs.Answers
		s.Blamed += vs.Blamed
		s.Leaked += vs.Leaked
		for k, n := range vs.Faults {
			s.Faults[k] += n
		}
		s.Versions = append(s.Versions, vs)
	}
	slices.SortStableFunc(s.Versions, func(a, b VersionStats) int { return cmp.Compare(a.rank(), b.rank()) })
	return s
}

// rank is where a version stands in SlotStats.
func (s *VersionStats) rank() int {
	switch {
	case s.Serving:
		return 0
	case s.State == StateStaged || s.State == StateTripped:
		return 1
	}
	return 2
}

// state is what the route has become of a version.
func (r *route) state(v *version) State {
	switch {
	case v.pool.attention.Load() >= retired:
		return StateDraining
	case r == nil || v != r.version && v != r.staged:
		return StateWarming
	case v.standing.tripped.Load():
		return StateTripped
	case v == r.version:
		return StateServing
	}
	return StateStaged
}
