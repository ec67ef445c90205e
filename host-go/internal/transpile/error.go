package transpile

import (
	"strconv"
	"strings"
)

// Kind is the class of an [Error]: those words of the host's closed list of faults that can arise before
// anything runs.
type Kind string

// The kinds.
const (
	Malformed   Kind = "malformed"   // not a component, or not a valid one
	Limit       Kind = "limit"       // larger or more complex than hosts accept
	Unsupported Kind = "unsupported" // valid, but in need of what hosts do not run
	Contract    Kind = "contract"    // not the contract that was asked for
	Policy      Kind = "policy"      // asks for something that is not granted
	Internal    Kind = "internal"    // a bug of the transpiler
)

// Error is a refusal: what is wrong with the component, where, and what to do about it.
type Error struct {
	Kind    Kind    `json:"kind"`
	Message string  `json:"message"`
	Offset  *uint64 `json:"offset"` // byte of the component; nil: none to tell
	Path    string  `json:"path"`   // part of the component, e.g. "core module 1"; "" for the whole
	Help    string  `json:"help"`   // what to do; "" where there is nothing to advise
	Err     error   `json:"-"`      // cause on the host's side, for Internal
}

// Error gives message, place and help.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Path != "" {
		b.WriteString(" (" + e.Path + ")")
	}
	if e.Offset != nil {
		b.WriteString(" (byte " + strconv.FormatUint(*e.Offset, 10) + ")")
	}
	if e.Help != "" {
		b.WriteString(": " + e.Help)
	}
	return b.String()
}

// Unwrap gives the cause on the host's side.
func (e *Error) Unwrap() error { return e.Err }
