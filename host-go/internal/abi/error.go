package abi

import "fmt"

// Class says whose doing an [Error] is.
type Class string

// The classes.
const (
	// Argument: the caller's value is not of the parameter's type. The guest was not entered.
	Argument Class = "argument"
	// Violation: the guest broke the canonical ABI.
	Violation Class = "abi"
	// Budget: the guest's answer needs more of the host's memory than one call may take.
	Budget Class = "memory"
)

// Error is a value that cannot cross.
type Error struct {
	Class Class
	Path  string // function and place in its types, e.g. "a:b/c@1.0.0#parse: result.items[3]"
	What  string
}

// Error gives the place and what is wrong there.
func (e *Error) Error() string { return e.Path + ": " + e.What }

// in puts a step in front of the path; the innermost one comes first.
func (e *Error) in(step string) *Error {
	e.Path = step + e.Path
	return e
}

func argument(format string, args ...any) *Error {
	return &Error{Class: Argument, What: fmt.Sprintf(format, args...)}
}

func violation(format string, args ...any) *Error {
	return &Error{Class: Violation, What: fmt.Sprintf(format, args...)}
}
