package utf8check_test

import (
	"context"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/kernels/utf8check"
)

func ExampleBaseline() {
	for _, text := range []string{"größer", "gr\xf6\xdfer"} {
		answer, err := utf8check.Baseline().FirstError(context.Background(), []byte(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		at, broken := answer.Get()
		fmt.Println(broken, at)
	}
	// Output:
	// false 0
	// true 2
}
