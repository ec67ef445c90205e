package tenon

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Load makes a kernel of a component's bytes: verified, transpiled, compiled. name appears in faults until the
// component's metadata give a better one. The bytes are not kept.
//
// The error is a *Fault: malformed, limit, unsupported, policy, closed, canceled or internal. It says what was
// found and what to do.
func (rt *Runtime) Load(ctx context.Context, name string, component []byte) (*Kernel, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Fault{Kind: KindCanceled, Kernel: name, Message: "the context had ended before the load", Err: err}
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
	code, err := rt.engine.Compile(ctx, p)
	if err != nil {
		return nil, loadFault(ctx, name, err)
	}
	k = newKernel(rt, name, p, code)
	rt.observe(Event{Kind: EventLoaded, Kernel: k.name, Version: k.Digest(), Label: k.Label()})
	return k, nil
}

// maxFile is the largest component that is read from a file, in bytes.
const maxFile = 256 << 20

// LoadFile is Load with the bytes of a file, whose path is the name.
func (rt *Runtime) LoadFile(ctx context.Context, path string) (*Kernel, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFile {
		return nil, &Fault{Kind: KindLimit, Kernel: path, Message: "the file is larger than 256 MiB: this is hardly a kernel"}
	}
	component, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Fault{Kind: KindMalformed, Kernel: path, Message: "there is no such file: build the kernel with tenon build, or give another path", Err: err}
	}
	if err != nil {
		return nil, &Fault{Kind: KindMalformed, Kernel: path, Message: "the file cannot be read", Err: err}
	}
	return rt.Load(ctx, path, component)
}

// loadFault is the fault of a failed load.
func loadFault(ctx context.Context, name string, err error) *Fault {
	f, ok := asFault(err)
	if !ok {
		f = instanceFault(ctx, err, nil)
	}
	f.Kernel = name
	return f
}
