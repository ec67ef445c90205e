package transpile

import (
	"context"
	"fmt"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// quantum is what the transpiler may do between two taps, in units of an instruction: some 0.1 ms compiled and
// some 3 ms interpreted.
const quantum = 200_000

// tap gives the transpiler its one import, for one task. The transpiler counts down and calls it below zero
// (`tenon build --tap`); it looks at the clock and at the context, and answers with the next countdown. It is Go code,
// so a garbage collection that waits for the transpiler proceeds here.
func tap(t task) *engine.Imports {
	deadline := time.Now().Add(t.timeout)
	return &engine.Imports{Funcs: []engine.HostFunc{
		func(ctx context.Context, _ engine.Instance, stack []uint64) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if time.Now().After(deadline) {
				return tooSlow(t)
			}
			stack[0] = quantum
			return nil
		},
	}}
}

func tooSlow(t task) *Error {
	if t.function != funcTranspile {
		return &Error{
			Kind:    Limit,
			Message: fmt.Sprintf("the value takes more than %v to be read or written as text", t.timeout),
			Help:    "pass it as a value, not as text",
		}
	}
	return &Error{
		Kind:    Limit,
		Message: fmt.Sprintf("the component takes more than %v to be read", t.timeout),
		Help:    "build it in release mode without debug information, or split it",
	}
}
