// Package following shows how slots stand to the registries that they follow, as Prometheus metrics.
//
//	registry.MustRegister(prometheus.NewCollector(rt.Stats), following.NewCollector(following.All(followers...)))
//
// It reads the followers' status when it is scraped and costs them nothing.
package following

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

// Source gives the statuses to show.
type Source func() []follow.Status

// All is the source of the given followers, and of those that the drop-ins of the process have at the moment.
func All(followers ...*follow.Follower) Source {
	return func() []follow.Status {
		list := slices.Clone(followers)
		for _, f := range dropin.Followings() {
			if f, ok := f.(*follow.Follower); ok && !slices.Contains(list, f) {
				list = append(list, f)
			}
		}
		statuses := make([]follow.Status, len(list))
		for i, f := range list {
			statuses[i] = f.Status()
		}
		return statuses
	}
}

// Collector is a prometheus.Collector over followers. Register one a process.
type Collector struct{ source Source }

// NewCollector makes a collector that reads from source at every scrape.
func NewCollector(source Source) *Collector { return &Collector{source} }

// The metrics and their labels, as wit/vectors/names.json has them.
var (
	revision = prometheus.NewDesc("tenon_registry_revision", "Revision of the registry's state, as it was last read.", []string{"slot"}, nil)
	inStep   = prometheus.NewDesc("tenon_registry_in_step", "1 where the slot serves what the registry says, 0 where it does not.", []string{"slot"}, nil)
	refusals = prometheus.NewDesc("tenon_registry_refusals_total", "Versions that were not taken, by reason.", []string{"slot", "reason"}, nil)
)

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{revision, inStep, refusals} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, s := range bySlot(c.source()) {
		in := 0.0
		if s.InStep {
			in = 1
		}
		to <- prometheus.MustNewConstMetric(revision, prometheus.GaugeValue, float64(s.Revision), s.Slot)
		to <- prometheus.MustNewConstMetric(inStep, prometheus.GaugeValue, in, s.Slot)
		for reason, n := range s.Refusals {
			to <- prometheus.MustNewConstMetric(refusals, prometheus.CounterValue, float64(n), s.Slot, string(reason))
		}
	}
}

// bySlot makes one of the followers of slots with one name, of which one may be closing: a metric exists once. What is out of
// step counts, and the later revision.
func bySlot(statuses []follow.Status) []follow.Status {
	var merged []follow.Status
	for _, s := range statuses {
		at := slices.IndexFunc(merged, func(m follow.Status) bool { return m.Slot == s.Slot })
		if at < 0 {
			merged = append(merged, s)
			continue
		}
		m := &merged[at]
		m.Revision = max(m.Revision, s.Revision)
		m.InStep = m.InStep && s.InStep
		sum := maps.Clone(m.Refusals)
		if sum == nil {
			sum = map[registry.Reason]uint64{}
		}
		for reason, n := range s.Refusals {
			sum[reason] += n
		}
		m.Refusals = sum
	}
	return merged
}
