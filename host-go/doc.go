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
// kernel that panics, breaks the canonical ABI, asks for too much memory or runs for too long loses the instance, never
// the process; the same input then goes to the baseline, if there is one and the kernel can call nothing of the host.
//
// # Versions
//
// [Slot.Swap] puts one version in the place of another: the new one is made ready first, new calls are directed to it with
// one store, and the old one closes with its last call. [Slot.Stage] keeps two versions ready instead: [Slot.Promote]
// flips from one to the other and back, and [Slot.Divide] sends a part of the calls, by their [Call.Key], to the staged one
// before. A version that fails again and again on what the baseline can answer is turned off by the slot's [Breaker], and
// tried again after a while. [Slot.Stats] tells the [State] of each version.
//
// # What bounds a kernel
//
// A kernel is interrupted wherever it is: its code is compiled with a countdown that lets the host look at the clock and
// at the context several times a millisecond, for a few percent of its speed. A kernel that runs for long holds up
// neither other goroutines nor the garbage collector.
//
//	what                     setting                   default      beyond it
//	a call's time            SlotConfig.Deadline       2 s          deadline; the baseline answers
//	                         the caller's context      none         canceled; nobody answers
//	a call's work            SlotConfig.Fuel           none         fuel; the baseline answers
//	depth of calls           none                      2 MiB        stack; the baseline answers
//	an instance's memory     Config.MemoryLimit        256 MiB      memory.grow fails; memory, if the kernel then gives up
//	a version's memory       SlotConfig.MaxMemory      1 GiB        calls wait, then overloaded
//	all instances' memory    Config.TotalMemory        4 GiB        as for one instance; calls wait, then overloaded
//	an answer's size         Config.AnswerLimit        256 MiB      memory
//	instances, calls         SlotConfig.MaxInstances   by CPUs      calls wait for SlotConfig.MaxWait, then overloaded
//	an instance's calls      SlotConfig.MaxUses        none         another takes its place
//	an instance's age        SlotConfig.MaxAge         none         another takes its place
//	an instance kept         .MaxInstanceMemory        none         another takes its place
//	idle instances           SlotConfig.IdleAfter      5 min        closed, down to SlotConfig.MinInstances
//	start and warm-up        Config.StartTimeout       30 s         deadline: the kernel does not come into service
//	calls by name            CallLimits                10 s         deadline, fuel
//
// Time begins when the kernel does, not while a call waits for an instance. A function of the host that is at work is not
// interrupted; when it returns, its time counts. A call that it makes with the context that it was given has
// limits of its own.
//
// # Resources
//
// A resource of a kernel is state in one instance. Generated code has an interface for it, with Close. The instance is
// set aside until its last resource is closed, and counts against [SlotConfig.MaxInstances] meanwhile; calls on its
// resources take turns. Resources that shall meet in one call are made through [Slot.Pin]. A fault ends the instance and
// its resources, whose further calls are faults of kind closed. [Slot.Swap] and [Slot.Close] wait for open resources as
// they wait for calls. Destructors have the limits of a call.
//
// # Imports
//
// A kernel imports nothing unless [Runtime.LoadWith] grants it: an [Import] is made by generated code of an
// implementation in Go, or by hand over [Value]. [WASIStub] grants a WASI without effects, for components of other tool
// chains. [Kernel.Grants] tells what was granted. Host functions run on the caller's goroutine with the caller's context.
//
// # Faults
//
// What is not an answer is a [*Fault], of one of the kinds of a closed list ([Kind]), the same on every host: [KindOf] is
// for a switch, errors.Is with [ErrDeadline] and its like for one of them. The context's error is in the chain of a fault of
// kind canceled alone, so that errors.Is(err, context.DeadlineExceeded) says that the caller's own time was up. A
// trap has a code ([TrapCode]). Faults are JSON objects and slog values with the names that wit/vectors/names.json
// has for both hosts.
package tenon
