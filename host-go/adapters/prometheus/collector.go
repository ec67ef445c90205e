// Package prometheus shows a runtime's counters as Prometheus metrics.
//
// It reads [tenon.Runtime.Stats] when it is scraped and costs calls nothing.
package prometheus

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Source gives the snapshot to show, usually a runtime's Stats method.
type Source func() tenon.RuntimeStats

// Collector is a prometheus.Collector over a runtime. Register one a runtime.
type Collector struct{ source Source }

// NewCollector makes a collector that reads from source at every scrape.
func NewCollector(source Source) *Collector { return &Collector{source} }

// The metrics, their labels, and what they count, as wit/vectors/names.json has them. Slots and versions are labels; a
// version is named by its digest.
var (
	kernels     = prometheus.NewDesc("tenon_kernels", "Kernels that are loaded.", nil, nil)
	total       = prometheus.NewDesc("tenon_memory_bytes", "Linear memory of all instances.", nil, nil)
	totalAtMost = prometheus.NewDesc("tenon_memory_limit_bytes", "Linear memory that all instances may have.", nil, nil)

	answers   = slotDesc("tenon_slot_answers_total", "Calls that kernels answered.")
	baselines = slotDesc("tenon_slot_baseline_total", "Calls that the baseline took.")
	fallbacks = slotDesc("tenon_slot_fallbacks_total", "Calls that the baseline took because a kernel had failed.")
	refused   = slotDesc("tenon_slot_refused_total", "Calls whose arguments were refused before a kernel saw them.")
	blamed    = slotDesc("tenon_slot_blamed_total", "Faults whose input the baseline could answer.")
	swaps     = slotDesc("tenon_slot_swaps_total", "Completed swaps.")
	unswapped = slotDesc("tenon_slot_swap_failures_total", "Swaps, stagings and promotions that failed and changed nothing.")
	share     = slotDesc("tenon_slot_share", "The part of the keys whose calls go to the staged version.")
	tripped   = slotDesc("tenon_slot_tripped", "1 while the breaker has the serving or the staged version turned off.")
	trips     = slotDesc("tenon_slot_trips_total", "How often the breaker turned a version off.")
	panics    = slotDesc("tenon_slot_panics_total", "Calls where the baseline panicked after a kernel had failed.")
	faults    = slotDesc("tenon_slot_faults_total", "Faults by kind, with those for which the baseline stepped in.", "kind")

	serving   = versionDesc("tenon_version_serving", "1 for the version that new calls go to, 0 for one that is staged or drains.")
	slow      = versionDesc("tenon_version_interpreted", "1 for a version whose kernel is interpreted, which takes some fifty times as long, 0 for one that is compiled.")
	instances = versionDesc("tenon_version_instances", "Instances that exist.")
	inUse     = versionDesc("tenon_version_instances_in_use", "Instances that are in a call.")
	memory    = versionDesc("tenon_version_memory_bytes", "Linear memory of all instances.")
	waiting   = versionDesc("tenon_version_waiting", "Calls that wait for an instance.")
	poisoned  = versionDesc("tenon_version_poisoned_total", "Instances that were closed after a fault.")
	retired   = versionDesc("tenon_version_retired_total", "Instances that were closed before their version was, by reason; those of fault are the poisoned ones.", "reason")
)

func slotDesc(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"slot"}, more...), nil)
}

