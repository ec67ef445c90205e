package tenon_test

import (
	"context"
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// What an export takes and gives, for a program that makes Values of it.
func ExampleKernel_FuncType() {
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
	f, err := k.FuncType("sum")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range f.Params {
		fmt.Println(p.Name, p.Type.Kind, p.Type.Elem.Kind)
	}
	fmt.Println(f.Result.Kind)
	// Output:
	// values list u32
	// u64
}
