package dropin

import (
	"context"
	"sync"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Source is a registry that slots can follow. Package registry/source has the one for a folder.
type Source interface {
	// Follow has a slot serve what the registry says, now and until the Following is closed. It returns when that was tried
	// once: a version that is refused is no error, the slot keeps what it has, and serves the next one.
	// An error means that the registry cannot be followed at all.
	Follow(ctx context.Context, slot Slot) (Following, error)
	// String names the registry, for logs and status: its folder.
	String() string
}

// Following is a slot that follows a registry. Close ends that and leaves the slot with what it serves.
type Following interface {
	Close(ctx context.Context) error
}

// Slot is a [tenon.Slot] of whatever contract.
type Slot interface {
	Name() string
	Contract() tenon.Contract
	Runtime() *tenon.Runtime
	Kernel() *tenon.Kernel
	Staged() *tenon.Kernel
	Stats() tenon.SlotStats
	Swap(ctx context.Context, k *tenon.Kernel) error
	Stage(ctx context.Context, k *tenon.Kernel) error
	Promote(ctx context.Context) error
	Divide(share float64) error
}

// opener opens the registries that the environment names.
var opener struct {
	sync.Mutex
	open func(dir string) (Source, error)
}

// SetOpener says how a registry that the environment names is opened. Package registry/source does so when it is imported;
// programs with a registry of their own kind may. dir is what stands in the environment.
func SetOpener(open func(dir string) (Source, error)) {
	opener.Lock()
	defer opener.Unlock()
	opener.open = open
}

// openSource opens a registry that the environment names.
func openSource(dir string) (Source, error) {
	opener.Lock()
	open := opener.open
	opener.Unlock()
	if open == nil {
		return nil, &tenon.Fault{Kind: tenon.KindPolicy,
			Message: "this program cannot read registries: have it import github.com/tenon-dev/tenon/host-go/registry/source"}
	}
	if dir == "" {
		return nil, &tenon.Fault{Kind: tenon.KindPolicy,
			Message: "no registry is named: set Config.Source, or TENON_REGISTRY to its folder"}
	}
	return open(dir)
}
