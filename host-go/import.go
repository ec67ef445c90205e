package tenon

import "context"

// LoadOptions says what a kernel is given when it is loaded. The zero value gives it nothing.
type LoadOptions struct {
	// Imports are the host's functions and resources that the kernel may import. What it does not ask for stays
	// out of its reach.
	Imports []Import
	// WASI says what becomes of wasi: imports that Imports does not grant.
	WASI WASI
}

// WASI says what a kernel gets of WASI, the system interface that tool chains link into components.
type WASI int

// The choices.
const (
	// WASINone grants nothing: a kernel that imports WASI does not load.
	WASINone WASI = iota
	// WASIStub grants a WASI without effects, for components of other tool chains: no arguments, environment or
	// files; output is thrown away; the clock stands still; random numbers begin at the same seed in every
	// instance. What the stub does not offer is a fault of kind policy when it is called. It has resources of its own
	// alone: whoever grants an interface grants those too whose functions take or give its resources.
	WASIStub
)

// Import is what the host grants of one interface. Generated packages make one of an implementation of the
// interface's Go form; by hand it takes [ImportFunc.Dynamic].
type Import struct {
	// Name is the interface's full name, with version: "acme:store/log@1.2.0". An import of a compatible version
	// gets it too: an equal major version, below 1.0.0 an equal minor one. "" stands for what the world imports
	// itself.
	Name string
	// Text is the canonical text of the interface as the implementation knows it, by which a kernel that asks for
	// something else is refused.
	//
	// "": not checked. The kernel then chooses the types of the functions itself, and an implementation has to expect
	// any: what a Dynamic function gives as a number may be declared, and arrive, as a resource of the same Import.
	Text string
	// Refs lists the resources that the functions name by their place in it; see [Frame.HostOwn]. A kernel whose
	// functions speak of any other is refused. Dynamic functions may speak of the resources of their own Import, and
	// of those of other Dynamic ones that are listed here; then they all need numbers that no two of them share.
	Refs []ResourceRef
	// Resources are the interface's resources.
	Resources []ImportResource
	// Funcs are the interface's functions.
	Funcs []ImportFunc
	// Interfaces are the instances in this one, by their bare names. WIT has none; hand-written components may.
	Interfaces []Import
}

// ImportFunc is one function that the host grants. It has either Call or Dynamic, which run on the goroutine
// that called the kernel, several at a time when several call.
//
// Their context is the one that the caller gave to the kernel's export. The instance that calls is busy meanwhile: a
// call on one of its own resources is refused, and a swap or Close of its slot would wait for the call itself.
type ImportFunc struct {
	// Name is the function's name in WIT's spelling: "write", "[method]blob.read".
	Name string
	// Call takes the arguments from the frame and puts the result there. Generated code has it.
	Call func(ctx context.Context, f *Frame)
	// Dynamic takes the arguments as values of the types that the component declares, and gives the result; the
	// zero Value when there is none. A resource of the host is a number of the implementation's choosing, which
	// fits in 32 bits.
	//
	// An error stops the kernel: the call becomes a fault of kind trap with the error in its chain, or canceled
	// when the context has ended.
	Dynamic func(ctx context.Context, args []Value) (Value, error)
}

// ImportResource is a resource of the host.
type ImportResource struct {
	// Name is the resource's name in WIT's spelling.
	Name string
	// Drop is told that the kernel has dropped v, or that its instance was closed while it had it. v is what
	// [Frame.HostOwn] was given, or the number, as uint32, of a Dynamic function. nil: a v with a method
	// Close(context.Context) error is closed.
	Drop func(ctx context.Context, v any)
}

// ResourceRef names a resource of a contract.
type ResourceRef struct {
	// Interface is the full name of the interface, with version; "" for a resource of the world itself.
	Interface string
	// Name is the resource's name within it, in WIT's spelling.
	Name string
	// Imported is true for a resource of the host.
	Imported bool
}

// String is the resource's full name: "acme:store/blobs@1.0.0#blob".
func (r ResourceRef) String() string { return FuncRef{Interface: r.Interface, Name: r.Name}.String() }
