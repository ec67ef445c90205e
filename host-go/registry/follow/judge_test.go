package follow_test

import (
	"crypto/ed25519"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/golden"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
)

func TestTheContractIsChecked(t *testing.T) {
	b := newBench(t, registry.Options{})
	f := b.follow(unsigned)
	one := b.publishAndActivate(1)
	inStep(t, f, one)
	other, err := os.ReadFile("../../internal/fixture/scalar/scalar.wasm")
	if err != nil {
		t.Fatal(err)
	}
	b.activate(b.publishAs("2.0.0", other))
	if s := refused(t, f, registry.ReasonContractMismatch); s.Kind != "contract" || s.Serving != one || !s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
	b.serves(1)

	// A slot whose clients know another contract of that name.
	newer := ledger.Contract
	newer.Hash, newer.Text = "other", strings.Replace(newer.Text, "line: u32", "line: u64", 1)
	slot, err := tenon.NewSlot(t.Context(), b.rt, "newer", newer, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()})
	if err != nil {
		t.Fatal(err)
	}
	b.activate("1.0.0")
	g := b.followWith(slot, b.reg, unsigned)
	if s := refused(t, g, registry.ReasonIncompatible); s.Kind != "contract" || s.Serving != "" || !strings.Contains(s.Message, "book.entry.line") {
		t.Fatalf("%+v", s)
	}
	inStep(t, f, one)
}

func TestGoldenCasesAreRun(t *testing.T) {
	b := newBench(t, registry.Options{})
	cases, err := os.ReadFile("../../../wit/vectors/ledger.json") // the answers of version 1
	if err != nil {
		t.Fatal(err)
	}
	f := b.follow(unsigned)
	one := b.publish(1)
	b.write("golden.json", strings.Replace(string(cases), `"contract"`, `"tolerance": 1e-9, "contract"`, 1))
	b.activate(one)
	inStep(t, f, one)
	b.publishAndActivate(2)
	s := refused(t, f, registry.ReasonGoldenFailed)
	if s.Kind != "contract" || s.Serving != one || !strings.Contains(s.Message, "golden case 0: enter: result.before: want 1, got 2") || !s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
	b.serves(1)
	b.write("golden.json", strings.Replace(string(cases), `"args"`, `"argument"`, 1))
	refused(t, f, registry.ReasonGoldenMalformed)
	b.serves(1)
	if err := os.Remove(b.path("golden.json")); err != nil {
		t.Fatal(err)
	}
	inStep(t, f, b.digest("2.0.0"))
	b.serves(2)
	b.noted("swapped 1.0.0", "refused 2.0.0 golden-failed", "refused 2.0.0 golden-malformed", "swapped 2.0.0")
}

// A version that takes too long for its golden cases does not come into service. It may be the machine that is slow: it
// is tried again.
func TestGoldenCasesHaveTheirTime(t *testing.T) {
	b := newBench(t, registry.Options{})
	cfg := unsigned
	cfg.Golden = golden.Options{Timeout: time.Nanosecond}
	b.publish(1)
	b.write("golden.json", `{"format":1,"contract":"tenon:ledger@1.0.0","cases":[{"func":"enter","args":[0,[]],"fault":"trap"}]}`)
	b.activate("1.0.0")
	if s := refused(t, b.follow(cfg), registry.ReasonWarmFailed); s.Serving != "" || s.Kind != "deadline" || s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
}

// What a version is at fault for is found out once, however often the folder changes, and told once.
func TestTheSameRefusalIsNotRepeated(t *testing.T) {
	b := newBench(t, registry.Options{})
	b.publish(1)
	b.write("golden.json", `{"format":1,"contract":"tenon:ledger@1.0.0","cases":[{"func":"enter","args":[0,[]],"fault":"trap"}]}`)
	f := b.follow(unsigned)
	b.publishAndActivate(1)
	refused(t, f, registry.ReasonGoldenFailed)
	loads, looked := b.loads.Load(), f.Status().Looked
	for n := uint32(2); n < 6; n++ {
		b.publish(n) // labels.json changes
	}
	eventually(t, "another look", func() bool { return f.Status().Looked.After(looked) })
	if got := b.loads.Load(); got != loads {
		t.Errorf("%d more loads", got-loads)
	}
	if s := f.Status(); s.Refusals[registry.ReasonGoldenFailed] != 1 || len(b.lines("version refused")) != 1 {
		t.Errorf("%+v, %d lines", s, len(b.lines("version refused")))
	}
	must(t, f.Sync(t.Context()), registry.ReasonGoldenFailed) // who asks has it tried again
	if got := b.loads.Load(); got != loads+1 {
		t.Errorf("%d more loads", got-loads)
	}
	b.noted("refused 1.0.0 golden-failed")
}

