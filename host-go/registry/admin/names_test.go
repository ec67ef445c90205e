package admin

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// The names of the report are those of wit/vectors/names.json, each on either side.
func TestNamesAreThoseOfTheTable(t *testing.T) {
	text, err := os.ReadFile("../../../wit/vectors/names.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Report []struct {
			Of    string
			Names []string
		}
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	objects := map[string]any{"report": report{}, "runtime": runtimeReport{}, "slot": slotReport{}, "version": versionReport{}, "last fault": Fault{},
		"event": Event{}, "drop-in": dropin.Status{}, "contract": contract{}, "published": published{}, "trail": registry.Entry{}, "failure": failure{},
		"change": done{}, "state": state{}, "request": request{}}
	for _, row := range table.Report {
		object, known := objects[row.Of]
		if !known {
			t.Errorf("the table has an object %q", row.Of)
			continue
		}
		delete(objects, row.Of)
		var names []string
		for field := range reflect.TypeOf(object).Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
		}
		slices.Sort(names)
		if want := slices.Sorted(slices.Values(row.Names)); !slices.Equal(names, want) {
			t.Errorf("%s has %q, and the table has %q", row.Of, names, want)
		}
	}
	for name := range objects {
		t.Errorf("the table has no %q", name)
	}
}
