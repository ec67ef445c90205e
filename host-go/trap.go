package tenon

import (
	"context"
	"errors"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// TrapCode says which trap stopped a guest. The list is closed and the same on every host; the kind of the fault that
// each makes stands beside it.
type TrapCode string

// The codes of traps.
const (
	TrapUnreachable       TrapCode = "unreachable"             // trap: a panic, an abort
	TrapMemoryBounds      TrapCode = "memory out of bounds"    // trap: a load, store or bulk operation outside the memory
	TrapTableBounds       TrapCode = "table out of bounds"     // trap: an access outside a table, or to an empty entry
	TrapIndirectMismatch  TrapCode = "indirect call mismatch"  // trap: an indirect call with another signature
	TrapDivideByZero      TrapCode = "integer divide by zero"  // trap
	TrapIntegerOverflow   TrapCode = "integer overflow"        // trap: a division or conversion out of range
	TrapInvalidConversion TrapCode = "invalid conversion"      // trap: NaN to integer
	TrapHost              TrapCode = "host"                    // trap: a function of the host that the guest called failed
	TrapStackOverflow     TrapCode = "stack overflow"          // stack
	TrapMemoryLimit       TrapCode = "memory limit"            // memory: the guest was refused memory and gave up
	TrapMemoryExhausted   TrapCode = "memory exhausted"        // overloaded: Config.TotalMemory has no room for an instance
	TrapDeadline          TrapCode = "deadline"                // deadline
	TrapCanceled          TrapCode = "canceled"                // canceled
	TrapFuel              TrapCode = "fuel"                    // fuel
	TrapABI               TrapCode = "canonical ABI violation" // abi
	TrapHandleLimit       TrapCode = "handle limit"            // limit: more handles than an instance may hold
	TrapLink              TrapCode = "link"                    // policy: an import is missing or of another type
	TrapInternal          TrapCode = "internal"                // internal: a bug in the host or its engine
)

// bounds says which settings bound what a guest does at the moment, for the advice of faults.
type bounds int

const (
	bySlot  bounds = iota // SlotConfig
	byCall                // CallLimits
	byStart               // Config.StartTimeout
)

// trapFault is the fault of an engine's error, without the names of who was called. inst is the guest, or nil.
func trapFault(err error, inst engine.Instance, by bounds) *Fault {
	t, ok := errors.AsType[*engine.Trap](err)
	if !ok {
		return &Fault{Kind: KindInternal, Message: "the engine failed", Err: err}
	}
	fault := &Fault{Kind: trapKind(t.Code), Code: TrapCode(t.Code), Backtrace: t.Backtrace, Err: t.Err}
	if f, ok := t.Err.(*Fault); ok && t.Code == engine.Host {
		fault.Kind, fault.Message, fault.Err = f.Kind, f.Message, f.Err
		if f.Code != "" { // it arose in the guest, which the host function had called for memory
			fault.Code = f.Code
		}
		return fault
	}
	fault.Message = t.Message
	if fault.Message == "" {
		fault.Message = string(t.Code)
	}
	if inst != nil && t.Code == engine.Unreachable {
		if text := inst.PanicMessage(); text != "" {
			fault.Message = text
		}
	}
	switch {
	case t.Code != engine.Canceled:
		if help := trapHelp(t.Code, by); help != "" {
			fault.Message += ": " + help
		}
	case errors.Is(t.Err, context.DeadlineExceeded):
		fault.Message = "the context's deadline passed while the kernel ran: give the call more time, or the kernel less at a time"
	default:
		fault.Message = "the context ended while the kernel ran"
	}
	return fault
}

// trapHelp says what to do about a trap; "" where the guest's own text says more.
func trapHelp(code engine.TrapCode, by bounds) string {
	switch code {
	case engine.Deadline:
		return [...]string{
			bySlot:  "raise SlotConfig.Deadline, or give the kernel less at a time",
			byCall:  "raise CallLimits.Deadline, or give the kernel less at a time",
			byStart: "raise Config.StartTimeout, or let the kernel do less before its first call",
		}[by]
	case engine.Fuel:
		if by == byCall {
			return "raise CallLimits.Fuel, or give the kernel less at a time"
		}
		return "raise SlotConfig.Fuel, or give the kernel less at a time"
	case engine.StackOverflow:
		return "bound the kernel's recursion"
	case engine.MemoryLimit:
		if by == byStart {
			return "raise Config.MemoryLimit, or build the kernel with less memory"
		}
		return "raise Config.MemoryLimit or Config.TotalMemory, or give the kernel less at a time"
	case engine.MemoryExhausted:
		return "raise Config.TotalMemory, or lower SlotConfig.MaxInstances"
	case engine.HandleLimit:
		return "let the kernel drop the resources that it no longer needs"
	}
	return ""
}

// trapKind is the kind of fault that a trap makes.
func trapKind(code engine.TrapCode) Kind {
	switch code {
	case engine.MemoryLimit:
		return KindMemory
	case engine.MemoryExhausted:
		return KindOverloaded
	case engine.HandleLimit:
		return KindLimit
	case engine.StackOverflow:
		return KindStack
	case engine.Deadline:
		return KindDeadline
	case engine.Canceled:
		return KindCanceled
	case engine.Fuel:
		return KindFuel
	case engine.ABI:
		return KindABI
	case engine.Link:
		return KindPolicy
	case engine.Internal:
		return KindInternal
	}
	return KindTrap
}
