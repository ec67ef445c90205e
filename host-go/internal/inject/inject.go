// Package inject is how the test kit puts faults into the calls of a slot. It lies below package tenon, which gives the hook,
// and is internal, so that no program comes by it but through the test kit.
package inject

import "time"

// Verdict is what becomes of one call that goes to a kernel. The zero value lets it be.
type Verdict struct {
	// Delay is waited before the kernel is entered, unless the call's context ends first.
	Delay time.Duration
	// Kind is the kind of the fault that the call ends with in place of an answer; "": none.
	Kind string
	// Lost is true for a fault that costs an instance, as one in the guest does.
	Lost bool
}

// Hook makes a slot ask next about each call that takes an instance of a kernel, and gives what ends that. slot is a
// *tenon.Slot. Package tenon sets it as it is initialised.
var Hook func(slot any, next func() Verdict) (stop func(), err error)
