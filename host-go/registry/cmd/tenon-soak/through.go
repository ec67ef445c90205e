package main

import (
	"context"
	"fmt"
	"os"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/internal/soak"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// contract is the ledger's, as the registry names it.
const contract = "tenon:ledger"

// patience is how long a change may take to be followed.
const patience = time.Minute

// followed is the soak.Service that activates versions in a registry's folder, which the slot follows.
type followed struct {
	reg      *registry.Registry
	follower *follow.Follower
}

// throughRegistry gives the service, on a folder of its own, and what ends both.
func throughRegistry() (open func(context.Context, *tenon.Runtime, *tenon.Slot[ledger.Book]) (soak.Service, error), end func() error, err error) {
	dir, err := os.MkdirTemp("", "tenon-soak-")
	if err != nil {
		return nil, nil, err
	}
	open = func(ctx context.Context, _ *tenon.Runtime, slot *tenon.Slot[ledger.Book]) (soak.Service, error) {
		reg, err := registry.Open(dir)
		if err != nil {
			return nil, err
		}
		follower, err := follow.Slot(ctx, slot, reg, follow.Config{Trust: registry.Trust{Unsigned: true}, NoTrail: true})
		if err != nil {
			return nil, err
		}
		return &followed{reg, follower}, nil
	}
	return open, func() error { return os.RemoveAll(dir) }, nil
}

// Load publishes the version: with a label, if it stays.
func (f *followed) Load(_ context.Context, v soak.Version, component []byte) error {
	label := ""
	if v.Number <= soak.Lasting {
		label = fmt.Sprintf("1.0.%d", v.Number)
	}
	_, err := f.reg.Publish(contract, label, component)
	return err
}

// Serve activates the version, and waits until the slot has followed.
func (f *followed) Serve(ctx context.Context, v soak.Version) error {
	name := v.Digest
	if name == "" {
		name = "baseline"
	}
	if _, err := f.reg.Activate(contract, name, registry.Activation{}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		s := f.follower.Status()
		if s.InStep && s.Want == v.Digest && s.Serving == v.Digest {
			return nil
		}
		select {
		case <-time.After(200 * time.Microsecond):
		case <-ctx.Done():
			return fmt.Errorf("the slot does not follow: %s %s: %w", s.Reason, s.Message, ctx.Err())
		}
	}
}

// Forget removes what has no label; the previous version stays.
func (f *followed) Forget(context.Context, soak.Version) error {
	_, err := f.reg.Collect(contract, registry.Collection{Now: true})
	return err
}

// Close ends the following.
func (f *followed) Close(ctx context.Context) error { return f.follower.Close(ctx) }
