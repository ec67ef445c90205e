package abi

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// Class says whose doing an [Error] is.
type Class string

// The classes.
const (
	// Argument: a value that the host hands over is not of its type. The guest was not entered with it.
	Argument Class = "argument"
	// Violation: the guest broke the canonical ABI.
	Violation Class = "abi"
	// Budget: what the guest hands over needs more of the host's memory than one call may take.
	Budget Class = "memory"
)

// Error is a value that cannot cross.
type Error struct {
	Class Class
	Path  string // function and place in its types, e.g. "a:b/c@1.0.0#parse: result.items[3]"
	What  string
}

// Error gives the place and what is wrong there.
func (e *Error) Error() string { return strings.TrimSuffix(e.Path, ": ") + ": " + e.What }

// in puts a step in front of the path; the innermost one comes first.
func (e *Error) in(step string) *Error {
	e.Path = step + e.Path
	return e
}

// step is in for an error that may also be a trap, which has no path.
func step(err error, step string) error {
	if e, ok := err.(*Error); ok {
		e.in(step)
	}
	return err
}

func argument(format string, args ...any) *Error {
	return &Error{Class: Argument, What: fmt.Sprintf(format, args...)}
}

func violation(format string, args ...any) *Error {
	return &Error{Class: Violation, What: fmt.Sprintf(format, args...)}
}

// handleError gives the error of a handle a place in the types.
func handleError(err error) *Error {
	if t, ok := errors.AsType[*engine.Trap](err); ok {
		return violation("%s", t.Message)
	}
	return violation("%s", err)
}

// trap makes of an error the trap that ends a call of the host.
func (e *Error) trap() *engine.Trap {
	code := engine.ABI
	switch e.Class {
	case Argument:
		code = engine.Host
	case Budget:
		code = engine.MemoryLimit
	}
	return &engine.Trap{Code: code, Message: e.Error(), Err: e}
}

// funcPath begins the path of everything in a function.
func funcPath(iface, name string) string {
	if iface == "" {
		return name + ": "
	}
	return iface + "#" + name + ": "
}

func paramPath(iface, name, param string) string {
	return funcPath(iface, name) + "param " + param
}
