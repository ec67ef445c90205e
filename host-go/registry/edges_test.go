package registry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestLabelsInTheOrderOfSemver(t *testing.T) {
	ordered := []string{
		"0.0.1", "0.9.0", "0.10.0", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
		"1.0.0", "1.0.0+build.1", "1.0.0+build.2", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "18446744073709551615.0.0",
	}
	for i, a := range ordered {
		if !isLabel(a) {
			t.Errorf("%q is no label", a)
		}
		for j, b := range ordered {
			if c := compareLabels(a, b); c < 0 != (i < j) || c == 0 != (i == j) {
				t.Errorf("%q and %q compare as %d", a, b, c)
			}
		}
	}
	for _, no := range []string{"18446744073709551616.0.0", "1.0.0-01", "1.0.0-", "1.0.0+", "1.0.0-a..b", "1.0.0\n", strings.Repeat("1", 100) + ".0.0", "1.0.0-" + strings.Repeat("a", 200)} {
		if isLabel(no) {
			t.Errorf("%.40q is a label", no)
		}
	}
}

// blocks makes PEM of some blocks.
func blocks(kind string, contents ...[]byte) []byte {
	var text []byte
	for _, content := range contents {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})...)
	}
	return text
}

func TestKeysThatAreNone(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, errA := x509.MarshalPKIXPublicKey(testKey.Public())
	private, errB := x509.MarshalPKCS8PrivateKey(testKey)
	otherPublic, errC := x509.MarshalPKIXPublicKey(other.Public())
	otherPrivate, errD := x509.MarshalPKCS8PrivateKey(other)
	if err := errors.Join(errA, errB, errC, errD); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "text": []byte("a key"), "too long": make([]byte, maxEnvelope+1),
		"two": blocks("PUBLIC KEY", public, public), "garbage": blocks("PUBLIC KEY", []byte("x")), "a secret one": blocks("PRIVATE KEY", private),
		"another kind": blocks("PUBLIC KEY", otherPublic),
	} {
		if _, err := ParseKey(text); ReasonOf(err) != ReasonSignatureMalformed {
			t.Errorf("public, %s: %v", name, err)
		}
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "a public one": blocks("PUBLIC KEY", public), "garbage": blocks("PRIVATE KEY", []byte("x")), "another kind": blocks("PRIVATE KEY", otherPrivate),
	} {
		if _, err := ParsePrivateKey(text); ReasonOf(err) != ReasonSignatureMalformed {
			t.Errorf("private, %s: %v", name, err)
		}
	}
	good := Statement{Digest: digestOf(nil), Contract: inMemory + "@1.0.0"}
	if _, err := Sign(good, nil); ReasonOf(err) != ReasonSignatureMalformed {
		t.Errorf("signed without a key: %v", err)
	}
	// A key of a wrong length is skipped where it is trusted, and does not end the process.
	trust := Trust{Keys: []ed25519.PublicKey{nil, []byte("short"), testKey.Public().(ed25519.PublicKey)}}
	if _, err := trust.Statement(sealed("version one", "1.0.0", 1), on(t, newDisk()).o.Now()); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotSigned(t *testing.T) {
	for name, change := range map[string]func(*Statement){
		"digest":   func(s *Statement) { s.Digest = "abc" },
		"contract": func(s *Statement) { s.Contract = "redact@1.0.0" },
		"label":    func(s *Statement) { s.Label = "latest" },
	} {
		s := Statement{Digest: digestOf(nil), Contract: inMemory + "@1.0.0", Label: "1.0.0"}
		if _, err := Sign(s, testKey); err != nil {
			t.Fatal(err)
		}
		change(&s)
		if _, err := Sign(s, testKey); ReasonOf(err) != ReasonSignatureMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, ticket := range []Ticket{{Contract: inMemory}, {Contract: "x", Digest: digestOf(nil)}} {
		if _, err := SignTicket(ticket, testKey); ReasonOf(err) != ReasonSignatureMalformed {
			t.Errorf("%+v: %v", ticket, err)
		}
	}
}

// Several signatures: one good one by a trusted key is enough, whatever the others are.
func TestOneGoodSignatureIsEnough(t *testing.T) {
	good := sealed("version one", "1.0.0", 1)
	bad := `{"keyid":"somebody","sig":"AAAA"},{"sig":"AAAA"},`
	text := strings.Replace(string(good), `"signatures":[`, `"later":{"a":1},"signatures":[`+bad, 1)
	if _, err := testTrust.Statement([]byte(text), on(t, newDisk()).o.Now()); err != nil {
		t.Error(err)
	}
}

func TestTheTrailKeepsItsLinesShort(t *testing.T) {
	d := newDisk()
	r := on(t, d)
	if _, err := r.Publish(inMemory, "1.0.0", []byte("one")); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("\x00\xff\n\"", 1<<18)
	e := Entry{Event: EventRefused, By: long, Host: long, Version: long, Label: long, Previous: long, Slot: long, Reason: Reason(long), Message: long}
	for range 3 {
		if err := r.Note(inMemory, e); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := r.Trail(inMemory, 3)
	if err != nil || len(entries) != 3 || !strings.HasPrefix(entries[0].Message, "\x00\uFFFD\n\"") {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if err := r.Note(inMemory, Entry{}); ReasonOf(err) != ReasonTrailMalformed {
		t.Errorf("an entry without an event: %v", err)
	}
	if err := r.Note("tenon:nowhere", Entry{Event: EventSwapped}); ReasonOf(err) != ReasonNotFound {
		t.Errorf("a note about nothing: %v", err)
	}
	for _, last := range []int{0, -1} {
		if entries, err := r.Trail(inMemory, last); entries != nil || err != nil {
			t.Errorf("Trail of the last %d = %v, %v", last, entries, err)
		}
	}
}

// A long trail is read from its end, and only as much of it as was asked for.
func TestALongTrailIsReadFromItsEnd(t *testing.T) {
	d := newDisk()
	r := on(t, d)
	if _, err := r.Publish(inMemory, "1.0.0", []byte("one")); err != nil {
		t.Fatal(err)
	}
	dir, _ := r.folder(inMemory)
	n := d.live[trailPath(dir)]
	line := `{"format":1,"time":"2026-11-22T02:04:11.123Z","event":"swapped","message":"` + strings.Repeat("m", 2000) + `","revision":%d}` + "\n"
	for i := range 10_000 {
		n.data = fmt.Appendf(n.data, line, i+1)
	}
	n.data = append(n.data, `{"format":1,"time":"2026`...) // torn
	for _, last := range []int{1, 2, 100, 1000} {
		entries, err := r.Trail(inMemory, last)
		if err != nil || len(entries) != last || entries[last-1].Revision != 10_000 || entries[0].Revision != uint64(10_000-last+1) {
			t.Errorf("the last %d: %d, %v", last, len(entries), err)
		}
	}
	for _, all := range []int{1_000_000, math.MaxInt} {
		if entries, err := r.Trail(inMemory, all); err != nil || len(entries) < 7_500 || len(entries) > 8_500 {
			t.Errorf("all, as %d: %d, %v; 16 MiB are read", all, len(entries), err)
		}
	}
}

// What lies beside contracts is none.
func TestContractsAreFoldersWithFiles(t *testing.T) {
	r, root := aRegistry(t)
	published(t, r, "1.0.0", "one")
	for _, name := range []string{"README.md", "tenon/notes.txt"} {
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".git/objects", "Tenon/redact", "tenon/empty", "lost+found"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if contracts, err := r.Contracts(); err != nil || !slices.Equal(contracts, []string{inMemory}) {
		t.Errorf("Contracts = %v, %v", contracts, err)
	}
	if _, err := Open(filepath.Join(root, "README.md")); ReasonOf(err) != ReasonNotAFile {
		t.Errorf("Open of a file: %v", err)
	}
	if _, err := Open(""); ReasonOf(err) != ReasonNameMalformed {
		t.Errorf("Open of nothing: %v", err)
	}
}

// A lock that is no file is refused, and does not hang.
func TestALockThatIsNoFile(t *testing.T) {
	r, root := aRegistry(t)
	v := published(t, r, "1.0.0", "one")
	lock := filepath.Join(root, "tenon", "redact", ".lock")
	if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o755)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Activate(inMemory, "1.0.0", Activation{}); ReasonOf(err) != ReasonNotAFile {
		t.Errorf("Activate = %v", err)
	}
	if _, err := r.Read(inMemory, v.Digest); err != nil {
		t.Errorf("Read = %v", err)
	}
}

// A trail that cannot be written does not hold up what is urgent: the version is active, and the error says what is missing.
func TestATrailThatCannotBeWritten(t *testing.T) {
	r, root := aRegistry(t)
	published(t, r, "1.0.0", "one")
	published(t, r, "1.1.0", "two")
	activated(t, r, "1.0.0")
	trail := filepath.Join(root, "tenon", "redact", "trail.jsonl")
	if err := errors.Join(os.Remove(trail), os.Mkdir(trail, 0o755)); err != nil {
		t.Fatal(err)
	}
	s, err := r.Activate(inMemory, "1.1.0", Activation{})
	if ReasonOf(err) != ReasonNotAFile || s.Revision != 2 {
		t.Fatalf("Activate = %+v, %v", s, err)
	}
	if now, err := r.State(inMemory); err != nil || !now.equal(s) {
		t.Fatalf("State = %+v, %v", now, err)
	}
	if err := os.Remove(trail); err != nil {
		t.Fatal(err)
	}
	if s := activated(t, r, "1.1.0"); s.Revision != 2 {
		t.Fatalf("activated again: %+v", s)
	}
	entries, err := r.Trail(inMemory, 10)
	if err != nil || len(entries) != 1 || entries[0].Revision != 2 || entries[0].Event != EventActivated {
		t.Fatalf("Trail = %+v, %v", entries, err)
	}
}

// A change whose note was lost is noted by the next one, before its own.
func TestALostNoteIsCaughtUpWith(t *testing.T) {
	d := newDisk()
	r := on(t, d)
	for _, label := range []string{"1.0.0", "1.1.0"} {
		if _, err := r.Publish(inMemory, label, []byte(label)); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"1.0.0", "1.1.0", Baseline, "1.0.0"} {
		d.fail = func(_ int, op string) error {
			if op == "append" && i%2 == 1 {
				return syscall.ENOSPC
			}
			return nil
		}
		s, err := r.Activate(inMemory, name, Activation{})
		d.fail = nil
		if s.Revision != uint64(i+1) || i%2 == 1 && ReasonOf(err) != ReasonNoSpace || i%2 == 0 && err != nil {
			t.Fatalf("Activate %s = %+v, %v", name, s, err)
		}
	}
	if _, err := r.Activate(inMemory, "1.0.0", Activation{}); err != nil {
		t.Fatal(err)
	}
	entries, err := r.Trail(inMemory, 100)
	if err != nil {
		t.Fatal(err)
	}
	var revisions []uint64
	for _, e := range entries {
		if e.Event == EventActivated {
			revisions = append(revisions, e.Revision)
		}
	}
	if !slices.Equal(revisions, []uint64{1, 2, 3, 4}) {
		t.Errorf("the trail has the revisions %v", revisions)
	}
}

// The last revision there can be is refused, and not counted on from 0.
func TestTheLastRevision(t *testing.T) {
	r, root := aRegistry(t)
	v := published(t, r, "1.0.0", "one")
	text := fmt.Sprintf(`{"format":1,"revision":18446744073709551615,"active":%q}`, v.Digest)
	if err := os.WriteFile(filepath.Join(root, "tenon", "redact", "state.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Activate(inMemory, Baseline, Activation{}); ReasonOf(err) != ReasonStateMalformed {
		t.Errorf("Activate = %v", err)
	}
}

// Two versions with one release counter: whoever was active with it first keeps it.
func TestOneCounterOneVersion(t *testing.T) {
	d := newDisk()
	r := on(t, d)
	for i, content := range []string{"one", "two"} {
		label := fmt.Sprintf("1.%d.0", i)
		if _, err := r.Publish(inMemory, label, []byte(content), Signed(sealed(content, label, 5))); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name string
		want Reason
	}{{"1.0.0", ""}, {"1.1.0", ReasonCounterBelowFloor}, {Baseline, ""}, {"1.1.0", ReasonCounterBelowFloor}, {"1.0.0", ""}} {
		if _, err := r.Activate(inMemory, step.name, Activation{Trust: &testTrust}); ReasonOf(err) != step.want {
			t.Errorf("Activate %s = %v, want %q", step.name, err, step.want)
		}
	}
}

// opens counts how often each file is opened, and does something after each.
type opens struct {
	fileSystem
	count map[string]int
	after func(path string)
}

func (o opens) Open(path string) (file, error) {
	o.count[path]++
	f, err := o.fileSystem.Open(path)
	o.after(path)
	return f, err
}

// Fetch opens each file once. Whoever moves a link between its check and its use moves it in vain.
func TestFetchOpensEachFileOnce(t *testing.T) {
	r, root := aRegistry(t)
	one, two := published(t, r, "1.0.0", "one"), published(t, r, "1.1.0", "two")
	if err := r.PutEnvelope(inMemory, one.Digest, sealed("one", "1.0.0", 1)); err != nil {
		t.Fatal(err)
	}
	activated(t, r, "1.0.0")
	dir := filepath.Join(root, "tenon", "redact")
	path := versionPath(dir, one.Digest)
	if err := errors.Join(os.Rename(path, path+".real"), os.Symlink(path+".real", path)); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	r, err := openOn(opens{system{}, count, func(opened string) {
		if opened == path {
			if err := errors.Join(os.Remove(path), os.Symlink(versionPath(dir, two.Digest), path)); err != nil {
				t.Error(err)
			}
		}
	}}, root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	release, err := r.Fetch(inMemory, testTrust, Served{})
	if err != nil || string(release.Component) != "one" {
		t.Fatalf("Fetch = %q, %v", release.Component, err)
	}
	if count[path] != 1 || count[envelopePath(dir, one.Digest)] != 1 || count[statePath(dir)] != 1 {
		t.Errorf("opened: %v", count)
	}
	for path, n := range count {
		if n > 1 {
			t.Errorf("%s was opened %d times", path, n)
		}
	}
	if _, err := r.Fetch(inMemory, testTrust, Served{}); ReasonOf(err) != ReasonDigestMismatch {
		t.Errorf("Fetch of what the link leads to now: %v", err)
	}
}

// Each time that is read of a trail can be written again, whatever zone it was noted in.
func TestTimesOfATrail(t *testing.T) {
	r, root := aRegistry(t)
	published(t, r, "1.0.0", "one")
	for _, c := range []struct {
		time string
		want Reason
	}{
		{"2026-11-22T02:00:00+24:00", ""}, {"2026-11-22T02:00:00-24:00", ""},
		{"9999-12-31T23:59:59-01:00", ReasonTrailMalformed}, {"0001-01-01T00:00:00+01:00", ReasonTrailMalformed},
	} {
		line := fmt.Sprintf(`{"format":1,"time":%q,"event":"swapped"}`+"\n", c.time)
		if err := os.WriteFile(filepath.Join(root, "tenon", "redact", "trail.jsonl"), []byte(line), 0o644); err != nil {
			t.Fatal(err)
		}
		entries, err := r.Trail(inMemory, 1)
		if ReasonOf(err) != c.want || (len(entries) == 1) != (c.want == "") {
			t.Errorf("%s: %v, %v", c.time, entries, err)
		}
		if _, err := json.Marshal(entries); err != nil {
			t.Errorf("%s: %v", c.time, err)
		}
	}
}

// A ticket of the largest size is written so that it can be read again, to the byte.
func TestALargeTicketIsReadAgain(t *testing.T) {
	r, root := aRegistry(t)
	versions := []Version{}
	for i, content := range []string{"one", "two"} {
		label := fmt.Sprintf("1.%d.0", i)
		v, err := r.Publish(inMemory, label, []byte(content), Signed(sealed(content, label, uint64(i)+1)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Activate(inMemory, label, Activation{Trust: &testTrust}); err != nil {
			t.Fatal(err)
		}
		versions = append(versions, v)
	}
	ticket, err := SignTicket(Ticket{Contract: inMemory, Digest: versions[0].Digest, Floor: 2}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	// An envelope may have other keys.
	other := fmt.Sprintf(`,"other":["<",%q]}`, strings.Repeat("&", maxEnvelope-len(ticket)-17))
	ticket = append(ticket[:len(ticket)-1], other...)
	if len(ticket) != maxEnvelope {
		t.Fatalf("a ticket of %d bytes", len(ticket))
	}
	s, err := r.Rollback(inMemory, Activation{Trust: &testTrust, Ticket: ticket})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.State(inMemory); err != nil || !again.equal(s) || !bytes.Equal(again.Ticket, ticket) {
		t.Errorf("the state is %d bytes of ticket, %v", len(again.Ticket), err)
	}
	// What nobody could read is not written.
	s.Ticket = append(s.Ticket, ' ', ' ')
	s.Ticket = bytes.Replace(s.Ticket, []byte(`["<"`), []byte(`["<<<"`), 1)
	if err := r.writeState(filepath.Join(root, "tenon", "redact"), s); ReasonOf(err) != ReasonStateMalformed {
		t.Errorf("a ticket that is too large: %v", err)
	}
	if _, err := r.State(inMemory); err != nil {
		t.Error(err)
	}
}

// Hosts remember a release counter longer than the state does, so that no other version gets it.
func TestACounterIsNotTakenAgain(t *testing.T) {
	r := on(t, newDisk())
	for i, label := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		var signed []PublishOption
		if i < 2 {
			signed = append(signed, Signed(sealed(label, label, 5)))
		}
		if _, err := r.Publish(inMemory, label, []byte(label), signed...); err != nil {
			t.Fatal(err)
		}
	}
	var served Served
	for _, name := range []string{"1.0.0", "1.2.0", Baseline} {
		activated(t, r, name)
		release, err := r.Fetch(inMemory, Trust{Keys: testTrust.Keys, Unsigned: true}, served)
		if err != nil {
			t.Fatal(err)
		}
		served = served.After(release)
	}
	if _, err := r.Activate(inMemory, "1.1.0", Activation{}); ReasonOf(err) != ReasonCounterBelowFloor {
		_, fetched := r.Fetch(inMemory, testTrust, served)
		t.Errorf("Activate = %v, and a host says %v", err, fetched)
	}
}

// The release counter 0 is none: whoever activates one version after the other is not stopped by the hosts.
func TestTheCounter0NumbersNothing(t *testing.T) {
	r := on(t, newDisk())
	var served Served
	for _, label := range []string{"1.0.0", "1.1.0"} {
		if _, err := r.Publish(inMemory, label, []byte(label), Signed(sealed(label, label, 0))); err != nil {
			t.Fatal(err)
		}
		activated(t, r, label)
		release, err := r.Fetch(inMemory, testTrust, served)
		if err != nil || !release.Signed || release.Digest != digestOf([]byte(label)) {
			t.Fatalf("Fetch of %s = %+v, %v", label, release, err)
		}
		served = served.After(release)
	}
	if served != (Served{}) {
		t.Errorf("the host keeps %+v", served)
	}
}
