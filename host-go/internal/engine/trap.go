package engine

import (
	"fmt"
	"strings"
)

// TrapCode says why a guest stopped. The list is closed.
type TrapCode string

// The trap codes.
const (
	Unreachable       TrapCode = "unreachable"             // unreachable was executed: a panic, an abort
	MemoryBounds      TrapCode = "memory out of bounds"    // a load, store or bulk operation outside the memory
	TableBounds       TrapCode = "table out of bounds"     // an access outside a table, or to an empty entry
	IndirectMismatch  TrapCode = "indirect call mismatch"  // call_indirect with another signature
	DivideByZero      TrapCode = "integer divide by zero"  //
	IntegerOverflow   TrapCode = "integer overflow"        // division or conversion out of range
	InvalidConversion TrapCode = "invalid conversion"      // NaN to integer
	StackOverflow     TrapCode = "stack overflow"          // calls too deep
	MemoryLimit       TrapCode = "memory limit"            // an instance is larger than the host allows, or trapped when it could not grow
	MemoryExhausted   TrapCode = "memory exhausted"        // no room for one more instance: all together may have no more
	Deadline          TrapCode = "deadline"                // the host stopped the guest: its time was up
	Canceled          TrapCode = "canceled"                // the host stopped the guest: ctx ended
	Fuel              TrapCode = "fuel"                    // the host stopped the guest: its budget was spent
	ABI               TrapCode = "canonical ABI violation" // a trap that the canonical ABI demands
	HandleLimit       TrapCode = "handle limit"            // an instance holds more handles than the host allows
	Link              TrapCode = "link"                    // an import is missing or of another type
	Host              TrapCode = "host"                    // a function of the host that the guest called failed; Trap.Err is its error
	Internal          TrapCode = "internal"                // not the guest's doing: a bug in the host or engine
)

// Trap ends a call abnormally. The instance is lost.
type Trap struct {
	Code TrapCode
	// Message is one line for people. It never holds a Go stack.
	Message string
	// Backtrace names guest functions, innermost first; empty when the engine gave none.
	Backtrace []string
	// Err is the cause on the host's side, e.g. ctx.Err(); nil for the guest's own traps.
	Err error
}

// Error says what stopped the guest and where.
func (t *Trap) Error() string {
	var b strings.Builder
	b.WriteString("trap: ")
	b.WriteString(string(t.Code))
	if t.Message != "" && t.Message != string(t.Code) {
		b.WriteString(": ")
		b.WriteString(t.Message)
	}
	if len(t.Backtrace) > 0 {
		b.WriteString(" in ")
		b.WriteString(t.Backtrace[0])
	}
	return b.String()
}

// Unwrap gives the cause on the host's side.
func (t *Trap) Unwrap() error { return t.Err }

// CompileError is the error of a core module that the engine refuses.
type CompileError struct {
	Module int
	Code   TrapCode // MemoryLimit when its memory is larger than the host allows, else Internal
	Err    error
}

// Error names the module and the engine's reason.
func (c *CompileError) Error() string {
	return fmt.Sprintf("core module %d does not compile: %s", c.Module, c.Err)
}

// Unwrap gives the engine's reason.
func (c *CompileError) Unwrap() error { return c.Err }

// Unsupported is the error of a plan that needs what the engine cannot run yet.
type Unsupported struct {
	What string // what the component needs
	Help string // what to do
}

// Error names what is missing and the way out.
func (u *Unsupported) Error() string { return u.What + " is not supported yet: " + u.Help }
