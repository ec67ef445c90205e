package registry_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
)

func ExampleRegistry_Watch() {
	r, remove := temporary()
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w := first(r.Watch(ctx, "tenon:redact", time.Second))
	defer w.Close()

	var deploy sync.WaitGroup
	defer deploy.Wait() // a revision can be seen before Activate has noted it in the trail
	deploy.Go(func() {
		first(r.Publish("tenon:redact", "1.0.0", []byte("a component")))
		first(r.Activate("tenon:redact", "1.0.0", registry.Activation{}))
	})
	for range w.C { // at once, and after each change
		if s := first(r.State("tenon:redact")); s.Exists {
			fmt.Println("revision", s.Revision)
			break
		}
	}
	// Output: revision 1
}
