package tenon_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// goCalls is a baseline: the contract's interface in plain Go. The fake lends it the methods that it does not
// have.
type goCalls struct{ scalar.Fake }

func (goCalls) Add(_ context.Context, a, b uint32) (uint32, error) { return a + b, nil }

func (goCalls) Fail(_ context.Context, message string) error { return nil }

// A kernel answers in place of a Go function.
func Example() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	k, err := rt.LoadFile(ctx, scalarFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	slot, err := tenon.NewSlot(ctx, rt, "numbers", scalar.Contract, tenon.SlotConfig[scalar.Calls]{
		Baseline: goCalls{},
		Kernel:   k,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	sum, err := scalar.New(slot).Add(ctx, 40, 2)
	fmt.Println(sum, err)
	// Output: 42 <nil>
}

// open is the part of the examples that all share.
func open(ctx context.Context, cfg tenon.SlotConfig[scalar.Calls]) (*tenon.Runtime, *tenon.Slot[scalar.Calls], error) {
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return nil, nil, err
	}
	if cfg.Kernel, err = rt.LoadFile(ctx, scalarFile); err != nil {
		return nil, nil, errors.Join(err, rt.Close(ctx))
	}
	slot, err := tenon.NewSlot(ctx, rt, "numbers", scalar.Contract, cfg)
	if err != nil {
		return nil, nil, errors.Join(err, rt.Close(ctx))
	}
	return rt, slot, nil
}

// A panic in a kernel is a fault with the panic's message and place.
func ExampleFault() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	err = scalar.New(slot).Fail(ctx, "out of luck")
	fmt.Println(errors.Is(err, tenon.ErrTrap))
	var fault *tenon.Fault
	if errors.As(err, &fault) {
		fmt.Println(fault.Kind, fault.Kernel, fault.Label, fault.Export)
		fmt.Println(strings.HasSuffix(fault.Message, "out of luck"))
	}
	// Output:
	// true
	// trap scalar 1.0.0 tenon:scalar/calls@1.0.0#fail
	// true
}

// KindOf is for a switch.
func ExampleKindOf() {
	_, err := new(tenon.Slot[scalar.Calls]).Enter(context.Background(), 0)
	switch tenon.KindOf(err) {
	case tenon.KindClosed:
		fmt.Println("closed")
	case "":
		fmt.Println("not a fault")
	}
	// Output: closed
}

// With a baseline the caller sees an answer, and the note tells why.
func ExampleWithCall() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{Baseline: goCalls{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	var note tenon.Call
	_, err = scalar.New(slot).Add(tenon.WithCall(ctx, &note), 1, 2)
	fmt.Println(err, note.Label, note.Baseline)
	err = scalar.New(slot).Fail(tenon.WithCall(ctx, &note), "out of luck")
	fmt.Println(err, note.Baseline, errors.Is(note.Fault, tenon.ErrTrap))
	// Output:
	// <nil> 1.0.0 false
	// <nil> true true
}

// Swap changes what serves while calls go on.
func ExampleSlot_Swap() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{Baseline: goCalls{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	k := slot.Kernel()
	fmt.Println(slot.Name(), k.Name(), k.Label())
	if err := slot.Swap(ctx, nil); err != nil { // the baseline alone
		fmt.Println(err)
	}
	sum, err := scalar.New(slot).Add(ctx, 40, 2)
	fmt.Println(slot.Kernel() == nil, sum, err)
	if err := slot.Swap(ctx, k); err != nil {
		fmt.Println(err)
	}
	fmt.Println(slot.Kernel() == k, slot.Stats().Swaps)
	// Output:
	// numbers scalar 1.0.0
	// true 42 <nil>
	// true 2
}

// A slot counts what happens, and what its instances take.
func ExampleSlot_Stats() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{MinInstances: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	c := scalar.New(slot)
	_, _ = c.Add(ctx, 1, 2)
	_ = c.Fail(ctx, "out of luck")
	s := slot.Stats()
	fmt.Println(s.Answers, s.Faults, s.Versions[0].Instances, s.Versions[0].Poisoned)
	fmt.Println(rt.Stats().Kernels, rt.Stats().Instances)
	// Output:
	// 1 map[trap:1] 1 1
	// 1 1
}

// A closed slot answers nobody; closing again is fine.
func ExampleSlot_Close() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	fmt.Println(slot.Close(ctx), slot.Close(ctx))
	_, err = scalar.New(slot).Add(ctx, 1, 2)
	fmt.Println(errors.Is(err, tenon.ErrClosed))
	// Output:
	// <nil> <nil>
	// true
}

// A kernel tells what it is before it serves anywhere.
func ExampleRuntime_LoadFile() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	k, err := rt.LoadFile(ctx, scalarFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer k.Close()
	fmt.Println(k.Name(), k.Label(), k.Contract(), len(k.Digest()), k.Size() > 0, k.Imports())
	fmt.Println(k.Metadata().World, k.Contract().Funcs[0], scalar.Contract.Check(k))
	// Output:
	// scalar 1.0.0 tenon:scalar@1.0.0 64 true []
	// tenon:scalar/kernel@1.0.0 tenon:scalar/calls@1.0.0#add <nil>
}

// What is not a component is refused, with what to do.
func ExampleRuntime_Load() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	_, err = rt.Load(ctx, "kernel.wasm", []byte("#!/bin/sh"))
	fmt.Println(errors.Is(err, tenon.ErrMalformed))
	// Output: true
}

// Observers are told of loads, swaps, drained versions and faults.
func ExampleObserver() {
	ctx := context.Background()
	observer := tenon.ObserverFunc(func(e tenon.Event) { fmt.Println(e.Kind, e.Slot, e.Label) })
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir, Observer: observer})
	if err != nil {
		fmt.Println(err)
		return
	}
	k, err := rt.LoadFile(ctx, scalarFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	slot, err := tenon.NewSlot(ctx, rt, "numbers", scalar.Contract, tenon.SlotConfig[scalar.Calls]{Kernel: k})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = scalar.New(slot).Fail(ctx, "out of luck")
	_ = rt.Close(ctx)
	// Output:
	// loaded  1.0.0
	// fault numbers 1.0.0
	// drained numbers 1.0.0
}

// What a generated client does with a frame: enter, lower, invoke, lift, leave.
func ExampleFrame() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	const sum = 1 // its place in scalar.Contract.Funcs
	f, err := slot.Enter(ctx, sum)
	if err != nil {
		fmt.Println(err)
		return
	}
	addr, n := tenon.LowerNumbers(f, []uint32{1, 2, 39})
	f.Arg(0, uint64(addr))
	f.Arg(1, uint64(n))
	f.Invoke()
	total := f.Ret(0)
	fmt.Println(f.Leave(), total)
	// Output: <nil> 42
}
