package tenon

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// AppendEcho and ViewEcho are written as the generator writes tiers.
func (c fakeClient) AppendEcho(ctx context.Context, dst []byte, text string) ([]byte, error) {
	f, err := c.slot.Enter(ctx, fakeEcho)
	if f != nil {
		c.ask(f, text)
		out := f.AppendRetString(dst)
		if err = f.Leave(); err == nil {
			return out, nil
		}
	}
	out, err := c.baseEcho(ctx, err, text)
	if err != nil {
		return dst, err
	}
	return append(dst, out...), nil
}

func (c fakeClient) ViewEcho(ctx context.Context, text string, look func([]byte) error) error {
	return viewEcho(c, ctx, text, (*Frame).ViewRetString, func(s string) []byte { return []byte(s) }, look)
}

// viewEcho is the same with a view of the test's own.
func viewEcho[V any](c fakeClient, ctx context.Context, text string, view func(f *Frame) V, of func(string) V, look func(V) error) error {
	f, err := c.slot.Enter(ctx, fakeEcho)
	if f != nil {
		c.ask(f, text)
		var shown bool
		if shown, err = Show(f, view(f), look); shown {
			return err
		}
	}
	out, err := c.baseEcho(ctx, err, text)
	if err != nil {
		return err
	}
	return look(of(out))
}

func (c fakeClient) ask(f *Frame, text string) {
	f.ArgString(0, text)
	f.InvokeText()
}

// letters shows an answer as a list of letters, each a string of its own: an element of one byte.
func letters(f *Frame) View[string] {
	addr, n := f.RetList()
	return ViewList(f, addr, n, 1, 1, func(f *Frame, list Block, off uint32) string {
		if list.U8(off) == '!' {
			f.Invalid("letter", '!')
		}
		return string(rune(list.U8(off)))
	})
}

func lettersOf(s string) View[string] { return ViewOf(strings.Split(s, "")) }

// only is the one instance of the slot.
func only(s *Slot[fakeCalls]) *fakeInstance {
	return s.core.route.Load().version.pool.shelves[0].frame.Load().inst.(*fakeInstance)
}

func TestViewIsInPlaceAndPostReturnComesAfter(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})
	c, i := fakeClient{s}, only(s)
	err := c.ViewEcho(t.Context(), "hello", func(text []byte) error {
		if string(text) != "hello" || cap(text) != 5 || i.posts != 0 {
			t.Errorf("%q, room for %d, %d post-returns", text, cap(text), i.posts)
		}
		if unsafe.SliceData(text) != &i.memory[64] {
			t.Error("the text is not where the kernel has it")
		}
		return nil
	})
	if err != nil || i.posts != 1 {
		t.Errorf("%v, %d post-returns", err, i.posts)
	}
}

