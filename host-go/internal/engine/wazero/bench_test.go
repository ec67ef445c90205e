package wazero_test

import (
	"context"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
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

// BenchmarkCode is the price of a runtime of its own for each plan, with a module that takes no time to compile.
func BenchmarkCode(b *testing.B) {
	e := wazero.New(wazero.Config{})
	defer e.Close(b.Context())
	p := counterPlan()
	for b.Loop() {
		code, err := e.Compile(b.Context(), p)
		if err != nil {
			b.Fatal(err)
		}
		code.Close(b.Context())
	}
}

// BenchmarkCall is one crossing: of a component that cannot call the host, of one that can, and of one that does.
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
				if err := fn.Call(ctx, stack); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	nothing := giving(func(context.Context, engine.Instance, []uint64) error { return nil })
	run("pure", counterPlan(), nil, next)
	run("hosted", resourcePlan(), nil, 3)
	run("import", importPlan(), nothing, 0)
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