func TestSignedVersions(t *testing.T) {
	public, _ := key(1)
	now := atomic.Pointer[time.Time]{}
	clock := func(at string) {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		now.Store(&moment)
	}
	clock("2026-06-01T00:00:00Z")
	b := newBench(t, registry.Options{Now: func() time.Time { return *now.Load() }})
	cfg := unsigned
	cfg.Trust = registry.Trust{Keys: nil}
	strict := b.follow(cfg)
	cfg.Trust.Keys = append(cfg.Trust.Keys, public)
	slot, book := b.open("trusting", tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()})
	f := b.followWith(slot, b.reg, cfg)

	one := b.publish(1, b.sign(1, 5, nil))
	b.activate(one)
	inStep(t, f, one)
	refused(t, strict, registry.ReasonKeyUnknown)
	b.serves(0)

	july, err := time.Parse(time.RFC3339, "2026-07-01T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	two := b.publish(2, b.sign(2, 6, func(s *registry.Statement) { s.NotBefore = july }))
	b.activate(two)
	if s := refused(t, f, registry.ReasonSignatureNotYetValid); s.Retry.IsZero() {
		t.Fatalf("%+v", s)
	}
	clock("2026-07-02T00:00:00Z") // nobody tells of that
	inStep(t, f, two)
	if got := b.asks(book); got != 2 {
		t.Fatal(got)
	}
	clock("2026-06-02T00:00:00Z") // the clock jumps back: what serves serves on
	b.publish(4)
	if s := refused(t, f, registry.ReasonSignatureNotYetValid); s.Serving != two {
		t.Fatalf("%+v", s)
	}
	if got := b.asks(book); got != 2 {
		t.Fatal(got)
	}
	clock("2026-08-02T00:00:00Z")
	inStep(t, f, two)

	// Signed, but for something else than the component turns out to be.
	for i, c := range []func(*registry.Statement){
		func(s *registry.Statement) { s.Contract = "tenon:ledger@1.1.0" },
		func(s *registry.Statement) { s.ContractHash = strings.Repeat("0", 64) },
		func(s *registry.Statement) { s.Kernel = "ledgers" },
	} {
		n := uint32(10 + i)
		b.activate(b.publish(n, b.sign(n, uint64(n), c)))
		eventually(t, "refused", func() bool { s := f.Status(); return s.WantLabel == label(n) && s.Reason != "" })
		if s := f.Status(); s.Reason != registry.ReasonContractMismatch || s.Serving != two {
			t.Fatalf("%d: %+v", n, s)
		}
	}
}

// A host does not go below what it has served, whatever the folder says, but with a ticket.
func TestLowerCountersNeedATicket(t *testing.T) {
	public, private := key(1)
	b := newBench(t, registry.Options{})
	cfg := unsigned
	cfg.Trust = registry.Trust{Keys: []ed25519.PublicKey{public}}
	f := b.follow(cfg)
	one, two := b.publish(1, b.sign(1, 5, nil)), b.publish(2, b.sign(2, 6, nil))
	b.activate(two)
	inStep(t, f, two)
	b.write("state.json", `{"format":1,"revision":9,"active":"`+one+`","previous":"`+two+`","floor":5}`)
	refused(t, f, registry.ReasonCounterBelowFloor)
	b.serves(2)
	ticket, err := registry.SignTicket(registry.Ticket{Contract: contract, Digest: one, Floor: 6}, private)
	if err != nil {
		t.Fatal(err)
	}
	b.write("state.json", `{"format":1,"revision":10,"active":"`+two+`","previous":"`+one+`","floor":6}`)
	inStep(t, f, two)
	if _, err := b.reg.Rollback(contract, registry.Activation{Ticket: ticket}); err != nil {
		t.Fatal(err)
	}
	inStep(t, f, one)
	b.serves(1)
}

// What was refused for its signature is tried again when it has another one.
func TestAVersionThatIsSignedAnewIsTriedAgain(t *testing.T) {
	public, private := key(1)
	b := newBench(t, registry.Options{})
	cfg := unsigned
	cfg.Trust = registry.Trust{Keys: []ed25519.PublicKey{public}}
	f := b.follow(cfg)
	var right registry.Statement
	one := b.publish(1, b.sign(1, 5, func(s *registry.Statement) { right, s.Kernel = *s, "another" }))
	b.activate(one)
	refused(t, f, registry.ReasonContractMismatch)
	envelope, err := registry.Sign(right, private)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.reg.PutEnvelope("tenon:ledger", one, envelope); err != nil {
		t.Fatal(err)
	}
	inStep(t, f, one)
	b.serves(1)
}
