package admin

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/internal/names"
	"github.com/tenon-dev/tenon/host-go/registry"
)

// The names of the report are those of wit/vectors/names.json, each on either side.
func TestNamesAreThoseOfTheTable(t *testing.T) {
	objects := map[string]any{"report": report{}, "runtime": runtimeReport{}, "slot": slotReport{}, "version": versionReport{}, "last fault": Fault{},
		"event": Event{}, "drop-in": dropin.Status{}, "contract": contract{}, "published": published{}, "trail": registry.Entry{}, "failure": failure{},
		"change": done{}, "state": state{}, "request": request{}}
	for _, row := range names.Read(t).Report {
		object, known := objects[row.Of]
		if !known {
			t.Errorf("the table has an object %q", row.Of)
			continue
		}
		delete(objects, row.Of)
		var fields []string
		for field := range reflect.TypeOf(object).Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			fields = append(fields, name)
		}
		slices.Sort(fields)
		if want := slices.Sorted(slices.Values(row.Names)); !slices.Equal(fields, want) {
			t.Errorf("%s has %q, and the table has %q", row.Of, fields, want)
		}
	}
	for name := range objects {
		t.Errorf("the table has no %q", name)
	}
}
