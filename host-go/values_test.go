package tenon_test

import (
	"fmt"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// An option is a value or none; its zero value is none.
func ExampleOption() {
	var none tenon.Option[string]
	some := tenon.Some("here")
	fmt.Println(none.Or("nothing"), some.Or("nothing"))
	if v, ok := some.Get(); ok {
		fmt.Println(v, none == tenon.None[string]())
	}
	// Output:
	// nothing here
	// here true
}

// A result inside another type has two sides.
func ExampleResult() {
	for _, r := range []tenon.Result[int, string]{tenon.Ok[int, string](7), tenon.Err[int]("too late")} {
		if v, e, ok := r.Get(); ok {
			fmt.Println("ok", v)
		} else {
			fmt.Println("error", e)
		}
	}
	// Output:
	// ok 7
	// error too late
}
