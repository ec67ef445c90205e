package dropin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	"github.com/tenon-dev/tenon/host-go/dropin"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/internal/names"
)

// cacheDir keeps compiled kernels for all tests of the package.
var cacheDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tenon-")
	if err != nil {
		panic(err)
	}
	cacheDir = filepath.Join(dir, "cache")
	os.Setenv("TENON_CACHE", cacheDir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// goCalls is a baseline whose sums tell that it made them.
type goCalls struct{ scalar.Fake }

const byBaseline = 1000

func (goCalls) Add(_ context.Context, a, b uint32) (uint32, error) { return a + b + byBaseline, nil }

// made counts the places of the tests, so that each has a name of its own.
var made atomic.Int32

// numbers is a package with a function Add, as tenon-gen would write it.
type numbers struct {
	*dropin.Place[scalar.Calls]
	name string
}

func newNumbers(t testing.TB, change func(*dropin.Spec[scalar.Calls])) numbers {
	t.Helper()
	name := "numbers" + string(rune('a'+made.Add(1)))
	spec := dropin.Spec[scalar.Calls]{
		Name: name, Contract: scalar.Contract, Component: scalar.Component,
		Baseline: func() scalar.Calls { return goCalls{} },
		Client:   func(s *tenon.Slot[scalar.Calls]) scalar.Calls { return scalar.New(s) },
	}
	if change != nil {
		change(&spec)
	}
	t.Cleanup(func() {
		if err := dropin.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return numbers{dropin.New(spec), name}
}

func withoutBaseline(s *dropin.Spec[scalar.Calls]) { s.Baseline = nil }

func (n numbers) Add(ctx context.Context, a, b uint32) (uint32, error) {
	now, err := n.Get(ctx)
	if err != nil {
		return 0, err
	}
	out, err := now.By.Add(ctx, a, b)
	if err != nil && n.Moved(now, err) {
		return n.Add(ctx, a, b)
	}
	return out, err
}

// answer fails the test unless 40 + 2 is what it should be.
func (n numbers) answer(t testing.TB, want uint32) {
	t.Helper()
	if got, err := n.Add(t.Context(), 40, 2); got != want || err != nil {
		t.Fatalf("got %d, %v; want %d", got, err, want)
	}
}

// eventually waits until the status is as it should be.
func (n numbers) eventually(t testing.TB, is func(dropin.Status) bool) {
	t.Helper()
	for !is(n.Status()) {
		if t.Context().Err() != nil {
			t.Fatal(n.Status())
		}
		time.Sleep(time.Millisecond)
	}
}

type config = dropin.Config[scalar.Calls]

func TestFirstUseIsTheBaselineUntilTheKernelIsThere(t *testing.T) {
	n := newNumbers(t, nil)
	if s := n.Status(); s.Use != dropin.Default || s.Pending {
		t.Fatalf("before the first call: %+v", s)
	}
	if got, err := n.Add(t.Context(), 40, 2); (got != 42 && got != 42+byBaseline) || err != nil {
		t.Fatalf("got %d, %v", got, err)
	}
	n.eventually(t, func(s dropin.Status) bool { return !s.Pending })
	if s := n.Status(); s.Use != dropin.Kernel || s.Error != "" {
		t.Fatalf("%+v", s)
	}
	n.answer(t, 42)
}

func TestFirstUseWaitsWhereThereIsNoBaseline(t *testing.T) {
	n := newNumbers(t, withoutBaseline)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, err := n.Add(t.Context(), 40, 2); got != 42 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Add(ended, 40, 2); err != nil && !errors.Is(err, tenon.ErrCanceled) { // nil: the kernel was quicker
		t.Errorf("a caller that has gone: %v", err)
	}
	group.Wait()
}

func TestNothingAnswersWhereThereIsNoBaselineAndNoKernel(t *testing.T) {
	n := newNumbers(t, func(s *dropin.Spec[scalar.Calls]) {
		s.Baseline, s.Component = nil, func() []byte { return []byte("no component") }
	})
	logged := logs(t)
	for range 3 { // in one try
		if _, err := n.Add(t.Context(), 40, 2); !errors.Is(err, tenon.ErrMalformed) {
			t.Fatal(err)
		}
	}
	if lines := logged(); len(lines) != 1 || lines[0]["msg"] != "drop-in has nothing that answers" {
		t.Errorf("logged %v", lines)
	}
	if err := n.Configure(t.Context(), config{Use: dropin.Baseline}); !errors.Is(err, tenon.ErrPolicy) {
		t.Error(err)
	}
	if err := n.Configure(t.Context(), config{Component: scalar.Component()}); err != nil {
		t.Fatal(err)
	}
	n.answer(t, 42)
}

// logs catches what is logged to the default logger, which the table of names has to have.
func logs(t *testing.T) func() []map[string]string {
	t.Helper()
	var mu sync.Mutex
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return out.Write(p)
	}), nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	table := names.Read(t)
	return func() (lines []map[string]string) {
		mu.Lock()
		defer mu.Unlock()
		for text := range bytes.Lines(out.Bytes()) {
			line := map[string]string{}
			if err := json.Unmarshal(text, &line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
			at := slices.IndexFunc(table.Logs, func(l names.Log) bool {
				return l.Message == line["msg"] && strings.EqualFold(l.Level, line["level"])
			})
			if at < 0 {
				t.Fatalf("the table has no line %s", text)
			}
			for key := range line {
				if !slices.Contains([]string{"time", "level", "msg"}, key) && !slices.Contains(table.Logs[at].Keys, key) {
					t.Errorf("the table has no %q in %s", key, text)
				}
			}
		}
		return lines
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestTheBaselineStaysWhereTheKernelCannotBe(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, n numbers){
		"no runtime":    func(t *testing.T, _ numbers) { t.Setenv("TENON_CACHE", "/dev/null") },
		"a typing slip": func(t *testing.T, n numbers) { t.Setenv(n.variable(), "kernal") },
		"a use with a folder that is no registry": func(t *testing.T, n numbers) { t.Setenv(n.variable(), "kernel:/dir") },
		"a registry that nobody can read":         func(t *testing.T, n numbers) { t.Setenv(n.variable(), "registry:/dir") },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNumbers(t, nil)
			logged := logs(t)
			prepare(t, n)
			n.answer(t, 42+byBaseline)
			n.eventually(t, func(s dropin.Status) bool { return s.Error != "" })
			n.answer(t, 42+byBaseline)
			for len(logged()) == 0 && t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
			if lines := logged(); len(lines) != 1 || lines[0]["msg"] != "drop-in is left with its baseline" || lines[0]["slot"] != n.name || lines[0]["error"] == "" {
				t.Errorf("logged %v", lines)
			}
			if s := n.Status(); s.Use != dropin.Baseline || s.Pending {
				t.Errorf("%+v", s)
			}
		})
	}
}

// variable is the environment's name for the place.
func (n numbers) variable() string { return "TENON_" + strings.ToUpper(n.name) }

func TestTheEnvironmentSaysWhatAnswersAtFirst(t *testing.T) {
	n := newNumbers(t, nil)
	t.Setenv(n.variable(), "baseline")
	n.answer(t, 42+byBaseline)
	n.eventually(t, func(s dropin.Status) bool { return !s.Pending })
	if s := n.Status(); s.Use != dropin.Baseline || s.Error != "" {
		t.Errorf("%+v", s)
	}
	// What the program says counts more, and Default is the environment again.
	for _, step := range []struct {
		use  dropin.Use
		want uint32
	}{{dropin.Kernel, 42}, {dropin.Default, 42 + byBaseline}} {
		if err := n.Configure(t.Context(), config{Use: step.use}); err != nil {
			t.Fatal(err)
		}
		n.answer(t, step.want)
	}
}

// No call is lost, and none is answered by anything but the one or the other, while what answers is switched.
func TestSwitchesLoseNoCall(t *testing.T) {
	n := newNumbers(t, nil)
	logged := logs(t)
	own, err := tenon.New(t.Context(), tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close(context.Background())
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var kernels, baselines atomic.Int64
	for range 4 {
		group.Go(func() {
			for ctx.Err() == nil {
				switch got, err := n.Add(context.WithoutCancel(ctx), 40, 2); {
				case err != nil:
					t.Error(err)
					return
				case got == 42:
					kernels.Add(1)
				case got == 42+byBaseline:
					baselines.Add(1)
				default:
					t.Errorf("got %d", got)
					return
				}
			}
		})
	}
	const rounds = 12
	for i := range rounds {
		cfg := config{Use: dropin.Kernel}
		switch i % 3 {
		case 1:
			cfg.Slot.MaxInstances = 1 + i
		case 2:
			cfg.Runtime = own
		}
		for _, cfg := range []config{cfg, {Use: dropin.Baseline}} {
			if err := n.Configure(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			for seen := kernels.Load() + baselines.Load(); kernels.Load()+baselines.Load() < seen+20 && !t.Failed(); {
				runtime.Gosched()
			}
		}
	}
	stop()
	group.Wait()
	if kernels.Load() == 0 || baselines.Load() == 0 {
		t.Errorf("%d calls by kernels, %d by baselines", kernels.Load(), baselines.Load())
	}
	if lines := logged(); len(lines) < 2*rounds || lines[len(lines)-1]["previous"] != "kernel" {
		t.Errorf("logged %v", lines)
	}
	if s := own.Stats(); len(s.Slots) > 0 {
		t.Errorf("slots are left open: %+v", s.Slots)
	}
}

// Calls, switches and the end of everything at once: no call fails, and nothing waits for ever.
func TestEverythingAtOnce(t *testing.T) {
	n := newNumbers(t, nil)
	logs(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group, acts sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for ctx.Err() == nil {
				if got, err := n.Add(t.Context(), 40, 2); err != nil || got != 42 && got != 42+byBaseline {
					t.Errorf("got %d, %v", got, err)
					return
				}
			}
		})
	}
	for _, act := range []func() error{
		func() error { return n.Configure(t.Context(), config{Use: dropin.Kernel}) },
		func() error { return dropin.Set(t.Context(), n.name, dropin.Baseline) },
		func() error { return dropin.Close(t.Context()) },
		func() error { _, _ = dropin.List(), dropin.Slots(); return nil },
	} {
		acts.Go(func() {
			for range 30 {
				if err := act(); err != nil && !errors.Is(err, tenon.ErrClosed) { // of the runtime, by Close
					t.Error(err)
				}
				runtime.Gosched()
			}
		})
	}
	acts.Wait()
	stop()
	group.Wait()
}

func TestAFailedSwitchLeavesWhatAnswered(t *testing.T) {
	n := newNumbers(t, nil)
	if err := n.Configure(t.Context(), config{Use: dropin.Kernel}); err != nil {
		t.Fatal(err)
	}
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.Background())
	k, err := rt.Load(t.Context(), "scalar", scalar.Component())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		cfg  config
		want error
	}{
		"no component":      {t.Context(), config{Use: dropin.Kernel, Component: []byte{}}, tenon.ErrMalformed},
		"a kernel":          {t.Context(), config{Slot: tenon.SlotConfig[scalar.Calls]{Kernel: k}}, tenon.ErrPolicy},
		"a slot like none":  {t.Context(), config{Slot: tenon.SlotConfig[scalar.Calls]{MaxUses: -1}}, tenon.ErrPolicy},
		"no use":            {t.Context(), config{Use: "kernal"}, tenon.ErrPolicy},
		"no registry":       {t.Context(), config{Use: dropin.Registry}, tenon.ErrPolicy},
		"a broken registry": {t.Context(), config{Use: dropin.Registry, Source: &folder{err: errBroken}}, errBroken},
		"a panic":           {t.Context(), config{Use: dropin.Registry, Source: &folder{}}, tenon.ErrInternal},
		"nobody waits":      {ended, config{Use: dropin.Baseline}, tenon.ErrCanceled},
	} {
		if err := n.Configure(c.ctx, c.cfg); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if s := n.Status(); s.Use != dropin.Kernel || s.Error == "" {
			t.Errorf("%s: %+v", name, s)
		}
		n.answer(t, 42)
	}
	if err := n.Configure(t.Context(), config{}); err != nil || n.Status().Error != "" {
		t.Errorf("%v, %+v", err, n.Status())
	}
}

