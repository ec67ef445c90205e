package tenon

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// withEntry gives the fake's echo the entry that transpile would give it.
func withEntry(p *plan.Plan) {
	p.Funcs[fakeEcho].Entry = &plan.Entry{Export: "tenon:entry:1", Staged: []int{0}, Words: plan.EntryWords, Answer: plan.Text}
}

// entryBench is a pool of one instance of a kernel whose echo has an entry.
func entryBench(t *testing.T, cfg Config, edit func(p *plan.Plan)) (*bench, *Slot[fakeCalls]) {
	t.Helper()
	b := newBench(t, cfg)
	b.planner.edit = edit
	return b, b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})
}

// enterFake starts a call of echo.
func enterFake(t *testing.T, s *Slot[fakeCalls]) (*Frame, *fakeInstance) {
	t.Helper()
	f, err := s.Enter(t.Context(), fakeEcho)
	if err != nil {
		t.Fatal(err)
	}
	i := f.inst.(*fakeInstance)
	i.calls, i.posts, i.asked = 0, 0, nil
	return f, i
}

// lengths are those of values that do and do not fit.
func lengths() []int {
	list := []int{100, 127, 128, 4096}
	for n := range 71 {
		list = append(list, n)
	}
	return list
}

func TestAnEntryTakesOneCrossing(t *testing.T) {
	_, s := entryBench(t, Config{}, withEntry)
	for _, n := range lengths() {
		for _, letter := range []string{"a", "\x00", "é", "日", "🙂"} {
			text := strings.Repeat(letter, n)[:n]
			text = strings.ToValidUTF8(text, "?")
			for round := range 2 {
				f, i := enterFake(t, s)
				if round == 0 {
					f.ArgString(0, text)
				} else if f.CheckString(text) {
					f.ArgCheckedString(0, text)
				}
				f.InvokeText()
				out := f.RetString()
				if err := f.Leave(); err != nil || out != text {
					t.Fatalf("%q came back as %q: %v", text, out, err)
				}
				calls := 1
				if len(text) > 64 {
					calls = 3 // the allocator, the entry, post-return
				}
				if i.calls != calls || i.posts != 1 || !slices.Equal(i.asked, []uint64{1<<32 | uint64(len(text))}) {
					t.Errorf("%d bytes: %d crossings, %d post-returns, allocations %#x", len(text), i.calls, i.posts, i.asked)
				}
			}
		}
	}
}

