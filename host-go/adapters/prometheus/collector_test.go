package prometheus_test

import (
	"fmt"
	"strings"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/adapters/prometheus"
	"github.com/tenon-dev/tenon/host-go/adapters/prometheus/internal/metricnames"
)

func sample() tenon.RuntimeStats {
	return tenon.RuntimeStats{
		Kernels: 2, Memory: 1 << 20, MemoryLimit: 1 << 32,
		Slots: []tenon.SlotStats{{
			Slot: "ua", Answers: 7, Baseline: 3, Fallbacks: 2, Refused: 1, Blamed: 2, Swaps: 4, SwapFailures: 3, Share: 0.25, Tripped: true, Trips: 6, Panics: 8,
			Faults: map[tenon.Kind]uint64{tenon.KindTrap: 2},
			// Two versions of one label: digests tell them apart while one drains.
			Versions: []tenon.VersionStats{
				{Kernel: "useragent", Version: "aa", Label: "1.0.0", Serving: true, Instances: 2, InUse: 1, Memory: 65536, Waiting: 5},
				{Kernel: "useragent", Version: "bb", Label: "1.0.0", Interpreted: true, Instances: 1, InUse: 1, Poisoned: 2,
					Retired: map[tenon.Retirement]uint64{tenon.RetiredFault: 2, tenon.RetiredIdle: 1}},
			},
		}},
	}
}

func TestEveryCounterIsAMetric(t *testing.T) {
	want := `
# HELP tenon_memory_bytes Linear memory of all instances.
# TYPE tenon_memory_bytes gauge
tenon_memory_bytes 1.048576e+06
# HELP tenon_memory_limit_bytes Linear memory that all instances may have.
# TYPE tenon_memory_limit_bytes gauge
tenon_memory_limit_bytes 4.294967296e+09
# HELP tenon_slot_faults_total Faults by kind, with those for which the baseline stepped in.
# TYPE tenon_slot_faults_total counter
tenon_slot_faults_total{kind="trap",slot="ua"} 2
# HELP tenon_slot_fallbacks_total Calls that the baseline took because a kernel had failed.
# TYPE tenon_slot_fallbacks_total counter
tenon_slot_fallbacks_total{slot="ua"} 2
# HELP tenon_slot_panics_total Calls where the baseline panicked after a kernel had failed.
# TYPE tenon_slot_panics_total counter
tenon_slot_panics_total{slot="ua"} 8
# HELP tenon_slot_share The part of the keys whose calls go to the staged version.
# TYPE tenon_slot_share gauge
tenon_slot_share{slot="ua"} 0.25
# HELP tenon_slot_swap_failures_total Swaps, stagings and promotions that failed and changed nothing.
# TYPE tenon_slot_swap_failures_total counter
tenon_slot_swap_failures_total{slot="ua"} 3
# HELP tenon_slot_tripped 1 while the breaker has the serving or the staged version turned off.
# TYPE tenon_slot_tripped gauge
tenon_slot_tripped{slot="ua"} 1
# HELP tenon_slot_trips_total How often the breaker turned a version off.
# TYPE tenon_slot_trips_total counter
tenon_slot_trips_total{slot="ua"} 6
# HELP tenon_version_interpreted 1 for a version whose kernel is interpreted, which takes some fifty times as long, 0 for one that is compiled.
# TYPE tenon_version_interpreted gauge
tenon_version_interpreted{kernel="useragent",label="1.0.0",slot="ua",version="aa"} 0
tenon_version_interpreted{kernel="useragent",label="1.0.0",slot="ua",version="bb"} 1
# HELP tenon_version_retired_total Instances that were closed before their version was, by reason; those of fault are the poisoned ones.
# TYPE tenon_version_retired_total counter
tenon_version_retired_total{kernel="useragent",label="1.0.0",reason="fault",slot="ua",version="bb"} 2
tenon_version_retired_total{kernel="useragent",label="1.0.0",reason="idle",slot="ua",version="bb"} 1
# HELP tenon_version_serving 1 for the version that new calls go to, 0 for one that is staged or drains.
# TYPE tenon_version_serving gauge
tenon_version_serving{kernel="useragent",label="1.0.0",slot="ua",version="aa"} 1
tenon_version_serving{kernel="useragent",label="1.0.0",slot="ua",version="bb"} 0
# HELP tenon_version_waiting Calls that wait for an instance.
# TYPE tenon_version_waiting gauge
tenon_version_waiting{kernel="useragent",label="1.0.0",slot="ua",version="aa"} 5
tenon_version_waiting{kernel="useragent",label="1.0.0",slot="ua",version="bb"} 0
`
	c := prometheus.NewCollector(sample)
	err := testutil.CollectAndCompare(c, strings.NewReader(want), "tenon_memory_bytes", "tenon_memory_limit_bytes", "tenon_slot_faults_total", "tenon_slot_fallbacks_total",
		"tenon_slot_panics_total", "tenon_slot_share", "tenon_slot_swap_failures_total", "tenon_slot_tripped", "tenon_slot_trips_total",
		"tenon_version_interpreted", "tenon_version_retired_total", "tenon_version_serving", "tenon_version_waiting")
	if err != nil {
		t.Error(err)
	}
	if found := testutil.CollectAndCount(c); found != 31 {
		t.Errorf("%d metrics, want 31", found)
	}
}

