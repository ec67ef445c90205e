package tenon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"path"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Turn is the baseline's turn to answer a call that a kernel has failed, for generated clients. It knows the kernel's
// fault, so what becomes of the turn is held against the version that failed and no other.
type Turn struct {
	core   *core
	fault  *Fault // the kernel's
	export string // the function that was called
	own    []any  // pointers to the types of the contract's errors
}

// errAwaited is the error of a call whose turn has not returned.
var errAwaited error = errors.New("tenon: the baseline has not returned")

// Await begins the turn. err is where the call returns its error to; own are pointers to the types of the contract's own
// errors, as errors.As takes them: an error of such a type is an answer. It gives err, for Settle:
//
//	defer turn.Settle(ctx, turn.Await(&err, new(ParseError)))
func (t *Turn) Await(err *error, own ...any) *error {
	t.own = own
	*err = errAwaited
	return err
}

// Settle ends the turn; it is to be deferred. A kernel's fault counts against its version if the baseline has answered. A
// panic of the baseline becomes the call's error: the kernel's fault, of the same kind, with the panic's text and place in
// its message. A goroutine that ends (runtime.Goexit) goes on ending, and says nothing about the version.
func (t *Turn) Settle(ctx context.Context, err *error) {
	switch p := recover(); {
	case p != nil:
		t.fault.trial.open()
		*err = t.panicked(ctx, panicText(p), panicPlace())
	case t.answered(*err):
		t.core.blame(ctx, t.fault)
	default:
		t.fault.trial.open()
	}
}

// answered reports whether the baseline has answered, in a way that says something about the kernel.
func (t *Turn) answered(err error) bool {
	if t.fault.Kind == KindOverloaded {
		return false
	}
	for _, own := range t.own {
		if err != nil && errors.As(err, own) {
			return true
		}
	}
	return err == nil
}

// panicked is the fault of a call that neither the kernel nor the baseline could answer.
func (t *Turn) panicked(ctx context.Context, text, place string) *Fault {
	c := t.core
	if note := noteOf(ctx); note != nil {
		note.Baseline, note.Fault = false, nil
	}
	if n := c.panics.Add(1); bits.OnesCount64(n) == 1 {
		c.rt.cfg.Logger.LogAttrs(ctx, slog.LevelError, "baseline panicked", slog.String("slot", c.name),
			slog.String("export", t.export), slog.String("panic", text), slog.String("at", place), slog.Uint64("count", n))
	}
	fault := *t.fault
	fault.Message += "; and the baseline panicked: " + text + ", at " + place
	return &fault
}

// maxPanicText bounds what is said of a panic, in bytes.
const maxPanicText = 512

// panicText is what a panic says, in one line. Values that would have to be formatted are named by their type: there is
// no bound on how long that takes.
func panicText(p any) string {
	var text string
	switch p := p.(type) {
	case error:
		text = fmt.Sprint(p) // which copes with an Error method that panics
	case fmt.Stringer:
		text = fmt.Sprint(p)
	case string:
		text = p
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr, float32, float64, complex64, complex128:
		text = fmt.Sprint(p)
	default:
		text = fmt.Sprintf("a value of type %T", p)
	}
	if len(text) > maxPanicText {
		end := maxPanicText
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	return strings.ReplaceAll(text, "\n", "; ")
}

// panicPlace is the function, file and line of the panic that the caller recovers from.
func panicPlace() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs[:])])
	for inside, more := false, true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			inside = true
		case inside && !strings.HasPrefix(f.Function, "runtime."):
			return path.Base(f.Function) + " (" + path.Base(f.File) + ":" + strconv.Itoa(f.Line) + ")"
		}
	}
	return "an unknown place"
}
