package registry

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// numbered is an entry whose number can be told again, of a length that changes.
func numbered(number int) Entry {
	return Entry{Event: EventSwapped, Slot: strconv.Itoa(number), Message: strings.Repeat("m", number%7)}
}

// numbers gives the numbers that a trail has, of which none may be missing in between.
func numbers(t *testing.T, r *Registry) []int {
	t.Helper()
	entries, err := r.Trail(inMemory, maxEntries)
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for i, e := range entries {
		number, err := strconv.Atoi(e.Slot)
		if err != nil || i > 0 && number != found[i-1]+1 {
			t.Fatalf("%d after %v, %v", number, found, err)
		}
		found = append(found, number)
	}
	return found
}

// emptyTrail is a registry with a version and nothing in its trail, which is full at a length, and the paths of the trail's files.
func emptyTrail(t *testing.T, full int64) (r *Registry, now, before string) {
	t.Helper()
	r, _ = aRegistry(t)
	published(t, r, "1.0.0", "one")
	r.fullTrail = full
	dir, err := r.folder(inMemory)
	if err := errors.Join(err, os.Remove(trailPath(dir))); err != nil {
		t.Fatal(err)
	}
	return r, trailPath(dir), trailBeforePath(dir)
}

func noteNumbered(t *testing.T, r *Registry, number int) {
	t.Helper()
	if err := r.Note(inMemory, numbered(number)); err != nil {
		t.Fatal(err)
	}
}

func TestAFullTrailIsKeptUntilTheNextOneIsFull(t *testing.T) {
	const full = 1000
	r, now, before := emptyTrail(t, full)
	moved := 0
	for number := range 50 {
		content, _ := os.ReadFile(now) // none at first
		noteNumbered(t, r, number)
		if len(content) >= full {
			moved++
			if kept, err := os.ReadFile(before); err != nil || !bytes.Equal(kept, content) {
				t.Fatalf("%d bytes are kept of %d, %v", len(kept), len(content), err)
			}
		}
		found := numbers(t, r)
		if found[len(found)-1] != number || moved < 2 && len(found) != number+1 {
			t.Fatalf("after %d, moved %d times: %v", number, moved, found)
		}
		if entries, err := r.Trail(inMemory, 6); err != nil || len(entries) != min(6, number+1) {
			t.Fatalf("the last 6: %d, %v", len(entries), err)
		}
		// What a crash left of a line is part of a line in neither file.
		f, err := os.OpenFile(now, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(`{"format":1`)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if moved < 4 {
		t.Errorf("moved %d times", moved)
	}
	if findings, err := r.Verify(inMemory, testTrust); err != nil || len(findings) != 0 {
		t.Errorf("Verify = %v, %v", findings, err)
	}

	// What is wrong is told with its file, and a trail that cannot be moved away grows on.
	if err := errors.Join(os.Remove(before), os.Mkdir(before, 0o755)); err != nil {
		t.Fatal(err)
	}
	for number := 50; number < 80; number++ {
		noteNumbered(t, r, number)
	}
	if info, err := os.Stat(now); err != nil || info.Size() < 2*full {
		t.Errorf("%v, %v", info, err)
	}
	entries, err := r.Trail(inMemory, 1000)
	var e *Error
	if !errors.As(err, &e) || e.Reason != ReasonNotAFile || e.Path != before || len(entries) < 10 {
		t.Errorf("Trail = %d, %v", len(entries), err)
	}
	if findings, err := r.Verify(inMemory, testTrust); err != nil || len(findings) != 1 || findings[0].Path != before {
		t.Errorf("Verify = %v, %v", findings, err)
	}
}

func TestALookWhileTheTrailIsMovedMissesNothingInBetween(t *testing.T) {
	r, _, _ := emptyTrail(t, 3000)
	noteNumbered(t, r, 0)
	const last = 400
	done := make(chan error)
	go func() {
		for number := 1; number <= last; number++ {
			if err := r.Note(inMemory, numbered(number)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			if found := numbers(t, r); err != nil || found[len(found)-1] != last {
				t.Fatalf("%v, %v", found, err)
			}
			return
		default:
			numbers(t, r)
		}
	}
}

// A change of the state is looked for in both files.
func TestAChangeInTheTrailBeforeIsNotNotedAgain(t *testing.T) {
	r, now, _ := emptyTrail(t, fullTrail)
	activated(t, r, "1.0.0")
	r.fullTrail = 1
	noteNumbered(t, r, 0)
	r.fullTrail = fullTrail
	activated(t, r, "1.0.0")
	entries, err := r.Trail(inMemory, 10)
	var events []Event
	for _, e := range entries {
		events = append(events, e.Event)
	}
	if err != nil || !slices.Equal(events, []Event{EventActivated, EventSwapped}) {
		t.Errorf("%v, %v", events, err)
	}
	if text, err := os.ReadFile(now); err != nil || strings.Contains(string(text), "activated") {
		t.Errorf("%s: %q, %v", filepath.Base(now), text, err)
	}
}

// A contract that somebody removes gets no trail any more: its state goes between the first look at it and the lock.
func TestANoteBringsNoContractBack(t *testing.T) {
	d := prepared(t)
	r := on(t, d)
	dir, err := r.folder(inMemory)
	if err != nil {
		t.Fatal(err)
	}
	d.fail = func(_ int, op string) error {
		if op == "lock" {
			delete(d.live, statePath(dir))
			delete(d.live, trailPath(dir))
		}
		return nil
	}
	if err := r.Note(inMemory, Entry{Event: EventRefused}); ReasonOf(err) != ReasonNotFound {
		t.Error(err)
	}
	if d.live[trailPath(dir)] != nil {
		t.Error("there is a trail again")
	}
}
