package tenon

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// enterEcho starts a call of the function that has memory, in a pool of one instance.
func enterEcho(t *testing.T, encoding plan.Encoding) (*Frame, *fakeInstance, *Slot[fakeCalls]) {
	t.Helper()
	b := newBench(t, Config{AnswerLimit: 1 << 20})
	b.planner.edit = func(p *plan.Plan) { p.Funcs[fakeEcho].Encoding = encoding }
	s := b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0"), MaxInstances: 1})
	f, err := s.Enter(t.Context(), fakeEcho)
	if err != nil {
		t.Fatal(err)
	}
	return f, f.inst.(*fakeInstance), s
}

func TestStringsCrossInEveryEncoding(t *testing.T) {
	texts := []string{"", "plain", "nul\x00inside", "zwölf", "日本語", "🙂🙂", "\U0010FFFF", "\uFFFD", strings.Repeat("é🙂", 5000)}
	for _, encoding := range []plan.Encoding{plan.UTF8, plan.UTF16, plan.Latin1UTF16} {
		for _, text := range texts {
			f, _, _ := enterEcho(t, encoding)
			ptr, n := f.String(text)
			if out := f.LiftString(ptr, n); out != text || !f.OK() {
				t.Errorf("%s: %.20q came back as %.20q: %v", encoding, text, out, f.fault)
			}
			if err := f.Leave(); err != nil {
				t.Error(err)
			}
		}
	}
	f, i, _ := enterEcho(t, plan.Latin1UTF16)
	ptr, n := f.String("zwölf")
	if n != 5 || string(i.memory[ptr:ptr+n]) != "zw\xf6lf" {
		t.Errorf("Latin-1: %d units, %q", n, i.memory[ptr:ptr+n])
	}
	if ptr, n = f.String("日本"); n != 2|abi.UTF16Tag || ptr%2 != 0 {
		t.Errorf("UTF-16 by tag: %#x at %d", n, ptr)
	}
	_ = f.Leave()
}

