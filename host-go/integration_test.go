package tenon_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/internal/race"
)

const scalarFile = "internal/fixture/scalar/scalar.wasm"

// cacheDir keeps plans and code for all tests of the package.
var cacheDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tenon-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cacheDir = filepath.Join(dir, "cache")
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func newRuntime(t testing.TB, cfg tenon.Config) *tenon.Runtime {
	t.Helper()
	cfg.CacheDir = cacheDir
	rt, err := tenon.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return rt
}

func loadScalar(t testing.TB, rt *tenon.Runtime) *tenon.Kernel {
	t.Helper()
	k, err := rt.LoadFile(t.Context(), scalarFile)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// another gives the scalar kernel as another version: with a custom section that changes its digest.
func another(t testing.TB, rt *tenon.Runtime, name string) *tenon.Kernel {
	t.Helper()
	component, err := os.ReadFile(scalarFile)
	if err != nil {
		t.Fatal(err)
	}
	component = append(component, 0, byte(1+len(name)), byte(len(name)))
	k, err := rt.Load(t.Context(), name, append(component, name...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func openScalar(t testing.TB, cfg tenon.SlotConfig[scalar.Calls]) (*scalar.Client, *tenon.Slot[scalar.Calls]) {
	t.Helper()
	rt := newRuntime(t, tenon.Config{})
	if cfg.Kernel == nil {
		cfg.Kernel = loadScalar(t, rt)
	}
	slot, err := tenon.NewSlot(t.Context(), rt, "numbers", scalar.Contract, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return scalar.New(slot), slot
}

func TestKernelTellsWhatItIs(t *testing.T) {
	k := loadScalar(t, newRuntime(t, tenon.Config{}))
	info, err := os.Stat(scalarFile)
	if err != nil {
		t.Fatal(err)
	}
	if k.Name() != "scalar" || k.Label() != "1.0.0" || len(k.Digest()) != 64 || int64(k.Size()) != info.Size() || len(k.Imports()) != 0 {
		t.Errorf("%s %s %s %d %v", k.Name(), k.Label(), k.Digest(), k.Size(), k.Imports())
	}
	c := k.Contract()
	if c.String() != "tenon:scalar@1.0.0" || c.Hash != scalar.Contract.Hash || c.Text != scalar.Contract.Text || len(c.Funcs) != len(scalar.Contract.Funcs) {
		t.Errorf("contract %+v", c)
	}
	if err := scalar.Contract.Check(k); err != nil {
		t.Error(err)
	}
	if m := k.Metadata(); m.World != "tenon:scalar/kernel@1.0.0" || m.Owner != "tenon" {
		t.Errorf("metadata %+v", m)
	}
}

func TestScalarCalls(t *testing.T) {
	c, slot := openScalar(t, tenon.SlotConfig[scalar.Calls]{})
	ctx := t.Context()
	if n, err := c.Add(ctx, 1<<32-1, 2); n != 1 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	for list, want := range map[*[]uint32]uint64{{}: 0, {1, 2, 3}: 6, {1<<32 - 1, 1<<32 - 1}: 1<<33 - 2} {
		if n, err := c.Sum(ctx, *list); n != want || err != nil {
			t.Errorf("Sum(%v) = %d, %v", *list, n, err)
		}
	}
	big := strings.Repeat("a line of a log, with NUL \x00 and ünïcödé 🙂\r\n", 10<<20/45)
	for _, text := range []string{"", "\x00", "a\r\nb", "🙂", big} {
		if out, err := c.EchoString(ctx, text); out != text || err != nil {
			t.Errorf("EchoString of %d bytes: %d bytes, %v", len(text), len(out), err)
		}
		if out, err := c.EchoBytes(ctx, []byte(text)); string(out) != text || err != nil {
			t.Errorf("EchoBytes of %d bytes: %d bytes, %v", len(text), len(out), err)
		}
	}
	if out, err := c.EchoBytes(ctx, []byte{0xff, 0, 0xfe}); !bytes.Equal(out, []byte{0xff, 0, 0xfe}) || err != nil {
		t.Errorf("EchoBytes = %v, %v", out, err)
	}
	if st := slot.Stats(); st.Answers != 15 || st.Versions[0].Built != 1 || st.Versions[0].Memory == 0 {
		t.Errorf("Stats = %+v", st)
	}
}

func TestPanicBecomesFault(t *testing.T) {
	var log bytes.Buffer
	rt := newRuntime(t, tenon.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	slot, err := tenon.NewSlot(t.Context(), rt, "numbers", scalar.Contract, tenon.SlotConfig[scalar.Calls]{Kernel: loadScalar(t, rt)})
	if err != nil {
		t.Fatal(err)
	}
	c := scalar.New(slot)
	for i := range 3 {
		err := c.Fail(t.Context(), fmt.Sprintf("reason %d", i))
		f, ok := errors.AsType[*tenon.Fault](err)
		if !ok || !errors.Is(err, tenon.ErrTrap) {
			t.Fatalf("Fail = %v", err)
		}
		if !strings.Contains(f.Message, fmt.Sprintf("reason %d", i)) || !strings.Contains(f.Message, "kernels/scalar/src/lib.rs:") {
			t.Errorf("message %q", f.Message)
		}
		if f.Slot != "numbers" || f.Kernel != "scalar" || f.Label != "1.0.0" || len(f.Version) != 64 ||
			f.Export != "tenon:scalar/calls@1.0.0#fail" || len(f.Backtrace) == 0 {
			t.Errorf("fault %+v", f)
		}
		if strings.Contains(err.Error(), "goroutine") {
			t.Errorf("a Go stack in %v", err)
		}
		if n, err := c.Add(t.Context(), 1, 2); n != 3 || err != nil {
			t.Errorf("Add = %d, %v", n, err)
		}
	}
	// The first, second, fourth, … fault has a line.
	if n := strings.Count(log.String(), "kernel fault"); n != 2 || !strings.Contains(log.String(), "reason 0") {
		t.Errorf("%d lines: %s", n, log.String())
	}
	// Each says whom to ask.
	if n := strings.Count(log.String(), " owner=tenon\n"); n != 2 {
		t.Errorf("%d lines with the owner: %s", n, log.String())
	}
}

func TestInvalidUTF8IsRefused(t *testing.T) {
	c, slot := openScalar(t, tenon.SlotConfig[scalar.Calls]{Baseline: scalar.Fake{
		EchoStringFunc: func(context.Context, string) (string, error) { t.Error("the baseline was asked"); return "", nil },
	}})
	for _, text := range []string{"\xff", "ok\xc0\x80", "\xed\xa0\x80", strings.Repeat("x", 1000) + "\xe2\x82"} {
		_, err := c.EchoString(t.Context(), text)
		if !errors.Is(err, tenon.ErrABI) || !strings.Contains(err.Error(), `argument "text": invalid UTF-8 at byte`) {
			t.Errorf("EchoString = %v", err)
		}
	}
	if v := slot.Stats().Versions[0]; v.Poisoned != 0 || v.Built != 1 {
		t.Errorf("an instance was lost: %+v", v)
	}
}

func TestMemoryLimit(t *testing.T) {
	rt := newRuntime(t, tenon.Config{MemoryLimit: 8 << 20, AnswerLimit: 1 << 20})
	slot, err := tenon.NewSlot(t.Context(), rt, "numbers", scalar.Contract, tenon.SlotConfig[scalar.Calls]{Kernel: loadScalar(t, rt)})
	if err != nil {
		t.Fatal(err)
	}
	c := scalar.New(slot)
	_, err = c.EchoBytes(t.Context(), make([]byte, 16<<20))
	if !errors.Is(err, tenon.ErrMemory) || !strings.Contains(err.Error(), "refused more memory: raise Config.MemoryLimit") {
		t.Errorf("more than the guest may have: %v", err)
	}
	if _, err := c.EchoBytes(t.Context(), make([]byte, 2<<20)); !errors.Is(err, tenon.ErrMemory) {
		t.Errorf("more than the host gives: %v", err)
	}
	if out, err := c.EchoBytes(t.Context(), make([]byte, 1<<20)); len(out) != 1<<20 || err != nil {
		t.Errorf("as much as the host gives: %d, %v", len(out), err)
	}
	tiny := newRuntime(t, tenon.Config{MemoryLimit: 64 << 10})
	if _, err := tiny.LoadFile(t.Context(), scalarFile); !errors.Is(err, tenon.ErrPolicy) || !strings.Contains(err.Error(), "raise Config.MemoryLimit") {
		t.Errorf("an instance that cannot be: %v", err)
	}
}

func unhex(s string) []byte {
	b, _ := hex.DecodeString(s)
	return b
}

func TestBadFiles(t *testing.T) {
	good, err := os.ReadFile(scalarFile)
	if err != nil {
		t.Fatal(err)
	}
	rt := newRuntime(t, tenon.Config{})
	files := []struct {
		name string
		data []byte
		want error
		text string
	}{
		{"text.wasm", []byte("hello, this is not Wasm"), tenon.ErrMalformed, ""},
		{"empty.wasm", nil, tenon.ErrMalformed, ""},
		{"module.wasm", []byte("\x00asm\x01\x00\x00\x00"), tenon.ErrMalformed, "module"},
		{"truncated.wasm", good[:len(good)/2], tenon.ErrMalformed, ""},
		{"header.wasm", good[:5], tenon.ErrMalformed, ""},
		// (component (import "wasi:cli/environment@0.2.0" (instance (export "get" (func (result string))))))
		{"imports.wasm", unhex("0061736d0d0001000710014202014000007304000367657401000a1f01001a776173693a636c692f656e7669726f6e6d656e7440302e322e300500"),
			tenon.ErrPolicy, "wasi:cli/environment@0.2.0"},
		// (component (import "env" (func (param "x" u32))))
		{"env.wasm", unhex("0061736d0d000100070801400101787901000a08010003656e760100"), tenon.ErrPolicy, "env"},
		// An interface test:late/calls@1.0.0 with f: async func().
		{"async.wasm", unhex("0061736d0d000100013f0061736d01000000010c026000017f60037f7f7f017f0303020001070a020166000002636200010a0b02040041000b040041000b0009046e616d650002016d02040100000007050143000100060e02000001000166000001000263620809010000000206070100050801010100016601000b1b010015746573743a6c6174652f63616c6c7340312e302e30050000002d0e636f6d706f6e656e742d6e616d65010600110100016d01060012010001690105010100016601050501000165"),
			tenon.ErrUnsupported, "async"},
		// The same with f: func() -> stream<u8>.
		{"stream.wasm", unhex("0061736d0d000100012d0061736d010000000105016000017f03020100070501016600000a0601040041000b0009046e616d650002016d02040100000007080266017d400000000607010000010001660806010000000001050801010100016601000b1b010015746573743a6c6174652f63616c6c7340312e302e3005000000340e636f6d706f6e656e742d6e616d65010600110100016d0106001201000169010501010001660105030100017301050501000165"),
			tenon.ErrUnsupported, "stream"},
	}
	if race.Enabled {
		files = files[:2]
	}
	for _, c := range files {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := rt.LoadFile(t.Context(), path)
		if k != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		t.Log(strings.ReplaceAll(err.Error(), path, c.name))
	}
	if _, err := rt.LoadFile(t.Context(), "nowhere.wasm"); !errors.Is(err, tenon.ErrMalformed) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := rt.LoadFile(t.Context(), t.TempDir()); !errors.Is(err, tenon.ErrMalformed) {
		t.Errorf("a folder: %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rt.LoadFile(canceled, scalarFile); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	if n := rt.Stats().Kernels; n != 0 {
		t.Errorf("%d kernels are held", n)
	}
}

func TestOtherContract(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	k := loadScalar(t, rt)
	changed := scalar.Contract
	changed.Hash = "another"
	changed.Text = strings.ReplaceAll(changed.Text, "sum: func(values: list<u32>) -> u64", "sum: func(values: list<u64>) -> u64")
	for want, contract := range map[string]tenon.Contract{
		"serves tenon:scalar@1.0.0, this client needs tenon:redact@1.0.0": {Package: "tenon:redact", Version: "1.0.0", Hash: "x"},
		"is not compatible with tenon:scalar@2.0.0":                       {Package: "tenon:scalar", Version: "2.0.0", Hash: "x"},
		"calls.sum: the contract has":                                     changed,
	} {
		_, err := tenon.NewSlot(t.Context(), rt, "s", contract, tenon.SlotConfig[scalar.Calls]{Kernel: k})
		if !errors.Is(err, tenon.ErrContract) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), scalarFile) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}

func TestScalarCallsAllocateNothing(t *testing.T) {
	c, _ := openScalar(t, tenon.SlotConfig[scalar.Calls]{})
	ctx := t.Context()
	list := []uint32{1, 2, 3}
	for name, call := range map[string]func(){
		"Add": func() { _, _ = c.Add(ctx, 1, 2) },
		"Sum": func() { _, _ = c.Sum(ctx, list) },
	} {
		if n := testing.AllocsPerRun(200, call); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	if n := testing.AllocsPerRun(200, func() { _, _ = c.EchoString(ctx, "twelve bytes") }); n != 1 {
		t.Errorf("EchoString allocates %v times, not once for the answer", n)
	}
}

func done(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Many goroutines, swaps and traps: every call is answered, rightly, and by a version that was there.
func TestHammer(t *testing.T) {
	before := runtime.NumGoroutine()
	rt := newRuntime(t, tenon.Config{})
	versions := []*tenon.Kernel{loadScalar(t, rt), another(t, rt, "two"), another(t, rt, "three")}
	baseline := scalar.Fake{
		FailFunc: func(context.Context, string) error { return nil },
		AddFunc:  func(_ context.Context, a, b uint32) (uint32, error) { return a + b, nil },
	}
	slot, err := tenon.NewSlot(t.Context(), rt, "numbers", scalar.Contract,
		tenon.SlotConfig[scalar.Calls]{Kernel: versions[0], Baseline: baseline, MaxInstances: 3, MaxWait: -1})
	if err != nil {
		t.Fatal(err)
	}
	c := scalar.New(slot)
	known := []string{versions[0].Digest(), versions[1].Digest(), versions[2].Digest()}
	const callers, atLeast, swaps = 8, 200, 40
	swapped := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(swapped)
		for i := range swaps {
			next := versions[(i+1)%3]
			if i%10 == 9 {
				next = nil
			}
			if err := slot.Swap(context.Background(), next); err != nil {
				t.Errorf("Swap = %v", err)
			}
		}
	})
	var made atomic.Int64
	var mu sync.Mutex
	ledger := map[string]int{}
	for g := range uint32(callers) {
		wg.Go(func() {
			own := map[string]int{}
			for i := uint32(0); i < atLeast || !done(swapped); i++ {
				made.Add(1)
				var note tenon.Call
				ctx := tenon.WithCall(context.Background(), &note)
				switch i % 20 {
				case 7:
					if err := c.Fail(ctx, "on purpose"); err != nil || !note.Baseline {
						t.Errorf("Fail = %v, %+v", err, note)
					}
				case 13:
					if _, err := c.EchoString(ctx, "\xff"); note.Fault == nil && !errors.Is(err, tenon.ErrABI) && !note.Baseline {
						t.Errorf("EchoString = %v", err)
					}
				default:
					if n, err := c.Add(ctx, g, i); n != g+i || err != nil {
						t.Errorf("Add = %d, %v", n, err)
					}
				}
				if !note.Baseline && note.Version != "" && !slices.Contains(known, note.Version) {
					t.Errorf("answered by %q", note.Version)
				}
				own[note.Version]++ // "": the baseline, or a refusal
			}
			mu.Lock()
			defer mu.Unlock()
			for version, n := range own {
				ledger[version] += n
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range ledger {
		total += n
	}
	if total != int(made.Load()) {
		t.Errorf("%d calls of %d are in the ledger", total, made.Load())
	}
	st := slot.Stats()
	if answers := uint64(total - ledger[""]); st.Answers != answers || len(st.Versions) > 1 {
		t.Errorf("%d answers in the ledger, stats %+v", answers, st)
	}
	if len(st.Versions) == 1 && st.Versions[0].InUse != 0 {
		t.Errorf("instances are out: %+v", st.Versions[0])
	}
	t.Logf("%d calls: %v", total, ledger)
	if err := rt.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after Close", before, n)
	}
}

func TestCacheDirThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(shared, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, shared} {
		if _, err := tenon.New(t.Context(), tenon.Config{CacheDir: dir}); !errors.Is(err, tenon.ErrPolicy) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", filepath.Base(dir), err)
		}
	}
}
