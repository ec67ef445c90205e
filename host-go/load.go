package tenon

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// Load makes a kernel of a component's bytes: verified, transpiled, compiled. name appears in faults until the
// component's metadata give a better one. The bytes are not kept.
//
// The error is a *Fault: malformed, limit, unsupported, policy, closed, canceled or internal. It says what was
// found and what to do.
//
// The kernel is granted nothing: one with imports does not load. See [Runtime.LoadWith].
func (rt *Runtime) Load(ctx context.Context, name string, component []byte) (*Kernel, error) {
	return rt.LoadWith(ctx, name, component, LoadOptions{})
}

// LoadWith is Load for a kernel that is granted imports. An import that nothing grants is a fault of kind policy
// that names it; one that the host's grant does not fit is of kind contract and names the place.
func (rt *Runtime) LoadWith(ctx context.Context, name string, component []byte, o LoadOptions) (*Kernel, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Fault{Kind: KindCanceled, File: name, Message: "the context had ended before the load", Err: err}
	}
	if err := rt.begin(name); err != nil {
		return nil, err
	}
	var k *Kernel
	defer func() { rt.done(k) }()
	p, err := rt.plans.Plan(ctx, component)
	if err != nil {
		return nil, loadFault(ctx, name, err)
	}
	granted, fault := resolveGrants(p, o, rt.cfg.AnswerLimit)
	if fault != nil {
		fault.File = name
		return nil, fault
	}
	code, err := rt.compile(ctx, p)
	if err != nil {
		return nil, loadFault(ctx, name, err)
	}
	k = newKernel(rt, name, p, code)
	k.grants = granted
	rt.observe(Event{Kind: EventLoaded, Kernel: k.name, Version: k.Digest(), Label: k.Label()})
	return k, nil
}

// compile compiles a plan, or gives up when ctx ends. The engine cannot be stopped inside a function, and a large one
// takes it seconds; then it ends in the background, for which Close waits.
func (rt *Runtime) compile(ctx context.Context, p *plan.Plan) (engine.Code, error) {
	if ctx.Done() == nil {
		return rt.engine.Compile(ctx, p)
	}
	var code engine.Code
	var err error
	var settled atomic.Bool // by the compiler that is done, or by the caller that has gone
	done := make(chan struct{})
	rt.also()
	go func() {
		defer rt.done(nil)
		made, failure := rt.engine.Compile(ctx, p)
		switch {
		case settled.CompareAndSwap(false, true):
			code, err = made, failure
			close(done)
		case failure == nil:
			_ = made.Close(context.WithoutCancel(ctx))
		}
	}()
	select {
	case <-ctx.Done():
		if settled.CompareAndSwap(false, true) {
			return nil, ctx.Err()
		}
		<-done
	case <-done:
	}
	return code, err
}

// maxFile is the largest component that is read from a file, in bytes.
const maxFile = 256 << 20

// LoadFile is Load with the bytes of a file, whose path is the name.
func (rt *Runtime) LoadFile(ctx context.Context, path string) (*Kernel, error) {
	return rt.LoadFileWith(ctx, path, LoadOptions{})
}

// LoadFileWith is LoadWith with the bytes of a file, whose path is the name.
func (rt *Runtime) LoadFileWith(ctx context.Context, path string, o LoadOptions) (*Kernel, error) {
	component, err := readFile(path)
	if err != nil {
		return nil, &Fault{Kind: KindMalformed, File: path,
			Message: "the file cannot be read: give the path of a component, as tenon build writes it", Err: err}
	}
	if len(component) > maxFile {
		return nil, &Fault{Kind: KindLimit, File: path,
			Message: fmt.Sprintf("the file has more than %d bytes, which no kernel needs", maxFile)}
	}
	return rt.LoadWith(ctx, path, component, o)
}

// readFile reads a file, but not much more than maxFile bytes of it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// loadFault is the fault of a failed load.
func loadFault(ctx context.Context, name string, err error) *Fault {
	f, ok := asFault(err)
	if !ok {
		f = instanceFault(ctx, err, nil)
	}
	f.File = name
	return f
}
