package enginetest

import "github.com/tenon-dev/tenon/host-go/internal/plan"

// What a module of [Gated] has at first.
const (
	TypeTap  uint32 = 0 // i64 to i64
	TypeVoid uint32 = 1 // nothing to nothing

	FuncTap     uint32 = 0 // g.tap
	FuncStack   uint32 = 1 // g.stack
	FuncRefused uint32 = 2 // g.refused
	FirstFunc   uint32 = 3 // the first of Module.Funcs

	countdown  = 0 // global, i64
	stack      = 1 // global, i32
	stackBytes = 1 << 20
)

// Gated is a module with a gate, written by hand; see [plan.Gate]. The owner has the counters, others import them from
// core instance 0. Use [Pay] and [Descend] in its functions and add to its lists.
func Gated(owner bool) *Module {
	m := &Module{
		Types: []FuncType{{Params: []byte{I64}, Results: []byte{I64}}, {}},
		Imports: []Import{
			{Module: "g", Name: "tap", Kind: KindFunc, Index: TypeTap},
			{Module: "g", Name: "stack", Kind: KindFunc, Index: TypeVoid},
			{Module: "g", Name: "refused", Kind: KindFunc, Index: TypeVoid},
		},
	}
	if !owner {
		m.Imports = append(m.Imports,
			Import{Module: "i0", Name: "countdown", Kind: KindGlobal, Index: uint32(I64)},
			Import{Module: "i0", Name: "stack", Kind: KindGlobal})
		return m
	}
	m.Globals = []Global{{Wide: true}, {Init: stackBytes}}
	m.Exports = []Export{
		{Name: "countdown", Kind: KindGlobal, Index: countdown},
		{Name: "stack", Kind: KindGlobal, Index: stack},
	}
	return m
}

// GatedPlan is [Plan] for modules of [Gated], the first of which is the owner.
func GatedPlan(modules ...*Module) *plan.Plan {
	p := Plan(modules...)
	p.Gate = &plan.Gate{Instance: 0, Countdown: "countdown", Stack: "stack"}
	return p
}

// Pay takes units off the countdown and calls the tap below zero.
func Pay(units int32) []byte {
	wide := I32Const(units)
	wide[0] = 0x42 // i64.const
	const globalGet, globalSet, i64Sub, i64LtS, opIf, opEnd, empty = 0x23, 0x24, 0x7d, 0x53, 0x04, 0x0b, 0x40
	return Cat(
		[]byte{globalGet, countdown}, wide, []byte{i64Sub, globalSet, countdown},
		[]byte{globalGet, countdown, 0x42, 0, i64LtS, opIf, empty},
		[]byte{globalGet, countdown}, Call(FuncTap), []byte{globalSet, countdown, opEnd},
	)
}

// Descend runs code with some bytes of stack less, unless there are no more.
func Descend(bytes int32, code []byte) []byte {
	const globalGet, globalSet, i32Add, i32Sub, i32LtS, opIf, opEnd, empty = 0x23, 0x24, 0x6a, 0x6b, 0x48, 0x04, 0x0b, 0x40
	return Cat(
		[]byte{globalGet, stack}, I32Const(bytes), []byte{i32Sub, globalSet, stack},
		[]byte{globalGet, stack}, I32Const(0), []byte{i32LtS, opIf, empty}, Call(FuncStack), []byte{opEnd},
		code,
		[]byte{globalGet, stack}, I32Const(bytes), []byte{i32Add, globalSet, stack},
	)
}

// Forever is a loop around code; a branch to its head is at the end.
func Forever(code []byte) []byte {
	const opLoop, br, opEnd, empty = 0x03, 0x0c, 0x0b, 0x40
	return Cat([]byte{opLoop, empty}, code, []byte{br, 0, opEnd})
}
