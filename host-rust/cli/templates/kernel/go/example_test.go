package {{package}}_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	tenon "github.com/tenon-dev/tenon/host-go"

	"{{import}}"
)

// A service serves the kernel in a slot, with the baseline to fall back to.
func Example() {
	ctx := context.Background()
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close(ctx)
	loaded, err := rt.Load(ctx, "{{name}}", {{package}}.Component())
	if err != nil {
		log.Fatal(err)
	}
	slot, err := tenon.NewSlot(ctx, rt, "{{name}}", {{package}}.Contract, tenon.SlotConfig[{{package}}.Counter]{
		Baseline: {{package}}.Baseline(),
		Kernel:   loaded,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer slot.Close(ctx)

	counter := {{package}}.New(slot)
	fmt.Println(counter.Count(ctx, "to be\nor not to be\n"))

	_, err = counter.Count(ctx, "to be\x00")
	if failure := ({{package}}.Failure{}); errors.As(err, &failure) {
		at, _ := failure.AsBinary()
		fmt.Println(failure.Kind(), at)
	}
	// Output:
	// {2 6 19} <nil>
	// binary 5
}

func ExampleBaseline() {
	fmt.Println({{package}}.Baseline().Count(context.Background(), "to be or not to be"))
	// Output: {1 6 18} <nil>
}