// What the kernel answers is hostile: each of these is an abi or memory fault, and the instance is replaced.
func TestHostileAnswers(t *testing.T) {
	for _, c := range []struct {
		name     string
		encoding plan.Encoding
		lift     func(f *Frame, i *fakeInstance)
		want     error
		text     string
	}{
		{"a block out of bounds", "utf8", func(f *Frame, _ *fakeInstance) { f.Block(4092, 8, 4) }, ErrABI, "outside its memory of 4096 bytes"},
		{"a block at the end of the address space", "utf8", func(f *Frame, _ *fakeInstance) { f.Block(math.MaxUint32-3, 8, 4) }, ErrABI, "outside"},
		{"a misaligned block", "utf8", func(f *Frame, _ *fakeInstance) { f.Block(6, 4, 4) }, ErrABI, "not aligned to 4"},
		{"a list that overflows 32 bits", "utf8", func(f *Frame, _ *fakeInstance) { ListOf[uint64](f, 0, 1<<31, 8, 4) }, ErrABI, "more than"},
		{"a list of 2^32-1", "utf8", func(f *Frame, _ *fakeInstance) { ListOf[uint64](f, 0, math.MaxUint32, 1, 1) }, ErrABI, "more than"},
		{"a list past the memory", "utf8", func(f *Frame, _ *fakeInstance) { ListOf[uint64](f, 0, 1025, 4, 4) }, ErrABI, "outside"},
		{"a misaligned empty list", "utf8", func(f *Frame, _ *fakeInstance) { ListOf[uint64](f, 2, 0, 4, 4) }, ErrABI, "aligned"},
		{"lists that share memory", "utf8", func(f *Frame, _ *fakeInstance) {
			for range 1000 {
				ListOf[uint64](f, 0, 1024, 4, 4)
			}
		}, ErrMemory, "AnswerLimit"},
		{"numbers of 2^28-1", "utf8", func(f *Frame, _ *fakeInstance) { LiftNumbers[uint64](f, 0, 1<<28-1) }, ErrABI, "more than"},
		{"numbers past the memory", "utf8", func(f *Frame, _ *fakeInstance) { LiftNumbers[uint64](f, 8, 512) }, ErrABI, "outside"},
		{"misaligned numbers", "utf8", func(f *Frame, _ *fakeInstance) { LiftNumbers[uint64](f, 4, 1) }, ErrABI, "aligned"},
		{"numbers that share memory", "utf8", func(f *Frame, _ *fakeInstance) {
			for range 1000 {
				LiftNumbers[uint64](f, 0, 512)
			}
		}, ErrMemory, "AnswerLimit"},
		{"strings that share memory", "utf8", func(f *Frame, _ *fakeInstance) {
			for range 1000 {
				f.LiftString(0, 4096)
			}
		}, ErrMemory, "AnswerLimit"},
		{"a string of 2^32-1", "utf8", func(f *Frame, _ *fakeInstance) { f.LiftString(0, math.MaxUint32) }, ErrABI, "more than"},
		{"a string past the memory", "utf8", func(f *Frame, _ *fakeInstance) { f.LiftString(4090, 7) }, ErrABI, "outside"},
		{"truncated UTF-8", "utf8", func(f *Frame, i *fakeInstance) { i.memory[8] = 0xc3; f.LiftString(8, 1) }, ErrABI, "not UTF-8"},
		{"overlong UTF-8", "utf8", func(f *Frame, i *fakeInstance) { copy(i.memory[8:], "\xc0\x80"); f.LiftString(8, 2) }, ErrABI, "not UTF-8"},
		{"a lone surrogate", "utf16", func(f *Frame, i *fakeInstance) {
			binary.LittleEndian.PutUint16(i.memory[8:], 0xd800)
			f.LiftString(8, 2)
		}, ErrABI, "lone surrogate"},
		{"a surrogate at the end", "utf16", func(f *Frame, i *fakeInstance) {
			binary.LittleEndian.PutUint16(i.memory[8:], 0xd800)
			f.LiftString(8, 1)
		}, ErrABI, "lone surrogate"},
		{"surrogates in the wrong order", "utf16", func(f *Frame, i *fakeInstance) {
			binary.LittleEndian.PutUint32(i.memory[8:], 0xd800dc00)
			f.LiftString(8, 2)
		}, ErrABI, "lone surrogate"},
		{"an odd UTF-16 address", "utf16", func(f *Frame, _ *fakeInstance) { f.LiftString(9, 1) }, ErrABI, "aligned"},
		{"UTF-16 past the memory", "utf16", func(f *Frame, _ *fakeInstance) { f.LiftString(0, 2049) }, ErrABI, "outside"},
		{"an odd Latin-1 address", "latin1+utf16", func(f *Frame, _ *fakeInstance) { f.LiftString(9, 1) }, ErrABI, "aligned"},
		{"tag bits that lead outside", "latin1+utf16", func(f *Frame, _ *fakeInstance) { f.LiftString(0, math.MaxUint32) }, ErrABI, "more than"},
		{"a surrogate as char", "utf8", func(f *Frame, _ *fakeInstance) { f.LiftChar(0xd800) }, ErrABI, "char"},
		{"a char past Unicode", "utf8", func(f *Frame, _ *fakeInstance) { f.LiftChar(0x110000) }, ErrABI, "char"},
		{"a huge char", "utf8", func(f *Frame, _ *fakeInstance) { f.LiftChar(math.MaxUint32) }, ErrABI, "char"},
		{"a discriminant", "utf8", func(f *Frame, _ *fakeInstance) { f.Invalid("enum kind", 9) }, ErrABI, "gave 9, which enum kind does not have"},
	} {
		f, i, s := enterEcho(t, c.encoding)
		f.Invoke()
		c.lift(f, i)
		err := f.Leave()
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, err)
		}
		if v := s.Stats().Versions[0]; v.Poisoned != 1 || v.Instances != 0 || !i.closed {
			t.Errorf("%s: the instance was kept: %+v", c.name, v)
		}
		if i.posts != 0 {
			t.Errorf("%s: post-return ran on a lost instance", c.name)
		}
	}
}