// TestKernelsHaveEntries looks whether what is compared with the long way in other tests takes the short one.
func TestKernelsHaveEntries(t *testing.T) {
	rt, err := New(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.Background())
	for file, want := range map[string]map[string]plan.Answer{
		"internal/fixture/scalar/scalar.wasm": {"echo-string": plan.Text, "echo-bytes": plan.Text, "sum": plan.Flat, "fail": plan.Flat, "add": ""},
		"kernels/redact/redact-1.0.0.wasm":    {"redact": plan.Flat},
	} {
		k, err := rt.LoadFile(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSlot(t.Context(), rt, file, k.Contract(), SlotConfig[any]{Kernel: k})
		if err != nil {
			t.Fatal(err)
		}
		for i, ref := range k.Contract().Funcs {
			f, err := s.Enter(t.Context(), i)
			if err != nil {
				t.Fatal(err)
			}
			answer := plan.Answer("")
			if e := f.fn.entry; e != nil {
				if answer = plan.Flat; e.text != 0 {
					answer = plan.Text
				}
			}
			if w, ok := want[ref.Name]; !ok || answer != w {
				t.Errorf("%s of %s: an entry with answer %q, not %q", ref.Name, file, answer, w)
			}
			_ = f.Leave()
		}
		_ = s.Close(t.Context())
	}
}

// What one style of client begins another one may end, and a function may answer with what it likes.
func TestEntriesServeEveryStyle(t *testing.T) {
	b, s := entryBench(t, Config{}, withEntry)
	b.engine.call = func(i *fakeInstance, f int, stack []uint64) error {
		stack[1] = (stack[1] + 1) / 2 // half of the text is the answer
		return i.call(f, stack)
	}
	lower := map[string]func(f *Frame, text string){
		"ArgString": func(f *Frame, text string) { f.ArgString(0, text) },
		"ArgBytes":  func(f *Frame, text string) { f.ArgBytes(0, []byte(text)) },
		"String": func(f *Frame, text string) {
			addr, n := f.String(text)
			f.Arg(0, uint64(addr))
			f.Arg(1, uint64(n))
		},
	}
	lift := map[string]func(f *Frame) string{
		"RetString": func(f *Frame) string { f.InvokeText(); return f.RetString() },
		"RetBytes":  func(f *Frame) string { f.InvokeText(); return string(f.RetBytes()) },
		"AppendRetString": func(f *Frame) string {
			f.InvokeText()
			return strings.TrimPrefix(string(f.AppendRetString([]byte("dst"))), "dst")
		},
		"AppendRetNumbers": func(f *Frame) string {
			f.InvokeText()
			return strings.TrimPrefix(string(AppendRetNumbers(f, []byte("dst"))), "dst")
		},
		"ViewRetString":        func(f *Frame) string { f.InvokeText(); return string(f.ViewRetString()) },
		"ViewRetNumbers":       func(f *Frame) string { f.InvokeText(); return string(ViewRetNumbers[byte](f)) },
		"Invoke and RetString": func(f *Frame) string { f.Invoke(); return f.RetString() },
		"LiftString": func(f *Frame) string {
			f.Invoke()
			block := f.Block(uint32(f.Ret(0)), 8, 4)
			return f.LiftString(block.U32(0), block.U32(4))
		},
	}
	for _, n := range lengths() {
		text := strings.Repeat("0123456789abcdef", n/16+1)[:n]
		for in, lower := range lower {
			for out, lift := range lift {
				f, i := enterFake(t, s)
				lower(f, text)
				got := lift(f)
				if err := f.Leave(); err != nil || got != text[:(n+1)/2] {
					t.Fatalf("%s, %s: %q came back as %q: %v", in, out, text, got, err)
				}
				if i.posts != 1 || len(i.asked) != 1 {
					t.Errorf("%s, %s, %d bytes: %d post-returns, %d allocations", in, out, n, i.posts, len(i.asked))
				}
			}
		}
	}
}

// Of several parameters either all are staged or none, and the guest's allocator is asked in their order always.
func TestAllParametersAreStagedOrNone(t *testing.T) {
	b, s := entryBench(t, Config{}, func(p *plan.Plan) {
		p.Types = append(p.Types, plan.Type{Kind: plan.List, Element: new(int), Size: 8, Align: 4, Flat: []plan.CoreType{plan.I32, plan.I32}})
		echo := &p.Funcs[fakeEcho]
		echo.Params = []plan.Param{{Name: "n", Type: 0}, {Name: "text", Type: 1}, {Name: "list", Type: 2}}
		echo.Core.Params = slices.Repeat([]plan.CoreType{plan.I32}, 5)
		echo.Entry = &plan.Entry{Export: "tenon:entry:1", Staged: []int{1, 2}, Words: plan.EntryWords, Answer: plan.Text}
	})
	b.engine.call = func(i *fakeInstance, _ int, stack []uint64) error {
		text := i.memory[uint32(stack[1]):][:uint32(stack[2])]
		list := i.memory[uint32(stack[3]):][:4*uint32(stack[4])]
		answer := fmt.Sprintf("%d %x %x", uint32(stack[0]), text, list)
		copy(i.memory[32:], answer)
		return i.call(fakeEcho, append(stack[:0], 32, uint64(len(answer))))
	}
	for _, sizes := range [][2]int{{0, 0}, {3, 2}, {64, 3}, {65, 3}, {3, 17}, {70, 20}, {1, 16}} {
		text, list := strings.Repeat("t", sizes[0]), make([]uint32, sizes[1])
		for i := range list {
			list[i] = uint32(i) * 0x01020304
		}
		raw, _ := binary.Append(nil, binary.LittleEndian, list)
		want := fmt.Sprintf("%d %x %x", 7, text, raw)
		for name, lower := range map[string]func(f *Frame){
			"new": func(f *Frame) {
				f.Arg(0, 7)
				f.ArgString(1, text)
				ArgNumbers(f, 3, list)
			},
			"old second": func(f *Frame) {
				f.Arg(0, 7)
				f.ArgString(1, text)
				f.argList(3, first(LowerNumbers(f, list)), uint32(len(list)))
			},
			"old first": func(f *Frame) {
				f.Arg(0, 7)
				f.argList(1, first(f.String(text)), uint32(len(text)))
				ArgNumbers(f, 3, list)
			},
		} {
			f, i := enterFake(t, s)
			lower(f)
			f.InvokeText()
			got := f.RetString()
			if err := f.Leave(); err != nil || got != want {
				t.Fatalf("%s, %v: %q, %v, not %q", name, sizes, got, err, want)
			}
			if !slices.Equal(i.asked, []uint64{1<<32 | uint64(len(text)), 4<<32 | uint64(len(raw))}) {
				t.Errorf("%s, %v: asked for %#x", name, sizes, i.asked)
			}
		}
	}
	// A bad text costs no instance as long as nothing has left the host.
	f, i := enterFake(t, s)
	f.Arg(0, 7)
	f.ArgString(1, "\xff")
	ArgNumbers(f, 3, []uint32{1})
	f.InvokeText()
	if err := f.Leave(); !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), `argument "text": invalid UTF-8 at byte 0`) || i.calls != 0 {
		t.Errorf("%v after %d crossings", err, i.calls)
	}
	if v := s.Stats().Versions[0]; v.Poisoned+v.Recycled != 0 {
		t.Errorf("the instance was lost: %+v", v)
	}
}

