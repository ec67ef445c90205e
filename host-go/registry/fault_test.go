package registry

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const inMemory = "tenon:redact"

// A deed is one writing operation, on the registry that prepared makes.
type deed struct {
	name string
	do   func(r *Registry) error
}

var (
	testKey   = ed25519.NewKeyFromSeed([]byte("a key for the tests of the faults"[:32]))
	testTrust = Trust{Keys: []ed25519.PublicKey{testKey.Public().(ed25519.PublicKey)}, Unsigned: true}
	// contents of the versions: four are there, and the last is published anew.
	contents = []string{"version zero", "version one", "version two", "version three", "version four"}
)

func sealed(content, label string, counter uint64) []byte {
	envelope, err := Sign(Statement{Digest: digestOf([]byte(content)), Contract: inMemory + "@1.0.0", Label: label, Counter: counter}, testKey)
	if err != nil {
		panic(err)
	}
	return envelope
}

// prepared is a registry with labelled versions, the first one active, and one without a label. All of it is durable.
func prepared(t *testing.T) *disk {
	t.Helper()
	d := newDisk()
	r := on(t, d)
	for i, label := range []string{"1.0.0", "1.1.0", "", "0.9.0"} {
		var signed []PublishOption
		if i == 1 || i == 3 {
			signed = append(signed, Signed(sealed(contents[i], label, uint64(4-i))))
		}
		if _, err := r.Publish(inMemory, label, []byte(contents[i]), signed...); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Activate(inMemory, "1.0.0", Activation{}); err != nil {
		t.Fatal(err)
	}
	return d
}

func on(t *testing.T, d *disk) *Registry {
	t.Helper()
	r, err := openOn(d, "/registry", Options{LockWait: time.Nanosecond, Now: func() time.Time { return time.Date(2026, 11, 22, 2, 4, 11, 0, time.UTC) }})
	if err != nil {
		t.Fatalf("open: %v\n%s", err, d)
	}
	if d.full > 0 {
		r.fullTrail = d.full
	}
	return r
}

// eachStart does a test on a prepared registry, and on one whose trail is full, so that the first line of each deed begins another.
func eachStart(t *testing.T, do func(t *testing.T, start *disk)) {
	full := prepared(t)
	dir, err := on(t, full).folder(inMemory)
	if err != nil {
		t.Fatal(err)
	}
	full.full = int64(len(full.live[trailPath(dir)].data))
	for name, start := range map[string]*disk{"prepared": prepared(t), "with a full trail": full} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do(t, start)
		})
	}
}

var deeds = []deed{
	{"publish", func(r *Registry) error {
		_, err := r.Publish(inMemory, "1.2.0", []byte(contents[4]), Signed(sealed(contents[4], "1.2.0", 3)))
		return err
	}},
	{"publish the first version of a contract", func(r *Registry) error {
		_, err := r.Publish("tenon:another", "1.0.0", []byte(contents[4]))
		return err
	}},
	{"label", func(r *Registry) error {
		_, err := r.Publish(inMemory, "1.2.0", []byte(contents[2]))
		return err
	}},
	{"label and sign the active version", func(r *Registry) error {
		_, err := r.Publish(inMemory, "1.0.1", []byte(contents[0]), Signed(sealed(contents[0], "1.0.1", 1)))
		return err
	}},
	{"sign", func(r *Registry) error {
		return r.PutEnvelope(inMemory, digestOf([]byte(contents[0])), sealed(contents[0], "1.0.0", 1))
	}},
	{"activate", func(r *Registry) error {
		_, err := r.Activate(inMemory, "1.1.0", Activation{Trust: &testTrust})
		return err
	}},
	{"roll back", func(r *Registry) error {
		_, err := r.Rollback(inMemory, Activation{})
		return err
	}},
	{"collect", func(r *Registry) error {
		_, err := r.Collect(inMemory, Collection{Now: true, Keep: 1})
		return err
	}},
	{"note", func(r *Registry) error { return r.Note(inMemory, Entry{Event: EventSwapped, Slot: "s"}) }},
}