// hostileRealloc gives whatever address it is told to.
func TestHostileAllocator(t *testing.T) {
	for addr, want := range map[uint64]string{
		4096:                    "outside its memory",
		math.MaxUint32 - 3:      "outside its memory",
		6:                       "not aligned to 4",
		0xdead_0000_0000 | 4000: "",
		0:                       "", // null is an address like any other
	} {
		f, i, _ := enterEcho(t, "utf8")
		f.fn.realloc = fakeFunc{i, func(_ context.Context, stack []uint64) error { stack[0] = addr; return nil }}
		at := f.Alloc(8, 4)
		err := f.Leave()
		switch {
		case want == "" && (err != nil || at != uint32(addr)):
			t.Errorf("%#x: %#x, %v", addr, at, err)
		case want != "" && (!errors.Is(err, ErrABI) || !strings.Contains(err.Error(), want)):
			t.Errorf("%#x: %v", addr, err)
		}
		f.fn = nil
	}
	f, i, s := enterEcho(t, "utf8")
	f.fn.realloc = fakeFunc{i, func(context.Context, []uint64) error { return &engine.Trap{Code: engine.Unreachable} }}
	ptr, n := f.String("x")
	f.Arg(0, uint64(ptr))
	f.Arg(1, uint64(n))
	f.Invoke()
	if err := f.Leave(); !errors.Is(err, ErrTrap) || s.Stats().Versions[0].Poisoned != 1 {
		t.Errorf("an allocator that traps: %v", err)
	}
	f, i, s = enterEcho(t, "utf8")
	f.Invoke()
	f.fn.postReturn = fakeFunc{i, func(context.Context, []uint64) error { return &engine.Trap{Code: engine.Unreachable} }}
	if err := f.Leave(); !errors.Is(err, ErrTrap) || s.Stats().Versions[0].Poisoned != 1 {
		t.Errorf("a post-return that traps: %v", err)
	}
}

// A call that the caller's own argument spoils costs no instance, unless the guest has allocated by then.
func TestRefusals(t *testing.T) {
	for name, refuse := range map[string]func(f *Frame){
		`argument "text": invalid UTF-8 at byte 0`:      func(f *Frame) { f.String("\xff") },
		`argument "text": invalid UTF-8 at byte 4`:      func(f *Frame) { f.CheckString("\uFFFDx\xed\xa0\x80") },
		`argument "text": 55296 is not a value of char`: func(f *Frame) { f.CharArg(0xd800) },
		`argument "text": 9 is not a value of enum`:     func(f *Frame) { f.BadArgument("enum", 9) },
		`argument "text": a list of 268435456 elements`: func(f *Frame) { f.AllocList(1<<28, 1, 1) },
		`argument "text": a list of 1073741824`:         func(f *Frame) { f.AllocList(1<<30, 1<<30, 1) },
	} {
		f, _, s := enterEcho(t, "utf8")
		refuse(f)
		f.Invoke()
		err := f.Leave()
		if !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if v := s.Stats().Versions[0]; v.Poisoned != 0 || v.Instances != 1 {
			t.Errorf("%s: the instance was lost", name)
		}
	}
	f, _, s := enterEcho(t, "utf8")
	f.String("fine")
	f.Arg(0, 0)
	f.Arg(1, 0)
	f.String("\xff")
	if err := f.Leave(); !errors.Is(err, ErrABI) || s.Stats().Refused != 1 {
		t.Errorf("a late refusal: %v", err)
	}
	if v := s.Stats().Versions[0]; v.Instances != 0 || v.Poisoned != 0 || v.Recycled != 1 {
		t.Errorf("what the guest allocated is kept: %+v", v)
	}
}

