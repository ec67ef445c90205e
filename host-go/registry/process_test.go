//go:build !windows

package registry_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/registry"
)

// TestMain runs the test binary as another process of a test: TENON_REGISTRY_CHILD names what it does in which folder.
func TestMain(m *testing.M) {
	role, root, isChild := strings.Cut(os.Getenv("TENON_REGISTRY_CHILD"), " ")
	if !isChild {
		os.Exit(m.Run())
	}
	if err := children[role](root); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
}

// children are what other processes do.
var children = map[string]func(root string) error{
	"change":   change,
	"publish":  publishMany,
	"hold":     hold,
	"readonly": readOnly,
}

// A process is a child with its ends of the pipes.
type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// child starts another process, which says first what is given.
func child(t *testing.T, role, root, first string) process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "TENON_REGISTRY_CHILD="+role+" "+root)
	cmd.Stderr = os.Stderr
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	p := process{cmd, in, bufio.NewScanner(out)}
	if !p.out.Scan() || p.out.Text() != first {
		t.Fatalf("the other process says %q, want %q", p.out.Text(), first)
	}
	return p
}

// kill is kill -9.
func (p process) kill(t *testing.T) {
	t.Helper()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}

// change publishes, activates, rolls back and collects until somebody kills it, and says before and after each change of what is
// active: "want DIGEST" and "is REVISION DIGEST".
func change(root string) error {
	r, err := registry.Open(root)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	is := func(s registry.State, err error) error {
		if err == nil {
			say("is %d %s", s.Revision, s.Active)
		}
		return err
	}
	say("ready")
	for {
		n := rand.IntN(12)
		label := fmt.Sprintf("1.%d.0", n)
		var err error
		switch rand.IntN(5) {
		case 0, 1:
			_, err = r.Publish(contract, label, fmt.Appendf(nil, "version %d", n))
		case 2:
			var digest string
			if digest, err = r.Resolve(contract, label); err == nil {
				say("want %s", digest)
				err = is(r.Activate(contract, label, registry.Activation{}))
			}
		case 3:
			var s registry.State
			if s, err = r.State(contract); err == nil && s.Exists {
				say("want %s", s.Previous)
				err = is(r.Rollback(contract, registry.Activation{}))
			}
		case 4:
			_, err = r.Collect(contract, registry.Collection{Now: true, Keep: 3})
		}
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			return err
		}
	}
}

// TestKill9 kills a process 200 times (TENON_REGISTRY_KILLS for another number) while it changes a registry. Whatever it was doing: the
// registry opens, what is active is what was active before the last change or after it, every digest is right, and the next writer goes on.
func TestKill9(t *testing.T) {
	kills := 200
	if n, err := strconv.Atoi(os.Getenv("TENON_REGISTRY_KILLS")); err == nil {
		kills = n
	}
	r, root := open(t)
	publish(t, r, "0.1.0", "the first one")
	s := activate(t, r, "0.1.0")
	inside := 0
	known := uint64(0) // the last revision that the trail told of
	now := filepath.Join(root, "tenon", "redact", "trail.jsonl")
	for kill := range kills {
		if kill%5 == 0 {
			fill(t, now) // whoever appends next has to begin another trail
		}
		p := child(t, "change", root, "ready")
		time.Sleep(time.Duration(rand.Int64N(int64(6 * time.Millisecond))))
		p.kill(t)
		revision, active, want := s.Revision, s.Active, "-"
		for p.out.Scan() {
			words := strings.Split(p.out.Text(), " ")
			switch {
			case words[0] == "want" && len(words) == 2:
				want = words[1]
			case words[0] == "is" && len(words) == 3:
				active, want = words[2], "-"
				if _, err := fmt.Sscan(words[1], &revision); err != nil {
					t.Fatal(err)
				}
			default:
				t.Fatalf("the other process says %q", p.out.Text())
			}
		}
		_ = p.Wait() // killed
		if want != "-" {
			inside++
		}
		var err error
		if s, err = r.State(contract); err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		old := s.Revision == revision && s.Active == active
		isNew := want != "-" && s.Active == want && s.Revision == revision+1
		if !old && !isNew {
			t.Fatalf("kill %d: revision %d, %s active; before %d, %s, wanted %s", kill, s.Revision, s.Active, revision, active, want)
		}
		whole(t, kill, r)
		known = toldOn(t, kill, r, known)
	}
	t.Logf("%d kills, %d of them inside of an activation or a rollback", kills, inside)
	if kills >= 100 && inside == 0 {
		t.Error("no kill came inside of a change: the test does not look where it should")
	}
}

