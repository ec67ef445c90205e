package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// functions are those that a row may call, by kernel and name. A further row for one of them is data only.
var functions = map[string]function{
	"scalar.add":                 add,
	"scalar.echo-string":         echoString,
	"scalar.sum":                 sum,
	"redact.redact":              redactText,
	"useragent.parse":            parse,
	"editdistance.distance":      distance,
	"editdistance.distances":     distances,
	"editdistance.nearest-lines": nearestLines,
	"geohex.lat-lng-to-cell":     latLngToCell,
	"geohex.lat-lngs-to-cells":   latLngsToCells,
	"jsonpick.pick":              pick,
	"jsonpick.pick-lines":        pickLines,
	"utf8check.first-error":      firstError,
}

// function is a [typed] one.
type function interface {
	// names are the engines that the function is written for.
	names() []string
	// open makes it ready on an engine, for an input.
	open(ctx context.Context, b *bench, engine string, in input) (*opened, error)
	// load is a side of one operation that loads the kernel into a runtime and calls the function once.
	load(in input, runtime newRuntime) (func(ctx context.Context) error, error)
	// loadCode is a side of one operation that loads the kernel into a runtime, and makes no instance.
	loadCode(runtime newRuntime) (func(ctx context.Context) error, error)
}

// newRuntime makes a runtime, and sees that it is closed.
type newRuntime func(context.Context) (*tenon.Runtime, error)

// opened is a function made ready on an engine.
type opened struct {
	// answers are those to the first different inputs, as text.
	answers func(most int) ([]string, error)
	// side goes round the inputs; each side has a place of its own among them. It may run beside another where the engine
	// has a pool.
	side func() side
}

// typed is a function that takes an I and answers with an O.
type typed[I, O any] struct {
	inputs func(input) ([]I, error)
	// key tells inputs apart; show writes an answer so that all engines write the same.
	key  func(I) string
	show func(O) string
	// component is the kernel, where a row measures its code alone.
	component func() []byte
	// serve is the kernel's client on a slot.
	serve func(ctx context.Context, rt *tenon.Runtime) (way[I, O], error)
	// engines are the others than the Go host: the function without a sandbox, or on an engine by hand.
	engines map[string]func(ctx context.Context, b *bench) (way[I, O], error)
}

// way is one way to call a function: an engine at work.
type way[I, O any] struct {
	call func(I) (O, error)
	// loop, where it is set, goes round the inputs without a call through a pointer: for functions of nanoseconds.
	loop func(inputs []I) side
}

// onGoHost is the engine that every function has.
const onGoHost = "go-host"

func (t *typed[I, O]) names() []string {
	return append(slices.Sorted(maps.Keys(t.engines)), onGoHost)
}

func (t *typed[I, O]) open(ctx context.Context, b *bench, name string, in input) (*opened, error) {
	inputs, err := t.inputs(in)
	if err != nil {
		return nil, err
	}
	make, ok := t.engines[name]
	switch {
	case name == onGoHost:
		make = t.onGoHost
	case !ok:
		return nil, fmt.Errorf("the function is not written for the engine %q, only for %s", name, strings.Join(t.names(), ", "))
	}
	on, err := make(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("engine %s: %w", name, err)
	}
	return &opened{
		answers: func(most int) ([]string, error) { return t.answers(on, inputs, most) },
		side: func() side {
			if on.loop != nil {
				return on.loop(inputs)
			}
			return eachOf(inputs, func(in I) error { _, err := on.call(in); return err })
		},
	}, nil
}

func (t *typed[I, O]) onGoHost(ctx context.Context, b *bench) (way[I, O], error) {
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		return way[I, O]{}, err
	}
	b.atEnd(func() { _ = rt.Close(ctx) })
	return t.serve(ctx, rt)
}

func (t *typed[I, O]) load(in input, runtime newRuntime) (func(ctx context.Context) error, error) {
	inputs, err := t.inputs(in)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		rt, err := runtime(ctx)
		if err != nil {
			return err
		}
		on, err := t.serve(ctx, rt)
		if err != nil {
			return err
		}
		_, err = on.call(inputs[0])
		return err
	}, nil
}

func (t *typed[I, O]) loadCode(runtime newRuntime) (func(ctx context.Context) error, error) {
	if t.component == nil {
		return nil, errors.New("the function does not say what its kernel is")
	}
	return func(ctx context.Context) error {
		rt, err := runtime(ctx)
		if err != nil {
			return err
		}
		_, err = rt.Load(ctx, "kernel", t.component())
		return err
	}, nil
}

func (t *typed[I, O]) answers(on way[I, O], inputs []I, most int) ([]string, error) {
	var answers []string
	seen := map[string]bool{}
	for i, in := range inputs {
		if key := t.key(in); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		answer, err := on.call(in)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		if answers = append(answers, t.show(answer)); len(answers) == most {
			break
		}
	}
	return answers, nil
}

// client serves a contract's kernel by a slot of the runtime.
func client[B any](ctx context.Context, rt *tenon.Runtime, contract tenon.Contract, component []byte) (*tenon.Slot[B], error) {
	kernel, err := rt.Load(ctx, contract.Package, component)
	if err != nil {
		return nil, err
	}
	return tenon.NewSlot(ctx, rt, contract.Package, contract, tenon.SlotConfig[B]{Kernel: kernel})
}

// checked is how many different inputs' answers are held against what is expected.
const checked = 256

// check holds the answers of an engine against the definition's.
func (o *opened) check(call definedCall) error {
	answers, err := o.answers(checked)
	if err != nil {
		return err
	}
	text := answers[0]
	if len(answers) > 1 {
		text = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(strings.Join(answers, "\n"))))
	}
	if text != call.Expect {
		return fmt.Errorf("%s.%s answers %s, and %s is expected; its first answer is %.120q",
			call.Kernel, call.Function, text, call.Expect, answers[0])
	}
	return nil
}

// open makes a defined call ready on an engine, and checks its answers.
func (d *definitions) open(ctx context.Context, b *bench, name, engine string) (*opened, error) {
	call, in, err := d.call(name)
	if err != nil {
		return nil, err
	}
	function, err := call.function()
	if err != nil {
		return nil, err
	}
	opened, err := function.open(ctx, b, engine, in)
	if err != nil {
		return nil, err
	}
	if err := opened.check(call); err != nil {
		return nil, fmt.Errorf("engine %s: %w", engine, err)
	}
	return opened, nil
}

func (c definedCall) function() (function, error) {
	f, ok := functions[c.Kernel+"."+c.Function]
	if !ok {
		return nil, fmt.Errorf("no function %s.%s is known here; there are %s",
			c.Kernel, c.Function, strings.Join(slices.Sorted(maps.Keys(functions)), ", "))
	}
	return f, nil
}

// errNotBuiltIn is what an engine says that only a further build of this program has.
var errNotBuiltIn = errors.New("this program is built without it: `cargo xtask bench` builds it with the tag tenon_native")
