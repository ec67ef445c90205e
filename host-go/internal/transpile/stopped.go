package transpile

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// errTooMuch is the error of a task that takes more fuel than it got.
var errTooMuch = errors.New("more work than expected")

// stopped is the error of a transpiler that trapped: at its deadline, out of memory or out of stack. Anything else is
// a bug of ours.
func (t task) stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	trap, _ := errors.AsType[*engine.Trap](err)
	if trap == nil {
		return internal("the transpiler failed", err)
	}
	switch trap.Code {
	case engine.Canceled:
		// The time of ctx was up before its timer noticed.
		return trap.Err
	case engine.Deadline:
		return t.refusal(fmt.Sprintf("takes more than %v", t.timeout))
	case engine.Fuel:
		return errTooMuch
	case engine.MemoryLimit:
		return t.tooLarge()
	case engine.StackOverflow:
		return t.refusal("nests too deep")
	}
	return internal("the transpiler failed", err)
}

func (t task) tooLarge() *Error {
	return t.refusal(fmt.Sprintf("needs more than %d MiB of memory", MemoryCap>>20))
}

// refusal is the error for an input that the transpiler cannot cope with.
func (t task) refusal(why string) *Error {
	if t.function != funcTranspile {
		return &Error{
			Kind:    Limit,
			Message: "the value " + why + " to be read or written as text",
			Help:    "pass it as a value, not as text",
		}
	}
	return &Error{
		Kind:    Limit,
		Message: "the component " + why + " to be read",
		Help:    "build it in release mode without debug information, or split it",
	}
}
