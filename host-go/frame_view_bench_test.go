package tenon

import "testing"

// benchPoint and what lifts it are as the generator writes them.
type benchPoint struct {
	X int32
	Y float64
}

func loadBenchPoint(f *Frame, block Block, off uint32, out *benchPoint) {
	out.X = int32(block.U32(off))
	out.Y = block.F64(off + 8)
}

func liftBenchPoints(f *Frame, dst []benchPoint, ptr, n uint32) []benchPoint {
	block, out := Extend(f, dst, ptr, n, 16, 8)
	list := out[len(dst):]
	for i := range list {
		loadBenchPoint(f, block, uint32(i)*16, &list[i])
	}
	return out
}

func viewBenchPoint(f *Frame, block Block, off uint32) (out benchPoint) {
	loadBenchPoint(f, block, off, &out)
	return out
}

// BenchmarkLift lifts 1,000 records, and 1,000 texts of 24 bytes, in each tier, and looks at all of them. There is no call
// in it.
func BenchmarkLift(b *testing.B) {
	e := &fakeEngine{memory: 64 << 10}
	rt := newRuntime(Config{AnswerLimit: 1 << 62}.withDefaults(), e, &fakePlanner{})
	k, err := rt.Load(b.Context(), "1.0.0.wasm", []byte("1.0.0"))
	if err != nil {
		b.Fatal(err)
	}
	s, err := NewSlot(b.Context(), rt, "s", fakeContract, SlotConfig[fakeCalls]{Kernel: k})
	if err != nil {
		b.Fatal(err)
	}
	f, err := s.Enter(b.Context(), fakeEcho)
	if err != nil {
		b.Fatal(err)
	}
	const n = 1000
	for i := range uint32(n) { // texts, behind the points
		f.StoreU32(16*n+8*i, 40_000)
		f.StoreU32(16*n+8*i+4, 24)
	}
	var points []benchPoint
	texts := func(dst []string) []string {
		block, out := Extend(f, dst, 16*n, n, 8, 4)
		for i := range out {
			out[i] = f.LiftString(block.U32(uint32(i)*8), block.U32(uint32(i)*8+4))
		}
		return out
	}
	var words []string
	sum := 0.0
	add := func(list []benchPoint) {
		for _, p := range list {
			sum += p.Y
		}
	}
	for _, tier := range []struct {
		name string
		lift func()
	}{
		{"records/value", func() { add(liftBenchPoints(f, nil, 0, n)) }},
		{"records/append", func() { points = liftBenchPoints(f, points[:0], 0, n); add(points) }},
		{"records/view", func() {
			for _, p := range ViewList(f, 0, n, 16, 8, viewBenchPoint).All() {
				sum += p.Y
			}
		}},
		{"records/view, first only", func() { sum += ViewList(f, 0, n, 16, 8, viewBenchPoint).At(0).Y }},
		{"numbers/value", func() { sum += LiftNumbers[float64](f, 0, n)[7] }},
		{"numbers/view", func() { sum += ViewNumbers[float64](f, 0, n)[7] }},
		{"texts/value", func() { sum += float64(len(texts(nil))) }},
		{"texts/append", func() { words = texts(words[:0]) }},
		{"texts/view", func() {
			lift := func(f *Frame, block Block, off uint32) []byte { return f.ViewString(block.U32(off), block.U32(off+4)) }
			for _, t := range ViewList(f, 16*n, n, 8, 4, lift).All() {
				sum += float64(len(t))
			}
		}},
	} {
		b.Run(tier.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tier.lift()
			}
		})
	}
	if err := f.Leave(); err != nil {
		b.Error(err)
	}
	if err := rt.Close(b.Context()); err != nil {
		b.Error(err)
	}
}
