package topk_test

import (
	"errors"
	"fmt"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/kernels/internal/gaps"
	"github.com/tenon-dev/tenon/host-go/kernels/topk"
)

// The accepted differences between the kernel and its baseline; grep for GAP. None is in an answer.

// GAP closed: the baseline's index is a slice, for which closing means nothing; the kernel's is gone.
func TestGapClosed(t *testing.T) {
	for name, side := range open(t) {
		index, err := side.NewInt8Index(t.Context(), []int8{1}, 1, topk.MetricDot)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(index.Close(t.Context()), index.Close(t.Context())); err != nil {
			t.Error(err)
		}
		if _, err := index.Search(t.Context(), []int8{1}, 1); errors.Is(err, tenon.ErrClosed) != (name == "kernel") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// GAP memory: a matrix that the instance's memory cannot hold is a fault of the kernel, and goes to the baseline where the slot
// has one; the baseline takes whatever the process has.
func TestGapMemory(t *testing.T) {
	matrix := make([]int8, 8<<20)
	gaps.Memory(t, topk.Contract, topk.Component(), topk.Baseline(), func(slot *tenon.Slot[topk.Searcher]) error {
		index, err := topk.New(slot).NewInt8Index(t.Context(), matrix, 1<<10, topk.MetricDot)
		if err != nil {
			return err
		}
		hits, err := index.Search(t.Context(), matrix[:1<<10], 1)
		if err == nil && len(hits) != 1 {
			err = fmt.Errorf("the baseline's index has %v", hits)
		}
		return err
	})
}
