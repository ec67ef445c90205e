package follow

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/golden"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// outcome is what became of an attempt: the version came into service, or was refused for what it is. The same is not tried again.
type outcome struct {
	of  attempt
	err error
}

// attempt is all that decides what becomes of a version.
type attempt struct {
	revision uint64
	version  string
	signed   registry.Statement // another signature may be of the right contract
	cases    passed
}

// passed names golden cases and the label that they were run for.
type passed struct {
	golden [sha256.Size]byte
	label  string
}

// look brings the slot in step with the registry, or says why it is not. The turn is held.
func (f *Follower) look(ctx context.Context) error {
	f.kernels.adopt(f.slot.Kernel())
	release, err := f.registry.Fetch(f.contract, f.cfg.Trust, f.served)
	if ctx.Err() != nil {
		return f.interrupted(ctx)
	}
	if err != nil {
		// What is active is worth knowing also where it cannot be had.
		state, unknown := f.registry.State(f.contract)
		return f.settle(ctx, wanted{keep: unknown != nil, state: state, version: state.Active}, "", err)
	}
	if !release.State.Exists {
		return f.settle(ctx, wanted{keep: true}, "", f.vanished())
	}
	w := wanted{state: release.State, version: release.Digest, label: release.Label}
	a := attempt{release.State.Revision, release.Digest, release.Statement, passed{sha256.Sum256(release.Golden), release.Label}}
	a.signed.NotBefore, a.signed.NotAfter = a.signed.NotBefore.UTC(), a.signed.NotAfter.UTC() // so that == compares them
	if f.last != nil && f.last.of == a && f.why != asked {
		return f.settle(ctx, w, release.Digest, f.last.err) // also where somebody else has switched the slot since
	}
	f.last = nil
	previous := digest(f.slot.Kernel())
	if previous != release.Digest {
		err = f.apply(ctx, &release, a.cases)
		if err != nil && ctx.Err() != nil {
			return f.interrupted(ctx)
		}
	}
	if err == nil {
		f.served = f.served.After(release)
	}
	if err == nil || !passing(err) {
		f.last = &outcome{a, err}
	}
	return f.settle(ctx, w, previous, err)
}

// vanished is the error of a state that was there and is not there any more.
func (f *Follower) vanished() error {
	if f.Status().Revision == 0 {
		return nil
	}
	return f.refusal(registry.ReasonNotFound, "state.json is gone: activate a version", nil)
}

// apply makes the slot serve what was released, or its baseline.
func (f *Follower) apply(ctx context.Context, release *registry.Release, cases passed) error {
	if release.Digest == "" {
		return f.put(ctx, nil)
	}
	k, err := f.kernels.have(release.Digest), error(nil)
	if k == nil {
		if k, err = f.load(ctx, release); err != nil {
			return err
		}
	}
	if err = f.judge(ctx, k, release, cases); err == nil {
		err = f.put(ctx, k)
	}
	if err != nil {
		f.kernels.give(k)
	}
	return err
}

// load makes a kernel of the very bytes that were verified.
func (f *Follower) load(ctx context.Context, release *registry.Release) (*shelved, error) {
	k, err := f.slot.Runtime().LoadWith(ctx, f.contract, release.Component, f.cfg.Load)
	if err != nil {
		return nil, f.unfit("the version cannot be loaded", err)
	}
	if k.Digest() != release.Digest { // the registry hashed the same bytes
		k.Close()
		return nil, f.refusal(registry.ReasonDigestMismatch, "the loaded bytes have digest "+k.Digest(), nil)
	}
	return &shelved{Kernel: k}, nil
}

