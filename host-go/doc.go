// Package tenon runs Rust kernels, compiled to Wasm components, in place of hot Go functions: sandboxed, swapped
// while calls are in flight, without cgo. Think of it as database/sql for hot functions: the handle is the pool.
//
// The words: a contract is a WIT package. A kernel is a component that serves it. A [Runtime] loads kernels; a
// [Kernel] is one version, named by the digest of its bytes. A [Slot] is the place in a service where a contract
// is served: by a kernel, or by its baseline, the Go implementation that the kernel replaces. A generated client
// (cmd/tenon-gen writes it) calls through the slot. An error is the contract's own, which is an answer, or a
// [*Fault].
//
//	rt, err := tenon.New(ctx, tenon.Config{CacheDir: dir})
//	defer rt.Close(ctx)
//	k, err := rt.LoadFile(ctx, "useragent.wasm")
//	slot, err := tenon.NewSlot(ctx, rt, "ua", useragent.Contract, tenon.SlotConfig[useragent.Parser]{
//		Baseline: useragent.Baseline(),
//		Kernel:   k,
//	})
//	agent, err := useragent.New(slot).Parse(ctx, line)
//	err = slot.Swap(ctx, k2)
//
// # What happens to a call
//
// The client takes an instance out of the pool of the version in service, lowers the arguments into its memory,
// calls once, lifts the answer and puts the instance back. An instance belongs to one call at a time; when all
// are out, another is made, up to [SlotConfig.MaxInstances], and then calls wait, up to [SlotConfig.MaxWait]. A
// kernel that panics, breaks the canonical ABI or asks for too much memory loses the instance, never the
// process; the same input then goes to the baseline, if there is one and the kernel can call nothing of the host.
//
// # Resources
//
// A resource of a kernel is state in one instance. Generated code has an interface for it, with Close. The instance is
// set aside until its last resource is closed, and counts against [SlotConfig.MaxInstances] meanwhile; calls on its
// resources take turns. Resources that shall meet in one call are made through [Slot.Pin]. A fault ends the instance and
// its resources, whose further calls are faults of kind closed. [Slot.Swap] and [Slot.Close] wait for open resources as
// they wait for calls.
//
// # Imports
//
// A kernel imports nothing unless [Runtime.LoadWith] grants it: an [Import] is made by generated code of an
// implementation in Go, or by hand over [Value]. [WASIStub] grants a WASI without effects, for components of other tool
// chains. [Kernel.Grants] tells what was granted. Host functions run on the caller's goroutine with the caller's context.
//
// # What is not there yet
//
// A kernel cannot be interrupted: one that loops for ever keeps its goroutine, and stops Go's collector. A
// context is looked at before a call and while it waits, not while the kernel runs.
package tenon