func first(addr, _ uint32) uint32 { return addr }

// A function with a scalar answer, or one that is not a string or a list of numbers.
func TestFlatAnswers(t *testing.T) {
	for _, spilled := range []bool{false, true} {
		b, s := entryBench(t, Config{}, func(p *plan.Plan) {
			withEntry(p)
			echo := &p.Funcs[fakeEcho]
			echo.Entry.Answer, echo.SpillResult = plan.Flat, spilled
		})
		b.engine.call = func(i *fakeInstance, _ int, stack []uint64) error {
			stack[0] = 0xdead_0000_0000 | 16 // what post-return wants
			return nil
		}
		for _, n := range lengths() {
			f, i := enterFake(t, s)
			f.ArgString(0, strings.Repeat("x", n))
			f.Invoke()
			out := uint32(f.Ret(0))
			if err := f.Leave(); err != nil || out != 16 {
				t.Fatalf("%d bytes: %d, %v", n, out, err)
			}
			calls, posts := 1, 0 // the fake's entry leaves post-return to the host
			if n > 64 {
				calls, posts = 3, 1
			} else if spilled {
				calls, posts = 2, 1
			}
			if i.calls != calls || i.posts != posts {
				t.Errorf("%d bytes, spilled %t: %d crossings, %d post-returns", n, spilled, i.calls, i.posts)
			}
		}
	}
}

func TestListsTravelInWords(t *testing.T) {
	listsTravel(t, plan.U8, func(r uint64) uint8 { return uint8(r) })
	listsTravel(t, plan.S16, func(r uint64) int16 { return int16(r) })
	listsTravel(t, plan.U32, func(r uint64) uint32 { return uint32(r) })
	listsTravel(t, plan.S64, func(r uint64) int64 { return int64(r) })
	listsTravel(t, plan.F32, func(r uint64) float32 { return float32(r) })
	listsTravel(t, plan.F64, func(r uint64) float64 { return float64(r) })
}

