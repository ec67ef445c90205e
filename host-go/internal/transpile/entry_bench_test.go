package transpile

import (
	"bytes"
	"context"
	"encoding/binary"
	"strconv"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// BenchmarkEntry compares a call of echo-string by its entry with the same by hand: allocator, function and post-return, with
// copies between and no check. The text is not validated.
func BenchmarkEntry(b *testing.B) {
	p, err := fresh(b, nil).Plan(b.Context(), scalar(b))
	if err != nil {
		b.Fatal(err)
	}
	e := wazero.New(wazero.Config{})
	defer e.Close(context.Background())
	code, err := e.Compile(b.Context(), p)
	if err != nil {
		b.Fatal(err)
	}
	inst, err := code.Instantiate(b.Context(), nil, engine.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	at := 0
	for p.Funcs[at].Name != "echo-string" {
		at++
	}
	for _, n := range []int{3, 8, 16, 32, 64} {
		text := bytes.Repeat([]byte("t"), n)
		b.Run("entry/"+strconv.Itoa(n), func(b *testing.B) {
			byEntry(b, inst, at, text)
		})
		b.Run("hand/"+strconv.Itoa(n), func(b *testing.B) {
			byHand(b, inst, &p.Funcs[at], at, text)
		})
	}
}

// byEntry calls with the text in words: from eight bytes on as eight bytes each, else in one.
func byEntry(b *testing.B, inst engine.Instance, at int, text []byte) {
	_, entry := inst.Entry(at)
	if entry == nil {
		b.Fatal("echo-string has no entry")
	}
	var stack [3 + plan.EntryWords]uint64
	var words [8 * plan.EntryWords]byte
	ctx := b.Context()
	for b.Loop() {
		copy(words[:], text)
		stack[0], stack[2] = plan.EntryStaged, uint64(len(text))
		for k := range (len(text) + 7) / 8 {
			stack[3+k] = binary.LittleEndian.Uint64(words[8*k:])
		}
		if err := entry.CallWithStack(ctx, stack[:]); err != nil {
			b.Fatal(err)
		}
		if uint32(stack[0]) != plan.EntryDone || uint32(stack[2]) != uint32(len(text)) || byte(stack[3]) != text[0] {
			b.Fatal("another answer")
		}
	}
}

// byHand calls as a host does that has no entry.
func byHand(b *testing.B, inst engine.Instance, f *plan.Func, at int, text []byte) {
	call, memory := inst.Bare(at), inst.Memory(*f.Memory)
	realloc, post := inst.Realloc(*f.Realloc), inst.PostReturn(at)
	var stack [4]uint64
	ctx := b.Context()
	for b.Loop() {
		stack = [4]uint64{0, 0, 1, uint64(len(text))}
		if err := realloc.Call(ctx, stack[:]); err != nil {
			b.Fatal(err)
		}
		addr := uint32(stack[0])
		copy(memory.Bytes()[addr:], text)
		stack[0], stack[1] = uint64(addr), uint64(len(text))
		if err := call.CallWithStack(ctx, stack[:]); err != nil {
			b.Fatal(err)
		}
		m, area := memory.Bytes(), uint32(stack[0])
		addr, n := binary.LittleEndian.Uint32(m[area:]), binary.LittleEndian.Uint32(m[area+4:])
		if int(n) != len(text) || m[addr] != text[0] {
			b.Fatal("another answer")
		}
		stack[0] = uint64(area)
		if err := post.Call(ctx, stack[:]); err != nil {
			b.Fatal(err)
		}
	}
}
