package main

import (
	"context"
	"fmt"
	"unicode/utf8"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
)

// The rows of this file hold a typed call against the shortest way that wazero has by itself.

func setUpScalar(ctx context.Context, b *bench) error {
	client, err := scalarClient(ctx, b)
	if err != nil {
		return err
	}
	raw, err := rawScalar(ctx, b)
	if err != nil {
		return err
	}
	b.countAllocations = true
	b.a = func(n int) error {
		for i := range n {
			if _, err := client.Add(ctx, uint32(i), 2); err != nil {
				return err
			}
		}
		return nil
	}
	b.b, err = raw.adds(ctx)
	return err
}

func setUpEcho(ctx context.Context, b *bench) error {
	client, err := scalarClient(ctx, b)
	if err != nil {
		return err
	}
	raw, err := rawScalar(ctx, b)
	if err != nil {
		return err
	}
	const text = "0123456789abcdef0123456789abcdef"
	b.a = func(n int) error {
		for range n {
			if _, err := client.EchoString(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}
	b.b, err = raw.echoes(ctx, text)
	return err
}

func setUpSum(ctx context.Context, b *bench) error {
	client, err := scalarClient(ctx, b)
	if err != nil {
		return err
	}
	numbers := make([]uint32, 64)
	for i := range numbers {
		numbers[i] = uint32(i * i)
	}
	b.a = func(n int) error {
		for range n {
			if _, err := client.Sum(ctx, numbers); err != nil {
				return err
			}
		}
		return nil
	}
	b.b = func(n int) error {
		for range n {
			total := uint64(0)
			for _, v := range numbers {
				total += uint64(v)
			}
			sink = total
		}
		return nil
	}
	return nil
}

// sink keeps the compiler from dropping a loop whose result nobody reads.
var sink uint64

func scalarClient(ctx context.Context, b *bench) (*scalar.Client, error) {
	slot, err := openSlot(ctx, b, scalar.Contract, tenon.SlotConfig[scalar.Calls]{}, scalar.Component())
	if err != nil {
		return nil, err
	}
	return scalar.New(slot), nil
}

// rawScalar is the fixture's core module on wazero, without any means to stop it.
func rawScalar(ctx context.Context, b *bench) (*stock, error) {
	p, err := b.planner(ctx, plain).plan(ctx, scalar.Component(), plain)
	if err != nil {
		return nil, err
	}
	return b.stock(ctx, p, false)
}

// echoes is a side of what one writes by hand: allocate, copy, call, check, copy, clean up.
func (s *stock) echoes(ctx context.Context, text string) (side, error) {
	call, err := s.function("echo-string", "")
	if err != nil {
		return nil, err
	}
	post, err := s.function("echo-string", "cabi_post_")
	if err != nil {
		return nil, err
	}
	realloc, memory, stack := s.module.ExportedFunction("cabi_realloc"), s.module.Memory(), make([]uint64, 4)
	echo := func() (string, error) {
		stack[0], stack[1], stack[2], stack[3] = 0, 0, 1, uint64(len(text))
		if err := realloc.CallWithStack(ctx, stack); err != nil {
			return "", err
		}
		at := uint32(stack[0])
		if !memory.WriteString(at, text) {
			return "", fmt.Errorf("the guest allocated out of bounds")
		}
		stack[0], stack[1] = uint64(at), uint64(len(text))
		if err := call.CallWithStack(ctx, stack); err != nil {
			return "", err
		}
		result := uint32(stack[0])
		data, okData := memory.ReadUint32Le(result)
		size, okSize := memory.ReadUint32Le(result + 4)
		view, okView := memory.Read(data, size)
		if !okData || !okSize || !okView || !utf8.Valid(view) {
			return "", fmt.Errorf("the guest answered with no string")
		}
		answer := string(view)
		stack[0] = uint64(result)
		return answer, post.CallWithStack(ctx, stack)
	}
	return func(n int) error {
		for range n {
			if _, err := echo(); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
