package tenon

import (
	"context"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

func assemble(ctx context.Context, cfg Config) (engine.Engine, planner, error) {
	return nil, nil, &Fault{Kind: KindInternal, Message: "the engine is not in place"}
}

func (k *Kernel) warmUp(ctx context.Context, inst engine.Instance, name string) error { return nil }
