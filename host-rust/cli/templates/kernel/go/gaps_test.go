package {{package}}_test

import (
	"context"
	"errors"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"

	"{{import}}"
)

// The accepted differences between the kernel and its baseline. Each has a name, a reason and a test that fails when
// the difference is gone; grep for GAP.

// GAP invalid UTF-8: Go counts each byte that is part of no character as one, and the contract has strings of characters
// only. Such a text is refused before the kernel sees it.
func TestGapInvalidUTF8(t *testing.T) {
	ctx := context.Background()
	counts, err := {{package}}.Baseline().Count(ctx, "caf\xe9")
	if err != nil || counts.Characters != 4 {
		t.Errorf("the gap is gone: the baseline gives %v, %v", counts, err)
	}
	var fault *tenon.Fault
	if _, err := kernel(t).Count(ctx, "caf\xe9"); !errors.As(err, &fault) || fault.Kind != tenon.KindABI {
		t.Errorf("the gap is gone: the kernel gives %v", err)
	}
}
