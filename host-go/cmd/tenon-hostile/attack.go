package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

const (
	// hostile is the contract's package that guests name to be served by a slot.
	hostile = "tenon:hostile"
	// attack is the guest's one function.
	attack = "attack"
	// slotCalls is how many calls of a slot there are at least: its instances have to be replaced.
	slotCalls = 3
)

// ok is how an attack ends that is none.
const ok = "ok"

// attacker is one guest, loaded, instantiated and called as its entry says.
type attacker struct {
	rt        *tenon.Runtime
	healthy   tenon.Contract
	entry     entry
	component []byte
	beats     *atomic.Int64
	line      line
}

// run attacks so many times.
func (a *attacker) run(ctx context.Context, runs int) {
	// What the host needs to read any file at all is no guest's doing.
	_, _ = a.rt.Load(ctx, "nothing", nil)
	switch a.entry.When {
	case "load":
		a.repeat(runs, func() error { return a.loadOnly(ctx) })
	case "slot":
		a.repeat(runs, func() error { return a.slotOnly(ctx) })
	case "prefixes":
		a.prefixes(ctx)
	case "any":
		a.repeat(runs, func() error { return a.anything(ctx) })
	case "start", "call":
		k, err := a.load(ctx)
		switch {
		case err != nil:
			a.wrong("it does not load: %v", err)
		case a.entry.When == "call":
			a.calls(ctx, k, runs)
		default:
			a.repeat(runs, func() error { return open(ctx, k) })
		}
	default:
		a.wrong("nobody knows what when: %q is", a.entry.When)
	}
}

func (a *attacker) wrong(format string, args ...any) {
	a.line.Wrong = append(a.line.Wrong, fmt.Sprintf(format, args...))
}

func (a *attacker) repeat(runs int, work func() error) {
	for range runs {
		a.measure(work)
	}
}

// measure is one attack, with what it took; it tells how it ended.
func (a *attacker) measure(work func() error) string {
	peak, beats, start := startPeak(), a.beats.Load(), time.Now()
	err := work()
	took := time.Since(start)
	l := &a.line
	l.PeakBytes = append(l.PeakBytes, peak.bytes())
	l.Beats = append(l.Beats, a.beats.Load()-beats)
	l.Millis = append(l.Millis, millis(took))
	ended := word(err)
	l.Outcomes[ended]++
	if ended == string(tenon.KindDeadline) {
		limit := a.entry.deadline()
		if a.entry.When == "start" {
			limit = startTimeout
		}
		l.OvershootMillis = append(l.OvershootMillis, millis(max(0, took-limit)))
	}
	if err != nil && l.Message == "" {
		l.Message = err.Error()
		if f, is := errors.AsType[*tenon.Fault](err); is {
			l.Backtrace = append(l.Backtrace, f.Backtrace...)
		}
	}
	return ended
}

// word is how an attack ended: the kind of its fault, or ok.
func word(err error) string {
	if err == nil {
		return ok
	}
	if kind := tenon.KindOf(err); kind != "" {
		return string(kind)
	}
	return "no fault: " + err.Error()
}

func (a *attacker) load(ctx context.Context) (*tenon.Kernel, error) {
	var o tenon.LoadOptions
	if a.entry.Grant {
		poke := func(context.Context, []tenon.Value) (tenon.Value, error) { return tenon.Value{}, nil }
		o.Imports = []tenon.Import{{Funcs: []tenon.ImportFunc{{Name: "poke", Dynamic: poke}}}}
	}
	return a.rt.LoadWith(ctx, a.entry.Name, a.component, o)
}

func (a *attacker) loadOnly(ctx context.Context) error {
	k, err := a.load(ctx)
	if err == nil {
		k.Close()
	}
	return err
}

// slotOnly makes the guest serve the healthy kernel's contract.
func (a *attacker) slotOnly(ctx context.Context) error {
	k, err := a.load(ctx)
	if err != nil {
		return err
	}
	defer k.Close()
	slot, err := tenon.NewSlot(ctx, a.rt, "hostile", a.healthy, tenon.SlotConfig[any]{Kernel: k})
	if err == nil {
		err = slot.Close(ctx)
	}
	return err
}

func open(ctx context.Context, k *tenon.Kernel) error {
	i, err := k.Open(ctx)
	if err == nil {
		err = i.Close(ctx)
	}
	return err
}