func TestViewGivesElements(t *testing.T) {
	b := newBench(t, Config{})
	for name, cfg := range map[string]SlotConfig[fakeCalls]{
		"kernel": {Kernel: b.load("1.0.0")}, "baseline": {Baseline: fakeBaseline{}},
	} {
		c := fakeClient{b.slot(cfg)}
		var kept View[string]
		var all iter.Seq2[int, string]
		err := viewEcho(c, t.Context(), "abc", letters, lettersOf, func(v View[string]) error {
			got := ""
			for n, e := range v.All() {
				if got += e; n == 1 {
					break
				}
			}
			if got != "ab" || v.Len() != 3 || v.At(2) != "c" || v.At(3) != "" || v.At(-1) != "" || v.At(1<<40) != "" {
				t.Errorf("%s: %q, %d elements, %q %q %q", name, got, v.Len(), v.At(2), v.At(3), v.At(-1))
			}
			kept, all = v, v.All()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if name == "baseline" {
			continue // a slice outlives the call
		}
		err = viewEcho(c, t.Context(), "xyz", letters, lettersOf, func(v View[string]) error {
			for range all {
				t.Error("an old view gives elements")
			}
			if kept.Len() != 0 || kept.At(0) != "" || v.At(0) != "x" {
				t.Errorf("an old view has %d elements, %q; the new one %q", kept.Len(), kept.At(0), v.At(0))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if v := (View[int]{}); v.Len() != 0 || v.At(0) != 0 {
		t.Error("the zero view has elements")
	}
}

// Whatever the function does that looks, the instance comes back, its answer freed.
func TestViewGivesTheInstanceBack(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})
	c, i, own := fakeClient{s}, only(s), errors.New("seen enough")
	if err := c.ViewEcho(t.Context(), "a", func([]byte) error { return own }); err != own {
		t.Errorf("got %v, want the function's own error", err)
	}
	func() {
		defer func() {
			if recover() != "oops" {
				t.Error("the panic was swallowed")
			}
		}()
		_ = c.ViewEcho(t.Context(), "a", func([]byte) error { panic("oops") })
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.ViewEcho(t.Context(), "a", func([]byte) error { runtime.Goexit(); return nil })
		t.Error("Goexit returned")
	}()
	<-done
	if out, err := c.Echo(t.Context(), "b"); out != "b" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	stats := s.Stats().Versions[0]
	if i.posts != 4 || stats.Answers != 4 || stats.Built != 1 || stats.Poisoned+stats.Recycled != 0 || len(stats.Faults) != 0 {
		t.Errorf("%d post-returns, %+v", i.posts, stats)
	}
}

// What an entry handed over is shown as well, apart from the words that calls work with.
func TestViewOfWords(t *testing.T) {
	b, s := entryBench(t, Config{}, withEntry)
	c := fakeClient{s}
	var kept []byte
	look := func(text []byte) error { kept = text; return nil }
	if err := c.ViewEcho(t.Context(), "a short text", look); err != nil || string(kept) != "a short text" || cap(kept) != len(kept) {
		t.Errorf("%q, %v", kept, err)
	}
	clear(kept) // which nobody may
	if out, err := c.Echo(t.Context(), "another text"); out != "another text" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	b.engine.call = func(i *fakeInstance, f int, stack []uint64) error {
		i.memory[uint32(stack[0])] = 0xff
		return i.call(f, stack)
	}
	dst := []byte("dst")
	if err := c.ViewEcho(t.Context(), "spoilt", func([]byte) error { return errors.New("shown") }); !errors.Is(err, ErrABI) {
		t.Errorf("bytes that are no text: %v", err)
	}
	if out, err := c.AppendEcho(t.Context(), dst, "spoilt"); string(out) != "dst" || !errors.Is(err, ErrABI) {
		t.Errorf("bytes that are no text: %q, %v", out, err)
	}
	f, _ := enterFake(t, s)
	f.ArgString(0, "five!")
	f.InvokeText()
	list := ViewRetNumbers[uint32](f)
	if err := f.Leave(); list != nil || !errors.Is(err, ErrInternal) {
		t.Errorf("bytes are shown as %v, %v", list, err)
	}
}

// What a View method cannot lift is a fault: it ends the iteration, comes before the function's own error, costs the
// instance, and has no second answer from the baseline.
func TestViewFault(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}, MaxInstances: 1})
	c, looks, got := fakeClient{s}, 0, ""
	err := viewEcho(c, t.Context(), "ab!cd", letters, lettersOf, func(v View[string]) error {
		looks++
		for _, e := range v.All() {
			got += e
		}
		if v.At(0) != "" {
			t.Error("a failed call gives elements")
		}
		for range v.All() {
			t.Error("a failed call gives elements")
		}
		return errors.New("too few letters")
	})
	if !errors.Is(err, ErrABI) || looks != 1 || got != "ab" {
		t.Errorf("%v after %q, looked %d times", err, got, looks)
	}
	if v := s.Stats().Versions[0]; v.Poisoned != 1 || v.Faults[KindABI] != 1 || v.Blamed != 0 {
		t.Errorf("%+v", v)
	}
}

// A call that fails before there is an answer to look at goes to the baseline, as ever.
func TestViewFallsBackBeforeTheLook(t *testing.T) {
	b := newBench(t, Config{})
	fail := true
	b.engine.call = func(i *fakeInstance, f int, stack []uint64) error {
		if fail {
			return &engine.Trap{Code: engine.Unreachable}
		}
		return i.call(f, stack)
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}})
	c, looks := fakeClient{s}, 0
	look := func(text []byte) error {
		if looks++; string(text) != "text" {
			t.Errorf("%q", text)
		}
		return nil
	}
	if err := c.ViewEcho(t.Context(), "text", look); err != nil || looks != 1 {
		t.Errorf("%v, looked %d times", err, looks)
	}
	if out, err := c.AppendEcho(t.Context(), []byte("a "), "text"); string(out) != "a text" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	if st := s.Stats(); st.Fallbacks != 2 || st.Blamed != 2 {
		t.Errorf("%+v", st)
	}
	if err := c.ViewEcho(t.Context(), "bad \xff", look); !errors.Is(err, ErrABI) || looks != 1 {
		t.Errorf("a bad argument: %v, looked %d times", err, looks)
	}
	if out, err := c.AppendEcho(t.Context(), []byte("dst"), "bad \xff"); string(out) != "dst" || !errors.Is(err, ErrABI) {
		t.Errorf("a bad argument: %q, %v", out, err)
	}
	fail = false
	out, err := c.AppendEcho(t.Context(), make([]byte, 2, 50), "text")
	if string(out) != "\x00\x00text" || cap(out) != 50 || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

