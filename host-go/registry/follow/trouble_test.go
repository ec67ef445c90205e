package follow_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

func TestAVersionThatIsDeletedWhileActive(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	one := b.publishAndActivate(1)
	inStep(t, f, one)
	if err := os.Remove(b.path("versions/" + one + ".wasm")); err != nil {
		t.Fatal(err)
	}
	if s := refused(t, f, registry.ReasonVersionMissing); s.Serving != one || s.Want != one || s.InStep {
		t.Fatalf("%+v", s)
	}
	b.serves(1)
	b.publish(1)
	inStep(t, f, one)
	b.serves(1)
	// When it came, and when it was back.
	eventually(t, "the log has two lines", func() bool { return len(b.lines("version followed")) >= 2 })
	if lines := b.lines("version followed"); len(lines) != 2 {
		t.Fatal(lines)
	}
}

func TestAStateThatIsGone(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	one := b.publishAndActivate(1)
	inStep(t, f, one)
	state := b.read("state.json")
	if err := os.Remove(b.path("state.json")); err != nil {
		t.Fatal(err)
	}
	if s := refused(t, f, registry.ReasonNotFound); s.Serving != one || s.Want != one || s.Revision != 1 {
		t.Fatalf("%+v", s)
	}
	b.serves(1)
	b.write("state.json", state)
	inStep(t, f, one)
}

// A folder that is removed under a host stays removed.
func TestAFolderThatIsGone(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	one := b.publishAndActivate(1)
	inStep(t, f, one)
	b.noted("swapped 1.0.0")
	if err := os.Rename(b.root, b.root+"-before"); err != nil {
		t.Fatal(err)
	}
	refused(t, f, registry.ReasonNotFound)
	must(t, f.Sync(t.Context()), registry.ReasonNotFound)
	if _, err := os.Stat(b.root); !os.IsNotExist(err) {
		t.Fatalf("the folder is back: %v", err)
	}
	b.serves(1)
}

func TestARegistryOfANewerFormat(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	one := b.publishAndActivate(1)
	inStep(t, f, one)
	b.write("state.json", `{"format":2,"rollout":{"stages":[]}}`)
	if s := refused(t, f, registry.ReasonFormatNewer); s.Serving != one || s.Revision != 1 || s.Want != one || s.Kind != "integrity" {
		t.Fatalf("%+v", s)
	}
	b.serves(1)
}

func TestAFolderThatAppearsLater(t *testing.T) {
	b := newBench(t, registry.Options{})
	if err := os.RemoveAll(b.root); err != nil {
		t.Fatal(err)
	}
	f := b.follow(unsigned)
	if s := f.Status(); !s.InStep {
		t.Fatalf("%+v", s)
	}
	// It is put there whole, as a deployment does.
	elsewhere := newBench(t, registry.Options{})
	one := elsewhere.publishAndActivate(1)
	if err := os.Rename(elsewhere.root, b.root); err != nil {
		t.Fatal(err)
	}
	inStep(t, f, one)
	b.serves(1)
}

