package admin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/registry/admin"
)

// One line of a trail takes neither the answer nor the other lines along.
func TestATrailWithADamagedLine(t *testing.T) {
	s := newService(t, nil)
	if err := s.follow.Close(t.Context()); err != nil { // so that nothing else writes to the trail
		t.Fatal(err)
	}
	trail := filepath.Join(s.reg.Root(), "tenon", "ledger", "trail.jsonl")
	damage := func(line string) {
		t.Helper()
		f, err := os.OpenFile(trail, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	damage(`{"format":1,"time":"2026-11-22T02:00:00+24:00","event":"refused"}`)
	o := object(t, s.ask("GET", admin.Path, ""))
	if at(o, "contracts", 0, "trail", 0, "time") != "2026-11-21T02:00:00Z" || at(o, "contracts", 0, "error") != nil {
		t.Errorf("%v", at(o, "contracts"))
	}
	damage(`{"format":1,"time":"yesterday","event":"refused"}`)
	o = object(t, s.ask("GET", admin.Path, ""))
	if text, _ := at(o, "contracts", 0, "error").(string); !strings.Contains(text, "trail.jsonl") || at(o, "contracts", 0, "trail", 0, "event") != "refused" {
		t.Errorf("%v", at(o, "contracts"))
	}
}
