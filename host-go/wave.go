package tenon

import (
	"context"
	"fmt"

	"github.com/tenon-dev/tenon/host-go/internal/plan"
	"github.com/tenon-dev/tenon/host-go/internal/transpile"
)

// waver reads and writes WAVE, the text format for component values. The transpiler does, in its sandbox.
type waver interface {
	// ParseWAVE reads one value of each type of params.
	ParseWAVE(ctx context.Context, p *plan.Plan, params []int, args []string) ([]transpile.Value, error)
	// PrintWAVE writes a value of type t.
	PrintWAVE(ctx context.Context, p *plan.Plan, t int, v transpile.Value) (string, error)
}

// CallWAVE is [Instance.Call] with arguments and result in WAVE, the text format for component values: 42, true, "text",
// [1, 2], {field: 1}, some(1), none, case-name. A function without a result gives "". Resources have no text: a function
// that takes one is a fault of kind unsupported, and so is one that answers with one, after the call.
func (i *Instance) CallWAVE(ctx context.Context, export string, args ...string) (string, error) {
	at, err := i.kernel.find(export)
	if err != nil {
		return "", err
	}
	return i.callWAVE(ctx, at, args)
}

// CallWAVE calls an export in an instance of its own; see [Instance.CallWAVE].
func (k *Kernel) CallWAVE(ctx context.Context, export string, args ...string) (string, error) {
	at, err := k.find(export)
	if err != nil {
		return "", err
	}
	i, err := k.open(ctx, OpenOptions{Cold: true})
	if err != nil {
		return "", err
	}
	text, err := i.callWAVE(ctx, at, args)
	_ = i.Close(ctx)
	return text, err
}

func (i *Instance) callWAVE(ctx context.Context, at int, args []string) (string, error) {
	newNote(ctx) // also for arguments that are refused here
	k := i.kernel
	fn := &k.plan.Funcs[at]
	export := k.exportName(at)
	if len(args) != len(fn.Params) {
		return "", i.fault(export, KindABI, fmt.Sprintf("%d arguments are given for %s",
			len(args), k.plan.Signature(fn.Params, fn.Result)), nil)
	}
	types := make([]int, len(fn.Params))
	for n, param := range fn.Params {
		types[n] = param.Type
	}
	var parsed []transpile.Value
	err := i.wave(ctx, export, func(w waver) (err error) {
		parsed, err = w.ParseWAVE(ctx, k.plan, types, args)
		return err
	})
	if err != nil {
		return "", err
	}
	values := make([]Value, len(parsed))
	for n := range parsed {
		values[n] = fromWAVE(parsed[n])
	}
	result, err := i.call(ctx, at, values)
	if err != nil || fn.Result == nil {
		return "", err
	}
	var text string
	err = i.wave(ctx, export, func(w waver) (err error) {
		text, err = w.PrintWAVE(ctx, k.plan, *fn.Result, toWAVE(result))
		return err
	})
	return text, err
}

// wave has the transpiler work on text. It is booked at the runtime, whose Close waits before it frees the transpiler.
func (i *Instance) wave(ctx context.Context, export string, work func(waver) error) error {
	rt := i.kernel.rt
	w, ok := rt.plans.(waver)
	if !ok {
		return i.fault(export, KindInternal, "this runtime does not read WAVE", nil)
	}
	if rt.begin("") != nil {
		return i.fault(export, KindClosed, "the runtime is closed", nil)
	}
	defer rt.done(nil)
	if err := work(w); err != nil {
		return i.explainWAVE(ctx, export, err)
	}
	return nil
}

// explainWAVE is the fault of a text that is not of its type, or of a value that has no text.
func (i *Instance) explainWAVE(ctx context.Context, export string, err error) *Fault {
	f := i.kernel.stamp(instanceFault(ctx, err, nil))
	if f.Kind == KindMalformed { // the text, not the component
		f.Kind = KindABI
	}
	f.Export = export
	f.refused = true
	return f
}

// fromWAVE and toWAVE convert between two structs that are equal but for their packages: the transpiler knows nothing
// of the canonical ABI.
func fromWAVE(v transpile.Value) Value {
	out := Value{Bits: v.Bits, Text: v.Text}
	for _, item := range v.Items {
		out.Items = append(out.Items, fromWAVE(item))
	}
	return out
}

func toWAVE(v Value) transpile.Value {
	out := transpile.Value{Bits: v.Bits, Text: v.Text}
	for _, item := range v.Items {
		out.Items = append(out.Items, toWAVE(item))
	}
	return out
}