var errBroken = errors.New("broken")

// folder is a Source that has a slot serve a component at once.
type folder struct {
	component []byte // nil: it panics
	err       error
	closed    atomic.Int32
}

func (f *folder) String() string { return "/folder" }

func (f *folder) Follow(ctx context.Context, slot dropin.Slot) (dropin.Following, error) {
	if f.err != nil {
		return nil, f.err
	}
	if f.component == nil {
		panic("no component")
	}
	k, err := slot.Runtime().Load(ctx, "followed", f.component)
	if err != nil {
		return nil, err
	}
	return f, slot.Swap(ctx, k)
}

func (f *folder) Close(context.Context) error {
	f.closed.Add(1)
	return nil
}

func TestARegistryAnswers(t *testing.T) {
	n := newNumbers(t, nil)
	from := &folder{component: scalar.Component()}
	if err := n.Configure(t.Context(), config{Use: dropin.Registry, Source: from}); err != nil {
		t.Fatal(err)
	}
	n.answer(t, 42)
	if s := n.Status(); s.Use != dropin.Registry || s.Source != "/folder" {
		t.Errorf("%+v", s)
	}
	if slots, followings := dropin.Slots(), dropin.Followings(); len(slots) != 1 || slots[0].Name() != n.name || !slices.Contains(followings, dropin.Following(from)) {
		t.Errorf("%v, %v", slots, followings)
	}
	// By name, without a word about the rest.
	for _, use := range []dropin.Use{dropin.Baseline, dropin.Registry, dropin.Kernel} {
		if err := dropin.Set(t.Context(), n.name, use); err != nil {
			t.Fatal(err)
		}
		if s := n.Status(); s.Use != use || (s.Source == "") == (use == dropin.Registry) {
			t.Errorf("%s: %+v", use, s)
		}
	}
	if from.closed.Load() != 2 {
		t.Errorf("closed %d times", from.closed.Load())
	}
}