// The end of a call that was looked at has the deadline and what is left of the fuel to itself, and the note of the call
// has the sum.
func TestViewStopsTheClock(t *testing.T) {
	b := newBench(t, Config{})
	var began []engine.Limits
	b.engine.began = func(l engine.Limits) { began = append(began, l) }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Fuel: 100})
	began = nil
	var note Call
	err := fakeClient{s}.ViewEcho(WithCall(t.Context(), &note), "a", func([]byte) error { return nil })
	if err != nil || len(began) != 2 || began[0].Fuel != 100 || began[1].Fuel != 93 || began[1].Timeout != began[0].Timeout {
		t.Errorf("%v, %+v", err, began)
	}
	if note.Fuel != 14 {
		t.Errorf("%d units of fuel, want 7 and 7", note.Fuel)
	}
}

// A post-return that fails after the look is a fault without a fallback.
func TestViewPostReturnFault(t *testing.T) {
	b := newBench(t, Config{})
	b.engine.call = func(i *fakeInstance, f int, stack []uint64) error {
		_ = i.call(f, stack)
		copy(i.memory[32:], i.memory[16:24])
		stack[0] = 32 // which the fake's post-return does not know
		return nil
	}
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), Baseline: fakeBaseline{}})
	looks := 0
	err := fakeClient{s}.ViewEcho(t.Context(), "a", func([]byte) error { looks++; return nil })
	if !errors.Is(err, ErrTrap) || looks != 1 {
		t.Errorf("%v, looked %d times", err, looks)
	}
}

