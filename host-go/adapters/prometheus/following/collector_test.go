package following_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/adapters/prometheus/following"
	"github.com/tenon-dev/tenon/host-go/adapters/prometheus/internal/metricnames"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

func sample() []follow.Status {
	return []follow.Status{
		{Slot: "redact", Revision: 7, InStep: true},
		{Slot: "ua", Revision: 3, InStep: true, Refusals: map[registry.Reason]uint64{registry.ReasonGoldenFailed: 2, registry.ReasonIO: 1}},
		{Slot: "ua", Revision: 4, Refusals: map[registry.Reason]uint64{registry.ReasonIO: 1}}, // it takes the other one's place
	}
}

func TestMetrics(t *testing.T) {
	want := `
# HELP tenon_registry_in_step 1 where the slot serves what the registry says, 0 where it does not.
# TYPE tenon_registry_in_step gauge
tenon_registry_in_step{slot="redact"} 1
tenon_registry_in_step{slot="ua"} 0
# HELP tenon_registry_refusals_total Versions that were not taken, by reason.
# TYPE tenon_registry_refusals_total counter
tenon_registry_refusals_total{reason="golden-failed",slot="ua"} 2
tenon_registry_refusals_total{reason="io",slot="ua"} 2
# HELP tenon_registry_revision Revision of the registry's state, as it was last read.
# TYPE tenon_registry_revision gauge
tenon_registry_revision{slot="redact"} 7
tenon_registry_revision{slot="ua"} 4
`
	c := following.NewCollector(sample)
	if err := testutil.CollectAndCompare(c, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	problems, err := testutil.CollectAndLint(c)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// The table of names has every metric with its type and labels, and no other one of registries.
func TestNamesAreThoseOfTheTable(t *testing.T) {
	metricnames.Check(t, following.NewCollector(sample), func(name string) bool { return strings.HasPrefix(name, "tenon_registry_") })
}

// A follower's status is what is shown.
func ExampleNewCollector() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	rt, err := tenon.New(ctx, tenon.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close(ctx)
	slot, err := tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()})
	if err != nil {
		fmt.Println(err)
		return
	}
	reg, err := registry.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	follower, err := follow.Slot(ctx, slot, reg, follow.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer follower.Close(ctx)

	all := client.NewRegistry()
	all.MustRegister(following.NewCollector(following.All(follower)))
	families, err := all.Gather()
	for _, f := range families {
		fmt.Println(f.GetName(), f.Metric[0].Label[0].GetValue(), f.Metric[0].GetGauge().GetValue())
	}
	fmt.Println(err)
	// Output:
	// tenon_registry_in_step ledger 1
	// tenon_registry_revision ledger 0
	// <nil>
}