func listsTravel[T Number](t *testing.T, kind plan.Kind, number func(uint64) T) {
	size := uint32(binary.Size(T(0)))
	_, s := entryBench(t, Config{}, func(p *plan.Plan) {
		withEntry(p)
		p.Types[1] = plan.Type{Kind: plan.List, Element: new(int), Size: 8, Align: 4, Flat: p.Types[1].Flat}
		p.Types[0] = plan.Type{Kind: kind, Size: size, Align: size}
	})
	random := rand.New(rand.NewPCG(1, uint64(size)))
	for _, n := range lengths() {
		var list []T
		for range n {
			list = append(list, number(random.Uint64()))
		}
		f, i := enterFake(t, s)
		ArgNumbers(f, 0, list)
		f.InvokeText()
		out := RetNumbers[T](f)
		if err := f.Leave(); err != nil || !slices.Equal(out, list) || n == 0 && out != nil {
			t.Errorf("%v came back as %v: %v", list, out, err)
		}
		if short := n*int(size) <= 64; short != (i.calls == 1) || i.posts != 1 {
			t.Errorf("%d numbers of %s: %d crossings, %d post-returns", n, kind, i.calls, i.posts)
		}
	}
}

// Whatever an entry gives back is a fault or an answer, never a read of anything else.
func TestHostileEntries(t *testing.T) {
	set := func(v ...uint64) func([]uint64) { return func(stack []uint64) { copy(stack, v) } }
	for _, c := range []struct {
		name     string
		answered func(stack []uint64)
		want     error
		text     string
	}{
		{"a status of its own", set(3), ErrInternal, "no status 3"},
		{"the largest status", set(math.MaxUint32), ErrInternal, "no status 4294967295"},
		{"65 bytes", set(0, 0, 65), ErrInternal, "65 bytes in words for 64"},
		{"2^32-1 bytes", set(0, 0, math.MaxUint32), ErrInternal, "4294967295 bytes in words"},
		{"an answer past the memory", set(1, 4092), ErrABI, "outside its memory of 4096 bytes"},
		{"an answer at the end of the address space", set(1, math.MaxUint32-3), ErrABI, "outside"},
		{"a misaligned answer", set(1, 18), ErrABI, "not aligned to 4"},
		{"memory past the end", set(2, 4092, 5), ErrABI, "an allocation of 5 bytes at address 0xffc, outside its memory"},
		{"memory that ends past 2^32", set(2, math.MaxUint32, math.MaxUint32), ErrABI, "outside"},
		{"memory that is fine", set(2, 64, 5), ErrInternal, "which are fine"},
		{"bytes that are no text", func(stack []uint64) { copy(stack, []uint64{0, 0, 5, 0xff_6c_6c_6c_6c}) }, ErrABI, "not UTF-8"},
		{"words under other bits", func(stack []uint64) {
			copy(stack, []uint64{0xdead_0000_0000, 0, 0xdead_0000_0000 | 3, 0xffff_ffff_ff_6c_6c_6c})
		}, nil, ""},
	} {
		b, s := entryBench(t, Config{}, withEntry)
		b.engine.answered = c.answered
		f, i := enterFake(t, s)
		f.ArgString(0, "lllll")
		f.InvokeText()
		text := f.RetString()
		err := f.Leave()
		if c.want == nil {
			if err != nil || text != "lll" {
				t.Errorf("%s: %q, %v", c.name, text, err)
			}
			continue
		}
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || text != "" {
			t.Errorf("%s: %q, %v", c.name, text, err)
		}
		if v := s.Stats().Versions[0]; v.Poisoned != 1 || !i.closed {
			t.Errorf("%s: the instance was kept: %+v", c.name, v)
		}
	}
}

// Text is checked at each place of the words.
func TestEntriesCheckText(t *testing.T) {
	var bad int
	b, s := entryBench(t, Config{}, withEntry)
	b.engine.call = func(i *fakeInstance, f int, stack []uint64) error {
		i.memory[uint32(stack[0])+uint32(bad)] = 0xc3
		return i.call(f, stack)
	}
	for n := 1; n <= 64; n++ {
		for bad = range n {
			f, _ := enterFake(t, s)
			f.ArgString(0, strings.Repeat("x", n))
			f.InvokeText()
			text := f.RetString()
			if err := f.Leave(); text != "" || !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), "not UTF-8") {
				t.Fatalf("%d bytes, a bad one at %d: %q, %v", n, bad, text, err)
			}
		}
	}
}