// whole checks that a registry has nothing wrong with it, can be fetched from, and can be written.
func whole(t *testing.T, kill int, r *registry.Registry) {
	t.Helper()
	if findings, err := r.Verify(contract, unsigned); err != nil || len(findings) != 0 {
		t.Fatalf("kill %d: Verify = %v, %v", kill, findings, err)
	}
	if _, err := r.Fetch(contract, unsigned, registry.Served{}); err != nil {
		t.Fatalf("kill %d: %v", kill, err)
	}
	if err := r.Note(contract, registry.Entry{Event: registry.EventSwapped, Slot: "s"}); err != nil {
		t.Fatalf("kill %d: %v", kill, err)
	}
	entries, err := r.Trail(contract, 1)
	if err != nil || len(entries) != 1 || entries[0].Event != registry.EventSwapped {
		t.Fatalf("kill %d: Trail = %v, %v", kill, entries, err)
	}
}

// toldOn gives the last revision that a trail tells of. None may be left out between those that were told before and it.
func toldOn(t *testing.T, kill int, r *registry.Registry, known uint64) uint64 {
	t.Helper()
	entries, err := r.Trail(contract, 1_000_000)
	if err != nil {
		t.Fatalf("kill %d: %v", kill, err)
	}
	for _, e := range entries {
		if e.Revision > known+1 {
			t.Fatalf("kill %d: the trail has revision %d after %d", kill, e.Revision, known)
		}
		known = max(known, e.Revision)
	}
	return known
}

// publishMany publishes and activates versions of its own, and tries for one label that others want, too.
func publishMany(root string) error {
	r, err := registry.OpenWith(root, registry.Options{LockWait: time.Minute})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := io.ReadFull(os.Stdin, make([]byte, 1)); err != nil { // the start for all of them
		return err
	}
	for i := range publications {
		v, err := r.Publish(contract, fmt.Sprintf("1.%d.%d", i, os.Getpid()), fmt.Appendf(nil, "version %d of %d", i, os.Getpid()))
		if err != nil {
			return err
		}
		if _, err := r.Activate(contract, v.Digest, registry.Activation{}); err != nil {
			return err
		}
	}
	_, err = r.Publish(contract, "9.0.0", fmt.Appendf(nil, "the version of %d", os.Getpid()))
	switch registry.ReasonOf(err) {
	case "":
		fmt.Println("won")
	case registry.ReasonLabelTaken:
		fmt.Println("lost")
	default:
		return err
	}
	return nil
}

const publications = 15

