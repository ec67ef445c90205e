package follow_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
	"github.com/tenon-dev/tenon/host-go/registry"
	"github.com/tenon-dev/tenon/host-go/registry/follow"
)

const contract = "tenon:ledger"

// cacheDir has the plans and code of all tests.
var cacheDir string

func TestMain(m *testing.M) {
	if root := os.Getenv(childRegistry); root != "" {
		os.Exit(child(root))
	}
	var err error
	if cacheDir, err = os.MkdirTemp("", "follow"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(cacheDir)
	os.Exit(code)
}

// bench is a runtime with its log, a registry, and a slot of the ledger's contract.
type bench struct {
	t     testing.TB
	rt    *tenon.Runtime
	root  string
	reg   *registry.Registry
	slot  *tenon.Slot[ledger.Book]
	book  ledger.Book
	loads atomic.Int64

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes the runtime's log.
func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

// lines are the log's records with a message.
func (b *bench) lines(message string) (found []map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for text := range bytes.Lines(b.log.Bytes()) {
		var line map[string]any
		if err := json.Unmarshal(text, &line); err != nil {
			b.t.Fatal(err)
		}
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// newBench is a bench whose slot serves its baseline.
func newBench(t testing.TB, o registry.Options) *bench {
	return newBenchWith(t, o, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline(), MaxWait: time.Minute})
}

func newBenchWith(t testing.TB, o registry.Options, cfg tenon.SlotConfig[ledger.Book]) *bench {
	t.Helper()
	b := &bench{t: t}
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: cacheDir, Logger: slog.New(slog.NewJSONHandler(b, nil)), Observer: b})
	if err != nil {
		t.Fatal(err)
	}
	b.on(rt, o, cfg)
	return b
}

// newBenchOn is a bench on a runtime, which it closes. It sees no log and no loads.
func newBenchOn(t testing.TB, rt *tenon.Runtime) *bench {
	t.Helper()
	b := &bench{t: t}
	b.on(rt, registry.Options{}, tenon.SlotConfig[ledger.Book]{Baseline: ledger.Baseline()})
	return b
}

func (b *bench) on(rt *tenon.Runtime, o registry.Options, cfg tenon.SlotConfig[ledger.Book]) {
	t := b.t
	t.Helper()
	b.rt, b.root = rt, filepath.Join(t.TempDir(), "registry")
	t.Cleanup(func() {
		if err := b.rt.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	var err error
	if b.reg, err = registry.OpenWith(b.root, o); err != nil {
		t.Fatal(err)
	}
	b.slot, b.book = b.open("ledger", cfg)
}

// open opens another slot.
func (b *bench) open(name string, cfg tenon.SlotConfig[ledger.Book]) (*tenon.Slot[ledger.Book], ledger.Book) {
	b.t.Helper()
	slot, err := tenon.NewSlot(b.t.Context(), b.rt, name, ledger.Contract, cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return slot, ledger.New(slot)
}

// Observe counts what the runtime loads.
func (b *bench) Observe(e tenon.Event) {
	if e.Kind == tenon.EventLoaded {
		b.loads.Add(1)
	}
}

// unsigned trusts the folder. Changes are seen soon, also those that the system does not tell of.
var unsigned = follow.Config{Trust: registry.Trust{Unsigned: true}, Poll: 50 * time.Millisecond}

func (b *bench) follow(cfg follow.Config) *follow.Follower { return b.followWith(b.slot, b.reg, cfg) }

func (b *bench) followWith(slot *tenon.Slot[ledger.Book], reg *registry.Registry, cfg follow.Config) *follow.Follower {
	b.t.Helper()
	f, err := follow.Slot(b.t.Context(), slot, reg, cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := f.Close(context.Background()); err != nil {
			b.t.Error(err)
		}
	})
	return f
}

// component is version n of the ledger.
func component(t testing.TB, n, trapAt uint32) []byte {
	t.Helper()
	c, err := ledger.Version(n, trapAt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// publish publishes version n under the label n.0.0.
func (b *bench) publish(n uint32, o ...registry.PublishOption) string {
	b.t.Helper()
	return b.publishAs(label(n), component(b.t, n, 0), o...)
}

func (b *bench) publishAs(label string, component []byte, o ...registry.PublishOption) string {
	b.t.Helper()
	v, err := b.reg.Publish(contract, label, component, o...)
	if err != nil {
		b.t.Fatal(err)
	}
	return v.Digest
}

// digest is the version that a label names.
func (b *bench) digest(label string) string {
	b.t.Helper()
	d, err := b.reg.Resolve(contract, label)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func label(n uint32) string { return fmt.Sprintf("%d.0.0", n) }

func (b *bench) activate(version string) registry.State {
	b.t.Helper()
	s, err := b.reg.Activate(contract, version, registry.Activation{})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) rollback() {
	b.t.Helper()
	if _, err := b.reg.Rollback(contract, registry.Activation{}); err != nil {
		b.t.Fatal(err)
	}
}

// publishAndActivate gives the digest.
func (b *bench) publishAndActivate(n uint32) string {
	b.t.Helper()
	d := b.publish(n)
	b.activate(d)
	return d
}

// serves checks which version answers: its number, 0 for the baseline.
func (b *bench) serves(n uint32) {
	b.t.Helper()
	if got := b.asks(b.book); got != n {
		b.t.Fatalf("version %d answers, want %d", got, n)
	}
}

func (b *bench) asks(book ledger.Book) uint32 {
	b.t.Helper()
	payload := []byte("a question of no importance")
	entry, err := book.Enter(b.t.Context(), 7, payload)
	if err != nil {
		b.t.Fatal(err)
	}
	got, err := ledger.Audit(entry, 7, payload)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

// eventually waits until what is asked for is so. The time is for machines that do something else, too.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for limit := time.Now().Add(2 * time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s: not in two minutes", what)
		}
	}
}

// inStep waits until the slot serves a version and nothing is wrong.
func inStep(t testing.TB, f *follow.Follower, digest string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("%+v", f.Status())
		}
	}()
	eventually(t, "in step with "+digest, func() bool {
		s := f.Status()
		return s.InStep && s.Serving == digest && s.Want == digest
	})
}

// refused waits until a version is refused for a reason.
func refused(t testing.TB, f *follow.Follower, reason registry.Reason) follow.Status {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("%+v", f.Status())
		}
	}()
	eventually(t, "refused for "+string(reason), func() bool { return f.Status().Reason == reason })
	return f.Status()
}

