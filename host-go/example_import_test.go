package tenon_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// handMade grants the imports of testdata/things by hand: a sink is a number.
func handMade() tenon.Import {
	return tenon.Import{
		Name:      "test:wat/env@1.2.0",
		Resources: []tenon.ImportResource{{Name: "sink", Drop: func(_ context.Context, v any) { fmt.Println("dropped", v) }}},
		Funcs: []tenon.ImportFunc{
			{Name: "[constructor]sink", Dynamic: func(_ context.Context, args []tenon.Value) (tenon.Value, error) {
				return tenon.Value{Bits: 7 + args[0].Bits}, nil
			}},
			{Name: "[method]sink.write", Dynamic: func(_ context.Context, args []tenon.Value) (tenon.Value, error) {
				fmt.Printf("sink %d: %s\n", args[0].Bits, args[1].Text)
				return tenon.Value{Bits: uint64(len(args[1].Text))}, nil
			}},
			{Name: "name", Dynamic: func(context.Context, []tenon.Value) (tenon.Value, error) { return tenon.Value{Text: "an example"}, nil }},
			{Name: "note", Dynamic: func(context.Context, []tenon.Value) (tenon.Value, error) { return tenon.Value{}, nil }},
		},
	}
}

// A kernel may import what its loader grants. Generated packages make the Import of an implementation; by hand it takes
// functions over values.
func ExampleImport() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	k, err := rt.LoadFileWith(ctx, thingsFile, tenon.LoadOptions{Imports: []tenon.Import{handMade()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(k.Imports(), k.Grants())
	name, err := k.Call(ctx, "names")
	fmt.Println(name.Text, err)
	sum, err := k.Call(ctx, "sinks", tenon.Value{Bits: 0})
	fmt.Println(sum.Bits, err)
	// Output:
	// [test:wat/env@1.2.0] [test:wat/env@1.2.0]
	// an example <nil>
	// sink 7: hello
	// sink 7: hel
	// dropped 7
	// 8 <nil>
}

// Nothing is granted unless it is said. A grant of a compatible version serves; what it lacks is told at load.
func ExampleRuntime_LoadFileWith() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	_, err = rt.LoadFile(ctx, thingsFile)
	fmt.Println(errors.Is(err, tenon.ErrPolicy), strings.Contains(err.Error(), `"test:wat/env@1.2.0", which is not granted`))
	newer := handMade()
	newer.Name = "test:wat/env@1.4.1"
	k, err := rt.LoadFileWith(ctx, thingsFile, tenon.LoadOptions{Imports: []tenon.Import{newer}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(k.Grants())
	newer.Funcs = newer.Funcs[:3]
	_, err = rt.LoadFileWith(ctx, thingsFile, tenon.LoadOptions{Imports: []tenon.Import{newer}})
	fmt.Println(errors.Is(err, tenon.ErrPolicy), strings.Contains(err.Error(), `has no func "note"`))
	// Output:
	// true true
	// [test:wat/env@1.2.0 by test:wat/env@1.4.1]
	// true true
}

// A grant whose functions have other types than the kernel asks for does not fit: Text, which generated code has, says
// so at load and names the place.
func ExampleRuntime_LoadWith() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	other := handMade()
	other.Text = `package test:wat@1.2.0;
interface env {
  resource sink {
    constructor(n: u32) -> sink;
    write: func(text: list<u8>) -> u32;
  }
  name: func() -> string;
  note: func(n: u32);
}
`
	component, err := readThings()
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = rt.LoadWith(ctx, "things.wasm", component, tenon.LoadOptions{Imports: []tenon.Import{other}})
	_, message, _ := strings.Cut(err.Error(), "1.2.0: ")
	message, _, _ = strings.Cut(message, ": build")
	fmt.Println(errors.Is(err, tenon.ErrContract), message)
	// Output: true env.sink.write: the kernel has "write: func(text: string) -> u32;", the host has "write: func(text: list<u8>) -> u32;"
}

// Components of other tool chains often import WASI without needing it. The stub lets them load, and has no effects.
func ExampleWASI() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	k, err := rt.LoadFileWith(ctx, "../kernels/guests/wasip2/wasip2.wasm", tenon.LoadOptions{WASI: tenon.WASIStub})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, grant := range k.Grants() {
		if strings.HasPrefix(grant, "wasi:cli/exit@") {
			fmt.Println(grant)
		}
	}
	now, err := k.Call(ctx, "now")
	fmt.Println(now.Items[0].Bits, err)
	// Output:
	// wasi:cli/exit@0.2.6 by stub
	// 946684800 <nil>
}

// openExample is the part of the examples with resources that all share.
func openExample(ctx context.Context) (*tenon.Runtime, *tenon.Slot[any], error) {
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return nil, nil, err
	}
	k, err := rt.LoadFileWith(ctx, thingsFile, tenon.LoadOptions{Imports: []tenon.Import{handMade()}})
	if err != nil {
		return nil, nil, errors.Join(err, rt.Close(ctx))
	}
	slot, err := tenon.NewSlot(ctx, rt, "things", thingsContract(k), tenon.SlotConfig[any]{Kernel: k})
	if err != nil {
		return nil, nil, errors.Join(err, rt.Close(ctx))
	}
	return rt, slot, nil
}

// A resource keeps its instance until it is closed. Generated clients wrap what is written out here.
func ExampleResource() {
	ctx := context.Background()
	rt, slot, err := openExample(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	f, err := slot.Enter(ctx, newThing)
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Arg(0, 42)
	f.Invoke()
	r := f.LiftOwn(0, uint32(f.Ret(0))) // thingsRefs[0] is the resource
	if err := f.Leave(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(thingsRefs[0], "kept:", slot.Stats().Versions[0].Kept)

	f, err = r.Enter(ctx, getThing)
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Arg(0, uint64(f.LowerBorrow(0, r)))
	f.Invoke()
	n := uint32(f.Ret(0))
	fmt.Println(n, f.Leave())

	fmt.Println(r.Close(ctx), r.Close(ctx), "kept:", slot.Stats().Versions[0].Kept)
	_, err = r.Enter(ctx, getThing)
	fmt.Println(errors.Is(err, tenon.ErrClosed))
	// Output:
	// test:wat/things@1.0.0#thing kept: 1
	// 42 <nil>
	// <nil> <nil> kept: 0
	// true
}

// Resources that meet in one call must be of one instance: a pin makes them there.
func ExampleSlot_Pin() {
	ctx := context.Background()
	rt, slot, err := openExample(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	pin, err := slot.Pin(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pin.Close(ctx)
	var r [2]*tenon.Resource
	for i := range r {
		f, err := pin.EnterWith(ctx, newThing)
		if r[i], err = makeThing(f, err, uint32(20+i)); err != nil {
			fmt.Println(err)
			return
		}
		defer r[i].Close(ctx)
	}
	f, err := slot.EnterWith(ctx, joinThings, r[0], r[1])
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Arg(0, uint64(f.LowerOwn(0, r[0]))) // the kernel's from now on
	f.Arg(1, uint64(f.LowerBorrow(0, r[1])))
	f.Invoke()
	sum := uint32(f.Ret(0))
	fmt.Println(sum, f.Leave())
	// Output: 41 <nil>
}
