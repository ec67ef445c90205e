package tenon

import (
	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// assemble makes the parts of a runtime: the engine, and the transpiler that plans for it. Both keep what they
// make in one cache.
func assemble(cfg Config) (engine.Engine, planner, error) {
	var store *cache.Store
	if cfg.CacheDir != "" {
		var err error
		if store, err = cache.OpenLimited(cfg.CacheDir, cfg.CacheLimit); err != nil {
			return nil, nil, &Fault{Kind: KindPolicy, Message: "Config.CacheDir cannot be used", Err: err}
		}
	}
	e := wazero.New(wazero.Config{Cache: store, MemoryLimit: cfg.MemoryLimit, TotalMemory: cfg.TotalMemory})
	return e, transpile.New(transpile.Config{Cache: store}), nil
}

// The planner is the transpiler.
var _ planner = (*transpile.Transpiler)(nil)