func TestNumbers(t *testing.T) {
	f, _, _ := enterEcho(t, "utf8")
	roundTrip(t, f, []uint8{0, 1, 255})
	roundTrip(t, f, []int16{-1, math.MinInt16, 7})
	roundTrip(t, f, []uint32{0, math.MaxUint32})
	roundTrip(t, f, []int64{math.MinInt64, 5})
	roundTrip(t, f, []float32{0, -1.5, float32(math.Inf(1))})
	roundTrip(t, f, []float64{math.Pi, math.SmallestNonzeroFloat64})
	roundTrip(t, f, []float64(nil))
	ptr, n := LowerNumbers(f, []uint32{0x01020304})
	if b := f.LiftBytes(ptr, 4*n); !slices.Equal(b, []byte{4, 3, 2, 1}) {
		t.Errorf("in memory: % x", b)
	}
	ptr, n = LowerNumbers(f, []float32{math.Float32frombits(0x7fa00001)})
	if out := LiftNumbers[uint32](f, ptr, n); out[0] != 0x7fa00001 {
		t.Errorf("a NaN's bits: %#x", out[0])
	}
	if err := f.Leave(); err != nil {
		t.Error(err)
	}
	swapped := make([]byte, 8)
	swap(swapped, []byte{1, 2, 3, 4, 5, 6, 7, 8}, 4)
	if !slices.Equal(swapped, []byte{4, 3, 2, 1, 8, 7, 6, 5}) {
		t.Errorf("swapped: %v", swapped)
	}
}

func roundTrip[T Number](t *testing.T, f *Frame, list []T) {
	t.Helper()
	ptr, n := LowerNumbers(f, list)
	if out := LiftNumbers[T](f, ptr, n); !slices.Equal(out, list) || !f.OK() {
		t.Errorf("%v came back as %v: %v", list, out, f.fault)
	}
}

func TestStoresAndBlocks(t *testing.T) {
	f, _, _ := enterEcho(t, "utf8")
	at := f.Alloc(32, 8)
	f.StoreU8(at, 0x11)
	f.StoreU16(at+2, 0x2233)
	f.StoreU32(at+4, 0x44556677)
	f.StoreU64(at+8, 0x8899aabbccddeeff)
	f.StoreF32(at+16, -1.5)
	f.StoreF64(at+24, math.Pi)
	b := f.Block(at, 32, 8)
	if b.U8(0) != 0x11 || b.U16(2) != 0x2233 || b.U32(4) != 0x44556677 || b.U64(8) != 0x8899aabbccddeeff || b.F32(16) != -1.5 || b.F64(24) != math.Pi {
		t.Error("what was stored is not what was read")
	}
	if !f.LiftBool(7) || f.LiftBool(0) || f.LiftChar('🙂') != '🙂' || f.CharArg('é') != 'é' {
		t.Error("bool or char")
	}
	if b.U8(31); !f.OK() {
		t.Error("the last byte is outside")
	}
	if b.U32(29) != 0 || f.OK() {
		t.Error("a read past the block")
	}
	_ = f.Leave()
	for name, store := range map[string]func(f *Frame){
		"u8":  func(f *Frame) { f.StoreU8(4096, 1) },
		"u16": func(f *Frame) { f.StoreU16(4095, 1) },
		"u32": func(f *Frame) { f.StoreU32(4093, 1) },
		"u64": func(f *Frame) { f.StoreU64(math.MaxUint32, 1) },
	} {
		f, _, _ := enterEcho(t, "utf8")
		store(f)
		if err := f.Leave(); !errors.Is(err, ErrABI) {
			t.Errorf("%s past the memory: %v", name, err)
		}
	}
	var loose Block
	if loose.U32(0) != 0 || loose.U64(0) != 0 || loose.U16(0) != 0 {
		t.Error("the zero block")
	}
}

func TestCallsAllocateNothing(t *testing.T) {
	b := newBench(t, Config{})
	c := fakeClient{b.slot(SlotConfig[fakeCalls]{Kernel: b.load("1.0.0")})}
	ctx := t.Context()
	if n := testing.AllocsPerRun(200, func() { _, _ = c.Add(ctx, 1, 2) }); n != 0 {
		t.Errorf("a scalar call allocates %v times", n)
	}
	if n := testing.AllocsPerRun(200, func() { _, _ = c.Echo(ctx, "a string of some length") }); n != 1 {
		t.Errorf("a string call allocates %v times, not once for the answer", n)
	}
}
