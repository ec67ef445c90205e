package tenon_test

import (
	"context"
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// A string of at most 64 bytes crosses once, with the answer.
func ExampleFrame_InvokeText() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	const echoString = 3 // its place in scalar.Contract.Funcs
	f, err := slot.Enter(ctx, echoString)
	if err != nil {
		fmt.Println(err)
		return
	}
	f.ArgString(0, "there and back") // flat parameters 0 and 1
	f.InvokeText()
	text := f.RetString()
	fmt.Println(f.Leave(), text)
	// Output: <nil> there and back
}

func ExampleArgNumbers() {
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
	tenon.ArgNumbers(f, 0, []uint32{1, 2, 39})
	f.Invoke()
	total := f.Ret(0)
	fmt.Println(f.Leave(), total)
	// Output: <nil> 42
}

func ExampleRetNumbers() {
	ctx := context.Background()
	rt, slot, err := open(ctx, tenon.SlotConfig[scalar.Calls]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)

	const echoBytes = 2 // its place in scalar.Contract.Funcs
	f, err := slot.Enter(ctx, echoBytes)
	if err != nil {
		fmt.Println(err)
		return
	}
	f.ArgBytes(0, []byte{4, 2})
	f.InvokeText()
	list := tenon.RetNumbers[uint8](f)
	fmt.Println(f.Leave(), list)
	// Output: <nil> [4 2]
}
