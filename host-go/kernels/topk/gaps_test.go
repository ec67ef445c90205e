package topk_test

import (
	"context"
	"errors"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
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
	rt, err := tenon.New(t.Context(), tenon.Config{MemoryLimit: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.Background())
	kernel, err := rt.Load(t.Context(), "topk", topk.Component())
	if err != nil {
		t.Fatal(err)
	}
	matrix := make([]int8, 8<<20)
	for name, baseline := range map[string]topk.Searcher{"none": nil, "the Go loop": topk.Baseline()} {
		slot, err := tenon.NewSlot(t.Context(), rt, name, topk.Contract, tenon.SlotConfig[topk.Searcher]{
			Kernel: kernel, Baseline: baseline,
		})
		if err != nil {
			t.Fatal(err)
		}
		index, err := topk.New(slot).NewInt8Index(t.Context(), matrix, 1<<10, topk.MetricDot)
		if baseline == nil {
			if !errors.Is(err, tenon.ErrMemory) {
				t.Errorf("without a baseline: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if hits, err := index.Search(t.Context(), matrix[:1<<10], 1); err != nil || len(hits) != 1 {
			t.Errorf("the baseline's index: %v, %v", hits, err)
		}
	}
}
