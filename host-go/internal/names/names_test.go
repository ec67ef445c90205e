package names_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/names"
)

// Nothing stands in the file that the types leave out, and each row has a name and a meaning.
func TestTheTableIsReadWhole(t *testing.T) {
	table := names.Read(t)
	data, err := os.ReadFile("../../../wit/vectors/names.json")
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(new(names.Table)); err != nil {
		t.Error(err)
	}
	row := func(list, name, meaning string) {
		if name == "" || meaning == "" {
			t.Errorf("%s: %q means %q", list, name, meaning)
		}
	}
	for list, words := range map[string][]names.Word{"kinds": table.Kinds, "codes": table.Codes, "states": table.States, "reasons": table.Reasons} {
		if len(words) == 0 {
			t.Errorf("no %s", list)
		}
		for _, w := range words {
			row(list, w.Name, w.Meaning)
		}
	}
	for list, fields := range map[string][]names.Field{"fault": table.Fault, "status": table.Status} {
		if len(fields) == 0 {
			t.Errorf("no fields of %s", list)
		}
		for _, f := range fields {
			row(list, f.Name, f.Meaning)
		}
	}
	if len(table.Logs) == 0 || len(table.Report) == 0 || len(table.Metrics) == 0 {
		t.Errorf("%d logs, %d objects, %d metrics", len(table.Logs), len(table.Report), len(table.Metrics))
	}
	for _, l := range table.Logs {
		row("logs", l.Message, l.Meaning)
		row("logs", l.Message, l.Level)
	}
	for _, o := range table.Report {
		row("report", o.Of, o.Meaning)
	}
	for _, m := range slices.Concat(table.Metrics, table.HostMetrics) {
		row("metrics", m.Name, m.Meaning)
		row("metrics", m.Name, m.Type)
	}
	for _, m := range table.HostMetrics {
		if m.Host != "go" && m.Host != "rust" {
			t.Errorf("%s is of host %q", m.Name, m.Host)
		}
	}
}

type colour string

const (
	red   colour = "red"
	other        = "no colour"
	green colour = "green"
)

func TestConstants(t *testing.T) {
	if list := names.Constants(t, "names_test.go", "colour"); !slices.Equal(list, []string{string(red), string(green)}) {
		t.Errorf("%q; %q is of another type", list, other)
	}
}
