package registry

import (
	"reflect"
	"testing"
)

// What is dropped is told, whether or not the version goes with it.
func TestCollectTellsTheLabelsThatItDrops(t *testing.T) {
	r := on(t, newDisk())
	for _, v := range []struct{ label, content string }{{"1.9.0", "one"}, {"1.10.0", "two"}, {"2.0.0", "one"}, {"1.2.0", "one"}, {"3.0.0", "three"}} {
		if _, err := r.Publish(inMemory, v.label, []byte(v.content)); err != nil {
			t.Fatal(err)
		}
	}
	one, two := digestOf([]byte("one")), digestOf([]byte("two"))
	want := Collected{
		Removed: []Version{{Contract: inMemory, Digest: two, Labels: []string{"1.10.0"}, Size: 3}},
		Dropped: []Dropped{{"1.2.0", one}, {"1.9.0", one}, {"1.10.0", two}},
	}
	for _, dry := range []bool{true, false} {
		if got, err := r.Collect(inMemory, Collection{Keep: 2, DryRun: dry}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Collect, dry run %v: %+v, %v, want %+v", dry, got, err, want)
		}
	}
	if got, err := r.Collect(inMemory, Collection{Keep: 2}); err != nil || !reflect.DeepEqual(got, Collected{}) {
		t.Errorf("Collect once more: %+v, %v", got, err)
	}
}
