// Package dropins has an example of plain functions that a registry's versions answer.
package dropins

import (
	"context"
	"fmt"
	"os"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/kernels/redact"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
	"github.com/tenon-dev/tenon/host-go/registry/source"
)

// What is active in a registry answers, from moment to moment.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	defer dropin.Close(ctx) // before the registry goes
	reg, err := registry.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	// As `tenon publish` and `tenon activate` do.
	if _, err := reg.Publish("tenon:redact", "1.1.0", redact.ComponentV1_1_0()); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := reg.Activate("tenon:redact", "1.1.0", registry.Activation{}); err != nil {
		fmt.Println(err)
		return
	}

	err = redact.Configure(ctx, redact.Config{
		Use:    dropin.Registry,
		Source: source.Folder(dir, follow.Config{Trust: registry.Trust{Unsigned: true}}),
		Slot:   tenon.SlotConfig[redact.Redactor]{Baseline: redact.BaselineWithURLs()}, // that of version 1.1.0
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	redaction, err := redact.Redact(ctx, "see https://example.com/?q=1")
	fmt.Println(redaction.Text, err)
	// Output: see <url> <nil>
}
