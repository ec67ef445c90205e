package main

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"unicode/utf8"
	"unsafe"

	"github.com/tetratelabs/wazero/api"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// The engine "wazero" of functions that take a string: what one writes by hand on wazero alone, well. An instance is taken from
// a pool as ours is (one compare-and-swap on a shelf chosen by the goroutine's stack, one store to give it back); exports are
// looked up once; stacks are used again. The sequence is: check the string's UTF-8, allocate in the guest, write, call, read
// and check the answer, clean up. It has no deadline, no counters, and never waits: an instance that met an error stays taken.

var (
	errOutOfBounds = errors.New("the guest allocated out of bounds")
	errNotText     = errors.New("the argument is not UTF-8")
	errNotAnswer   = errors.New("the guest's answer is not of its type")
	errAllTaken    = errors.New("no instance is free")
)

// A hand is an instance with what a call needs of it.
type hand struct {
	realloc, call, post api.Function
	memory              memory
	stack               [4]uint64
}

// A handShelf has cache lines of its own, as those of tenon's pool.
type handShelf struct {
	taken atomic.Bool
	hand  *hand
	_     [112]byte
}

// byHand is a function of one string, whose answer lift reads at an address, of a build that nothing can stop.
func byHand[O any](ctx context.Context, b *bench, component []byte, function string, lift func(m memory, at uint32) (O, bool)) (way[string, O], error) {
	code, err := b.stockCode(ctx, component)
	if err != nil {
		return way[string, O]{}, err
	}
	return byHandOn(ctx, code, function, lift)
}

// byHandOn is the same of any build.
func byHandOn[O any](ctx context.Context, compiled *stockCode, function string, lift func(m memory, at uint32) (O, bool)) (way[string, O], error) {
	shelves := make([]handShelf, poolSize())
	for i := range shelves {
		s, err := compiled.instance(ctx)
		if err != nil {
			return way[string, O]{}, err
		}
		h := &hand{realloc: s.module.ExportedFunction("cabi_realloc"), memory: memory{s.module.Memory()}}
		if h.call, err = s.function(function, ""); err != nil {
			return way[string, O]{}, err
		}
		if h.post, err = s.function(function, "cabi_post_"); err != nil {
			return way[string, O]{}, err
		}
		shelves[i].hand = h
	}
	call := func(text string) (answer O, err error) {
		if !utf8.ValidString(text) {
			return answer, errNotText
		}
		shelf := takeShelf(shelves)
		if shelf == nil {
			return answer, errAllTaken
		}
		h := shelf.hand
		h.stack = [4]uint64{0, 0, 1, uint64(len(text))}
		if err := h.realloc.CallWithStack(ctx, h.stack[:]); err != nil {
			return answer, err
		}
		at := uint32(h.stack[0])
		if !h.memory.WriteString(at, text) {
			return answer, errOutOfBounds
		}
		h.stack[0], h.stack[1] = uint64(at), uint64(len(text))
		if err := h.call.CallWithStack(ctx, h.stack[:]); err != nil {
			return answer, err
		}
		result := uint32(h.stack[0])
		answer, ok := lift(h.memory, result)
		if !ok {
			return answer, errNotAnswer
		}
		h.stack[0] = uint64(result)
		if err := h.post.CallWithStack(ctx, h.stack[:]); err != nil {
			return answer, err
		}
		shelf.taken.Store(false)
		return answer, nil
	}
	// Some kernels make themselves ready in the first call: no measured one is the first.
	for i := range shelves {
		shelves[i].taken.Store(true)
	}
	for i := range shelves {
		shelves[i].taken.Store(false)
		if _, err := call(""); err != nil {
			return way[string, O]{}, err
		}
		shelves[i].taken.Store(true)
	}
	for i := range shelves {
		shelves[i].taken.Store(false)
	}
	loop := func(texts []string) side {
		place := 0
		return func(n int) error {
			next := place
			for range n {
				if _, err := call(texts[next]); err != nil {
					return err
				}
				if next++; next == len(texts) {
					next = 0
				}
			}
			place = next
			return nil
		}
	}
	return way[string, O]{call, loop}, nil
}

// poolSize is how many shelves tenon's pool has: a power of two, at least one for each core.
func poolSize() int {
	n := 1
	for n < runtime.GOMAXPROCS(0) && n < 64 {
		n *= 2
	}
	return n
}

// takeShelf takes an instance as tenon's pool does.
func takeShelf(shelves []handShelf) *handShelf {
	var here byte
	home := int(uint64(uintptr(unsafe.Pointer(&here))>>11)*0x9E3779B97F4A7C15>>58) & (len(shelves) - 1)
	for i := range shelves {
		shelf := &shelves[(home+i)&(len(shelves)-1)]
		if !shelf.taken.Load() && shelf.taken.CompareAndSwap(false, true) {
			return shelf
		}
	}
	return nil
}

// memory reads values where a guest has put them; false where they lie outside, or are not of their type.
type memory struct{ api.Memory }

func (m memory) u32(at uint32) (uint32, bool) { return m.ReadUint32Le(at) }

func (m memory) u8(at uint32) (byte, bool) { return m.ReadByte(at) }

// text reads a string, of which the address and the length lie at an address.
func (m memory) text(at uint32) (string, bool) {
	data, okData := m.ReadUint32Le(at)
	size, okSize := m.ReadUint32Le(at + 4)
	view, okView := m.Read(data, size)
	if !okData || !okSize || !okView || !utf8.Valid(view) {
		return "", false
	}
	return string(view), true
}

// option reads an option<string>.
func (m memory) option(at uint32) (tenon.Option[string], bool) {
	some, ok := m.ReadByte(at)
	if !ok || some != 1 {
		return tenon.Option[string]{}, ok && some == 0
	}
	text, ok := m.text(at + 4)
	return tenon.Some(text), ok
}