func TestEntriesFailLikeTheirParts(t *testing.T) {
	b, s := entryBench(t, Config{}, withEntry)
	call := func(text string) error {
		f, _ := enterFake(t, s)
		f.ArgString(0, text)
		f.InvokeText()
		out := f.RetString()
		if err := f.Leave(); err != nil {
			return err
		} else if out != text {
			t.Errorf("%q came back as %q", text, out)
		}
		return nil
	}
	for addr, want := range map[uint64]string{4094: "an allocation of 3 bytes at address 0xffe, outside its memory of 4096 bytes", 4093: ""} {
		b.engine.allocated = func(uint64) uint64 { return addr }
		if err := call("xyz"); (err == nil) != (want == "") || err != nil && (!errors.Is(err, ErrABI) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%#x: %v", addr, err)
		}
	}
	b.engine.allocated = nil
	b.engine.call = func(*fakeInstance, int, []uint64) error { return &engine.Trap{Code: engine.Unreachable} }
	before := s.Stats().Versions[0].Poisoned
	if err := call("xyz"); !errors.Is(err, ErrTrap) || s.Stats().Versions[0].Poisoned != before+1 {
		t.Errorf("a trap: %v", err)
	}
	b.engine.call = nil

	// The client's elements are of another size than the kernel's.
	f, _ := enterFake(t, s)
	ArgNumbers(f, 0, []uint32{1, 2}) // not staged, then
	if f.staged != 0 {
		t.Error("numbers of four bytes are staged as those of one")
	}
	f.InvokeText()
	if out := RetNumbers[uint32](f); out != nil {
		t.Errorf("two bytes are %v", out)
	}
	if err := f.Leave(); !errors.Is(err, ErrInternal) || !strings.Contains(err.Error(), "generate the client again") {
		t.Errorf("elements of another size: %v", err)
	}

	// After InvokeText there are no flat results.
	f, _ = enterFake(t, s)
	f.ArgString(0, "x")
	f.InvokeText()
	if f.Ret(0); f.OK() {
		t.Error("a flat result of an answer in words")
	}
	if err := f.Leave(); !errors.Is(err, ErrInternal) {
		t.Error(err)
	}

	_, s = entryBench(t, Config{AnswerLimit: 8}, withEntry)
	if err := call("12345678"); err != nil {
		t.Error(err)
	}
	if err := call("123456789"); !errors.Is(err, ErrMemory) || !strings.Contains(err.Error(), "AnswerLimit") {
		t.Errorf("an answer over the budget: %v", err)
	}
}

func TestAllocatorsThatMisalign(t *testing.T) {
	b, s := entryBench(t, Config{}, func(p *plan.Plan) {
		withEntry(p)
		p.Types[1] = plan.Type{Kind: plan.List, Element: new(int), Size: 8, Align: 4, Flat: p.Types[1].Flat}
	})
	b.engine.allocated = func(addr uint64) uint64 { return addr + 2 }
	f, _ := enterFake(t, s)
	ArgNumbers(f, 0, []uint32{1, 2})
	f.InvokeText()
	RetNumbers[uint32](f)
	if err := f.Leave(); !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), "an allocation at address 0x42, which is not aligned to 4") {
		t.Error(err)
	}
}

// TestWords compares the layout with its description.
func TestWords(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 65 {
		raw := make([]byte, n)
		for i := range raw {
			raw[i] = byte(random.Uint32())
		}
		var w, want words
		pack(want[:], raw)
		w = want
		seen := w.put(raw)
		if w != want {
			t.Errorf("% x is put as % x, not % x", raw, w, want)
		}
		high := slices.ContainsFunc(raw, func(b byte) bool { return b >= 0x80 })
		if (seen&highBits != 0) != high {
			t.Errorf("% x: %x was seen", raw, seen)
		}
		if out, seen := w.take(uint(n)); !bytes.Equal(out, raw) || (seen&highBits != 0) != high {
			t.Errorf("% x came back as % x", raw, out)
		}
		if !bytes.Equal(unpack(want[:], n), raw) {
			t.Errorf("%d bytes: the description is at odds with itself", n)
		}
	}
}

