package fuzzyrank_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/fuzzyrank"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/gaps"
)

// The accepted differences between the kernel and its baseline. Each has a name, a reason and a test that fails when
// the difference is gone; grep for GAP. None is in an answer to text.

// GAP invalid UTF-8: to fzf each byte that is part of no character is U+FFFD, and the contract has strings of characters only.
// Such a text is refused before the kernel sees it; file names of other encodings have to be converted or left out.
func TestGapInvalidUTF8(t *testing.T) {
	ctx := t.Context()
	lines := "caf\xe9\n"
	if r, err := fuzzyrank.Baseline().Rank(ctx, "caf", lines, 1); err != nil || r.Total != 1 {
		t.Errorf("the gap is gone: the baseline gives %v, %v", r, err)
	}
	_, errLines := kernel(t).Rank(ctx, "caf", lines, 1)
	_, errQuery := kernel(t).Rank(ctx, "\xe9", "caf", 1)
	_, errIndex := kernel(t).NewIndex(ctx, lines)
	_, errLine := kernel(t).Positions(ctx, "caf", lines)
	for _, err := range []error{errLines, errQuery, errIndex, errLine} {
		var fault *tenon.Fault
		if !errors.As(err, &fault) || fault.Kind != tenon.KindABI {
			t.Errorf("the gap is gone: the kernel gives %v", err)
		}
	}
}

// GAP closed: the baseline's index is a slice, for which closing means nothing; the kernel's is gone.
func TestGapClosed(t *testing.T) {
	for name, side := range sides(t) {
		index, err := side.NewIndex(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(index.Close(t.Context()), index.Close(t.Context())); err != nil {
			t.Error(err)
		}
		if _, err := index.Rank(t.Context(), "a", 1); errors.Is(err, tenon.ErrClosed) != (name == "kernel") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// GAP memory: lines that the instance's memory cannot hold are a fault of the kernel, and go to the baseline where the slot
// has one; the baseline takes whatever the process has.
func TestGapMemory(t *testing.T) {
	lines := strings.Repeat("a/path/of/no/meaning\n", 1<<18)
	gaps.Memory(t, fuzzyrank.Contract, fuzzyrank.Component(), fuzzyrank.Baseline(), func(slot *tenon.Slot[fuzzyrank.Ranker]) error {
		ranking, err := fuzzyrank.New(slot).Rank(t.Context(), "meaning", lines, 1)
		if err == nil && ranking.Total != 1<<18 {
			err = fmt.Errorf("%v", ranking)
		}
		return err
	})
}
