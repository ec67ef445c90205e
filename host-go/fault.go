package tenon

import (
	"errors"
	"strings"
)

// Kind says what went wrong. The list is closed and the same on every host.
type Kind string

// The kinds of faults.
const (
	KindMalformed   Kind = "malformed"   // the bytes are not a valid component
	KindLimit       Kind = "limit"       // a valid component that exceeds a bound of the host
	KindUnsupported Kind = "unsupported" // a feature that this host does not run
	KindContract    Kind = "contract"    // the kernel does not fit the contract
	KindPolicy      Kind = "policy"      // the kernel asks for something that is not granted, such as an import
	KindIntegrity   Kind = "integrity"   // digest, signature or release counter does not match
	KindTrap        Kind = "trap"        // the guest stopped itself: a panic, a division by zero, …
	KindABI         Kind = "abi"         // a value breaks the canonical ABI
	KindStack       Kind = "stack"       // the guest called too deep
	KindMemory      Kind = "memory"      // the guest, or its answer, needs more memory than it may have
	KindDeadline    Kind = "deadline"    // the guest ran longer than the slot or the runtime allows
	KindCanceled    Kind = "canceled"    // the caller's context ended, by its own deadline too
	KindFuel        Kind = "fuel"        // the guest spent its budget
	KindOverloaded  Kind = "overloaded"  // no instance was to be had: in time, or within the runtime's memory
	KindClosed      Kind = "closed"      // the runtime, kernel or slot was closed
	KindInternal    Kind = "internal"    // a bug in the host
)

// kinds is the closed list, in the order of the constants. The position of a kind indexes counters.
var kinds = [...]Kind{
	KindMalformed, KindLimit, KindUnsupported, KindContract, KindPolicy, KindIntegrity, KindTrap, KindABI,
	KindStack, KindMemory, KindDeadline, KindCanceled, KindFuel, KindOverloaded, KindClosed, KindInternal,
}

// index is the kind's place in the closed list. A word that is not in it counts as internal.
func (k Kind) index() int {
	for i, known := range kinds {
		if k == known {
			return i
		}
	}
	return len(kinds) - 1
}

// kindError is the sentinel of one kind. It is comparable, so errors.Is finds it.
type kindError Kind

// Error names the kind.
func (k kindError) Error() string { return "tenon: " + string(k) }

// The sentinels of the kinds, for errors.Is. A [*Fault] is equal to the one of its kind.
var (
	ErrMalformed   error = kindError(KindMalformed)
	ErrLimit       error = kindError(KindLimit)
	ErrUnsupported error = kindError(KindUnsupported)
	ErrContract    error = kindError(KindContract)
	ErrPolicy      error = kindError(KindPolicy)
	ErrIntegrity   error = kindError(KindIntegrity)
	ErrTrap        error = kindError(KindTrap)
	ErrABI         error = kindError(KindABI)
	ErrStack       error = kindError(KindStack)
	ErrMemory      error = kindError(KindMemory)
	ErrDeadline    error = kindError(KindDeadline)
	ErrCanceled    error = kindError(KindCanceled)
	ErrFuel        error = kindError(KindFuel)
	ErrOverloaded  error = kindError(KindOverloaded)
	ErrClosed      error = kindError(KindClosed)
	ErrInternal    error = kindError(KindInternal)
)

// Fault is anything that is not an answer: the one error type of this package. A contract's own error, the
// second half of a WIT result, is an answer and never a Fault.
//
// Ask for its kind with errors.Is(err, tenon.ErrTrap), for its details with errors.As. Fields that are not
// known are empty.
type Fault struct {
	// Kind is from the closed list.
	Kind Kind
	// Code says which trap stopped the guest; "" where none did.
	Code TrapCode
	// Slot is the name of the slot that was called.
	Slot string
	// Kernel is the kernel's name: as its metadata say, else its contract's package.
	Kernel string
	// Version is the SHA-256 of the component's bytes, in lower-case hex.
	Version string
	// Label is the semantic version that the kernel's metadata give to Version; a name only.
	Label string
	// File is what the kernel was loaded as, where the fault is about the file: its path, or Load's name.
	File string
	// Export is the function that was called, as "package:name/interface@version#function".
	Export string
	// Message says what happened. For a panic in a kernel built with the kernel SDK, it is the panic's
	// message and source location.
	Message string
	// Backtrace names the guest's functions, innermost first, where the kernel has names.
	Backtrace []string
	// Err is the cause, if there is one: the context's error, an error of the file system, … It is the context's for
	// every fault of kind canceled, and never for one of kind deadline, where the context has not ended.
	Err error

	refused bool // the caller's argument was refused before the kernel saw it
	pure    bool // the kernel can call nothing of the host, so the same input may be run again elsewhere

	standing *standing // of the version that failed; nil: none did
	trial    *trial    // the call tried a version that is turned off
}

// Error is one line: kind, kernel, export, what happened.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString("tenon: ")
	b.WriteString(string(f.Kind))
	if f.Slot != "" {
		b.WriteString(": slot ")
		b.WriteString(f.Slot)
	}
	if f.File != "" {
		b.WriteString(": ")
		b.WriteString(f.File)
	}
	if f.Kernel != "" {
		b.WriteString(": ")
		b.WriteString(f.Kernel)
		if name := versionName(f.Label, f.Version); name != "" {
			b.WriteString(" ")
			b.WriteString(name)
		}
	}
	if f.Export != "" {
		b.WriteString(": ")
		b.WriteString(f.Export)
	}
	if f.Message != "" {
		b.WriteString(": ")
		b.WriteString(f.Message)
	}
	if f.Err != nil {
		cause := f.Err.Error()
		if !strings.Contains(f.Message, firstLine(cause)) {
			b.WriteString(": ")
			b.WriteString(strings.ReplaceAll(cause, "\n", "; "))
		}
	}
	return b.String()
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// versionName is how people see a version: its label and the first digits of its digest.
func versionName(label, digest string) string {
	if len(digest) > 12 {
		digest = digest[:12]
	}
	switch {
	case label == "":
		return digest
	case digest == "":
		return label
	}
	return label + " (" + digest + ")"
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Is reports whether target is the sentinel of the fault's kind.
func (f *Fault) Is(target error) bool {
	k, ok := target.(kindError)
	return ok && Kind(k) == f.Kind
}

// asFault finds the first fault in the error's chain.
func asFault(err error) (*Fault, bool) { return errors.AsType[*Fault](err) }

// KindOf is the kind of the first fault in the error's chain; "" if there is none.
func KindOf(err error) Kind {
	if f, ok := asFault(err); ok {
		return f.Kind
	}
	return ""
}
