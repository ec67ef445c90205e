package tenon

import (
	"errors"
	"io/fs"
	"log/slog"
	"syscall"

	"github.com/tenon-dev/tenon/host-go/internal/cache"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// parts are what a runtime is made of: the engine, and the transpiler that plans for it. Both keep what they make in one
// cache.
type parts struct {
	engine      engine.Engine
	plans       planner
	interpreted bool // the engine has no compiler here
}

// assemble makes the parts of a runtime, and says in the log where the machine does not let them do their best.
func assemble(cfg Config) (parts, error) {
	store, err := openCache(cfg)
	if err != nil {
		return parts{}, err
	}
	p := parts{
		engine: wazero.New(wazero.Config{Cache: store, MemoryLimit: cfg.MemoryLimit, TotalMemory: cfg.TotalMemory}),
		plans:  transpile.New(transpile.Config{Cache: store}),
	}
	if reason := wazero.NoCompiler(); reason != nil {
		p.interpreted = true
		cfg.Logger.Warn("kernels are interpreted", slog.String("reason", reason.Error()))
	}
	return p, nil
}

// openCache opens the folder that the configuration names; nil without one, and where the machine does not let it be made.
func openCache(cfg Config) (*cache.Store, error) {
	if cfg.CacheDir == "" {
		return nil, nil
	}
	store, err := cache.OpenLimited(cfg.CacheDir, cfg.CacheLimit)
	unwritable := err
	if err == nil {
		unwritable = store.Writable()
	}
	if unwritable != nil && notLet(unwritable) {
		cfg.Logger.Warn("cache cannot be written", slog.String("dir", cfg.CacheDir), slog.String("error", unwritable.Error()))
		return store, nil
	}
	if err != nil {
		return nil, &Fault{Kind: KindPolicy, Message: "Config.CacheDir cannot be used", Err: err}
	}
	return store, nil
}

// notLet reports whether an error is the machine's refusal to let anything be written, as on a read-only root or a full disk:
// the runtime works without. A folder that others can reach is none, nor is a file where the folder should be.
func notLet(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// The planner is the transpiler.
var _ planner = (*transpile.Transpiler)(nil)
