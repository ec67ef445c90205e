package tenon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// What a slot, a runtime and an instance are configured with is what the engine is told, once a call.
func TestLimitsReachTheEngine(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		cfg  SlotConfig[fakeCalls]
		want engine.Limits
	}{
		{SlotConfig[fakeCalls]{}, engine.Limits{Timeout: 2 * time.Second}},
		{SlotConfig[fakeCalls]{Deadline: 50 * ms, Fuel: 9}, engine.Limits{Timeout: 50 * ms, Fuel: 9}},
		{SlotConfig[fakeCalls]{Deadline: -1, Fuel: 9}, engine.Limits{Fuel: 9}},
	} {
		b := newBench(t, Config{StartTimeout: 40 * ms})
		b.planner.edit = warming("run")
		var began, started []engine.Limits
		b.engine.began = func(l engine.Limits) { began = append(began, l) }
		b.engine.started = func(l engine.Limits) { started = append(started, l) }
		c.cfg.Kernel = b.load("1.0.0")
		s := b.slot(c.cfg)
		start := engine.Limits{Timeout: 40 * ms}
		if !slices.Equal(started, []engine.Limits{start}) {
			t.Errorf("the instance started %v", started)
		}
		if len(began) != 1 || began[0].Timeout <= 0 || began[0].Timeout > start.Timeout || began[0].Fuel != 0 {
			t.Errorf("the warm-up began %v", began)
		}
		began = nil
		if _, err := (fakeClient{s}).Echo(t.Context(), "a string is allocated, given, and freed"); err != nil {
			t.Error(err)
		}
		p, err := s.Pin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.EnterWith(t.Context(), fakeAdd)
		if err != nil {
			t.Fatal(err)
		}
		f.Invoke()
		if err := errors.Join(f.Leave(), p.Close(t.Context())); err != nil {
			t.Error(err)
		}
		if !slices.Equal(began, []engine.Limits{c.want, c.want}) {
			t.Errorf("%v and %d: a call and one in a pin began %v", c.cfg.Deadline, c.cfg.Fuel, began)
		}
	}
}

func TestLimitsOfStartByDefault(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.started = func(l engine.Limits) {
		if l != (engine.Limits{Timeout: 30 * time.Second}) {
			t.Errorf("started with %v", l)
		}
	}
	b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
}

// However many functions the metadata name, and whatever time each takes, all warm-up calls have StartTimeout together.
func TestWarmUpIsBounded(t *testing.T) {
	const timeout = 400 * time.Millisecond
	var log strings.Builder
	b := newBench(t, Config{StartTimeout: timeout, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	functions := slices.Repeat([]string{"run"}, 100_000)
	b.planner.edit = warming(functions...)
	calls := 0
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) { calls++; return 0, nil }
	b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})
	if calls != 64 || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "99936 more after the first 64") {
		t.Errorf("%d calls, logged %s", calls, log.String())
	}
	var left time.Duration
	b.engine.began = func(l engine.Limits) { left = l.Timeout }
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) {
		time.Sleep(timeout / 4)
		if left < timeout/2 { // what a gate would say in the end
			return 0, &engine.Trap{Code: engine.Deadline, Message: "the call ran longer than " + left.String()}
		}
		return 0, nil
	}
	_, err := NewSlot(t.Context(), b.rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: b.load("1.1.0")})
	if !errors.Is(err, ErrDeadline) || !strings.Contains(err.Error(), "#run: warm-up: the calls ran longer than 400ms: raise Config.StartTimeout") {
		t.Errorf("NewSlot = %v", err)
	}
}