// A trail that cannot be written is a line in the log, once, and nothing else.
func TestATrailThatCannotBeWritten(t *testing.T) {
	b := newBench(t, registry.Options{})
	one, two := b.publish(1), b.publish(2)
	b.activate(one)
	if err := os.Remove(b.path("trail.jsonl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(b.path("trail.jsonl"), 0o755); err != nil {
		t.Fatal(err)
	}
	f := b.follow(unsigned)
	inStep(t, f, one)
	state := `{"format":1,"revision":2,"active":"` + two + `","previous":"` + one + `"}`
	b.write("state.json", state)
	inStep(t, f, two)
	b.serves(2)
	if err := f.Sync(t.Context()); err != nil { // behind the look whose entry could not be written either
		t.Fatal(err)
	}
	if lines := b.lines("trail not written"); len(lines) != 1 || lines[0]["reason"] != string(registry.ReasonNotAFile) {
		t.Fatal(lines)
	}
	if err := os.Remove(b.path("trail.jsonl")); err != nil {
		t.Fatal(err)
	}
	b.activate(one)
	inStep(t, f, one)
	b.noted("swapped 1.0.0")
}

// A folder that may only be read is followed all the same.
func TestAReadOnlyRegistry(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write wherever it likes")
	}
	b := newBench(t, registry.Options{})
	one := b.publishAndActivate(1)
	if err := os.Chmod(b.path(""), 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(b.path(""), 0o755)
	f := b.follow(unsigned) // which looks once before it is there
	inStep(t, f, one)
	if lines := b.lines("trail not written"); len(lines) != 1 || lines[0]["reason"] != string(registry.ReasonReadOnly) {
		t.Fatal(lines)
	}
}

func TestNoTrail(t *testing.T) {
	b := newBench(t, registry.Options{})
	cfg := unsigned
	cfg.NoTrail = true
	f := b.follow(cfg)
	inStep(t, f, b.publishAndActivate(1))
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.events(); len(got) != 0 {
		t.Fatal(got)
	}
}

// Changes that come faster than they are followed become one.
func TestAStormOfActivations(t *testing.T) {
	b := newBench(t, registry.Options{LockWait: time.Minute}) // four take turns, which are not dealt out fairly
	f := b.follow(unsigned)
	w := watchAny(t, b.book)
	const versions, rounds = 4, 25
	var digests [versions]string
	for n := range uint32(versions) {
		digests[n] = b.publish(n + 1)
	}
	var storm sync.WaitGroup
	for range versions {
		storm.Go(func() {
			for i := range rounds {
				if _, err := b.reg.Activate(contract, label(uint32(i%versions)+1), registry.Activation{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	storm.Wait()
	b.activate(digests[3])
	b.activate(digests[2])
	if err := f.Sync(t.Context()); err != nil { // the storm had this version, too
		t.Error(err)
	}
	inStep(t, f, digests[2])
	w.end()
	b.serves(3)
	if s := f.Status(); s.Swaps > s.Revision || len(s.Refusals) > 0 {
		t.Errorf("%+v", s)
	}
	if n := b.rt.Stats().Kernels; n > 2 {
		t.Errorf("%d kernels", n)
	}
}

// watchAny watches a slot that may serve any version, or its baseline: nothing is lost or torn.
func watchAny(t *testing.T, book ledger.Book) *watched {
	w := &watched{t: t, book: book, stop: make(chan struct{})}
	for i := range 2 {
		w.wg.Go(func() {
			payload := []byte("whoever answers")
			for sequence := uint64(i) << 32; ; sequence++ {
				select {
				case <-w.stop:
					return
				default:
				}
				entry, err := book.Enter(context.Background(), sequence, payload)
				if err == nil {
					_, err = ledger.Audit(entry, sequence, payload)
				}
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	t.Cleanup(w.end)
	return w
}

func TestTwoSlotsOfOneContract(t *testing.T) {
	b := newBench(t, registry.Options{})
	second, book := b.open("second", tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()})
	f := b.follow(unsigned)
	cfg := unsigned
	cfg.Swap = follow.BlueGreen
	g := b.followWith(second, b.reg, cfg)
	for n := uint32(1); n <= 3; n++ {
		d := b.publishAndActivate(n)
		inStep(t, f, d)
		inStep(t, g, d)
		b.serves(n)
		if got := b.asks(book); got != n {
			t.Fatal(got)
		}
	}
	eventually(t, "both slots are in the trail", func() bool { return len(b.events()) == 6 })
}

// Another process publishes and activates while a slot here follows.
func TestAnotherProcessActivates(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	w := watchAny(t, b.book)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), program)
	other.Env = append(os.Environ(), childRegistry+"="+b.root)
	if out, err := other.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	inStep(t, f, b.digest("19.0.0"))
	w.end()
	b.serves(19)
	entries, err := b.reg.Trail(contract, 1000)
	if err != nil {
		t.Fatal(err)
	}
	activated := 0
	for _, e := range entries {
		if e.Event == registry.EventActivated && e.PID == other.Process.Pid {
			activated++
		}
	}
	if activated != 10 {
		t.Errorf("the trail has %d activations of the other process", activated)
	}
	eventually(t, "the swap is in the trail", func() bool { return slices.Contains(b.events(), "swapped 19.0.0") })
}

// Memory that is short is a reason to wait: what was refused comes into service when there is some.
func TestAVersionThatFindsNoMemory(t *testing.T) {
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: cacheDir, TotalMemory: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	b := newBenchOn(t, rt)
	k, err := rt.Load(t.Context(), "ledger", component(t, 9, 0))
	if err != nil {
		t.Fatal(err)
	}
	var hoard []*tenon.Instance
	for {
		i, err := k.Open(t.Context())
		if err != nil {
			break
		}
		hoard = append(hoard, i)
	}
	if len(hoard) == 0 {
		t.Fatal("not one instance")
	}
	f := b.follow(unsigned)
	one := b.publishAndActivate(1)
	if s := refused(t, f, registry.ReasonWarmFailed); s.Kind != "overloaded" || s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
	b.serves(0)
	for _, i := range hoard {
		if err := i.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	inStep(t, f, one)
	b.serves(1)
}
