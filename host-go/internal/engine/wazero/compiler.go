package wazero

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
)

// compiled is set once wazero's compiler has run in this process.
var compiled atomic.Bool

// NoCompiler says why kernels are interpreted in this process; nil: they are compiled. It makes a compiler to find out, which
// costs less than a tenth of a millisecond, until one was made.
func NoCompiler() error {
	if compiled.Load() {
		return nil
	}
	return tryCompiler()
}

// tryCompiler has wazero make a compiler and the machine code that all modules share. There is no other way to know: a
// processor may be without a compiler, and a kernel that hands out writable memory may refuse to make it executable, by SELinux,
// by systemd's MemoryDenyWriteExecute, or by a filter of the container's.
func tryCompiler() (err error) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		return errors.New("no compiler for " + runtime.GOARCH)
	}
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("no executable memory: " + firstLine(fmt.Sprint(r)))
		}
		compiled.Store(err == nil)
	}()
	ctx := context.Background() // nothing is called
	return wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler()).Close(ctx)
}