// A resource's destructor has the limits of a call, whether it is closed by hand or was leaked.
func TestLimitsOfDestructors(t *testing.T) {
	b, s := newThings(t, SlotConfig[any]{Deadline: time.Second, Fuel: 5})
	one := must[thing](t)(s.make(t.Context(), 1))
	var began []engine.Limits
	b.engine.began = func(l engine.Limits) { began = append(began, l) }
	b.engine.destroy = func(*fakeInstance, int, uint32) error {
		return &engine.Trap{Code: engine.Deadline, Message: "the call ran longer than 1s"}
	}
	err := one.r.Close(t.Context())
	if !errors.Is(err, ErrDeadline) || !strings.Contains(err.Error(), "the destructor failed: the call ran longer than 1s: raise SlotConfig.Deadline") {
		t.Errorf("Close = %v", err)
	}
	if want := (engine.Limits{Timeout: time.Second, Fuel: 5}); !slices.Equal(began, []engine.Limits{want}) {
		t.Errorf("the destructor began %v", began)
	}
	// No context ends a destructor, so its time is bounded also where that of calls is not.
	endless := b.things(SlotConfig[any]{Deadline: -1, Kernel: s.Kernel()})
	one = must[thing](t)(endless.make(t.Context(), 1))
	began = nil
	_ = one.r.Close(t.Context())
	if want := (engine.Limits{Timeout: 2 * time.Second}); !slices.Equal(began, []engine.Limits{want}) {
		t.Errorf("the destructor began %v", began)
	}
}

