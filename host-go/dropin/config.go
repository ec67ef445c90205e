package dropin

import (
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Use says what answers a drop-in's functions.
type Use string

// What there is to use.
const (
	// Default is what the environment says, or else Kernel.
	Default Use = ""
	// Baseline is the Go implementation itself, as if it were called without Tenon: no slot counts its calls.
	Baseline Use = "baseline"
	// Kernel is the component that the package brings along, with the baseline behind it, if there is one.
	Kernel Use = "kernel"
	// Registry is what is active in a registry, from moment to moment, with the baseline behind it, if there is one. Until a version is
	// active the baseline answers, or the package's own kernel where there is none.
	Registry Use = "registry"
)

// Config says what answers the functions of a package. The zero value is what answers without any configuration.
// Generated packages have a name for theirs: useragent.Config.
type Config[B any] struct {
	// Use says what answers.
	Use Use
	// Slot is how a slot serves, for all uses but Baseline. Its Kernel has to be nil. Its Baseline takes the place of the
	// package's: another implementation, or a fake in tests. nil: the package's.
	Slot tenon.SlotConfig[B]
	// Component is the kernel of Use Kernel. nil: the package's.
	Component []byte
	// Source is the registry of Use Registry. nil: the one that the environment says.
	Source Source
	// Runtime loads the kernels. It is not closed with the drop-in; before it is closed itself, configure another one. nil: the
	// one that all drop-ins share.
	Runtime *tenon.Runtime
}

// ParseUse reads a use as it stands in the environment and in requests. The error is a *tenon.Fault of kind policy.
func ParseUse(s string) (Use, error) {
	switch u := Use(s); u {
	case Default, Baseline, Kernel, Registry:
		return u, nil
	}
	return Default, &tenon.Fault{Kind: tenon.KindPolicy,
		Message: fmt.Sprintf("%q is nothing to use: say %s, %s or %s", s, Baseline, Kernel, Registry)}
}

// Spec is what a generated package brings along.
type Spec[B any] struct {
	// Name is the package's name, and that of the slot.
	Name string
	// Contract is what kernels are checked against.
	Contract tenon.Contract
	// Component gives the kernel that the package embeds.
	Component func() []byte
	// Baseline makes the Go implementation. nil: there is none.
	Baseline func() B
	// Client makes the client of a slot.
	Client func(*tenon.Slot[B]) B
}
