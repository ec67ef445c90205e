package registry

import (
	"fmt"
	"testing"
)

// All envelopes of the folder are held against a version with the floor's release counter, which hosts may have served.
func TestTheCounterOfTheFloorIsHeldAgainstAllEnvelopes(t *testing.T) {
	r := on(t, newDisk())
	for i, content := range []string{"one", "two", "unsigned", "four"} {
		label := fmt.Sprintf("1.%d.0", i)
		var signed []PublishOption
		if content != "unsigned" {
			signed = append(signed, Signed(sealed(content, label, 5)))
		}
		if _, err := r.Publish(inMemory, label, []byte(content), signed...); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"1.0.0", "1.2.0", Baseline} {
		activated(t, r, name)
	}
	activate := func(label string, want Reason) {
		t.Helper()
		if _, err := r.Activate(inMemory, label, Activation{}); ReasonOf(err) != want {
			t.Errorf("Activate %s = %v, want %q", label, err, want)
		}
	}
	activate("1.1.0", ReasonCounterBelowFloor)
	activate("1.0.0", ReasonCounterBelowFloor)
	if err := r.PutEnvelope(inMemory, digestOf([]byte("two")), sealed("two", "1.1.0", 6)); err != nil {
		t.Fatal(err)
	}
	activate("1.0.0", ReasonCounterBelowFloor)
	if err := r.PutEnvelope(inMemory, digestOf([]byte("four")), sealed("four", "1.3.0", 7)); err != nil {
		t.Fatal(err)
	}
	activate("1.0.0", "")
	// Those that serve, or served before, are held against each other only.
	activate("1.2.0", "")
	if err := r.PutEnvelope(inMemory, digestOf([]byte("four")), sealed("four", "1.3.0", 5)); err != nil {
		t.Fatal(err)
	}
	activate("1.0.0", "")
}