// What the kernel names is hostile.
func TestHostileViews(t *testing.T) {
	for name, c := range map[string]struct {
		find func(f *Frame, i *fakeInstance) int // the length of what was found
		want error
	}{
		"text past the memory":     {func(f *Frame, _ *fakeInstance) int { return len(f.ViewString(4090, 7)) }, ErrABI},
		"text that wraps":          {func(f *Frame, _ *fakeInstance) int { return len(f.ViewString(1<<32-1, 1<<32-1)) }, ErrABI},
		"text that is not UTF-8":   {func(f *Frame, i *fakeInstance) int { i.memory[8] = 0xff; return len(f.ViewString(8, 1)) }, ErrABI},
		"numbers past the memory":  {func(f *Frame, _ *fakeInstance) int { return len(ViewNumbers[uint64](f, 8, 512)) }, ErrABI},
		"numbers that wrap":        {func(f *Frame, _ *fakeInstance) int { return len(ViewNumbers[uint64](f, 8, 1<<29)) }, ErrABI},
		"misaligned numbers":       {func(f *Frame, _ *fakeInstance) int { return len(ViewNumbers[float32](f, 2, 1)) }, ErrABI},
		"records past the memory":  {func(f *Frame, _ *fakeInstance) int { return ViewList(f, 0, 513, 8, 4, lift8).Len() }, ErrABI},
		"records that wrap":        {func(f *Frame, _ *fakeInstance) int { return ViewList(f, 0, 1<<29, 8, 4, lift8).Len() }, ErrABI},
		"misaligned records":       {func(f *Frame, _ *fakeInstance) int { return ViewList(f, 2, 1, 8, 4, lift8).Len() }, ErrABI},
		"appended past the memory": {func(f *Frame, _ *fakeInstance) int { return len(AppendNumbers(f, []uint64(nil), 8, 512)) }, ErrABI},
		"an answer past the memory": {func(f *Frame, _ *fakeInstance) int {
			f.returned(false)
			f.stack[0] = 4092
			return len(f.ViewRetString()) + len(ViewRetNumbers[byte](f)) + len(AppendRetNumbers[byte](f, nil)) + len(f.AppendRetString(nil))
		}, ErrABI},
		"copies over the budget": {func(f *Frame, _ *fakeInstance) int {
			v := ViewList(f, 0, 512, 8, 8, func(f *Frame, _ Block, _ uint32) string { return f.LiftString(64, 4000) })
			for range v.All() {
			}
			return 0
		}, ErrMemory},
		"appended over the budget": {func(f *Frame, _ *fakeInstance) int {
			for f.OK() {
				if got := f.AppendString([]byte("dst"), 64, 4000); !f.OK() {
					return len(got) - 3
				}
			}
			return 1
		}, ErrMemory},
	} {
		f, i, s := enterEcho(t, plan.UTF8)
		n := c.find(f, i)
		looks := 0
		shown, err := Show(f, 0, func(int) error { looks++; return nil })
		if n != 0 || shown || looks != 0 || !errors.Is(err, c.want) {
			t.Errorf("%s: found %d, shown %v, %v", name, n, shown, err)
		}
		if v := s.Stats().Versions[0]; v.Poisoned != 1 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func lift8(_ *Frame, list Block, off uint32) uint64 { return list.U64(off) }

// Loops over lists and texts that share their memory end, though nothing is copied. Here a megabyte may be copied.
func TestViewsThatShareMemory(t *testing.T) {
	inner := func(f *Frame, _ Block, _ uint32) View[uint64] { return ViewList(f, 0, 512, 8, 8, lift8) }
	for name, look := range map[string]func(f *Frame) int{
		"lists of lists": func(f *Frame) (n int) {
			for _, v := range ViewList(f, 0, 4096, 1, 1, inner).All() {
				for range v.All() {
					n++
				}
			}
			return n
		},
		"texts": func(f *Frame) (n int) {
			text := func(f *Frame, _ Block, _ uint32) []byte { return f.ViewString(64, 4000) }
			for range ViewList(f, 0, 4096, 1, 1, text).All() {
				n += 250
			}
			return n
		},
		"one element": func(f *Frame) (n int) {
			for v := ViewList(f, 0, 1, 8, 8, lift8); f.OK(); n++ {
				v.At(0)
			}
			return n
		},
	} {
		for range 2 { // no call inherits from the one before
			f, _, _ := enterEcho(t, plan.UTF8)
			if n := look(f); n < 200_000 || n > 4<<20/leastSight+1 {
				t.Errorf("%s: %d elements", name, n)
			}
			shown, err := Show(f, 0, nil)
			if shown || !errors.Is(err, ErrMemory) || f.seen != 0 || !strings.Contains(err.Error(), "4 times 1048576 bytes") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A view charges what it copies, and nothing else: here a megabyte may be copied, and more is looked at.
func TestViewsAreFree(t *testing.T) {
	f, _, _ := enterEcho(t, plan.UTF8)
	for range 900 {
		if len(ViewNumbers[uint32](f, 0, 1024)) != 1024 || len(f.ViewString(64, 4000)) != 4000 || ViewList(f, 0, 512, 8, 4, lift8).At(7) != 0 {
			t.Fatal(f.fault)
		}
	}
	if len(ViewNumbers[uint32](f, 0, 0)) != 0 || len(f.ViewString(0, 0)) != 0 || !f.OK() {
		t.Error("nothing is hard to see")
	}
	if shown, err := Show(f, 0, func(int) error { return nil }); !shown || err != nil || f.seen != 0 {
		t.Errorf("%v, %v, %d bytes seen", shown, err, f.seen)
	}
}

// Strings of other encodings are copied into UTF-8.
func TestViewsOfEveryEncoding(t *testing.T) {
	for _, encoding := range []plan.Encoding{plan.UTF8, plan.UTF16, plan.Latin1UTF16} {
		for _, text := range []string{"", "plain", "zwölf", "日本語"} {
			f, _, _ := enterEcho(t, encoding)
			addr, n := f.String(text)
			if seen, more := f.ViewString(addr, n), f.AppendString([]byte("dst "), addr, n); string(seen) != text || string(more) != "dst "+text {
				t.Errorf("%s: %q is seen as %q, appended %q", encoding, text, seen, more)
			}
			if err := f.Leave(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Extend uses the room that there is, and what was in it is gone.
func TestExtend(t *testing.T) {
	f, i, _ := enterEcho(t, plan.UTF8)
	i.memory[0], i.memory[4] = 5, 6
	dirty := []uint64{1, 2, 3, 4}
	block, out := Extend(f, dirty[:1], 0, 2, 4, 4)
	if &out[0] != &dirty[0] || !slices.Equal(out, []uint64{1, 0, 0}) || block.U32(4) != 6 || dirty[3] != 4 {
		t.Errorf("%v over %v", out, dirty)
	}
	if _, out = Extend(f, dirty[:3], 0, 2, 4, 4); &out[0] == &dirty[0] || !slices.Equal(out, []uint64{1, 0, 0, 0, 0}) {
		t.Errorf("%v", out)
	}
	if got := AppendNumbers(f, []uint32{9}, 0, 2); !slices.Equal(got, []uint32{9, 5, 6}) {
		t.Errorf("%v", got)
	}
	if _, none := Extend[uint64](f, nil, 0, 0, 4, 4); none != nil {
		t.Errorf("an empty list is %v, not nil", none)
	}
	if _, same := Extend(f, dirty[:2], 2, 2, 4, 4); len(same) != 2 || f.OK() {
		t.Errorf("a misaligned list: %v", same)
	}
	_ = f.Leave()
}

func TestViewEach(t *testing.T) {
	v := ViewEach([]string{"a", "", "日"}, func(s string) []byte { return []byte(s) })
	if v.Len() != 3 || string(v.At(2)) != "日" || string(v.At(0)) != "a" {
		t.Errorf("%q", slices.Collect(func(yield func([]byte) bool) {
			for _, e := range v.All() {
				yield(e)
			}
		}))
	}
}

// TestStaleViewsBesideCalls: views that are kept are dead, also while other calls have the instance. The race detector
// looks on.
func TestStaleViewsBesideCalls(t *testing.T) {
	b := newBench(t, Config{})
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 2, MaxWait: -1})
	var group sync.WaitGroup
	for _, name := range []string{"a", "bb", "ccc", "dddd"} {
		group.Go(func() {
			var kept View[string]
			for range 300 {
				err := viewEcho(fakeClient{s}, t.Context(), name, letters, lettersOf, func(v View[string]) error {
					if v.Len() != len(name) || v.At(0) != name[:1] {
						t.Errorf("%d of %q", v.Len(), v.At(0))
					}
					kept = v
					return nil
				})
				if err != nil || kept.Len() != 0 || kept.At(0) != "" {
					t.Errorf("%v, %d of %q", err, kept.Len(), kept.At(0))
				}
			}
		})
	}
	group.Wait()
}