func TestAVersionThatDrainsAndServesAgainIsOneMetric(t *testing.T) {
	again := sample()
	again.Slots[0].Versions = []tenon.VersionStats{
		{Version: "aa", Serving: true, Instances: 2},
		{Version: "aa", Instances: 1},
	}
	c := prometheus.NewCollector(func() tenon.RuntimeStats { return again })
	want := `
# HELP tenon_version_instances Instances that exist.
# TYPE tenon_version_instances gauge
tenon_version_instances{kernel="",label="",slot="ua",version="aa"} 3
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want), "tenon_version_instances"); err != nil {
		t.Error(err)
	}
}

// A slot that takes another one's place under its name is one metric with it, and no scrape fails.
func TestSlotsOfOneNameAreOneMetric(t *testing.T) {
	twice := sample()
	twice.Slots = append(twice.Slots, tenon.SlotStats{Slot: "ua", Answers: 5, Faults: map[tenon.Kind]uint64{tenon.KindTrap: 1, tenon.KindFuel: 1},
		Versions: []tenon.VersionStats{{Kernel: "useragent", Version: "bb", Label: "1.0.0", Serving: true, Retired: map[tenon.Retirement]uint64{tenon.RetiredIdle: 4}}}})
	want := `
# HELP tenon_slot_answers_total Calls that kernels answered.
# TYPE tenon_slot_answers_total counter
tenon_slot_answers_total{slot="ua"} 12
# HELP tenon_slot_faults_total Faults by kind, with those for which the baseline stepped in.
# TYPE tenon_slot_faults_total counter
tenon_slot_faults_total{kind="fuel",slot="ua"} 1
tenon_slot_faults_total{kind="trap",slot="ua"} 3
# HELP tenon_version_retired_total Instances that were closed before their version was, by reason; those of fault are the poisoned ones.
# TYPE tenon_version_retired_total counter
tenon_version_retired_total{kernel="useragent",label="1.0.0",reason="fault",slot="ua",version="bb"} 2
tenon_version_retired_total{kernel="useragent",label="1.0.0",reason="idle",slot="ua",version="bb"} 5
`
	c := prometheus.NewCollector(func() tenon.RuntimeStats { return twice })
	if err := testutil.CollectAndCompare(c, strings.NewReader(want), "tenon_slot_answers_total", "tenon_slot_faults_total", "tenon_version_retired_total"); err != nil {
		t.Error(err)
	}
}

// TestNamesAreThoseOfTheTable: wit/vectors/names.json has every metric with its type and labels.
func TestNamesAreThoseOfTheTable(t *testing.T) {
	metricnames.Check(t, prometheus.NewCollector(sample), func(name string) bool {
		return !strings.HasPrefix(name, "tenon_registry_") // of slots that follow a registry
	})
}

func TestNamesFollowPrometheusConventions(t *testing.T) {
	problems, err := testutil.CollectAndLint(prometheus.NewCollector(sample))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func ExampleNewCollector() {
	registry := client.NewRegistry()
	registry.MustRegister(prometheus.NewCollector(func() tenon.RuntimeStats {
		return tenon.RuntimeStats{Kernels: 1} // usually a runtime's Stats method
	}))
	families, err := registry.Gather()
	fmt.Println(len(families), families[0].GetName(), err)
	// Output: 3 tenon_kernels <nil>
}