// key is a key pair for tests.
func key(n byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	return private.Public().(ed25519.PublicKey), private
}

// sign signs version n with the key.
func (b *bench) sign(n uint32, counter uint64, edit func(*registry.Statement)) registry.PublishOption {
	b.t.Helper()
	_, private := key(1)
	k, err := b.rt.Load(b.t.Context(), "ledger", component(b.t, n, 0))
	if err != nil {
		b.t.Fatal(err)
	}
	defer k.Close()
	s := registry.Statement{Digest: k.Digest(), Kernel: k.Name(), Contract: k.Contract().String(), ContractHash: k.Contract().Hash,
		Label: label(n), Counter: counter}
	if edit != nil {
		edit(&s)
	}
	envelope, err := registry.Sign(s, private)
	if err != nil {
		b.t.Fatal(err)
	}
	return registry.Signed(envelope)
}

// path is a file of the contract.
func (b *bench) path(name string) string {
	return filepath.Join(b.root, filepath.FromSlash(strings.ReplaceAll(contract, ":", "/")), name)
}

// write puts a file in its place with one step: a follower may look at any moment.
func (b *bench) write(name, text string) {
	b.t.Helper()
	whole := filepath.Join(b.t.TempDir(), "whole")
	if err := errors.Join(os.WriteFile(whole, []byte(text), 0o644), os.Rename(whole, b.path(name))); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(b.path(name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// events are the trail's entries of slots, as "event version" with the label.
func (b *bench) events() (list []string) {
	b.t.Helper()
	entries, err := b.reg.Trail(contract, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Slot != "" {
			list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Event, e.Label, e.Reason)))
		}
	}
	return list
}

// noted waits until the trail has just these entries of slots: they are written after the status has changed.
func (b *bench) noted(want ...string) {
	b.t.Helper()
	eventually(b.t, fmt.Sprintf("the trail has %q", want), func() bool { return len(b.events()) >= len(want) })
	if got := b.events(); !slices.Equal(got, want) {
		b.t.Fatalf("the trail has %q, want %q", got, want)
	}
}

// must fails the test unless an error has a reason.
func must(t testing.TB, err error, reason registry.Reason) {
	t.Helper()
	if e, ok := errors.AsType[*registry.Error](err); !ok || e.Reason != reason {
		t.Fatalf("%v, want reason %s", err, reason)
	}
}
