package registry

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"
)

// oneOf checks that an error is one of this package with a reason that a file's text can have.
func oneOf(t *testing.T, err error, reasons ...Reason) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !slices.Contains(reasons, e.Reason) || e.Message == "" {
		t.Fatalf("%v, want one of %v", err, reasons)
	}
}

// FuzzState: what is read as a state is written and read as the same one, and everything else has a reason.
func FuzzState(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseState("state.json", text)
		if err != nil {
			oneOf(t, err, ReasonStateMalformed, ReasonFormatNewer)
			return
		}
		if !s.Exists || s.Revision == 0 || s.Active != "" && !digestName.MatchString(s.Active) || s.Previous != "" && !digestName.MatchString(s.Previous) {
			t.Fatalf("%+v", s)
		}
		d := newDisk()
		r, err := openOn(d, "/", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.writeState("/", s); err != nil {
			t.Fatal(err)
		}
		again, err := r.state("/")
		if err != nil || again.Revision != s.Revision || !bytes.Equal(again.Ticket, s.Ticket) && !bytes.ContainsAny(s.Ticket, "<>&\u2028\u2029") {
			t.Fatalf("%+v became %+v, %v", s, again, err)
		}
	})
}

// FuzzLabels: what is read as labels has only names that are no paths, and is written and read as the same.
func FuzzLabels(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLabels("labels.json", text)
		if err != nil {
			oneOf(t, err, ReasonLabelsMalformed, ReasonFormatNewer, ReasonTooLarge)
			return
		}
		for label, digest := range l {
			if err := errors.Join(checkLabel(label), checkDigest(digest)); err != nil {
				t.Fatal(err)
			}
			if compareLabels(label, label) != 0 {
				t.Fatalf("%q is not %q", label, label)
			}
		}
		r, err := openOn(newDisk(), "/", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.writeLabels("/", l); err != nil {
			t.Fatal(err)
		}
		if again, err := r.labels("/"); err != nil || !maps.Equal(l, again) {
			t.Fatalf("%v became %v, %v", l, again, err)
		}
	})
}

// FuzzEnvelope: nothing counts that the trusted key did not sign, whatever it says of itself.
func FuzzEnvelope(f *testing.F) {
	good := sealed("version one", "1.1.0", 2)
	now := time.Date(2026, 11, 22, 2, 4, 11, 0, time.UTC)
	want, err := testTrust.Statement(good, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := testTrust.Statement(text, now)
		if err == nil && s != want {
			t.Fatalf("%+v counts, and was never signed", s)
		}
		if err != nil {
			oneOf(t, err, ReasonSignatureMalformed, ReasonSignatureInvalid, ReasonKeyUnknown, ReasonTooLarge)
		}
		if _, err := testTrust.Ticket(text, now); err == nil {
			t.Fatal("a ticket counts that was never signed")
		} else {
			oneOf(t, err, ReasonTicketInvalid)
		}
		if _, err := readStatement(text, nil); err != nil {
			oneOf(t, err, ReasonSignatureMalformed, ReasonTooLarge, ReasonFormatNewer)
		}
		if _, err := ParseKey(text); err != nil {
			oneOf(t, err, ReasonSignatureMalformed)
		}
		if _, err := ParsePrivateKey(text); err != nil {
			oneOf(t, err, ReasonSignatureMalformed)
		}
	})
}

// FuzzPayload: a signed statement or ticket of any content is read, or has a reason.
func FuzzPayload(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, payloadType := range []string{statementType, ticketType} {
			text, err := seal(payloadType, payload, testKey)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := testTrust.Statement(text, time.Now()); err != nil {
				oneOf(t, err, ReasonSignatureMalformed, ReasonFormatNewer, ReasonSignatureExpired, ReasonSignatureNotYetValid, ReasonTooLarge)
			}
			if _, err := testTrust.Ticket(text, time.Now()); err != nil {
				oneOf(t, err, ReasonTicketInvalid, ReasonFormatNewer)
			}
		}
	})
}

// FuzzTrail: whatever a trail holds, the next line is read, and a last line that a crash tore is no error.
func FuzzTrail(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		d := newDisk()
		r, err := openOn(d, "/", Options{})
		if err != nil {
			t.Fatal(err)
		}
		d.live[trailPath("/")] = &node{data: bytes.Clone(text)}
		before, err := r.trail("/", 1000)
		if err != nil {
			oneOf(t, err, ReasonTrailMalformed, ReasonFormatNewer)
		}
		if err := r.note("/", inMemory, Entry{Event: EventSwapped, Message: string(text)}); err != nil {
			t.Fatal(err)
		}
		after, _ := r.trail("/", 1000) // the lines before may be anything
		if n := len(after); n == 0 || n < len(before) || after[n-1].Event != EventSwapped || after[n-1].Contract != inMemory {
			t.Fatalf("%v became %v", before, after)
		}
	})
}
