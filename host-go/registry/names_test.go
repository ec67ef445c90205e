package registry

import (
	"slices"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/names"
)

// The reasons are those of wit/vectors/names.json, in its order and with its kinds, and the kinds are those of faults.
func TestReasonsAreThoseOfTheTable(t *testing.T) {
	table := names.Read(t)
	var listed []string
	for _, row := range table.Reasons {
		listed = append(listed, row.Name)
		if got := Reason(row.Name).Kind(); got != row.Kind {
			t.Errorf("%s is of kind %q, and the table has %q", row.Name, got, row.Kind)
		}
		isKind := slices.ContainsFunc(table.Kinds, func(k names.Word) bool { return k.Name == row.Kind })
		if !isKind && row.Name != string(ReasonWarmFailed) {
			t.Errorf("%s: no kind %q", row.Name, row.Kind)
		}
		if row.Meaning == "" {
			t.Errorf("%s has no meaning", row.Name)
		}
	}
	if mine := names.Constants(t, "reason.go", "Reason"); !slices.Equal(mine, listed) {
		t.Errorf("reasons %q, and the table has %q", mine, listed)
	}
	var given []string
	for _, k := range kinds {
		given = append(given, string(k.reason))
	}
	if !slices.Equal(given, listed) {
		t.Errorf("kinds are given for %q, and the table has %q", given, listed)
	}
}
