package tenon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// does is a baseline whose Run does what the test says.
type does struct {
	fakeBaseline
	run func(ctx context.Context, n uint32) (uint32, error)
}

func (d does) Run(ctx context.Context, n uint32) (uint32, error) { return d.run(ctx, n) }

// trapped is a slot whose kernel fails in each call of Run.
func trapped(t *testing.T, cfg Config, run func(ctx context.Context, n uint32) (uint32, error)) *Slot[fakeCalls] {
	t.Helper()
	b := newBench(t, cfg)
	b.engine.run = func(i *fakeInstance, n uint32) (uint32, error) {
		i.panics = fmt.Sprint("no luck with ", n)
		return 0, &engine.Trap{Code: engine.Unreachable}
	}
	return b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: does{run: run}, Breaker: Breaker{Off: true}, MaxWait: -1})
}

type textOf struct{ text string }

func (s textOf) String() string { return s.text }

type ill struct{}

func (ill) Error() string { panic("again") }

func TestBaselineThatPanicsInFallback(t *testing.T) {
	var none map[string]int
	for name, c := range map[string]struct {
		panics func()
		want   string
	}{
		"a text":                 {func() { panic("of its own") }, "of its own"},
		"an error":               {func() { panic(errors.New("of its own")) }, "of its own"},
		"several lines":          {func() { panic("one\ntwo") }, "one; two"},
		"a runtime error":        {func() { none["x"] = 1 }, "assignment to entry in nil map"},
		"a nil pointer":          {func() { var p *Call; p.Key = "" }, "nil pointer dereference"},
		"nil":                    {func() { panic(nil) }, "panic called with nil argument"},
		"a Stringer":             {func() { panic(textOf{"a place"}) }, "a place"},
		"a number":               {func() { panic(42) }, "42"},
		"a struct":               {func() { panic(struct{ n []byte }{make([]byte, 1<<20)}) }, "a value of type struct { n []uint8 }"},
		"an error that panics":   {func() { panic(ill{}) }, "PANIC=Error method: again"},
		"deep inside":            {func() { defer func() { panic(recover()) }(); panic("rethrown") }, "rethrown"},
		"a long text, much of ü": {func() { panic(strings.Repeat("ü", 10_000)) }, strings.Repeat("ü", 200)},
	} {
		t.Run(name, func(t *testing.T) {
			s := trapped(t, Config{}, func(context.Context, uint32) (uint32, error) { c.panics(); return 1, nil })
			note := Call{Key: "k"}
			n, err := fakeClient{s}.Run(WithCall(t.Context(), &note), 13)
			f, ok := errors.AsType[*Fault](err)
			if n != 0 || !ok || f.Kind != KindTrap || f.Version != "digest-1.0.0" || f.Code != TrapUnreachable {
				t.Fatalf("Run = %d, %v", n, err)
			}
			before, after, found := strings.Cut(f.Message, "; and the baseline panicked: ")
			if !found || before != "no luck with 13" || !strings.Contains(after, c.want) {
				t.Errorf("message %q", f.Message)
			}
			if at := after[strings.LastIndex(after, ", at "):]; !strings.Contains(at, "(turn_test.go:") || !strings.Contains(at, "host-go.TestBaselineThatPanicsInFallback.func") {
				t.Errorf("at %q", at)
			}
			if len(f.Message) > 1000 || !utf8.ValidString(f.Message) || strings.Contains(f.Message, "\n") {
				t.Errorf("a message of %d bytes: %q", len(f.Message), f.Message)
			}
			if note.Baseline || note.Fault != nil || note.Version != "" {
				t.Errorf("note %+v", note)
			}
			if st := s.Stats(); st.Blamed != 0 || st.Panics != 1 || st.Fallbacks != 1 || st.Faults[KindTrap] != 1 {
				t.Errorf("Stats = %+v", st)
			}
		})
	}
}

func TestBaselinePanicsAreLogged(t *testing.T) {
	var out bytes.Buffer
	s := trapped(t, Config{Logger: slog.New(slog.NewTextHandler(&out, nil))}, func(context.Context, uint32) (uint32, error) { panic("boo") })
	for range 5 {
		if _, err := (fakeClient{s}).Run(t.Context(), 1); !errors.Is(err, ErrTrap) {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), `level=ERROR msg="baseline panicked" slot=s export=test:fake/calls@1.0.0#run panic=boo at="host-go.`); n != 3 {
		t.Errorf("%d lines: %s", n, out.String())
	}
}

