package tenon_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// testdata/things is a component with a resource of its own and one of the host; its .wat says what it does.
const (
	thingsFile  = "testdata/things/things.wasm"
	thingsIface = "test:wat/things@1.0.0"
	envIface    = "test:wat/env@1.2.0"
)

// things are the functions of the component, as indices into the contract's.
var things = []string{"[constructor]thing", "[method]thing.get", "[static]thing.join", "[method]thing.fail",
	"[static]thing.forge", "names", "sinks", "lend", "keep", "pass"}

const (
	newThing = iota
	getThing
	joinThings
	failThing
	forgeThing
	names
	sinks
	lend
	keepSink
	pass
)

// thingsRefs are the resources that frames name by their place here.
var thingsRefs = []tenon.ResourceRef{{Interface: thingsIface, Name: "thing"}, {Interface: envIface, Name: "sink", Imported: true}}

func thingsContract(k *tenon.Kernel) tenon.Contract {
	c := k.Contract()
	c.Funcs = nil
	for _, name := range things {
		c.Funcs = append(c.Funcs, tenon.FuncRef{Interface: thingsIface, Name: name})
	}
	c.Resources = thingsRefs
	return c
}

// memo is a resource of the host.
type memo struct{ env *env }

func (m *memo) Close(context.Context) error {
	m.env.mu.Lock()
	defer m.env.mu.Unlock()
	m.env.dropped++
	return nil
}

// env is an implementation of the component's imports.
type env struct {
	name func(ctx context.Context) (string, error)
	note func(ctx context.Context, n uint32) error

	mu            sync.Mutex
	quiet         bool // notes are not kept
	notes         []uint32
	texts         []string
	made, dropped int
}

// grant is written as the generator writes imports.
func (e *env) grant() tenon.Import {
	return tenon.Import{Name: envIface, Refs: thingsRefs, Resources: []tenon.ImportResource{{Name: "sink"}}, Funcs: []tenon.ImportFunc{
		{Name: "[constructor]sink", Call: func(_ context.Context, f *tenon.Frame) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.made++
			f.Return(0, uint64(f.HostOwn(1, &memo{e})))
		}},
		{Name: "[method]sink.write", Call: func(_ context.Context, f *tenon.Frame) {
			m, ok := f.HostValue(1, uint32(f.In(0))).(*memo)
			if !ok {
				f.Invalid("resource sink", f.In(0))
			}
			text := f.LiftString(uint32(f.In(1)), uint32(f.In(2)))
			if !f.OK() {
				return
			}
			m.env.mu.Lock()
			defer m.env.mu.Unlock()
			m.env.texts = append(m.env.texts, text)
			f.Return(0, uint64(len(text)))
		}},
		{Name: "name", Call: func(ctx context.Context, f *tenon.Frame) {
			to := uint32(f.In(0))
			text, err := e.name(ctx)
			if err != nil {
				f.Failed(err)
				return
			}
			f.Block(to, 8, 4)
			addr, n := f.String(text)
			f.StoreU32(to, addr)
			f.StoreU32(to+4, n)
		}},
		{Name: "note", Call: func(ctx context.Context, f *tenon.Frame) {
			n := uint32(f.In(0))
			if e.note != nil {
				if err := e.note(ctx, n); err != nil {
					f.Failed(err)
				}
			}
			e.mu.Lock()
			defer e.mu.Unlock()
			if !e.quiet {
				e.notes = append(e.notes, n)
			}
		}},
	}}
}

// thingsSlot is written as the generator writes clients.
type thingsSlot struct {
	*tenon.Slot[any]
	env *env
}

