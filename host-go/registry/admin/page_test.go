package admin

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Who looks at a slow service sees which version is interpreted.
func TestThePageSaysWhatIsInterpreted(t *testing.T) {
	for _, interpreted := range []bool{false, true} {
		w := httptest.NewRecorder()
		writePage(w, report{Slots: []slotReport{{Slot: "redact", Versions: []versionReport{{State: "serving", Interpreted: interpreted}}}}})
		if found := strings.Contains(w.Body.String(), "interpreted"); found != interpreted {
			t.Errorf("interpreted %v, and the page says %v", interpreted, found)
		}
	}
}
