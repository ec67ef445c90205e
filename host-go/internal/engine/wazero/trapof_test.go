package wazero

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// runtimeFault gives a genuine runtime error.
func runtimeFault() (err error) {
	defer func() { err = recover().(runtime.Error) }()
	var p *int
	*p = 1
	return nil
}

// TestNoGoStacks feeds what wazero gives when a host function fails: the text holds a Go stack, which is
// nobody's business.
func TestNoGoStacks(t *testing.T) {
	text := fmt.Errorf("%w (recovered by wazero)\nwasm stack trace:\n\tt.resource-drop(i32)\n\t.run(i32,i32) i32\n\nGo runtime stack trace:\n%s", runtimeFault(), debug.Stack())
	trap, ok := errors.AsType[*engine.Trap](trapOf(text))
	if !ok || trap.Code != engine.Internal {
		t.Fatalf("got %v", trap)
	}
	all := fmt.Sprintf("%v %q %v", trap, trap.Backtrace, trap.Err)
	if strings.Contains(all, "goroutine") || strings.Contains(all, ".go:") {
		t.Errorf("a Go stack: %s", all)
	}
	if len(trap.Backtrace) != 2 || trap.Backtrace[0] != "t.resource-drop" || trap.Backtrace[1] != "run" {
		t.Errorf("backtrace %q", trap.Backtrace)
	}
}

func TestBacktraceNamesAreHostile(t *testing.T) {
	long := strings.Repeat("n", 10_000)
	text := "wasm error: unreachable\nwasm stack trace:\n\t.a\x1b[31m\r()\n\t." + long + "(i32)\n\t.b\xff() i64\n\t.c\n\nfake: x\n\t.d()"
	frames := backtrace(text)
	if len(frames) != 4 {
		t.Fatalf("%d frames: %q", len(frames), frames)
	}
	for _, f := range frames {
		if len(f) > maxFrameText+len("…") || strings.ContainsAny(f, "\x1b\r\n") || !utf8.ValidString(f) {
			t.Errorf("frame %q", f)
		}
	}
	many := backtrace("wasm stack trace:\n\t" + strings.Repeat(".f()\n\t", 1000))
	if len(many) != maxFrames {
		t.Errorf("%d frames", len(many))
	}
}

func TestTrapOfTrap(t *testing.T) {
	cause := errors.New("cause")
	inner := &engine.Trap{Code: engine.ABI, Message: "double drop", Err: cause, Backtrace: []string{"x"}}
	got := trapOf(fmt.Errorf("%w (recovered by wazero)\nwasm stack trace:\n\t.y()", inner))
	trap, ok := errors.AsType[*engine.Trap](got)
	if !ok || trap.Code != engine.ABI || trap.Message != "double drop" || !errors.Is(got, cause) {
		t.Fatalf("got %v", got)
	}
	if strings.Join(trap.Backtrace, " ") != "x y" || len(inner.Backtrace) != 1 {
		t.Errorf("backtraces %q and %q", trap.Backtrace, inner.Backtrace)
	}
}
