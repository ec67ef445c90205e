package main

import (
	"context"
	"errors"
	"os"

	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// A releases is the registry that the redact slot follows. Whoever else may write to its folder releases versions too.
type releases struct {
	dir      string
	passing  bool // the folder goes with the service
	registry *registry.Registry
	follower *follow.Follower
	digests  map[string]string // by label
}

// openReleases opens the registry in a folder, or with "" in one of the service's own, and publishes the builds of the redact
// kernel there. What is published already is left as it is.
func openReleases(ctx context.Context, dir string) (_ *releases, err error) {
	r := &releases{dir: dir, passing: dir == "", digests: map[string]string{}}
	if r.passing {
		if r.dir, err = os.MkdirTemp("", "tenon-accesslog-*"); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close(ctx))
		}
	}()
	if r.registry, err = registry.Open(r.dir); err != nil {
		return nil, err
	}
	for label, component := range map[string][]byte{
		stable:    redact.Component(),
		candidate: redact.ComponentV1_1_0(),
		faulty:    redact.ComponentV1_2_0Trap(),
	} {
		version, err := r.registry.Publish(redact.Contract.Package, label, component)
		if err != nil {
			return nil, err
		}
		r.digests[label] = version.Digest
	}
	return r, nil
}

// follow makes the slot serve what is active, from now on. The folder is the service's own, so versions need no signature.
func (r *releases) follow(ctx context.Context, slot follow.Target) (err error) {
	r.follower, err = follow.Slot(ctx, slot, r.registry, follow.Config{Trust: registry.Trust{Unsigned: true}})
	return err
}

// activate makes a version the active one and waits until the slot serves it. The follower would see the change by itself: the
// service only wants to know when.
func (r *releases) activate(ctx context.Context, label string) error {
	if _, err := r.registry.Activate(redact.Contract.Package, label, registry.Activation{}); err != nil {
		return err
	}
	return r.follower.Sync(ctx)
}

// rollBack makes the version active that was so before.
func (r *releases) rollBack(ctx context.Context) error {
	if _, err := r.registry.Rollback(redact.Contract.Package, registry.Activation{}); err != nil {
		return err
	}
	return r.follower.Sync(ctx)
}

// close ends the following. The slot serves on.
func (r *releases) close(ctx context.Context) error {
	var err error
	if r.follower != nil {
		err = r.follower.Close(ctx)
	}
	if r.passing {
		err = errors.Join(err, os.RemoveAll(r.dir))
	}
	return err
}