func loadThings(t testing.TB, rt *tenon.Runtime, e *env) *tenon.Kernel {
	t.Helper()
	k, err := rt.LoadFileWith(t.Context(), thingsFile, tenon.LoadOptions{Imports: []tenon.Import{e.grant()}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func slotOfThings(t testing.TB, cfg tenon.SlotConfig[any]) *thingsSlot {
	t.Helper()
	s := &thingsSlot{env: &env{name: func(context.Context) (string, error) { return "the host", nil }}}
	rt := newRuntime(t, tenon.Config{})
	cfg.Kernel = loadThings(t, rt, s.env)
	var err error
	if s.Slot, err = tenon.NewSlot(t.Context(), rt, "things", thingsContract(cfg.Kernel), cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func makeThing(f *tenon.Frame, err error, n uint32) (*tenon.Resource, error) {
	if err != nil {
		return nil, err
	}
	f.Arg(0, uint64(n))
	f.Invoke()
	r := f.LiftOwn(0, uint32(f.Ret(0)))
	if err := f.Leave(); err != nil {
		return nil, err
	}
	return r, nil
}

func (s *thingsSlot) make(ctx context.Context, n uint32) (*tenon.Resource, error) {
	f, err := s.Enter(ctx, newThing)
	return makeThing(f, err, n)
}

func onThing(ctx context.Context, r *tenon.Resource, method int) (uint32, error) {
	f, err := r.Enter(ctx, method)
	if err != nil {
		return 0, err
	}
	f.Arg(0, uint64(f.LowerBorrow(0, r)))
	f.Invoke()
	var n uint32
	if method == getThing {
		n = uint32(f.Ret(0))
	}
	return n, f.Leave()
}

func (s *thingsSlot) number(ctx context.Context, i int, arg func(f *tenon.Frame) uint32) (uint32, error) {
	f, err := s.Enter(ctx, i)
	if err != nil {
		return 0, err
	}
	f.Arg(0, uint64(arg(f)))
	f.Invoke()
	var n uint32
	if i != keepSink {
		n = uint32(f.Ret(0))
	}
	return n, f.Leave()
}

func (s *thingsSlot) names(ctx context.Context) (string, error) {
	f, err := s.Enter(ctx, names)
	if err != nil {
		return "", err
	}
	f.Invoke()
	b := f.Block(uint32(f.Ret(0)), 8, 4)
	text := f.LiftString(b.U32(0), b.U32(4))
	return text, f.Leave()
}

// The component does to a real engine what the fake one does in the tests of the parts.
func TestComponentWithResources(t *testing.T) {
	s := slotOfThings(t, tenon.SlotConfig[any]{})
	ctx := t.Context()
	pin, err := s.Pin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var r [3]*tenon.Resource
	for i := range r {
		f, err := pin.EnterWith(ctx, newThing)
		if r[i], err = makeThing(f, err, uint32(i+5)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := onThing(ctx, r[2], getThing); n != 7 || err != nil {
		t.Errorf("get = %d, %v", n, err)
	}
	f, err := s.EnterWith(ctx, joinThings, r[0], r[1])
	if err != nil {
		t.Fatal(err)
	}
	f.Arg(0, uint64(f.LowerOwn(0, r[0])))
	f.Arg(1, uint64(f.LowerBorrow(0, r[1])))
	f.Invoke()
	if n := uint32(f.Ret(0)); n != 11 {
		t.Errorf("join = %d", n)
	}
	if err := f.Leave(); err != nil {
		t.Errorf("join: %v", err)
	}
	// A refusal gives back what was given.
	f, err = s.EnterWith(ctx, joinThings, r[1], r[2])
	if err != nil {
		t.Fatal(err)
	}
	f.LowerOwn(0, r[1])
	f.CheckString("\xff")
	if err := f.Leave(); !errors.Is(err, tenon.ErrABI) {
		t.Errorf("a refusal: %v", err)
	}
	if n, err := onThing(ctx, r[1], getThing); n != 6 || err != nil {
		t.Errorf("get = %d, %v", n, err)
	}
	if err := errors.Join(pin.Close(ctx), r[0].Close(ctx), r[1].Close(ctx), r[2].Close(ctx)); err != nil {
		t.Errorf("Close = %v", err)
	}
	if want := []uint32{7, 1005, 6, 1006, 1007}; !slices.Equal(s.env.notes, want) {
		t.Errorf("notes %v, want %v", s.env.notes, want)
	}
	f, err = s.Enter(ctx, forgeThing)
	if err != nil {
		t.Fatal(err)
	}
	f.Invoke()
	f.LiftOwn(0, uint32(f.Ret(0)))
	if err := f.Leave(); !errors.Is(err, tenon.ErrABI) {
		t.Errorf("a forged handle: %v", err)
	}
	bad, err := s.make(ctx, 666)
	if err != nil {
		t.Fatal(err)
	}
	if err := bad.Close(ctx); !errors.Is(err, tenon.ErrTrap) || !strings.Contains(err.Error(), "things@1.0.0#thing: the destructor failed") {
		t.Errorf("a destructor that traps: %v", err)
	}
	if v := s.Stats().Versions[0]; v.Poisoned != 2 || v.Kept != 0 || v.InUse != 0 || v.Resources != 0 {
		t.Errorf("version: %+v", v)
	}
}

func TestComponentWithHostResources(t *testing.T) {
	s := slotOfThings(t, tenon.SlotConfig[any]{})
	ctx := t.Context()
	if text, err := s.names(ctx); text != "the host" || err != nil {
		t.Errorf("names = %q, %v", text, err)
	}
	for n, dropped := range []int{1, 1} {
		if sum, err := s.number(ctx, sinks, func(*tenon.Frame) uint32 { return uint32(n) }); sum != 8 || err != nil {
			t.Errorf("sinks = %d, %v", sum, err)
		}
		if s.env.made != n+1 || s.env.dropped != dropped {
			t.Errorf("%d made, %d dropped", s.env.made, s.env.dropped)
		}
	}
	m := &memo{s.env}
	if n, err := s.number(ctx, lend, func(f *tenon.Frame) uint32 { return f.HostBorrow(1, m) }); n != 4 || err != nil {
		t.Errorf("lend = %d, %v", n, err)
	}
	if got := strings.Join(s.env.texts, " "); got != "hello hel hello hel hell" {
		t.Errorf("texts: %s", got)
	}
	f, err := s.Enter(ctx, pass)
	if err != nil {
		t.Fatal(err)
	}
	f.Arg(0, uint64(f.HostOwn(1, m)))
	f.Invoke()
	if back := f.HostTake(1, uint32(f.Ret(0))); back != m {
		t.Errorf("pass = %v", back)
	}
	if err := f.Leave(); err != nil {
		t.Errorf("pass: %v", err)
	}
	if _, err := s.number(ctx, keepSink, func(f *tenon.Frame) uint32 { return f.HostBorrow(1, m) }); !errors.Is(err, tenon.ErrABI) || !strings.Contains(err.Error(), "still held") {
		t.Errorf("keep: %v", err)
	}
	if _, err := s.number(ctx, lend, func(f *tenon.Frame) uint32 { return f.HostBorrow(1, nil) }); !errors.Is(err, tenon.ErrABI) {
		t.Errorf("nothing to lend: %v", err)
	}
	if err := s.Close(ctx); err != nil || s.env.dropped != 2 {
		t.Errorf("%d dropped when the instances were closed, %v", s.env.dropped, err)
	}
}

func TestComponentWhoseHostFails(t *testing.T) {
	full := errors.New("disk full")
	s := slotOfThings(t, tenon.SlotConfig[any]{})
	ctx := t.Context()
	for name, c := range map[string]struct {
		name func(ctx context.Context) (string, error)
		want error
		text string
	}{
		"an error": {func(context.Context) (string, error) { return "", full }, tenon.ErrTrap, "#names: the host's " + envIface + "#name failed: disk full"},
		"a panic":  {func(context.Context) (string, error) { panic("oh no") }, tenon.ErrInternal, "panicked: oh no"},
		"a runtime panic": {func(context.Context) (string, error) { return string(make([]byte, 1)[5:]), nil }, tenon.ErrInternal,
			"panicked: runtime error: slice bounds out of range"},
		"no text": {func(context.Context) (string, error) { return "\xc0", nil }, tenon.ErrABI, "the host's answer"},
	} {
		s.env.name = c.name
		_, err := s.names(ctx)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "goroutine") || strings.Contains(err.Error(), ".go:") {
			t.Errorf("%s: %v", name, err)
		}
		if errors.Is(c.want, tenon.ErrTrap) && !errors.Is(err, full) {
			t.Errorf("%s: the cause is lost in %v", name, err)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	s.env.name = func(inner context.Context) (string, error) { cancel(); return "", inner.Err() }
	if _, err := s.names(canceled); !errors.Is(err, tenon.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	s.env.name = func(context.Context) (string, error) { runtime.Goexit(); return "", nil }
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = s.names(ctx); t.Error("names returned") })
	wg.Wait()
	s.env.name = func(context.Context) (string, error) { return "again", nil }
	if text, err := s.names(ctx); text != "again" || err != nil {
		t.Errorf("names = %q, %v", text, err)
	}
	if v := s.Stats().Versions[0]; v.Poisoned != 6 || v.InUse != 0 {
		t.Errorf("version: %+v", v)
	}
	// A host function that fails in a destructor, or ends the goroutine there.
	for _, note := range []func(context.Context, uint32) error{
		func(context.Context, uint32) error { return full },
		func(context.Context, uint32) error { runtime.Goexit(); return nil },
	} {
		s.env.note = nil
		r, err := s.make(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		s.env.note = note
		wg.Go(func() {
			if err := r.Close(ctx); !errors.Is(err, full) {
				t.Errorf("Close = %v", err)
			}
		})
		wg.Wait()
		if err := r.Close(ctx); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if v := s.Stats().Versions[0]; v.Poisoned != 8 || v.InUse != 0 || v.Kept != 0 || v.Resources != 0 {
		t.Errorf("version: %+v", v)
	}
}

// A host function that calls the instance which called it would wait for itself: it is refused instead.
func TestHostFunctionCannotReenter(t *testing.T) {
	s := slotOfThings(t, tenon.SlotConfig[any]{MaxInstances: 2})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := s.make(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.make(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	var kept context.Context
	s.env.note = func(ctx context.Context, n uint32) error {
		if n != 1 {
			return nil
		}
		kept = ctx
		_, entered := onThing(ctx, r, getThing)
		closed := r.Close(ctx)
		if !errors.Is(entered, tenon.ErrABI) || !errors.Is(closed, tenon.ErrABI) || !strings.Contains(closed.Error(), "cannot be entered meanwhile") {
			t.Errorf("entered: %v, closed: %v", entered, closed)
		}
		if n, err := onThing(ctx, other, getThing); n != 2 || err != nil {
			t.Errorf("another instance: %d, %v", n, err)
		}
		return nil
	}
	if n, err := onThing(ctx, r, getThing); n != 1 || err != nil {
		t.Errorf("get = %d, %v", n, err)
	}
	s.env.note = nil
	// What the host function left running may call when the call is over.
	if n, err := onThing(kept, r, getThing); n != 1 || err != nil {
		t.Errorf("get = %d, %v", n, err)
	}
	if err := errors.Join(r.Close(ctx), other.Close(ctx)); err != nil {
		t.Errorf("Close = %v", err)
	}
}

func readThings() ([]byte, error) { return os.ReadFile(thingsFile) }