func TestLimitsOfCallsByName(t *testing.T) {
	b := newBench(t, Config{})
	var began []engine.Limits
	b.engine.began = func(l engine.Limits) { began = append(began, l) }
	k := b.load("1.0.0")
	i, err := k.OpenWith(t.Context(), OpenOptions{Limits: CallLimits{Deadline: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close(t.Context())
	call := func() {
		t.Helper()
		var note Call
		v, err := i.Call(WithCall(t.Context(), &note), "add", Value{Bits: 1}, Value{Bits: 2})
		if v.Bits != 3 || err != nil || note.Version != k.Digest() || (note.Fuel == 7) != (began[len(began)-1].Fuel > 0) {
			t.Errorf("add = %v, %v, noted %+v", v.Bits, err, note)
		}
	}
	call()
	if err := i.SetLimits(CallLimits{Deadline: -1, Fuel: 8}); err != nil {
		t.Error(err)
	}
	call()
	if err := i.SetLimits(CallLimits{Deadline: 10}); !errors.Is(err, ErrPolicy) {
		t.Errorf("SetLimits = %v", err)
	}
	call() // as before
	// What is refused took nothing, whatever the note said before.
	note := Call{Key: "key", Version: "old", Fuel: 5}
	if _, err := i.Call(WithCall(t.Context(), &note), "add"); !errors.Is(err, ErrABI) || note != (Call{Key: "key"}) || !strings.Contains(err.Error(), "#add: 0 arguments, the function has 2") {
		t.Errorf("add without arguments: %v, noted %+v", err, note)
	}
	if _, err := k.Call(t.Context(), "add", Value{Bits: 1}, Value{Bits: 2}); err != nil {
		t.Error(err)
	}
	want := []engine.Limits{{Timeout: time.Minute}, {Fuel: 8}, {Fuel: 8}, {Fuel: 8}, {Timeout: 10 * time.Second}}
	if !slices.Equal(began, want) {
		t.Errorf("began %v, want %v", began, want)
	}
}

// Settings that cannot be meant are refused where they are set, and the fault says how to write them.
func TestAbsurdSettings(t *testing.T) {
	b := newBench(t, Config{})
	k := b.load("1.0.0")
	slot := func(cfg SlotConfig[fakeCalls]) error {
		cfg.Kernel = k
		_, err := NewSlot(t.Context(), b.rt, "s", fakeContract, cfg)
		return err
	}
	open := func(l CallLimits) error {
		_, err := k.OpenWith(t.Context(), OpenOptions{Limits: l})
		return err
	}
	runtime := func(cfg Config) error {
		rt, err := New(t.Context(), cfg)
		if err == nil {
			_ = rt.Close(t.Context())
		}
		return err
	}
	for err, want := range map[error]string{
		slot(SlotConfig[fakeCalls]{Deadline: 50}):            "slot s: SlotConfig.Deadline is 50ns, below the 100µs that can be kept: write it with its unit",
		slot(SlotConfig[fakeCalls]{Deadline: math.MaxInt64}): "above the 87600h0m0s that can be kept: give a negative one for none",
		slot(SlotConfig[fakeCalls]{Fuel: 1 << 63}):           "SlotConfig.Fuel is 9223372036854775808, more than 9223372036854775807: give 0 for none",
		open(CallLimits{Deadline: 1}):                        "CallLimits.Deadline is 1ns",
		open(CallLimits{Fuel: math.MaxUint64}):               "CallLimits.Fuel is 18446744073709551615",
		runtime(Config{StartTimeout: 30}):                    "Config.StartTimeout is 30ns",
		runtime(Config{StartTimeout: math.MaxInt64}):         "Config.StartTimeout is",
		runtime(Config{TotalMemory: 4}):                      "Config.TotalMemory is 4 bytes, less than the 65536 of one page: give it in bytes, as 1<<30",
	} {
		if !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, err := range []error{
		slot(SlotConfig[fakeCalls]{Deadline: 100 * time.Microsecond, Fuel: 1}),
		slot(SlotConfig[fakeCalls]{Deadline: math.MinInt64, Fuel: math.MaxInt64}),
		runtime(Config{StartTimeout: -1, TotalMemory: 64 << 10, MemoryLimit: math.MaxUint64}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

// What a trap's fault says to do about it, and that its chain has the context's error only where that has ended.
func TestFaultsOfTraps(t *testing.T) {
	for _, c := range []struct {
		trap  engine.Trap
		by    bounds
		kind  Kind
		want  string
		cause error
	}{
		{trap: engine.Trap{Code: engine.Deadline, Message: "the call ran longer than 50ms"}, kind: KindDeadline, want: "the call ran longer than 50ms: raise SlotConfig.Deadline, or give the kernel less at a time"},
		{trap: engine.Trap{Code: engine.Deadline}, by: byCall, kind: KindDeadline, want: "deadline: raise CallLimits.Deadline, or give"},
		{trap: engine.Trap{Code: engine.Deadline}, by: byStart, kind: KindDeadline, want: "raise Config.StartTimeout, or let the kernel do less before its first call"},
		{trap: engine.Trap{Code: engine.Fuel}, kind: KindFuel, want: "raise SlotConfig.Fuel, or give"},
		{trap: engine.Trap{Code: engine.Fuel}, by: byCall, kind: KindFuel, want: "raise CallLimits.Fuel, or give"},
		{trap: engine.Trap{Code: engine.StackOverflow, Message: "calls nest too deep"}, kind: KindStack, want: "calls nest too deep: bound the kernel's recursion"},
		{trap: engine.Trap{Code: engine.MemoryLimit, Message: "unreachable after the kernel was refused more memory"}, kind: KindMemory, want: "refused more memory: raise Config.MemoryLimit or Config.TotalMemory, or give"},
		{trap: engine.Trap{Code: engine.MemoryLimit}, by: byStart, kind: KindMemory, want: "raise Config.MemoryLimit, or build the kernel with less memory"},
		{trap: engine.Trap{Code: engine.MemoryExhausted}, by: byStart, kind: KindOverloaded, want: "raise Config.TotalMemory, or lower SlotConfig.MaxInstances"},
		{trap: engine.Trap{Code: engine.HandleLimit}, kind: KindLimit, want: "let the kernel drop the resources"},
		{trap: engine.Trap{Code: engine.Canceled, Err: context.Canceled}, kind: KindCanceled, want: "the context ended while the kernel ran", cause: context.Canceled},
		{trap: engine.Trap{Code: engine.Canceled, Err: context.DeadlineExceeded}, kind: KindCanceled, want: "the context's deadline passed while the kernel ran: give the call more time", cause: context.DeadlineExceeded},
		{trap: engine.Trap{Code: engine.DivideByZero}, kind: KindTrap, want: "integer divide by zero"},
		{trap: engine.Trap{Code: engine.Host, Err: &Fault{Kind: KindDeadline, Code: TrapDeadline, Message: "in realloc"}}, kind: KindDeadline, want: "in realloc"},
	} {
		f := trapFault(&c.trap, nil, c.by)
		code := TrapCode(c.trap.Code)
		if inner, ok := c.trap.Err.(*Fault); ok {
			code = inner.Code
		}
		if f.Kind != c.kind || f.Code != code || !strings.Contains(f.Message, c.want) {
			t.Errorf("%v: %s, %q, %q; want %s, %q", c.trap.Code, f.Kind, f.Code, f.Message, c.kind, c.want)
		}
		for _, err := range []error{context.Canceled, context.DeadlineExceeded} {
			if errors.Is(f, err) != (err == c.cause) {
				t.Errorf("%v is %v: %v", c.trap.Code, err, errors.Is(f, err))
			}
		}
	}
	if f := trapFault(errors.New("odd"), nil, bySlot); f.Kind != KindInternal || f.Code != "" {
		t.Errorf("%+v", f)
	}
}

// The baseline answers after the slot's own deadline, and not for a caller who has gone, nor for a kernel that may have
// had effects.
func TestWhoAnswersAfterADeadline(t *testing.T) {
	for what, c := range map[string]struct {
		trap   engine.Trap
		ends   bool // the caller's context ends while the kernel runs
		hosted bool
		want   error
	}{
		"deadline":                 {trap: engine.Trap{Code: engine.Deadline}},
		"fuel":                     {trap: engine.Trap{Code: engine.Fuel}},
		"stack":                    {trap: engine.Trap{Code: engine.StackOverflow}},
		"memory":                   {trap: engine.Trap{Code: engine.MemoryLimit}},
		"canceled":                 {trap: engine.Trap{Code: engine.Canceled, Err: context.Canceled}, ends: true, want: ErrCanceled},
		"deadline, and caller":     {trap: engine.Trap{Code: engine.Deadline}, ends: true, want: ErrCanceled},
		"deadline, with host call": {trap: engine.Trap{Code: engine.Deadline}, hosted: true, want: ErrDeadline},
	} {
		t.Run(what, func(t *testing.T) {
			b := newBench(t, Config{})
			k := b.load("1.0.0")
			if c.hosted {
				k.grants.imports = &engine.Imports{}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b.engine.run = func(*fakeInstance, uint32) (uint32, error) {
				if c.ends {
					cancel()
				}
				return 0, &c.trap
			}
			s := b.slot(SlotConfig[fakeCalls]{Kernel: k, Baseline: fakeBaseline{}, Fuel: 10})
			var note Call
			n, err := (fakeClient{s}).Run(WithCall(ctx, &note), 1)
			if c.want != nil {
				if !errors.Is(err, c.want) || note.Baseline || note.Fuel != 7 {
					t.Errorf("Run = %d, %v, noted %+v", n, err, note)
				}
				if c.ends && !errors.Is(err, context.Canceled) {
					t.Errorf("the context's error is not in the chain of %v", err)
				}
			} else if n != 1001 || err != nil || !note.Baseline || KindOf(note.Fault) != trapKind(c.trap.Code) || note.Fuel != 7 {
				t.Errorf("Run = %d, %v, noted %+v", n, err, note)
			}
			st := s.Stats()
			if v := st.Versions; st.Faults[trapKind(c.trap.Code)] != 1 || len(v) != 1 || v[0].Poisoned != 1 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// The note of a call whose kernel calls another slot with the same context is of the outer call in the end.
func TestNoteOfNestedCalls(t *testing.T) {
	b := newBench(t, Config{})
	inner := b.slot(SlotConfig[fakeCalls]{Baseline: fakeBaseline{}})
	k := b.load("1.0.0")
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) { return fakeClient{inner}.Run(i.ctx, n) }
	outer, err := NewSlot(t.Context(), b.rt, "outer", fakeContract, SlotConfig[fakeCalls]{Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	note := Call{Key: "key"}
	if n, err := (fakeClient{outer}).Run(WithCall(t.Context(), &note), 1); n != 1001 || err != nil {
		t.Errorf("Run = %d, %v", n, err)
	}
	if want := (Call{Key: "key", Version: k.Digest(), Label: k.Label()}); note != want {
		t.Errorf("noted %+v, want %+v", note, want)
	}
}

var errScarce = &engine.Trap{Code: engine.MemoryExhausted, Message: "no room"}

// Where the runtime's memory has no room for one more instance, a call waits for one that exists, and is overloaded in
// the end; where none exists it is at once.
func TestScarceMemory(t *testing.T) {
	b := newBench(t, Config{})
	room := true
	b.engine.instantiate = func() error {
		if room {
			return nil
		}
		return errScarce
	}
	entered, release := b.blocked()
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxWait: 20 * time.Millisecond, MaxInstances: 3, MinInstances: 1})
	room = false
	first := make(chan error)
	go func() { _, err := fakeClient{s}.Run(context.Background(), 1); first <- err }()
	<-entered
	_, err := fakeClient{s}.Add(t.Context(), 1, 2)
	fault, _ := asFault(err)
	if !errors.Is(err, ErrOverloaded) || fault.Code != TrapMemoryExhausted || fault.Slot != "s" || !strings.Contains(err.Error(), "no room: raise Config.TotalMemory") {
		t.Errorf("Add beside a call = %v", err)
	}
	waiting := make(chan error)
	patient, err := NewSlot(t.Context(), b.rt, "patient", fakeContract, SlotConfig[fakeCalls]{Baseline: fakeBaseline{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := patient.Swap(t.Context(), s.Kernel()); !errors.Is(err, ErrOverloaded) {
		t.Errorf("Swap without room = %v", err)
	}
	s.core.maxWait = -1
	go func() { _, err := fakeClient{s}.Add(context.Background(), 1, 2); waiting <- err }()
	for s.Stats().Versions[0].Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	if err := errors.Join(<-first, <-waiting); err != nil {
		t.Errorf("the call and the one that waited for it: %v", err)
	}
	if st := s.Stats(); st.Versions[0].Built != 1 || st.Faults[KindOverloaded] != 1 {
		t.Errorf("%+v", st)
	}
}

// Of the instances that are to be made ahead, those are made for which there is room.
func TestScarceMemoryAheadOfTraffic(t *testing.T) {
	b := newBench(t, Config{})
	made := 0
	b.engine.instantiate = func() error {
		if made++; made > 3 {
			return errScarce
		}
		return nil
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MinInstances: 8, MaxInstances: 8})
	if v := s.Stats().Versions[0]; v.Instances != 3 {
		t.Errorf("%d instances", v.Instances)
	}
}

// There may be room for an instance as it starts, and not for what the warmed-up one has grown to.
func TestScarceMemoryForTheTemplate(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.restore = func() error { return errScarce }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MinInstances: 8, MaxInstances: 8})
	if v := s.Stats().Versions[0]; v.Instances != 1 {
		t.Errorf("%d instances", v.Instances)
	}
	_, err := s.Kernel().Open(t.Context())
	fault, _ := asFault(err)
	if !errors.Is(err, ErrOverloaded) || fault.Code != TrapMemoryExhausted || fault.Kernel == "" {
		t.Errorf("Open = %v", err)
	}
}

// A load whose context ends returns while the engine still compiles, and Close waits for the engine.
func TestLoadGivesUp(t *testing.T) {
	b := newBench(t, Config{})
	entered, release := make(chan struct{}), make(chan struct{})
	b.engine.compile = func() { entered <- struct{}{}; <-release }
	ctx, cancel := context.WithCancel(t.Context())
	loaded := make(chan error)
	go func() {
		_, err := b.rt.Load(ctx, "slow.wasm", []byte("slow"))
		loaded <- err
	}()
	<-entered
	cancel()
	if err := <-loaded; !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("Load = %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.rt.Close(short); !errors.Is(err, ErrCanceled) {
		t.Errorf("Close beside the compilation = %v", err)
	}
	close(release)
	// newBench closes the runtime, and finds code that was left open.
}

// A context whose deadline has passed has ended, also before its timer fires.
func TestEnded(t *testing.T) {
	late := lateContext{context.Background()}
	if err := ended(late); err != context.DeadlineExceeded || late.Err() != nil {
		t.Errorf("%v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	if err := ended(canceled); err != nil {
		t.Error(err)
	}
	cancel()
	if err := ended(canceled); err != context.Canceled {
		t.Errorf("%v", err)
	}
	f := instanceFault(late, &engine.Trap{Code: engine.Canceled, Err: context.DeadlineExceeded}, nil)
	if f.Kind != KindCanceled || f.Code != TrapCanceled || fmt.Sprint(f.Err) != context.DeadlineExceeded.Error() {
		t.Errorf("%+v", f)
	}
}

// lateContext has a deadline in the past whose timer has not fired.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Unix(1, 0), true }