// What panics while no kernel has failed is the caller's, as of any function.
func TestBaselineThatPanicsByItself(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Baseline: does{run: func(context.Context, uint32) (uint32, error) { panic("its own") }}})
	defer func() {
		if p := recover(); p != "its own" {
			t.Errorf("recovered %v", p)
		}
		if st := s.Stats(); st.Panics != 0 {
			t.Errorf("Stats = %+v", st)
		}
	}()
	_, err := fakeClient{s}.Run(t.Context(), 1)
	t.Errorf("Run = %v", err)
}

// A goroutine that the baseline ends goes on ending, and its turn says nothing about the version.
func TestBaselineThatEndsTheGoroutine(t *testing.T) {
	s := trapped(t, Config{}, func(context.Context, uint32) (uint32, error) { runtime.Goexit(); return 1, nil })
	returned := true
	var wg sync.WaitGroup
	wg.Go(func() {
		returned = false
		_, _ = fakeClient{s}.Run(context.Background(), 1)
		returned = true
	})
	wg.Wait()
	if st := s.Stats(); returned || st.Blamed != 0 || st.Panics != 0 || st.Fallbacks != 1 {
		t.Errorf("returned: %v; Stats = %+v", returned, st)
	}
}

// A version is blamed for an input that the baseline has answered: with a value or the contract's own error.
func TestWhatIsBlamed(t *testing.T) {
	var gives error
	s := trapped(t, Config{}, func(context.Context, uint32) (uint32, error) { return 0, gives })
	for _, c := range []struct {
		err   error
		blame uint64
	}{
		{nil, 1}, {fakeError("own"), 1}, {fmt.Errorf("wrapped: %w", fakeError("own")), 1},
		{errors.New("another"), 0}, {context.Canceled, 0}, {&Fault{Kind: KindABI}, 0},
	} {
		gives = c.err
		before := s.Stats().Blamed
		if _, err := (fakeClient{s}).Run(t.Context(), 1); err != c.err {
			t.Errorf("err = %v, want %v", err, c.err)
		}
		if got := s.Stats().Blamed - before; got != c.blame {
			t.Errorf("%v: %d are blamed, want %d", c.err, got, c.blame)
		}
	}
}

// Calls of one function at the same time, some of which the baseline can answer: each is settled by itself.
func TestBlameIsExact(t *testing.T) {
	const calls = 64
	var all sync.WaitGroup // of the baseline, so that all turns are open at a time
	all.Add(calls)
	s := trapped(t, Config{}, func(_ context.Context, n uint32) (uint32, error) {
		all.Done()
		all.Wait()
		switch n % 4 {
		case 0:
			panic(n)
		case 1:
			return 0, errors.New("no answer")
		}
		return n, nil
	})
	var wg sync.WaitGroup
	for n := range uint32(calls) {
		wg.Go(func() {
			got, err := fakeClient{s}.Run(context.Background(), n)
			switch f, _ := asFault(err); n % 4 {
			case 0:
				if f == nil || !strings.Contains(f.Message, fmt.Sprintf("no luck with %d; and the baseline panicked: %d,", n, n)) {
					t.Errorf("Run(%d) = %v", n, err)
				}
			case 1:
				if err == nil || f != nil {
					t.Errorf("Run(%d) = %v", n, err)
				}
			default:
				if got != n || err != nil {
					t.Errorf("Run(%d) = %d, %v", n, got, err)
				}
			}
		})
	}
	wg.Wait()
	if st := s.Stats(); st.Blamed != calls/2 || st.Panics != calls/4 || st.Fallbacks != calls || st.Baseline != calls {
		t.Errorf("Stats = %+v", st)
	}
}

// The baseline answers after the version was swapped out and closed: the slot's books have the blame, and no other version.
func TestBlameOfADrainedVersion(t *testing.T) {
	asked, go1 := make(chan struct{}), make(chan struct{})
	b := newBench(t, Config{})
	b.engine.run = func(*fakeInstance, uint32) (uint32, error) { return 0, &engine.Trap{Code: engine.Unreachable} }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Breaker: Breaker{Faults: 1},
		Baseline: does{run: func(context.Context, uint32) (uint32, error) { asked <- struct{}{}; <-go1; return 7, nil }}})
	done := make(chan error)
	go func() { _, err := fakeClient{s}.Run(context.Background(), 1); done <- err }()
	<-asked
	if err := s.Swap(t.Context(), b.load("1.1.0")); err != nil {
		t.Fatal(err)
	}
	close(go1)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if st := s.Stats(); st.Blamed != 1 || st.Versions[0].Blamed != 0 || st.Tripped || len(st.Versions) != 1 {
		t.Errorf("Stats = %+v", st)
	}
}
