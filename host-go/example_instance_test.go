package tenon_test

import (
	"context"
	"errors"
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// A tool calls a function whose types it does not know when it is compiled.
func ExampleKernel_Open() {
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
	i, err := k.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer i.Close(ctx)
	sum, err := i.Call(ctx, "add", tenon.Value{Bits: 40}, tenon.Value{Bits: 2})
	fmt.Println(sum.Bits, err)
	text, err := i.Call(ctx, "calls#echo-string", tenon.Value{Text: "héllo"})
	fmt.Println(text.Text, err)
	list, err := i.Call(ctx, "sum", tenon.Value{Items: []tenon.Value{{Bits: 1}, {Bits: 2}}})
	fmt.Println(list.Bits, err)
	// Output:
	// 42 <nil>
	// héllo <nil>
	// 3 <nil>
}

// A third-party component imports WASI without using much of it; the stub lets it run.
func ExampleKernel_Call() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	const file = "../kernels/guests/wasip2/wasip2.wasm"
	_, err = rt.LoadFile(ctx, file)
	fmt.Println(errors.Is(err, tenon.ErrPolicy))
	k, err := rt.LoadFileWith(ctx, file, tenon.LoadOptions{WASI: tenon.WASIStub})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := k.Call(ctx, "hello", tenon.Value{Text: "you"})
	fmt.Println(answer.Text, err)
	// Output:
	// true
	// Hello, you! <nil>
}

// What a component exports, with the types that arguments must have.
func ExampleKernel_Exports() {
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
	for _, f := range k.Exports() {
		fmt.Println(f.Name, f.Text)
	}
	// Output:
	// add func(a: u32, b: u32) -> u32
	// sum func(values: list<u32>) -> u64
	// echo-bytes func(bytes: list<u8>) -> list<u8>
	// echo-string func(text: string) -> string
	// fail func(message: string)
}
