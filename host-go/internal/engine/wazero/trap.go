package wazero

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"github.com/tetratelabs/wazero/sys"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// codes gives the trap code for the text of wazero's innermost error.
var codes = map[string]engine.TrapCode{
	"unreachable":                   engine.Unreachable,
	"out of bounds memory access":   engine.MemoryBounds,
	"invalid table access":          engine.TableBounds,
	"indirect call type mismatch":   engine.IndirectMismatch,
	"integer divide by zero":        engine.DivideByZero,
	"integer overflow":              engine.IntegerOverflow,
	"invalid conversion to integer": engine.InvalidConversion,
	"stack overflow":                engine.StackOverflow,
	"null reference":                engine.TableBounds,
}

// trapOf turns wazero's error into a trap. Its text is never passed on whole: for a fault of the host it holds
// a Go stack.
func trapOf(err error) error {
	text := err.Error()
	var trap *engine.Trap
	if errors.As(err, &trap) {
		// From a host function: the trap is ours, the frames are new.
		out := *trap
		if len(trap.Backtrace) < maxFrames { // each level of a recursion through the host adds its own
			out.Backtrace = append(append([]string(nil), trap.Backtrace...), backtrace(text)...)
		}
		return &out
	}
	out := &engine.Trap{Code: engine.Internal, Backtrace: backtrace(text)}
	inner := innermost(err)
	var fault runtime.Error
	var exit *sys.ExitError
	switch code, known := codes[inner.Error()]; {
	case known:
		out.Code = code
	case errors.As(err, &fault):
		out.Message = "the host failed: " + firstLine(fault.Error())
	case errors.As(err, &exit):
		out.Message = "the instance is closed"
	case strings.HasSuffix(inner.Error(), ": out of bounds memory access"):
		// An active data segment that does not fit.
		out.Code, out.Message = engine.MemoryBounds, clean(inner.Error())
	case strings.Contains(inner.Error(), "mismatch"), strings.HasSuffix(inner.Error(), "not instantiated"), strings.Contains(inner.Error(), "is not exported"):
		out.Code, out.Message = engine.Link, clean(inner.Error())
		if chain := firstLine(text); len(chain) > len(inner.Error()) {
			out.Message = clean(chain)
		}
	default:
		out.Message = clean(firstLine(inner.Error()))
	}
	return out
}

// trapOf is the trap of a call of this instance. An allocator that is refused memory ends in a trap of its own making.
func (i *instance) trapOf(err error) error {
	err = trapOf(err)
	trap, _ := err.(*engine.Trap)
	i.books.open()
	if !i.books.refused || !slices.Contains(guests, trap.Code) {
		return err
	}
	trap.Code, trap.Message = engine.MemoryLimit, string(trap.Code)+" after the kernel was refused more memory"
	return trap
}

// guests are the codes of a guest's own traps.
var guests = []engine.TrapCode{
	engine.Unreachable, engine.MemoryBounds, engine.TableBounds, engine.IndirectMismatch,
	engine.DivideByZero, engine.IntegerOverflow, engine.InvalidConversion,
}

func linkError(format string, args ...any) error {
	return &engine.Trap{Code: engine.Link, Message: fmt.Sprintf(format, args...)}
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// addedName begins the names of functions that hardening adds, which nobody wrote.
const addedName = "tenon:"

const (
	maxFrames    = 32
	maxFrameText = 256
)

// signature is what wazero puts behind a function's name.
var signature = regexp.MustCompile(`\([a-z0-9,]*\)( [a-z0-9]+| \([a-z0-9,]+\))?$`)

// backtrace takes the guest's frames out of wazero's text, innermost first. Function names come from the guest
// and may hold anything, what looks like another frame or the end of the list included.
func backtrace(text string) []string {
	_, text, ok := strings.Cut(text, "wasm stack trace:\n\t")
	if !ok {
		return nil
	}
	text, _, _ = strings.Cut(text, "\n\n")
	var frames []string
	for line := range strings.SplitSeq(text, "\n\t") {
		if strings.Contains(line, "."+addedName) {
			continue
		}
		line = strings.TrimPrefix(clean(signature.ReplaceAllString(line, "")), ".")
		if line == "" {
			continue
		}
		if frames = append(frames, line); len(frames) == maxFrames {
			break
		}
	}
	return frames
}

// clean makes text from a guest fit for one line of a log.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
	if len(s) > maxFrameText {
		s = strings.ToValidUTF8(s[:maxFrameText], "") + "…"
	}
	return s
}
