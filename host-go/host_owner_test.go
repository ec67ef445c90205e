package tenon

import (
	"context"
	"errors"
	"testing"

	"github.com/tenon-dev/tenon/host-go/internal/engine"
)

// A representation is of one resource: another one's stands for nothing, whatever its number.
func TestHostValuesAreOfTheirResource(t *testing.T) {
	var values hostValues
	first, second := values.put(3, "first", true), values.put(4, "second", true)
	for _, wrong := range []struct {
		resource int
		rep      uint32
	}{{4, first}, {3, second}, {0, first}, {3, 0}, {3, 3}, {3, 1<<32 - 1}} {
		if v := values.get(wrong.resource, wrong.rep); v != nil {
			t.Errorf("resource %d, representation %d: %v", wrong.resource, wrong.rep, v)
		}
		if v := values.take(wrong.resource, wrong.rep); v != nil {
			t.Errorf("resource %d, representation %d: took %v", wrong.resource, wrong.rep, v)
		}
	}
	if v := values.take(3, first); v != "first" || values.get(3, first) != nil || values.get(4, second) != "second" {
		t.Errorf("took %v", v)
	}
	if rest := values.rest(); len(rest) != 1 || rest[0].value != "second" {
		t.Errorf("left: %v", rest)
	}
}

// lending is a slot whose calls deal in sinks.
func lending(t *testing.T, b *sinks) *Slot[fakeCalls] {
	t.Helper()
	contract := fakeContract
	contract.Resources = []ResourceRef{{Interface: sinkIface, Name: "sink", Imported: true}}
	s, err := NewSlot(t.Context(), b.rt, "lends", contract, SlotConfig[fakeCalls]{Kernel: b.slot.Kernel(), MaxInstances: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What a refused call gives stays the caller's: nobody drops it, and the kernel has no handle to it.
func TestRefusalTakesGiftsBack(t *testing.T) {
	b := newSinks(t, Config{})
	s := lending(t, b)
	var given []*sink
	give := func(f *Frame) uint32 {
		given = append(given, new(sink))
		return f.HostOwn(0, given[len(given)-1])
	}
	for range 3 {
		f, err := s.Enter(t.Context(), fakeEcho)
		if err != nil {
			t.Fatal(err)
		}
		before := give(f)
		f.String("\xff")
		after := give(f)
		inst, values := f.inst.(*fakeInstance), &f.host.values
		if err := f.Leave(); !errors.Is(err, ErrABI) || before == 0 || after != 0 {
			t.Errorf("%d, %d, %v", before, after, err)
		}
		if n := inst.handles.Live(); n != 0 || len(values.free) != len(values.entries) {
			t.Errorf("%d handles, %d of %d values free", n, len(values.free), len(values.entries))
		}
	}
	if v := s.Stats().Versions[0]; v.Poisoned+v.Recycled != 0 || v.Built != 1 {
		t.Errorf("an instance was lost: %+v", v)
	}
	// A refusal that comes late costs the instance, and not the caller's value.
	f, err := s.Enter(t.Context(), fakeEcho)
	if err != nil {
		t.Fatal(err)
	}
	give(f)
	f.String("fine")
	f.String("\xff")
	if err := f.Leave(); !errors.Is(err, ErrABI) || s.Stats().Versions[0].Recycled != 1 {
		t.Errorf("a late refusal: %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, s := range given {
		if s.dropped != 0 {
			t.Errorf("sink %d was dropped", i)
		}
	}
}

// What a call gives that fails in the kernel is the kernel's, all of it, and dropped with the instance.
func TestGiftsOfACallThatFailsAreDropped(t *testing.T) {
	b := newSinks(t, Config{})
	s := lending(t, b)
	f, err := s.Enter(t.Context(), fakeEcho)
	if err != nil {
		t.Fatal(err)
	}
	before, after := new(sink), new(sink)
	f.HostOwn(0, before)
	f.fn.realloc = fakeFunc{f.inst.(*fakeInstance), func(context.Context, []uint64) error { return &engine.Trap{Code: engine.Unreachable} }}
	f.String("text")
	f.HostOwn(0, after)
	if err := f.Leave(); !errors.Is(err, ErrTrap) || before.dropped != 1 || after.dropped != 1 {
		t.Errorf("%v, dropped %d and %d times", err, before.dropped, after.dropped)
	}
	f.HostOwn(0, after)
	if after.dropped != 1 || len(f.host.values.entries) != 0 {
		t.Error("a frame that was left keeps a value")
	}
}

// What an implementation answers with is the kernel's, also when the answer does not reach it.
func TestAnswersThatFailAreDropped(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(f *Frame)
		early bool // before the resource is lowered
		want  error
	}{
		"an odd address for the answer":    {func(f *Frame) { f.Block(17, 8, 4) }, true, ErrABI},
		"an address outside":               {func(f *Frame) { f.StoreU32(1<<31, 1) }, false, ErrABI},
		"a text beside it that is no text": {func(f *Frame) { f.CheckString("\xff") }, true, ErrABI},
		"no room for handles": {func(f *Frame) {
			for err := error(nil); err == nil; {
				_, err = f.inst.Handles().LowerOwn(0, 0, 1<<30) // as if of a table that the kernel filled
			}
		}, true, ErrLimit},
	} {
		b := newSinks(t, Config{})
		first, second := new(sink), new(sink)
		grant := grantSinks(nil, nil, nil)
		grant.Funcs[0].Call = func(_ context.Context, f *Frame) {
			if c.early {
				c.spoil(f)
			}
			handle := f.HostOwn(0, first)
			f.HostOwn(0, second)
			if !c.early {
				c.spoil(f)
			}
			f.Return(0, uint64(handle))
		}
		k, err := b.rt.LoadWith(t.Context(), "1.0.0.wasm", []byte("1.0.0"), LoadOptions{Imports: []Import{grant}})
		if err != nil {
			t.Fatal(err)
		}
		s := b.bench.slot(SlotConfig[fakeCalls]{Kernel: k})
		if _, err := (fakeClient{s}).Run(t.Context(), runKeeps); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if first.dropped != 1 || second.dropped != 1 {
			t.Errorf("%s: dropped %d and %d times", name, first.dropped, second.dropped)
		}
	}
}
