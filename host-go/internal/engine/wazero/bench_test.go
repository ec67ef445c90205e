package wazero_test

import (
	"context"
	"testing"
	"time"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
	et "github.com/tenon-dev/tenon/host-go/internal/engine/enginetest"
	"github.com/tenon-dev/tenon/host-go/internal/engine/wazero"
	"github.com/tenon-dev/tenon/host-go/internal/plan"
)

func benchCode(b *testing.B, p *plan.Plan) engine.Code {
	b.Helper()
	e := wazero.New(wazero.Config{})
	b.Cleanup(func() { e.Close(b.Context()) })
	code, err := e.Compile(b.Context(), p)
	if err != nil {
		b.Fatal(err)
	}
	return code
}

// BenchmarkCode is the price of a runtime of its own for each plan, with a module that takes no time to compile, and of a
// gate.
func BenchmarkCode(b *testing.B) {
	e := wazero.New(wazero.Config{})
	defer e.Close(b.Context())
	gated := counterPlan()
	gated.Gate = &plan.Gate{}
	for name, p := range map[string]*plan.Plan{"plain": counterPlan(), "gated": gated} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				code, err := e.Compile(b.Context(), p)
				if err != nil {
					b.Fatal(err)
				}
				code.Close(b.Context())
			}
		})
	}
}

// BenchmarkCall is one crossing: of a component that cannot call the host, of one that can, and of one that does; and
// the same with a gate, whose books are opened for each call.
func BenchmarkCall(b *testing.B) {
	run := func(name string, p *plan.Plan, imports *engine.Imports, f int) {
		b.Run(name, func(b *testing.B) {
			inst, err := benchCode(b, p).Instantiate(b.Context(), imports, engine.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			fn, stack, ctx := inst.Func(f), make([]uint64, 1), b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if p.Gate != nil {
					inst.Begin(engine.Limits{Timeout: time.Hour})
				}
				stack[0] = 1
				if err := fn.Call(ctx, stack); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	nothing := giving(func(context.Context, engine.Instance, []uint64) error { return nil })
	for _, gated := range []bool{false, true} {
		name := map[bool]string{false: "", true: "gated-"}[gated]
		for _, c := range []struct {
			name string
			f    int
			host bool
		}{{"pure", repeat, false}, {"hosted", repeat, true}, {"import", twice, true}} {
			p := gatedPlan(c.host)
			if !gated {
				p = ungated(p, c.host)
			}
			run(name+c.name, p, nothing, c.f)
		}
	}
}

// ungated is the same plan without the gate and without what its functions pay.
func ungated(p *plan.Plan, hosted bool) *plan.Plan {
	m := &et.Module{Types: []et.FuncType{void, i32i32}, Memory: &et.Memory{Min: 1}}
	if hosted {
		m.Imports = []et.Import{{Module: "t", Name: "0", Kind: et.KindFunc, Index: 1}}
	}
	for k := range p.Funcs {
		name := p.Funcs[k].Callee.Export
		f := et.Func{Body: nil}
		switch name {
		case "repeat":
			f = et.Func{Type: 1, Body: et.Cat(looping(nil), et.LocalGet(0))}
		case "bomb":
			f = et.Func{Type: 1, Body: et.LocalGet(0)}
		case "twice":
			f = et.Func{Type: 1, Body: et.Cat(looping(et.Cat(et.LocalGet(0), et.Call(0), drop)), et.LocalGet(0))}
		}
		m.Funcs = append(m.Funcs, f)
		m.Exports = append(m.Exports, et.Export{Name: name, Kind: et.KindFunc, Index: uint32(k)})
		if hosted {
			m.Exports[k].Index++
		}
	}
	m.Exports = append(m.Exports, et.Export{Name: "memory", Kind: et.KindMemory})
	p.Gate = nil
	p.Modules[0].Code = m.Bytes()
	return p
}

// BenchmarkInstance compares an instance with one that is cloned from a snapshot of a megabyte.
func BenchmarkInstance(b *testing.B) {
	p := counterPlan()
	code := benchCode(b, p)
	warm, err := code.Instantiate(b.Context(), nil, engine.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	if err := warm.Func(grow).Call(b.Context(), []uint64{15}); err != nil {
		b.Fatal(err)
	}
	s, err := warm.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	for _, restore := range []bool{false, true} {
		name := map[bool]string{false: "fresh", true: "cloned"}[restore]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				inst, err := code.Instantiate(b.Context(), nil, engine.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				if restore {
					if err := inst.Restore(s); err != nil {
						b.Fatal(err)
					}
				}
				inst.Close(b.Context())
			}
		})
	}
}

// BenchmarkTaps is a loop that does next to nothing but pay.
func BenchmarkTaps(b *testing.B) {
	inst, err := benchCode(b, gatedPlan(false)).Instantiate(b.Context(), nil, engine.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	stack := make([]uint64, 1)
	for b.Loop() {
		inst.Begin(engine.Limits{Timeout: time.Hour})
		stack[0] = 10_000_000
		if err := inst.Func(repeat).Call(b.Context(), stack); err != nil {
			b.Fatal(err)
		}
	}
}