func versionDesc(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"slot", "kernel", "version", "label"}, more...), nil)
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		kernels, total, totalAtMost, answers, baselines, fallbacks, refused, blamed, swaps, unswapped, share,
		tripped, trips, panics, faults,
		serving, slow, instances, inUse, memory, waiting, poisoned, retired,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	stats := c.source()
	gauge(to, kernels, float64(stats.Kernels))
	gauge(to, total, float64(stats.Memory))
	gauge(to, totalAtMost, float64(stats.MemoryLimit))
	for _, s := range byName(stats.Slots) {
		counter(to, answers, s.Answers, s.Slot)
		counter(to, baselines, s.Baseline, s.Slot)
		counter(to, fallbacks, s.Fallbacks, s.Slot)
		counter(to, refused, s.Refused, s.Slot)
		counter(to, blamed, s.Blamed, s.Slot)
		counter(to, swaps, s.Swaps, s.Slot)
		counter(to, unswapped, s.SwapFailures, s.Slot)
		gauge(to, share, s.Share, s.Slot)
		gauge(to, tripped, flag(s.Tripped), s.Slot)
		counter(to, trips, s.Trips, s.Slot)
		counter(to, panics, s.Panics, s.Slot)
		for kind, n := range s.Faults {
			counter(to, faults, n, s.Slot, string(kind))
		}
		for _, v := range byDigest(s.Versions) {
			collectVersion(to, s.Slot, v)
		}
	}
}

// byName adds up slots of one name: one may close while another takes its place, and a metric exists once.
func byName(slots []tenon.SlotStats) []tenon.SlotStats {
	var merged []tenon.SlotStats
	for _, s := range slots {
		at := slices.IndexFunc(merged, func(m tenon.SlotStats) bool { return m.Slot == s.Slot })
		if at < 0 {
			merged = append(merged, s)
			continue
		}
		m := &merged[at]
		m.Answers += s.Answers
		m.Baseline += s.Baseline
		m.Fallbacks += s.Fallbacks
		m.Refused += s.Refused
		m.Blamed += s.Blamed
		m.Swaps += s.Swaps
		m.SwapFailures += s.SwapFailures
		m.Share = max(m.Share, s.Share)
		m.Tripped = m.Tripped || s.Tripped
		m.Trips += s.Trips
		m.Panics += s.Panics
		m.Faults = add(m.Faults, s.Faults)
		m.Versions = slices.Concat(m.Versions, s.Versions)
	}
	return merged
}

// add adds up counts; the maps stay as they are.
func add[K comparable](a, b map[K]uint64) map[K]uint64 {
	sum := make(map[K]uint64, max(len(a), len(b)))
	for _, m := range []map[K]uint64{a, b} {
		for k, n := range m {
			sum[k] += n
		}
	}
	return sum
}

// byDigest adds up versions of one digest: one may drain while it serves again, and a metric exists once.
func byDigest(versions []tenon.VersionStats) []tenon.VersionStats {
	var merged []tenon.VersionStats
	for _, v := range versions {
		at := slices.IndexFunc(merged, func(m tenon.VersionStats) bool { return m.Version == v.Version })
		if at < 0 {
			merged = append(merged, v)
			continue
		}
		m := &merged[at]
		m.Serving = m.Serving || v.Serving
		m.Interpreted = m.Interpreted || v.Interpreted
		m.Instances += v.Instances
		m.InUse += v.InUse
		m.Memory += v.Memory
		m.Waiting += v.Waiting
		m.Poisoned += v.Poisoned
		m.Retired = add(m.Retired, v.Retired)
	}
	return merged
}

func collectVersion(to chan<- prometheus.Metric, slot string, v tenon.VersionStats) {
	labels := []string{slot, v.Kernel, v.Version, v.Label}
	gauge(to, serving, flag(v.Serving), labels...)
	gauge(to, slow, flag(v.Interpreted), labels...)
	gauge(to, instances, float64(v.Instances), labels...)
	gauge(to, inUse, float64(v.InUse), labels...)
	gauge(to, memory, float64(v.Memory), labels...)
	gauge(to, waiting, float64(v.Waiting), labels...)
	counter(to, poisoned, v.Poisoned, labels...)
	for reason, n := range v.Retired {
		counter(to, retired, n, append(labels, string(reason))...)
	}
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

func gauge(to chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func counter(to chan<- prometheus.Metric, d *prometheus.Desc, n uint64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}
