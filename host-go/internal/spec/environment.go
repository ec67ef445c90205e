package spec

import (
	"context"
	"errors"

	"github.com/tenon-dev/tenon/host-go/internal/abi"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

// simpleInstance is where the environment has its core module.
const simpleInstance = "host"

// simpleComponent has that module:
//
//	(component
//	  (core module
//	    (global (export "g") i32 (i32.const 100))
//	    (func (export "f") (result i32) (i32.const 101)))
//	  (export "simple-module" (core module 0)))
const simpleComponent = "\x00asm\x0d\x00\x01\x00" +
	"\x01\x30\x00asm\x01\x00\x00\x00" +
	"\x01\x05\x01\x60\x00\x01\x7f" +
	"\x03\x02\x01\x00" +
	"\x06\x07\x01\x7f\x00\x41\xe4\x00\x0b" +
	"\x07\x09\x02\x01g\x03\x00\x01f\x00\x00" +
	"\x0a\x07\x01\x05\x00\x41\xe5\x00\x0b" +
	"\x0b\x14\x01\x00\x0dsimple-module\x00\x11\x00\x00"

// environment is what every suite may import: the instance host and the root functions that wasmtime's own
// suite expects. The Rust host's harness offers the same, in host-rust/host/examples/spec/environment.rs. Each
// suite has one of its own, which counts the drops.
func environment() map[string]*item {
	var drops, lastDrop uint32
	resource1 := &identity{drop: func(_ context.Context, rep uint32) error {
		drops++
		lastDrop = rep
		return nil
	}}
	types := &plan.Plan{Types: []plan.Type{
		{Kind: plan.U32}, {Kind: plan.String}, {Kind: plan.Own, Resource: new(int)}, {Kind: plan.Borrow, Resource: new(int)},
	}}
	ref := func(index int) typeRef { return typeRef{types, []*identity{resource1}, index} }
	const none, u32, str, own, borrow = -1, 0, 1, 2, 3

	type values = []abi.Value
	fn := func(result int, call func(args values) (abi.Value, error), params ...int) *item {
		f := &function{call: func(_ context.Context, args []abi.Value) (abi.Value, error) { return call(args) }}
		for _, p := range params {
			f.params = append(f.params, ref(p))
		}
		if result != none {
			r := ref(result)
			f.result = &r
		}
		return &item{kind: plan.ExternFunc, fn: f}
	}
	number := func(n uint32) func(values) (abi.Value, error) {
		return func(values) (abi.Value, error) { return abi.Value{Bits: uint64(n)}, nil }
	}
	first := func(args values) (abi.Value, error) { return args[0], nil }
	nothing := func(values) (abi.Value, error) { return abi.Value{}, nil }
	expect := func(args values) (abi.Value, error) {
		if args[0].Bits != args[1].Bits {
			return abi.Value{}, errors.New("the host function refuses its arguments")
		}
		return abi.Value{}, nil
	}
	instance := func(items map[string]*item) *item { return &item{kind: plan.ExternInstance, items: items} }
	resource := func(id *identity) *item { return &item{kind: plan.ExternResource, resource: id} }
	return map[string]*item{
		"host-echo-u32":   fn(u32, first, u32),
		"host-return-two": fn(u32, number(2)),
		"host": instance(map[string]*item{
			"return-three":    fn(u32, number(3)),
			"return-hi":       fn(str, func(values) (abi.Value, error) { return abi.Value{Text: "hi"}, nil }),
			"nested":          instance(map[string]*item{"return-four": fn(u32, number(4))}),
			"simple-module":   {kind: plan.ExternModule},
			"resource1":       resource(resource1),
			"resource1-again": resource(resource1),
			"resource2":       resource(new(identity)),

			// A resource is its representation here.
			"[constructor]resource1":        fn(own, first, u32),
			"[static]resource1.assert":      fn(none, expect, own, u32),
			"[static]resource1.last-drop":   fn(u32, func(values) (abi.Value, error) { return abi.Value{Bits: uint64(lastDrop)}, nil }),
			"[static]resource1.drops":       fn(u32, func(values) (abi.Value, error) { return abi.Value{Bits: uint64(drops)}, nil }),
			"[method]resource1.simple":      fn(none, expect, borrow, u32),
			"[method]resource1.take-borrow": fn(none, nothing, borrow, borrow),
			"[method]resource1.take-own":    fn(none, nothing, borrow, own),
		}),
	}
}