// enter is an entry of the fake's guest, after the words of plan.Entry and not after the code of Frame.
func (i *fakeInstance) enter(ctx context.Context, f int, stack []uint64) error {
	fn := &i.code.plan.Funcs[f]
	flat := append(make([]uint64, 0, 16), stack[1:1+len(fn.Core.Params)]...)
	staged := stack[1+len(fn.Core.Params):]
	at := 0
	for k, param := range fn.Params {
		for n, s := range fn.Entry.Staged {
			if s != k || stack[0] == 0 {
				continue
			}
			size, _ := i.code.plan.Bytes(param.Type)
			bytes := unpack(staged[8*n:8*n+8], int(uint32(flat[at+1])*size))
			call := []uint64{0, 0, uint64(size), uint64(len(bytes))}
			if err := i.Realloc(0).(fakeFunc).run(ctx, call); err != nil {
				return err
			}
			if i.code.engine.allocated != nil {
				call[0] = i.code.engine.allocated(call[0])
			}
			addr := uint32(call[0])
			if addr%size != 0 || uint64(addr)+uint64(len(bytes)) > uint64(len(i.memory)) {
				stack[0], stack[1], stack[2] = 2, uint64(addr), uint64(len(bytes))
				return nil
			}
			copy(i.memory[addr:], bytes)
			flat[at] = uint64(addr)
		}
		at += len(i.code.plan.Types[param.Type].Flat)
	}
	if err := i.Func(f).(fakeFunc).run(ctx, flat); err != nil {
		return err
	}
	stack[0], stack[1], stack[2] = 0xdead_0000_0000, 0, 0
	if fn.Entry.Answer == plan.Flat {
		stack[3] = flat[0]
		return nil
	}
	r := uint32(flat[0])
	size, _ := i.code.plan.Bytes(*fn.Result)
	ptr, n := binary.LittleEndian.Uint32(i.memory[r:]), binary.LittleEndian.Uint32(i.memory[r+4:])
	if n*size > 64 || uint64(ptr)+uint64(n*size) > uint64(len(i.memory)) {
		stack[0], stack[1] = 1, flat[0]
		return nil
	}
	pack(stack[3:11], i.memory[ptr:ptr+n*size])
	flat[0] = uint64(r)
	if err := i.PostReturn(f).(fakeFunc).run(ctx, flat); err != nil {
		return err
	}
	stack[1], stack[2] = uint64(ptr), 0xdead_0000_0000|uint64(n)
	return nil
}

// pack and unpack are the layout of words.
func pack(w []uint64, b []byte) {
	for i := range w {
		w[i] = 0xdead_dead_dead_dead
	}
	n := len(b)
	half := func(b []byte) uint64 { return uint64(binary.LittleEndian.Uint32(b)) }
	switch {
	case n >= 8:
		for j := range n / 8 {
			w[j] = binary.LittleEndian.Uint64(b[8*j:])
		}
		if n%8 != 0 {
			w[n/8] = binary.LittleEndian.Uint64(b[n-8:])
		}
	case n >= 4:
		w[0] = half(b) | half(b[n-4:])<<32
	case n > 0:
		w[0] = half(append(append(make([]byte, 0, 4), b...), 0, 0, 0))
	}
}

func unpack(w []uint64, n int) []byte {
	if n > 64 {
		panic(fmt.Sprintf("%d bytes in words", n))
	}
	b := make([]byte, n)
	switch {
	case n >= 8:
		for j := range n / 8 {
			binary.LittleEndian.PutUint64(b[8*j:], w[j])
		}
		if n%8 != 0 {
			binary.LittleEndian.PutUint64(b[n-8:], w[n/8])
		}
	case n >= 4:
		binary.LittleEndian.PutUint32(b, uint32(w[0]))
		binary.LittleEndian.PutUint32(b[n-4:], uint32(w[0]>>32))
	default:
		for k := range b {
			b[k] = byte(w[0] >> (8 * k))
		}
	}
	return b
}
