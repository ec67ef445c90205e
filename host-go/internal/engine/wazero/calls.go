package wazero

import (
	"context"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Calls gives a context for [Engine.Compile]: whenever a function of the plan's modules is called, f gets its index in its
// module. It is called in the middle of the guest, on the guest's goroutine, and makes every call many times slower.
func Calls(ctx context.Context, f func(index uint32)) context.Context {
	return experimental.WithFunctionListenerFactory(ctx, calls(f))
}

// calls is both the factory and the listener of all functions.
type calls func(index uint32)

func (c calls) NewFunctionListener(def api.FunctionDefinition) experimental.FunctionListener {
	if def.GoFunction() != nil {
		return nil // the host's
	}
	return c
}

func (c calls) Before(_ context.Context, _ api.Module, def api.FunctionDefinition, _ []uint64, _ experimental.StackIterator) {
	c(def.Index())
}

func (calls) After(context.Context, api.Module, api.FunctionDefinition, []uint64) {}

func (calls) Abort(context.Context, api.Module, api.FunctionDefinition, error) {}
