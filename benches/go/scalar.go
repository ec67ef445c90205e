package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"unsafe"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// The functions of kernels/scalar.

var add = &typed[pair, uint32]{
	inputs: input.pairs,
	key:    func(p pair) string { return fmt.Sprint(p) },
	show:   func(n uint32) string { return strconv.FormatUint(uint64(n), 10) },
	serve: func(ctx context.Context, rt *tenon.Runtime) (way[pair, uint32], error) {
		c, err := serveScalar(ctx, rt)
		loop := func(pairs []pair) side {
			place := 0
			return func(n int) error {
				next := place // where several callers go round, their places may share a cache line
				for range n {
					if _, err := c.Add(ctx, pairs[next].a, pairs[next].b); err != nil {
						return err
					}
					if next++; next == len(pairs) {
						next = 0
					}
				}
				place = next
				return nil
			}
		}
		return way[pair, uint32]{func(p pair) (uint32, error) { return c.Add(ctx, p.a, p.b) }, loop}, err
	},
	engines: map[string]func(context.Context, *bench) (way[pair, uint32], error){
		"cgo":    addByCgo,
		"wazero": addByHand,
	},
}

// addByHand is the shortest way that wazero has: an export that was looked up once, a stack that is used again, one instance.
func addByHand(ctx context.Context, b *bench) (way[pair, uint32], error) {
	s, err := b.stockOf(ctx, scalar.Component())
	if err != nil {
		return way[pair, uint32]{}, err
	}
	f, err := s.function("add", "")
	stack := make([]uint64, 2)
	loop := func(pairs []pair) side {
		place := 0
		return func(n int) error {
			next := place
			for range n {
				stack[0], stack[1] = uint64(pairs[next].a), uint64(pairs[next].b)
				if err := f.CallWithStack(ctx, stack); err != nil {
					return err
				}
				if next++; next == len(pairs) {
					next = 0
				}
			}
			place = next
			return nil
		}
	}
	return way[pair, uint32]{func(p pair) (uint32, error) {
		stack[0], stack[1] = uint64(p.a), uint64(p.b)
		err := f.CallWithStack(ctx, stack)
		return uint32(stack[0]), err
	}, loop}, err
}

var echoString = &typed[string, string]{
	inputs: input.texts,
	key:    func(text string) string { return text },
	show:   func(text string) string { return text },
	serve: func(ctx context.Context, rt *tenon.Runtime) (way[string, string], error) {
		c, err := serveScalar(ctx, rt)
		loop := func(texts []string) side {
			place := 0
			return func(n int) error {
				next := place
				for range n {
					if _, err := c.EchoString(ctx, texts[next]); err != nil {
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
		return way[string, string]{func(text string) (string, error) { return c.EchoString(ctx, text) }, loop}, err
	},
	engines: map[string]func(context.Context, *bench) (way[string, string], error){
		"wazero": func(ctx context.Context, b *bench) (way[string, string], error) {
			return byHand(ctx, b, scalar.Component(), "echo-string", memory.text)
		},
		"wazero-stoppable": func(ctx context.Context, b *bench) (way[string, string], error) {
			code, err := b.stoppableCode(ctx, scalar.Component())
			if err != nil {
				return way[string, string]{}, err
			}
			return byHandOn(ctx, code, "echo-string", memory.text)
		},
	},
}

var sum = &typed[[]uint32, uint64]{
	inputs: input.lists,
	key:    func(list []uint32) string { return fmt.Sprint(list) },
	show:   func(n uint64) string { return strconv.FormatUint(n, 10) },
	serve: func(ctx context.Context, rt *tenon.Runtime) (way[[]uint32, uint64], error) {
		c, err := serveScalar(ctx, rt)
		return way[[]uint32, uint64]{call: func(list []uint32) (uint64, error) { return c.Sum(ctx, list) }}, err
	},
	engines: map[string]func(context.Context, *bench) (way[[]uint32, uint64], error){
		"go":            sumInGo,
		"core-in-place": sumInPlace,
		"wazero-in-place": func(ctx context.Context, b *bench) (way[[]uint32, uint64], error) {
			return sumInPlaceOnStock(ctx, b)
		},
	},
}

func sumInGo(context.Context, *bench) (way[[]uint32, uint64], error) {
	return way[[]uint32, uint64]{call: func(list []uint32) (uint64, error) {
		total := uint64(0)
		for _, v := range list {
			total += uint64(v)
		}
		sink = total
		return total, nil
	}}, nil
}

// sink keeps the compiler from dropping a loop whose result nobody reads.
var sink uint64

// sumInPlace is the core function as it is served, on the engine's own interface, with the numbers put by one memmove where
// the guest's allocator says. The function frees them, so each call has to ask the allocator.
func sumInPlace(ctx context.Context, b *bench) (way[[]uint32, uint64], error) {
	p, err := planOf(ctx, scalar.Component(), gated)
	if err != nil {
		return way[[]uint32, uint64]{}, err
	}
	g, err := b.guest(ctx, p, withDeadline)
	if err != nil {
		return way[[]uint32, uint64]{}, err
	}
	at, err := funcOf(p, "sum")
	if err != nil {
		return way[[]uint32, uint64]{}, err
	}
	f := p.Funcs[at]
	if f.Memory == nil || f.Realloc == nil {
		return way[[]uint32, uint64]{}, errors.New("sum takes no list")
	}
	call, realloc, memory, stack := g.instance.Func(at), g.instance.Realloc(*f.Realloc), g.instance.Memory(*f.Memory), make([]uint64, 4)
	return way[[]uint32, uint64]{call: func(list []uint32) (uint64, error) {
		g.instance.Begin(g.limits)
		stack[0], stack[1], stack[2], stack[3] = 0, 0, 4, uint64(4*len(list))
		if err := realloc.Call(ctx, stack); err != nil {
			return 0, err
		}
		ptr := uint32(stack[0])
		copy(memory.Bytes()[ptr:], bytesOf(list))
		stack[0], stack[1] = uint64(ptr), uint64(len(list))
		err := call.Call(ctx, stack)
		return stack[0], err
	}}, nil
}

// sumInPlaceOnStock is the same on wazero by itself, of a build that nothing can stop.
func sumInPlaceOnStock(ctx context.Context, b *bench) (way[[]uint32, uint64], error) {
	s, err := b.stockOf(ctx, scalar.Component())
	if err != nil {
		return way[[]uint32, uint64]{}, err
	}
	call, err := s.function("sum", "")
	realloc, memory, stack := s.module.ExportedFunction("cabi_realloc"), s.module.Memory(), make([]uint64, 4)
	return way[[]uint32, uint64]{call: func(list []uint32) (uint64, error) {
		stack[0], stack[1], stack[2], stack[3] = 0, 0, 4, uint64(4*len(list))
		if err := realloc.CallWithStack(ctx, stack); err != nil {
			return 0, err
		}
		ptr := uint32(stack[0])
		if !memory.Write(ptr, bytesOf(list)) {
			return 0, errOutOfBounds
		}
		stack[0], stack[1] = uint64(ptr), uint64(len(list))
		err := call.CallWithStack(ctx, stack)
		return stack[0], err
	}}, err
}

// bytesOf are the numbers as they lie in memory, which is how a guest has them on a little-endian machine.
func bytesOf(list []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), 4*len(list))
}

func serveScalar(ctx context.Context, rt *tenon.Runtime) (*scalar.Client, error) {
	slot, err := client[scalar.Calls](ctx, rt, scalar.Contract, scalar.Component())
	if err != nil {
		return nil, err
	}
	return scalar.New(slot), nil
}
