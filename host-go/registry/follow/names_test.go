package follow_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/names"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// The lines of the log and the status have the names that wit/vectors/names.json has for both hosts.
func TestNamesAreThoseOfTheTable(t *testing.T) {
	table := names.Read(t)
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	statuses := []any{f.Status()}
	inStep(t, f, b.publishAndActivate(1))
	b.noted("swapped 1.0.0")
	if err := os.Remove(b.path("trail.jsonl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(b.path("trail.jsonl"), 0o755); err != nil { // nothing can be appended to it
		t.Fatal(err)
	}
	b.write("state.json", "{")
	statuses = append(statuses, refused(t, f, registry.ReasonStateMalformed))
	eventually(t, "the log has all lines", func() bool { return len(b.lines("trail not written")) == 1 })
	b.write("state.json", `{"format":1,"revision":3,"active":"","previous":""}`)
	inStep(t, f, "")
	if err := f.Sync(t.Context()); err != nil { // behind the look whose line is not there yet
		t.Fatal(err)
	}
	for _, line := range table.Logs {
		for _, logged := range b.lines(line.Message) {
			keys := slices.Sorted(maps.Keys(logged))
			keys = slices.DeleteFunc(keys, func(k string) bool { return k == "time" || k == "level" || k == "msg" })
			if slices.Contains(line.Keys, "contract") && !slices.Equal(keys, slices.Sorted(slices.Values(line.Keys))) {
				t.Errorf("the line %q has %q, and the table has %q", line.Message, keys, line.Keys)
			}
		}
	}
	for _, message := range []string{"version followed", "version refused", "trail not written"} {
		if len(b.lines(message)) == 0 {
			t.Errorf("no line %q", message)
		}
	}
	for _, s := range statuses {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(data, &object); err != nil {
			t.Fatal(err)
		}
		for _, n := range table.Status {
			if _, there := object[n.Name]; n.Always && !there {
				t.Errorf("%s has no %q", data, n.Name)
			}
			delete(object, n.Name)
		}
		if len(object) > 0 {
			t.Errorf("the table has no %q", slices.Sorted(maps.Keys(object)))
		}
	}
}
