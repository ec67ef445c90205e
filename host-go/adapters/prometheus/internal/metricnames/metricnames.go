// Package metricnames holds the metrics of a collector against the table of names, for tests.
package metricnames

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tenon-dev/tenon/host-go/internal/names"
)

// Check fails the test unless a collector has the metrics of wit/vectors/names.json that are its own, all of them and no other
// ones, with their types and labels.
func Check(t *testing.T, c prometheus.Collector, own func(name string) bool) {
	t.Helper()
	want := map[string]string{}
	table := names.Read(t)
	for _, m := range slices.Concat(table.Metrics, table.HostMetrics) {
		if own(m.Name) && m.Host != "rust" {
			want[m.Name] = shape(m.Type, m.Labels)
		}
	}
	all := prometheus.NewRegistry()
	all.MustRegister(c)
	families, err := all.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range families {
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, l.GetName())
		}
		got[f.GetName()] = shape(strings.ToLower(f.GetType().String()), labels)
	}
	if !maps.Equal(got, want) {
		t.Errorf("metrics %v, and the table has %v", got, want)
	}
}

func shape(typ string, labels []string) string {
	return typ + " of " + strings.Join(slices.Sorted(slices.Values(labels)), ", ")
}