// intact checks what holds at any time: everything can be read, active and previous are there, every version has its digest, and
// labels, signatures and trail are in order.
func intact(t *testing.T, when string, d *disk) State {
	t.Helper()
	r := on(t, d)
	contracts, err := r.Contracts()
	if err != nil || !slices.Contains(contracts, inMemory) {
		t.Fatalf("%s: contracts %v, %v\n%s", when, contracts, err, d)
	}
	for _, contract := range contracts {
		findings, err := r.Verify(contract, testTrust)
		if err != nil {
			t.Fatalf("%s: %v\n%s", when, err, d)
		}
		for _, f := range findings {
			// The one may be left in the middle of gc, and the next gc takes it; the other between signature and label of a publish.
			signature := strings.HasSuffix(f.Path, ".dsse.json") && f.Digest != digestOf([]byte(contents[0]))
			if signature && (f.Reason == ReasonVersionMissing || f.Reason == ReasonLabelMismatch) {
				continue
			}
			t.Fatalf("%s: %+v\n%s", when, f, d)
		}
		if _, err := r.Fetch(contract, testTrust, Served{}); err != nil {
			t.Fatalf("%s: %v\n%s", when, err, d)
		}
	}
	versions, err := r.List(inMemory)
	if err != nil {
		t.Fatalf("%s: %v\n%s", when, err, d)
	}
	for _, v := range versions {
		if v.Digest == digestOf([]byte(contents[3])) && !v.Signed {
			t.Fatalf("%s: %s lost its signature\n%s", when, v.Digest, d)
		}
	}
	s, err := r.State(inMemory)
	if err != nil {
		t.Fatalf("%s: %v\n%s", when, err, d)
	}
	return s
}

