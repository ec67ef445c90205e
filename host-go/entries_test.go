package tenon_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/internal/race"
)

// scalarFunc is the place of a function in the scalar contract.
func scalarFunc(name string) int {
	return slices.IndexFunc(scalar.Contract.Funcs, func(f tenon.FuncRef) bool { return f.Name == name })
}

// long makes a call whose argument and answer stay in the guest's memory, with three crossings and more, as all calls did
// that have no entry.
func long[B, T any](slot *tenon.Slot[B], function int, lower func(f *tenon.Frame) (addr, n uint32), lift func(f *tenon.Frame) T) (T, error) {
	var none T
	f, err := slot.Enter(context.Background(), function)
	if f == nil {
		return none, err
	}
	addr, n := lower(f)
	f.Arg(0, uint64(addr))
	f.Arg(1, uint64(n))
	f.Invoke()
	out := lift(f)
	return out, f.Leave()
}

// texts are valid texts of every length up to 70 bytes, some longer, of characters of all lengths.
func texts() []string {
	random := rand.New(rand.NewPCG(7, 7))
	list := []string{strings.Repeat("x", 4096), strings.Repeat("é🙂", 700)}
	for n := range 71 {
		for range 4 {
			var text strings.Builder
			for text.Len() < n {
				r := []rune{'a', 0, 0x7f, 0x80, 'é', '日', 0xffff, '🙂', 0x10ffff}[random.IntN(9)]
				if text.Len()+len(string(r)) > n {
					r = rune('0' + random.IntN(10))
				}
				text.WriteRune(r)
			}
			list = append(list, text.String())
		}
		list = append(list, strings.Repeat("n", n))
	}
	return list
}

func TestEntriesAnswerLikeTheLongWay(t *testing.T) {
	c, slot := openScalar(t, tenon.SlotConfig[scalar.Calls]{})
	random := rand.New(rand.NewPCG(1, 2))
	pair := func(f *tenon.Frame) (addr, n uint32) {
		block := f.Block(uint32(f.Ret(0)), 8, 4)
		return block.U32(0), block.U32(4)
	}
	for _, text := range texts() {
		short, err := c.EchoString(t.Context(), text)
		whole, longErr := long(slot, scalarFunc("echo-string"),
			func(f *tenon.Frame) (uint32, uint32) { return f.String(text) },
			func(f *tenon.Frame) string { return f.LiftString(pair(f)) })
		if short != text || whole != text || err != nil || longErr != nil {
			t.Fatalf("%q: by its entry %q, %v; the long way %q, %v", text, short, err, whole, longErr)
		}
		raw := make([]byte, len(text))
		for i := range raw {
			raw[i] = byte(random.Uint32())
		}
		bytes, err := c.EchoBytes(t.Context(), raw)
		longBytes, longErr := long(slot, scalarFunc("echo-bytes"),
			func(f *tenon.Frame) (uint32, uint32) { return f.Bytes(raw) },
			func(f *tenon.Frame) []byte { return f.LiftBytes(pair(f)) })
		if !slices.Equal(bytes, raw) || !slices.Equal(longBytes, raw) || (bytes == nil) != (longBytes == nil) || err != nil || longErr != nil {
			t.Fatalf("% x: by its entry % x, %v; the long way % x, %v", raw, bytes, err, longBytes, longErr)
		}
		numbers := make([]uint32, len(text)/3)
		want := uint64(0)
		for i := range numbers {
			numbers[i] = random.Uint32()
			want += uint64(numbers[i])
		}
		sum, err := c.Sum(t.Context(), numbers)
		longSum, longErr := long(slot, scalarFunc("sum"),
			func(f *tenon.Frame) (uint32, uint32) { return tenon.LowerNumbers(f, numbers) },
			func(f *tenon.Frame) uint64 { return f.Ret(0) })
		if sum != want || longSum != want || err != nil || longErr != nil {
			t.Fatalf("the sum of %v: by its entry %d, %v; the long way %d, %v", numbers, sum, err, longSum, longErr)
		}
	}
	if v := slot.Stats().Versions[0]; v.Built != 1 || v.Poisoned+v.Recycled != 0 {
		t.Errorf("%+v", v)
	}
}

