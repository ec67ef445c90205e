package wazero

import "github.com/tenon-dev/tenon/host-go/internal/engine"

// books are what one call of an instance may use and has used.
type books struct {
	limits engine.Limits
}

// Begin implements [engine.Instance].
func (i *instance) Begin(limits engine.Limits) {
	i.books = books{limits: limits}
}

// Spent implements [engine.Instance].
func (i *instance) Spent() uint64 { return 0 }