// judge says why a kernel may not serve: it is of another contract, does not fit the clients, or fails a golden case.
func (f *Follower) judge(ctx context.Context, k *shelved, release *registry.Release, cases passed) error {
	has := k.Contract()
	if has.Package != f.contract {
		return f.refusal(registry.ReasonContractMismatch, fmt.Sprintf("the component is of contract %q: publish it there", has), nil)
	}
	if s := release.Statement; release.Signed {
		switch {
		case s.Contract != has.String():
			return f.refusal(registry.ReasonContractMismatch, fmt.Sprintf("the signature is of %s, the component of %s: sign it anew", s.Contract, has), nil)
		case s.ContractHash != "" && s.ContractHash != has.Hash:
			return f.refusal(registry.ReasonContractMismatch, fmt.Sprintf("the signature is of a contract with hash %s, the component of one with %s: sign it anew", s.ContractHash, has.Hash), nil)
		case s.Kernel != "" && k.Metadata().Kernel != "" && s.Kernel != k.Metadata().Kernel:
			return f.refusal(registry.ReasonContractMismatch, fmt.Sprintf("the signature is of kernel %q, the component is %q: sign it anew", s.Kernel, k.Metadata().Kernel), nil)
		}
	}
	if err := f.slot.Contract().Check(k.Kernel); err != nil {
		return f.refusal(registry.ReasonIncompatible, "the version does not fit the clients of this slot", err)
	}
	if release.Golden == nil || k.passed == cases {
		return nil
	}
	o := f.cfg.Golden
	o.Label = release.Label
	_, err := golden.Run(ctx, k.Kernel, release.Golden, o)
	if _, ok := errors.AsType[*golden.MalformedError](err); ok {
		return f.refusal(registry.ReasonGoldenMalformed, "repair golden.json", err)
	}
	if _, ok := errors.AsType[*golden.FailedError](err); ok {
		return f.refusal(registry.ReasonGoldenFailed, "the version does not answer as the contract says", err)
	}
	if err != nil {
		return f.unfit("the golden cases cannot be run", err)
	}
	k.passed = cases
	return nil
}

// put makes the slot serve a kernel, or with nil its baseline. It also succeeds when only the wait for the calls of the
// old version was given up.
func (f *Follower) put(ctx context.Context, next *shelved) error {
	var k *tenon.Kernel
	if next != nil {
		k = next.Kernel
	}
	old, trips := f.slot.Kernel(), f.slot.Stats().Trips
	err := f.flip(ctx, k)
	if digest(f.slot.Kernel()) != digest(k) {
		return f.unfit("the version cannot be brought into service", err)
	}
	if next != nil && f.slot.Kernel() != k { // the slot had the version already, of somebody else's loading
		f.kernels.give(next)
		next = nil
	}
	f.kernels.serve(next)
	f.breaker = breakerWatch{trips: trips, version: digest(k)}
	if f.cfg.Swap == BlueGreen && k == nil && old != nil {
		// The baseline serves; the version before it stays at hand all the same. Without it a roll-back takes longer.
		_ = f.stage(ctx, old)
	}
	return nil
}

// flip directs calls to a kernel.
func (f *Follower) flip(ctx context.Context, k *tenon.Kernel) error {
	serves := func() bool { return digest(f.slot.Kernel()) == digest(k) }
	if f.cfg.Swap != BlueGreen || k == nil {
		return f.within(ctx, func(ctx context.Context) error { return f.slot.Swap(ctx, k) }, serves)
	}
	if err := f.stage(ctx, k); err != nil && digest(f.slot.Staged()) != k.Digest() {
		return err
	}
	err := f.within(ctx, f.slot.Promote, serves)
	if err != nil && !serves() {
		_ = f.stage(context.WithoutCancel(ctx), nil) // it shall not take memory that nobody uses
	}
	return err
}

// stage stages a kernel in the slot, or with nil none.
func (f *Follower) stage(ctx context.Context, k *tenon.Kernel) error {
	return f.within(ctx, func(ctx context.Context) error { return f.slot.Stage(ctx, k) },
		func() bool { return digest(f.slot.Staged()) == digest(k) })
}

// refusal makes the error of a version that may not serve.
func (f *Follower) refusal(reason registry.Reason, message string, cause error) error {
	return &registry.Error{Reason: reason, Op: "follow", Contract: f.contract, Message: message, Err: cause}
}

// unfit makes the error of a version that could not be made ready, by its fault.
func (f *Follower) unfit(message string, err error) error {
	switch tenon.KindOf(err) {
	case tenon.KindClosed:
		return f.refusal(registry.ReasonClosed, message, err)
	case tenon.KindContract:
		return f.refusal(registry.ReasonIncompatible, message, err)
	}
	return f.refusal(registry.ReasonWarmFailed, message, err)
}

func digest(k *tenon.Kernel) string {
	if k == nil {
		return ""
	}
	return k.Digest()
}