// What takes a kernel's place begins with as many instances as that ever had, whatever it is and whatever was in between; they do
// not stay when they are idle.
func TestASwitchKeepsThePeak(t *testing.T) {
	n := newNumbers(t, nil)
	cfg := config{Use: dropin.Kernel, Source: &folder{component: scalar.Component()}, Slot: tenon.SlotConfig[scalar.Calls]{MaxInstances: 8}}
	if err := n.Configure(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	slot := func() *tenon.Slot[scalar.Calls] { return dropin.Slots()[0].(*tenon.Slot[scalar.Calls]) }
	var pins []*tenon.Pin[scalar.Calls]
	for range 5 {
		pin, err := slot().Pin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pins = append(pins, pin)
	}
	for _, pin := range pins {
		if err := pin.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, use := range []dropin.Use{dropin.Registry, dropin.Kernel, dropin.Baseline, dropin.Registry, dropin.Baseline, dropin.Kernel} {
		if err := dropin.Set(t.Context(), n.name, use); err != nil {
			t.Fatal(err)
		}
		if use == dropin.Baseline {
			continue
		}
		if v := slot().Stats().Versions[0]; v.Instances != 5 {
			t.Errorf("%s begins with %d instances, and the kernel before had 5", use, v.Instances)
		}
	}
	// A configuration that allows less gets less.
	cfg.Slot.MaxInstances = 2
	if err := n.Configure(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if v := slot().Stats().Versions[0]; v.Instances != 2 {
		t.Errorf("%d instances, where 2 are allowed", v.Instances)
	}
}

func TestTheEnvironmentNamesARegistry(t *testing.T) {
	var asked []string
	dropin.SetOpener(func(dir string) (dropin.Source, error) {
		asked = append(asked, dir)
		return &folder{component: scalar.Component()}, nil
	})
	defer dropin.SetOpener(nil)
	n := newNumbers(t, withoutBaseline)
	t.Setenv(n.variable(), "registry:/one:two")
	n.answer(t, 42)
	t.Setenv(n.variable(), "registry")
	t.Setenv("TENON_REGISTRY", "/three")
	if err := n.Configure(t.Context(), config{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked, []string{"/one:two", "/three"}) {
		t.Errorf("opened %q", asked)
	}
}

func TestList(t *testing.T) {
	n, m := newNumbers(t, nil), newNumbers(t, nil)
	var found []string
	for _, s := range dropin.List() {
		if s.Name == n.name || s.Name == m.name {
			found = append(found, s.Name+" "+s.Contract)
		}
	}
	if want := []string{n.name + " tenon:scalar@1.0.0", m.name + " tenon:scalar@1.0.0"}; !slices.Equal(found, want) {
		t.Errorf("%q, want %q", found, want)
	}
	if err := dropin.Set(t.Context(), "nobody", dropin.Kernel); !errors.Is(err, tenon.ErrPolicy) {
		t.Error(err)
	}
}

// After Close nothing is left, and a call begins anew.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	n := newNumbers(t, nil)
	for range 3 {
		if _, err := n.Add(t.Context(), 40, 2); err != nil { // maybe in the middle of the load
			t.Fatal(err)
		}
		if err := dropin.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := n.Status(); s.Use != dropin.Default || s.Pending || s.Error != "" {
			t.Errorf("%+v", s)
		}
	}
	for runtime.NumGoroutine() > before && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
}

// A runtime of the program's that is closed too soon is an error, and no call for ever.
func TestARuntimeThatIsClosedTooSoon(t *testing.T) {
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	n := newNumbers(t, nil)
	if err := n.Configure(t.Context(), config{Use: dropin.Kernel, Runtime: rt}); err != nil {
		t.Fatal(err)
	}
	if err := rt.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Add(t.Context(), 40, 2); !errors.Is(err, tenon.ErrClosed) {
		t.Error(err)
	}
	if err := n.Configure(t.Context(), config{Use: dropin.Baseline}); err != nil {
		t.Fatal(err)
	}
	n.answer(t, 42+byBaseline)
}

func TestSetRuntime(t *testing.T) {
	rt, err := tenon.New(t.Context(), tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.Background())
	n := newNumbers(t, withoutBaseline)
	dropin.SetRuntime(rt)
	n.answer(t, 42)
	if s := rt.Stats(); len(s.Slots) != 1 || s.Slots[0].Slot != n.name || s.Slots[0].Answers != 1 {
		t.Errorf("%+v", s.Slots)
	}
	if err := dropin.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := rt.Load(t.Context(), "scalar", scalar.Component()); err != nil {
		t.Errorf("the program's runtime was closed: %v", err)
	}
}