// A kernel whose answers are records.
func TestEntriesRedactLikeTheLongWay(t *testing.T) {
	rt := newRuntime(t, tenon.Config{})
	k, err := rt.LoadFile(t.Context(), "kernels/redact/redact-1.0.0.wasm")
	if err != nil {
		t.Fatal(err)
	}
	slot, err := tenon.NewSlot(t.Context(), rt, "redact", k.Contract(), tenon.SlotConfig[any]{Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	lift := func(f *tenon.Frame) string {
		block := f.Block(uint32(f.Ret(0)), 16, 4)
		out := f.LiftString(block.U32(0), block.U32(4))
		findings, _ := tenon.ListOf[[3]uint32](f, block.U32(8), block.U32(12), 12, 4)
		for i := range block.U32(12) {
			out += fmt.Sprintf(" %d:%d-%d", findings.U8(12*i), findings.U32(12*i+4), findings.U32(12*i+8))
		}
		return out
	}
	lines := []string{"192.168.1.10 - - GET", "user ann@example.com from 10.0.0.1", "fe80::1%eth0", "Bearer abcdefgh", "4111 1111 1111 1111 at www.example.com"}
	for _, line := range append(lines, strings.Join(lines, " | ")) {
		for n := range len(line) + 1 {
			text := strings.Repeat("é", n%5) + line[:n]
			f, err := slot.Enter(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			f.ArgString(0, text)
			f.Invoke()
			short := lift(f)
			err = f.Leave()
			whole, longErr := long(slot, 0, func(f *tenon.Frame) (uint32, uint32) { return f.String(text) }, lift)
			if short != whole || err != nil || longErr != nil {
				t.Fatalf("%q: by its entry %s, %v; the long way %s, %v", text, short, err, whole, longErr)
			}
		}
	}
}

// A trap inside of an entry is a trap of the function that it calls, and nobody sees the entry.
func TestTrapsInsideEntries(t *testing.T) {
	c, slot := openScalar(t, tenon.SlotConfig[scalar.Calls]{})
	var backtraces [2][]string
	for i, message := range []string{"a short one", strings.Repeat("a long one", 10)} {
		fault, ok := errors.AsType[*tenon.Fault](c.Fail(t.Context(), message))
		if !ok || fault.Kind != tenon.KindTrap || !strings.Contains(fault.Message, message) {
			t.Fatalf("%v", fault)
		}
		backtraces[i] = fault.Backtrace
		if strings.Contains(strings.Join(fault.Backtrace, " "), "tenon:") {
			t.Errorf("backtrace %q", fault.Backtrace)
		}
		if v := slot.Stats().Versions[0]; v.Poisoned != uint64(i+1) {
			t.Errorf("the instance was kept: %+v", v)
		}
	}
	if !slices.Equal(backtraces[0], backtraces[1]) {
		t.Errorf("backtraces %q", backtraces)
	}
}

// What a call takes is the same on every run, and a budget ends it at the same point.
func TestFuelThroughEntries(t *testing.T) {
	run := func(fuel uint64) (took []uint64, fault error) {
		c, _ := openScalar(t, tenon.SlotConfig[scalar.Calls]{Fuel: fuel})
		for _, text := range texts() {
			var note tenon.Call
			_, fault = c.EchoString(tenon.WithCall(t.Context(), &note), text)
			took = append(took, note.Fuel)
			if fault != nil {
				break
			}
		}
		return took, fault
	}
	first, err := run(1 << 40)
	if err != nil || slices.Contains(first, 0) {
		t.Fatalf("%v: %v", first, err)
	}
	again, _ := run(1 << 40)
	if !slices.Equal(first, again) {
		t.Errorf("%v, and then %v", first, again)
	}
	small := slices.Max(first) - 1
	first, err = run(small)
	again, _ = run(small)
	if fault, ok := errors.AsType[*tenon.Fault](err); !ok || fault.Code != tenon.TrapFuel {
		t.Errorf("within %d units: %v", small, err)
	}
	if !slices.Equal(first, again) || first[len(first)-1] != small {
		t.Errorf("%v, and then %v", first, again)
	}
}

func TestKernelCallsAllocateTheirAnswer(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	c, _ := openScalar(t, tenon.SlotConfig[scalar.Calls]{})
	ctx := t.Context()
	numbers := make([]uint32, 16)
	for name, call := range map[string]struct {
		run  func()
		want float64
	}{
		"Add":                  {func() { _, _ = c.Add(ctx, 1, 2) }, 0},
		"Sum":                  {func() { _, _ = c.Sum(ctx, numbers) }, 0},
		"EchoString":           {func() { _, _ = c.EchoString(ctx, "0123456789abcdef0123456789abcdef") }, 1},
		"EchoString, empty":    {func() { _, _ = c.EchoString(ctx, "") }, 0},
		"EchoString, 65 bytes": {func() { _, _ = c.EchoString(ctx, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef!") }, 1},
	} {
		if n := testing.AllocsPerRun(200, call.run); n != call.want {
			t.Errorf("%s allocates %v times, not %v", name, n, call.want)
		}
	}
}
