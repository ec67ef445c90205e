package tenon

// Reset says in which state a call finds its instance.
type Reset int

// The modes of [SlotConfig].Reset.
const (
	// ResetReuse leaves an instance as the call before has left it: what kernels that are functions of their arguments need,
	// and the fastest.
	ResetReuse Reset = iota
	// ResetFresh gives each call an instance that no call has used. It is made and warmed off the call path, when the one
	// before is closed, so that a call waits only when calls come faster than instances are made: 0.1 ms and more each.
	ResetFresh
	// ResetSnapshot puts memories and globals back after each call to what they were when the first instance was warm, before
	// the caller gets its answer. It takes as long as comparing the instance's memory with a copy: some 20 µs a MiB, and up to
	// 100 where caches are too small. An instance whose memory has grown is replaced as by ResetFresh: let the kernel's
	// metadata name a function for the warm-up that makes it grow once, before. A kernel with state that
	// cannot be put back, such as resources, is refused by [NewSlot] and [Slot.Swap] with a fault of kind unsupported.
	ResetSnapshot
)

// String is the mode's name.
func (r Reset) String() string {
	switch r {
	case ResetReuse:
		return "reuse"
	case ResetFresh:
		return "fresh"
	case ResetSnapshot:
		return "snapshot"
	}
	return "unknown"
}

// Retirement is why an instance was closed before its version was.
type Retirement string

// The reasons in [VersionStats].Retired.
const (
	RetiredFault    Retirement = "fault"    // the call failed
	RetiredArgument Retirement = "argument" // an argument was refused after others had been handed over
	RetiredMemory   Retirement = "memory"   // it had outgrown SlotConfig.MaxInstanceMemory or MaxMemory
	RetiredUses     Retirement = "uses"     // it had answered SlotConfig.MaxUses calls
	RetiredAge      Retirement = "age"      // it had reached SlotConfig.MaxAge
	RetiredIdle     Retirement = "idle"     // nobody had used it for SlotConfig.IdleAfter
	RetiredReset    Retirement = "reset"    // SlotConfig.Reset wants another one, or its memory could not be put back
)
