package main

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/scalar"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// The rows of this file hold a typed call against the shortest way that wazero has by itself.

func setUpScalar(ctx context.Context, b *bench) error {
	client, err := scalarClient(ctx, b)
	if err != nil {
		return err
	}
	raw, err := instantiateRaw(ctx, b, "add")
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
	stack := make([]uint64, 2)
	b.b = func(n int) error {
		for i := range n {
			stack[0], stack[1] = uint64(i), 2
			if err := raw.call.CallWithStack(ctx, stack); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

func setUpEcho(ctx context.Context, b *bench) error {
	client, err := scalarClient(ctx, b)
	if err != nil {
		return err
	}
	raw, err := instantiateRaw(ctx, b, "echo-string")
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
	b.b = func(n int) error {
		for range n {
			if _, err := raw.echo(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
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

// rawModule is the fixture's core module on wazero, bound by hand.
type rawModule struct {
	memory              api.Memory
	call, realloc, post api.Function
	arguments           [4]uint64
}

func instantiateRaw(ctx context.Context, b *bench, function string) (*rawModule, error) {
	p, err := planOf(ctx, b, scalar.Component())
	if err != nil {
		return nil, err
	}
	if len(p.Modules) != 1 {
		return nil, fmt.Errorf("the fixture has %d core modules; this row is written for one", len(p.Modules))
	}
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	b.atEnd(func() { _ = rt.Close(ctx) })
	module, err := rt.InstantiateWithConfig(ctx, p.Modules[0].Code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	export := scalar.Contract.Funcs[0].Interface + "#" + function
	raw := &rawModule{
		memory:  module.Memory(),
		call:    module.ExportedFunction(export),
		realloc: module.ExportedFunction("cabi_realloc"),
		post:    module.ExportedFunction("cabi_post_" + export),
	}
	if raw.call == nil || raw.realloc == nil {
		return nil, fmt.Errorf("the fixture's core module does not export %s and cabi_realloc", export)
	}
	return raw, nil
}

// echo is what one writes by hand: allocate, copy, call, check, copy, clean up.
func (m *rawModule) echo(ctx context.Context, text string) (string, error) {
	stack := m.arguments[:]
	stack[0], stack[1], stack[2], stack[3] = 0, 0, 1, uint64(len(text))
	if err := m.realloc.CallWithStack(ctx, stack); err != nil {
		return "", err
	}
	at := uint32(stack[0])
	if !m.memory.WriteString(at, text) {
		return "", fmt.Errorf("the guest allocated out of bounds")
	}
	stack[0], stack[1] = uint64(at), uint64(len(text))
	if err := m.call.CallWithStack(ctx, stack); err != nil {
		return "", err
	}
	result := uint32(stack[0])
	data, okData := m.memory.ReadUint32Le(result)
	size, okSize := m.memory.ReadUint32Le(result + 4)
	view, okView := m.memory.Read(data, size)
	if !okData || !okSize || !okView || !utf8.Valid(view) {
		return "", fmt.Errorf("the guest answered with no string")
	}
	answer := string(view)
	if m.post != nil {
		stack[0] = uint64(result)
		if err := m.post.CallWithStack(ctx, stack); err != nil {
			return "", err
		}
	}
	return answer, nil
}

// planOf transpiles a component.
func planOf(ctx context.Context, b *bench, component []byte) (*plan.Plan, error) {
	transpiler := transpile.New(transpile.Config{})
	b.atEnd(func() { _ = transpiler.Close(ctx) })
	return transpiler.Plan(ctx, component)
}