// told gives how many entries the trails of all contracts have.
func told(t *testing.T, d *disk) int {
	t.Helper()
	r := on(t, d)
	contracts, err := r.Contracts()
	count := 0
	for _, contract := range contracts {
		entries, wrong := r.Trail(contract, 1000)
		err = errors.Join(err, wrong)
		count += len(entries)
	}
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// kept checks that a trail has all that it had at the start.
func kept(t *testing.T, when string, start, d *disk) {
	t.Helper()
	was, errStart := on(t, start.clone()).Trail(inMemory, 1000)
	is, err := on(t, d.clone()).Trail(inMemory, 1000)
	if err := errors.Join(errStart, err); err != nil || len(was) == 0 || len(is) < len(was) || !slices.Equal(was, is[:len(was)]) {
		t.Fatalf("%s: the trail had %v, and has %v, %v\n%s", when, was, is, err, d)
	}
}

// outcome gives the states before and after a deed, and how many operations it takes.
func outcome(t *testing.T, d deed, start *disk) (before, after State, steps int) {
	t.Helper()
	before = intact(t, d.name, start.clone())
	disk := start.clone()
	r := on(t, disk)
	disk.steps = 0
	if err := d.do(r); err != nil {
		t.Fatalf("%s: %v", d.name, err)
	}
	steps = disk.steps
	if here, left := told(t, disk.clone()), told(t, disk.powerCut(none, false)); here <= told(t, start.clone()) || left != here {
		t.Fatalf("%s: the trails have %d entries, and %d after a power cut\n%s", d.name, here, left, disk)
	}
	return before, intact(t, d.name, disk.clone()), steps
}

// after looks at what a deed that did not end left, and does it again: then all is as if it had never failed.
func afterwards(t *testing.T, when string, d deed, start, disk *disk, before, after State) {
	t.Helper()
	kept(t, when, start, disk)
	if s := intact(t, when, disk.clone()); !s.equal(before) && !s.equal(after) {
		t.Fatalf("%s: state %+v, neither %+v nor %+v\n%s", when, s, before, after, disk)
	}
	if err := d.do(on(t, disk)); err != nil {
		t.Fatalf("%s, again: %v\n%s", when, err, disk)
	}
	if s := intact(t, when, disk.clone()); !s.equal(after) {
		t.Fatalf("%s, again: state %+v, want %+v\n%s", when, s, after, disk)
	}
	if s := intact(t, when, disk.powerCut(none, false)); !s.equal(after) {
		t.Fatalf("%s, again, and a power cut: state %+v, want %+v\n%s", when, s, after, disk)
	}
	kept(t, when, start, disk.powerCut(none, false))
	if s := noted(t, when, disk); s != after.Revision {
		t.Fatalf("%s, again: the trail ends with revision %d, want %d\n%s", when, s, after.Revision, disk)
	}
}

func noted(t *testing.T, when string, d *disk) uint64 {
	t.Helper()
	r := on(t, d)
	dir, err := r.folder(inMemory)
	if err != nil {
		t.Fatal(when, err)
	}
	return r.noted(dir)
}

// Each operation of the file system fails in each way, once or from then on, and the registry says why and stays whole.
func TestEveryFaultOfTheFileSystem(t *testing.T) { eachStart(t, everyFault) }

func everyFault(t *testing.T, start *disk) {
	faults := []struct {
		name    string
		err     error
		ops     string // what can fail so; "" is all
		lasting bool
		want    []Reason
	}{
		{"no space", syscall.ENOSPC, "write temp append mkdir lock sync rename", false, []Reason{ReasonNoSpace}},
		{"no space any more", syscall.ENOSPC, "write temp append mkdir lock sync rename", true, []Reason{ReasonNoSpace}},
		{"quota used up", syscall.EDQUOT, "write temp append mkdir", true, []Reason{ReasonNoSpace}},
		{"I/O error", syscall.EIO, "", false, []Reason{ReasonIO}},
		{"I/O errors", syscall.EIO, "", true, []Reason{ReasonIO}},
		{"short write", errShort, "write", false, []Reason{ReasonIO}},
		{"failing sync", syscall.EIO, "sync", false, []Reason{ReasonIO}},
		{"failing sync of the folder", syscall.EIO, "sync folder", false, []Reason{ReasonIO}},
		{"failing rename", syscall.EIO, "rename", false, []Reason{ReasonIO}},
		{"read-only file system", syscall.EROFS, "write temp append mkdir lock rename remove", true, []Reason{ReasonReadOnly}},
		{"no permission", syscall.EACCES, "temp append mkdir lock rename remove", true, []Reason{ReasonReadOnly}},
		{"too many open files", syscall.EMFILE, "open temp append lock readdir", true, []Reason{ReasonIO}},
	}
	count := 0
	seen := map[[sha256.Size]byte]bool{} // many of them leave the same disk
	for _, d := range deeds {
		before, after, steps := outcome(t, d, start)
		clear(seen)
		for _, f := range faults {
			for at := 1; at <= steps; at++ {
				when := fmt.Sprintf("%s with %s at operation %d", d.name, f.name, at)
				disk := start.clone()
				r := on(t, disk)
				hit := false
				disk.steps = 0
				disk.fail = func(step int, op string) error {
					if step < at || step > at && !f.lasting || f.ops != "" && f.ops != op && !slices.Contains(strings.Fields(f.ops), op) {
						return nil
					}
					hit = true
					return f.err
				}
				err := d.do(r)
				disk.fail = nil
				if !hit {
					if err != nil {
						t.Fatalf("%s: %v", when, err)
					}
					continue
				}
				count++
				var e *Error
				if err != nil && (!errors.As(err, &e) || !slices.Contains(f.want, e.Reason) || e.Op == "" || e.Contract == "") {
					t.Fatalf("%s: %v, want %v", when, err, f.want)
				}
				if len(disk.locks) != 0 {
					t.Fatalf("%s: %v is still locked", when, disk.locks)
				}
				if err == nil {
					if s := intact(t, when, disk.clone()); !s.equal(after) {
						t.Fatalf("%s: success, and the state is %+v, want %+v\n%s", when, s, after, disk)
					}
				}
				if left := disk.print(); !seen[left] {
					afterwards(t, when, d, start, disk, before, after)
					seen[left] = true
				}
			}
		}
	}
	t.Logf("%d faults", count)
	if count < 500 {
		t.Fatalf("only %d faults were injected", count)
	}
}

// The process dies before each operation, or in the middle of each write, or the power goes, with all that may be lost then: what was
// there is there, and the state is the one before or after.
func TestDeathAtEveryOperation(t *testing.T) { eachStart(t, everyDeath) }

func everyDeath(t *testing.T, start *disk) {
	count := 0
	seen := map[[sha256.Size]byte]bool{} // many of them leave the same disk
	for _, d := range deeds {
		before, after, steps := outcome(t, d, start)
		clear(seen)
		for at := 1; at <= steps+1; at++ {
			for _, death := range []error{errDead, errCutOff} {
				broken := start.clone()
				dieAt(t, broken, d, at, death)
				for name, left := range map[string]*disk{
					"kill -9":                        broken.killed(),
					"a power cut":                    broken.powerCut(none, false),
					"a power cut that kept names":    broken.powerCut(all, false),
					"a power cut that kept versions": broken.powerCut(versions, false),
					"a power cut that kept the data": broken.powerCut(none, true),
				} {
					count++
					if print := left.print(); !seen[print] {
						afterwards(t, fmt.Sprintf("%s with %s at operation %d (%v)", d.name, name, at, death), d, start, left, before, after)
						seen[print] = true
					}
				}
			}
		}
	}
	t.Logf("%d deaths", count)
	if count < 500 {
		t.Fatalf("only %d deaths", count)
	}
}

// A reader takes no lock: the active version gets another label and a signature that states it between two of its steps.
func TestAFetchBesideAPublish(t *testing.T) {
	start := prepared(t)
	i := slices.IndexFunc(deeds, func(d deed) bool { return d.name == "label and sign the active version" })
	for at := 1; ; at++ {
		disk := start.clone()
		reader, writer := on(t, disk), on(t, disk)
		disk.steps = 0
		disk.fail = func(step int, _ string) error {
			if step < at {
				return nil
			}
			disk.fail = nil
			return deeds[i].do(writer)
		}
		if _, err := reader.Fetch(inMemory, testTrust, Served{}); err != nil {
			t.Errorf("a publish before step %d: %v", at, err)
		}
		if disk.fail != nil {
			if at < 5 {
				t.Errorf("Fetch has %d steps", at)
			}
			return // it has fewer steps
		}
	}
}

// A collection is cut off by a power cut, done again, and cut off by another one: a label never comes back without its version.
func TestTwoPowerCutsInACollection(t *testing.T) {
	t.Parallel()
	start := prepared(t)
	i := slices.IndexFunc(deeds, func(d deed) bool { return d.name == "collect" })
	_, _, steps := outcome(t, deeds[i], start)
	seen := map[[sha256.Size]byte]bool{}
	for first := 1; first <= steps; first++ {
		once := start.clone()
		dieAt(t, once, deeds[i], first, errDead)
		for second := 1; second <= steps; second++ {
			twice := once.clone()
			dieAt(t, twice, deeds[i], second, errDead)
			for _, left := range []*disk{twice.powerCut(none, false), twice.powerCut(all, false), twice.powerCut(versions, false)} {
				if print := left.print(); !seen[print] {
					intact(t, fmt.Sprintf("collect, cut off at %d and at %d", first, second), left)
					seen[print] = true
				}
			}
		}
	}
}

// dieAt does a deed until an operation that it does not survive: it dies before that, or in the middle of the next write.
func dieAt(t *testing.T, d *disk, do deed, at int, death error) {
	t.Helper()
	r := on(t, d)
	d.steps = 0
	d.fail = func(step int, op string) error {
		if step < at || death == errCutOff && op != "write" {
			return nil
		}
		d.dead = death == errDead
		return death
	}
	_ = do.do(r) // what the dead say does not count
	d.fail, d.dead = nil, false
	clear(d.locks)
}