// Two processes publish and activate at once: nothing of either is lost, and every change of the state has its own revision.
func TestTwoPublishersAtOnce(t *testing.T) {
	r, root := open(t)
	const publishers = 2
	all := []process{child(t, "publish", root, "ready"), child(t, "publish", root, "ready")}
	for _, p := range all {
		if _, err := p.in.Write([]byte("!")); err != nil {
			t.Fatal(err)
		}
	}
	won := 0
	for _, p := range all {
		if !p.out.Scan() || p.out.Text() != "won" && p.out.Text() != "lost" {
			t.Fatalf("a publisher says %q", p.out.Text())
		}
		if p.out.Text() == "won" {
			won++
		}
		if err := p.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if won != 1 {
		t.Errorf("%d publishers have the label that is one", won)
	}
	versions, err := r.List(contract)
	if err != nil || len(versions) != publishers*publications+1 {
		t.Errorf("%d versions, %v", len(versions), err)
	}
	s, err := r.State(contract)
	if err != nil || s.Revision != publishers*publications {
		t.Errorf("state %+v, %v", s, err)
	}
	entries, err := r.Trail(contract, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var revisions []uint64
	for _, e := range entries {
		if e.Event == registry.EventActivated {
			revisions = append(revisions, e.Revision)
		}
	}
	if len(revisions) != publishers*publications || !slices.IsSorted(revisions) || len(slices.Compact(revisions)) != publishers*publications {
		t.Errorf("the trail has the revisions %v", revisions)
	}
	if findings, err := r.Verify(contract, unsigned); err != nil || len(findings) != 0 {
		t.Errorf("Verify = %v, %v", findings, err)
	}
}

// hold takes the contract's lock and does not give it back.
func hold(root string) error {
	f, err := os.OpenFile(filepath.Join(root, "tenon", "redact", ".lock"), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// A lock is waited for and then given up; readers go on; it is free as soon as its holder is dead.
func TestALockEndsWithItsHolder(t *testing.T) {
	_, root := open(t)
	r, err := registry.OpenWith(root, registry.Options{LockWait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, r, "1.0.0", "one")
	p := child(t, "hold", root, "held")
	_, err = r.Activate(contract, "1.0.0", registry.Activation{})
	if registry.ReasonOf(err) != registry.ReasonLocked || !registry.ReasonOf(err).Passing() {
		t.Errorf("Activate = %v", err)
	}
	if _, err := r.Resolve(contract, "1.0.0"); err != nil {
		t.Errorf("Resolve = %v", err)
	}
	p.kill(t)
	_ = p.Wait() // killed
	if _, err := r.Activate(contract, "1.0.0", registry.Activation{}); err != nil {
		t.Errorf("Activate = %v", err)
	}
}

// readOnly reads everything as a user who may not write, and tries to.
func readOnly(root string) error {
	const nobody = 65534
	if err := syscall.Setuid(nobody); err != nil {
		return err
	}
	r, err := registry.Open(root)
	if err != nil {
		return err
	}
	if contracts, err := r.Contracts(); err != nil || len(contracts) != 1 {
		return fmt.Errorf("contracts %v, %v", contracts, err)
	}
	release, err := r.Fetch(contract, unsigned, registry.Served{})
	if err != nil {
		return err
	}
	if findings, err := r.Verify(contract, unsigned); err != nil || len(findings) != 0 {
		return fmt.Errorf("findings %v, %v", findings, err)
	}
	_, publishing := r.Publish(contract, "2.0.0", []byte("two"))
	_, first := r.Publish("tenon:another", "2.0.0", []byte("two"))
	_, activating := r.Activate(contract, registry.Baseline, registry.Activation{})
	_, rolling := r.Rollback(contract, registry.Activation{})
	_, collecting := r.Collect(contract, registry.Collection{})
	_, opening := registry.Open(filepath.Join(root, "more"))
	noting := r.Note(contract, registry.Entry{Event: registry.EventRefused})
	for i, err := range []error{publishing, first, activating, rolling, collecting, opening, noting} {
		if registry.ReasonOf(err) != registry.ReasonReadOnly {
			return fmt.Errorf("write %d: %v", i, err)
		}
	}
	fmt.Println("read", release.Label)
	return nil
}

func TestAReadOnlyRegistryIsRead(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	r, root := open(t)
	publish(t, r, "1.0.0", "one")
	activate(t, r, "1.0.0")
	for dir := filepath.Dir(root); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := child(t, "readonly", root, "read 1.0.0").Wait(); err != nil {
		t.Error(err)
	}
}
