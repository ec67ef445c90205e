// Package wasi is a WASI 0.2 without effects, for components of tool chains that link WASI whether a program needs it
// or not. There are no arguments, environment or files; output is thrown away; the clocks stand still; random numbers
// start from the same seed in every instance. So a component still gives the same answer to the same arguments, and the
// Rust host gives it too: this package and host-rust/host/src/wasi.rs promise the same.
//
// A function answers where the component declares the type that WASI gives it, which all versions 0.2.x share; every other
// one links, and traps when it is called. Resources hold no state: every stream is the closed input or the discarded output,
// every pollable is ready.
package wasi

import (
	"context"
	"fmt"
	"strings"
	"unsafe"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Func is one function of the stub. args are of the types that WASI declares, and so is the result. An error is an
// *engine.Trap.
type Func = func(ctx context.Context, s *State, args []abi.Value) (abi.Value, error)

// State is what the stub remembers of one instance. The zero value is a new instance's. It is for one goroutine at a
// time, as the instance is.
type State struct {
	// Limit is the memory that the host may allocate for one answer, in bytes. 0: no bound.
	Limit int64

	random uint64
}

// next draws from SplitMix64.
func (s *State) next() uint64 {
	s.random += 0x9e3779b97f4a7c15
	z := s.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// stop is the trap of a component that ends itself, or demands more than the stub gives.
func stop(why string) error { return &engine.Trap{Code: engine.Host, Message: why} }

// Covers reports whether an import is one that the stub stands in for: every interface of a wasi: package of a version
// 0.2.x.
func Covers(name string) bool {
	_, version, _ := strings.Cut(name, "@")
	return strings.HasPrefix(name, "wasi:") && strings.HasPrefix(version, "0.2.")
}

// Resolve gives the function for p.ImportFuncs[n]; nil when it is in no interface that [Covers] covers. What the stub
// does not offer, or not with the type that the component declares, is a function whose trap, of code Link, names it.
func Resolve(p *plan.Plan, n int) Func {
	fn := &p.ImportFuncs[n]
	path := fn.Path
	if len(path) < 2 || !Covers(path[0]) {
		return nil
	}
	interfaceName, _, _ := strings.Cut(path[0], "@")
	if offered, ok := functions[interfaceName+"#"+path[1]]; ok && len(path) == 2 && shape(p, fn) == offered.shape {
		return offered.call
	}
	denied := "the WASI stub does not offer " + strings.Join(path, "#")
	return func(context.Context, *State, []abi.Value) (abi.Value, error) {
		return abi.Value{}, &engine.Trap{Code: engine.Link, Message: denied}
	}
}

// maxRandom is the most random bytes of one call.
const maxRandom = 1 << 20

// randomBytes are the first args[0] bytes of as many numbers as that takes, each with its low byte first.
func randomBytes(_ context.Context, s *State, args []abi.Value) (abi.Value, error) {
	n := args[0].Bits
	if n > maxRandom {
		return abi.Value{}, stop(fmt.Sprintf("the component asked for %d random bytes, the WASI stub gives at most %d", n, maxRandom))
	}
	if size := int64(n) * int64(unsafe.Sizeof(abi.Value{})); s.Limit > 0 && size > s.Limit {
		return abi.Value{}, &engine.Trap{Code: engine.MemoryLimit, Message: fmt.Sprintf(
			"%d random bytes need %d bytes on the host, of %d: raise Config.AnswerLimit, or ask for less at a time", n, size, s.Limit)}
	}
	list := abi.Value{Items: make([]abi.Value, n)}
	word := uint64(0)
	for i := range list.Items {
		if i%8 == 0 {
			word = s.next()
		}
		list.Items[i].Bits = word & 0xff
		word >>= 8
	}
	return list, nil
}