// calls are calls on a slot, where the guest has the slot's contract, and by name.
func (a *attacker) calls(ctx context.Context, k *tenon.Kernel, runs int) {
	if k.Contract().Package == hostile {
		a.slotCalls(ctx, k, max(runs, slotCalls))
		a.namedCall(ctx, k, false)
		return
	}
	for range runs {
		a.namedCall(ctx, k, true)
	}
}

// slotCalls are calls on a slot of two instances, which has to replace one after each fault.
func (a *attacker) slotCalls(ctx context.Context, k *tenon.Kernel, runs int) {
	shape, known := shapes[signature(k)]
	if !known {
		a.wrong("no frame is known for attack: %s", signature(k))
		return
	}
	slot, err := tenon.NewSlot(ctx, a.rt, "hostile", k.Contract(), tenon.SlotConfig[any]{
		Kernel: k, MaxInstances: 2, Deadline: a.entry.deadline(),
	})
	if err != nil {
		a.wrong("no slot takes it: %v", err)
		return
	}
	defer slot.Close(ctx)
	a.repeat(runs, func() error {
		f, err := slot.Enter(ctx, 0)
		if f == nil {
			return err
		}
		shape(f, a.entry.Args)
		return f.Leave()
	})
}

func signature(k *tenon.Kernel) string {
	exports := k.Exports()
	at := slices.IndexFunc(exports, func(s tenon.Signature) bool { return s.Name == attack })
	if at < 0 {
		return "there is none"
	}
	return exports[at].Text
}

// namedCall is one call by name, in an instance of its own, which a fault must end.
func (a *attacker) namedCall(ctx context.Context, k *tenon.Kernel, measured bool) {
	i, err := a.opened(ctx, k)
	if err != nil {
		a.wrong("it does not open: %v", err)
		return
	}
	defer i.Close(ctx)
	call := func() error {
		if len(a.entry.Args) == 0 && a.entry.Answer == nil {
			_, err := i.Call(ctx, attack)
			return err
		}
		answer, err := i.CallWAVE(ctx, attack, a.entry.Args...)
		if err == nil {
			a.line.Answer = &answer
		}
		return err
	}
	var ended string
	if measured {
		ended = a.measure(call)
	} else {
		err := call()
		ended = word(err)
		if a.line.Outcomes[ended] == 0 {
			a.wrong("the call by name ends otherwise: %v", err)
		}
	}
	if ended == ok {
		return
	}
	if _, err := i.Call(ctx, attack); !errors.Is(err, tenon.ErrClosed) {
		a.wrong("an instance lives on after %s: %v", ended, err)
	}
}

// opened is an instance whose calls have the deadline.
func (a *attacker) opened(ctx context.Context, k *tenon.Kernel) (*tenon.Instance, error) {
	i, err := k.Open(ctx)
	if err != nil {
		return nil, err
	}
	return i, i.SetLimits(tenon.CallLimits{Deadline: a.entry.deadline()})
}

// prefixes loads each beginning of the file; the message tells how all of them ended.
func (a *attacker) prefixes(ctx context.Context) {
	whole, kinds := a.component, map[string]int{}
	a.measure(func() (first error) {
		for end := range whole {
			a.component = whole[:end]
			err := a.loadOnly(ctx)
			kinds[word(err)]++
			if first == nil {
				first = err
			}
		}
		return first
	})
	var counts []string
	for kind, count := range kinds {
		counts = append(counts, fmt.Sprint(count, " ", kind))
	}
	// By the kind, as the other host does it.
	sort.Slice(counts, func(i, j int) bool { return kindOf(counts[i]) < kindOf(counts[j]) })
	a.line.Message = strings.Join(counts, ", ")
}

func kindOf(count string) string {
	_, kind, _ := strings.Cut(count, " ")
	return kind
}

// anything does with a stranger's file whatever can be done with it.
func (a *attacker) anything(ctx context.Context) error {
	k, err := a.load(ctx)
	if err != nil {
		return err
	}
	defer k.Close()
	last := open(ctx, k)
	for _, export := range k.Exports() {
		i, err := a.opened(ctx, k)
		if err != nil {
			return err
		}
		_, last = i.Call(ctx, export.FuncRef.String())
		_ = i.Close(ctx)
	}
	return last
}
