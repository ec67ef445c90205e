package gen_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/gen/testdata/ledger"
)

// journal is the host's side of the ledger: it keeps pages. It is safe for concurrent use.
type journal struct {
	mu     sync.Mutex
	pages  map[string]*page
	opened int
	closed int
	room   int // lines that a page takes
	broken error
}

var _ ledger.Journal = (*journal)(nil)

func newJournal() *journal { return &journal{pages: make(map[string]*page), room: 3} }

// page is a resource of the host's. It has no method lines: the component imports only what its code calls.
type page struct {
	journal *journal
	title   string
	entries []ledger.Entry
	closed  bool
}

var _ ledger.Page = (*page)(nil)

func (j *journal) open(title string) *page {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := &page{journal: j, title: title}
	j.pages[title] = p
	j.opened++
	return p
}

// live is how many pages are open.
func (j *journal) live() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.opened - j.closed
}

func (j *journal) NewPage(_ context.Context, title string) (ledger.Page, error) {
	return j.open(title), nil
}

func (j *journal) PageJoin(ctx context.Context, a, b ledger.Page) (ledger.Page, error) {
	first, second := a.(*page), b.(*page)
	if first.title == "loose" {
		return nil, errors.Join(ledger.StringError{Value: "loose pages stay loose"}, first.Close(ctx))
	}
	first.entries = append(first.entries, second.entries...)
	first.title += "+" + second.title
	return first, nil
}

func (j *journal) Find(_ context.Context, title string) (tenon.Option[ledger.Page], error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if p := j.pages[title]; p != nil && !p.closed {
		return tenon.Some[ledger.Page](p), nil
	}
	return tenon.None[ledger.Page](), nil
}

func (j *journal) Sum(_ context.Context, a uint8, b int8, c uint16, d int16, e uint32, f int32, g uint64, h int64, i float32, k float64,
	l rune, m bool, n []uint32, o tenon.Option[string], p ledger.Entry, q []string) (ledger.TupleF64String, error) {
	text, _ := o.Get()
	stamp, _ := p.Stamp.Get()
	sum := float64(a) + float64(b) + float64(c) + float64(d) + float64(e) + float64(f) + float64(g) + float64(h) + float64(i) + k
	return ledger.TupleF64String{V0: sum, V1: fmt.Sprintf("%c %v %v %s %v %s %d %v", l, m, n, text, p.Level, p.Text, stamp, q)}, nil
}

func (p *page) Write(_ context.Context, e ledger.Entry) (uint32, error) {
	switch {
	case p.journal.broken != nil:
		return 0, p.journal.broken
	case p.closed:
		return 0, ledger.RefusalClosed()
	case p.title == "forbidden":
		return 0, fmt.Errorf("wrapped: %w", ledger.RefusalOther("not here"))
	case len(p.entries) >= p.journal.room:
		return 0, ledger.RefusalFull(uint32(len(p.entries)))
	}
	p.entries = append(p.entries, e)
	return uint32(len(p.entries)), nil
}

func (p *page) Close(context.Context) error {
	p.journal.mu.Lock()
	defer p.journal.mu.Unlock()
	if p.closed {
		return errors.New("closed twice")
	}
	p.closed = true
	p.journal.closed++
	return nil
}

// clock is what the world imports by itself.
type clock struct{}

func (clock) Tick(_ context.Context, n uint32) (uint64, error) {
	if n > 100 {
		return 0, errors.New("out of ticks")
	}
	return 1000 + uint64(n), nil
}

// ledgerSlot serves the kernel, with a baseline if there is one.
func ledgerSlot(t *testing.T, j *journal, baseline ledger.Accounts) *tenon.Slot[ledger.Accounts] {
	t.Helper()
	ctx := t.Context()
	component := read(t, "testdata/ledger/component.wasm")
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
		if n := j.live(); n != 0 {
			t.Errorf("%d pages are still open", n)
		}
	})
	k, err := rt.LoadWith(ctx, "ledger", component, tenon.LoadOptions{
		Imports: []tenon.Import{ledger.ImportJournal(j), ledger.ImportHost(clock{})},
	})
	if err != nil {
		t.Fatal(err)
	}
	slot, err := tenon.NewSlot(ctx, rt, "ledger", ledger.Contract, tenon.SlotConfig[ledger.Accounts]{
		Kernel: k, Baseline: baseline, MaxInstances: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

// good fails the test for an error and passes the value on.
func good[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestResourcesOfAKernel(t *testing.T) {
	ctx := t.Context()
	client := ledger.New(ledgerSlot(t, newJournal(), nil))
	pinned := good(client.Pin(ctx))(t)
	anna, bert := good(pinned.NewAccount(ctx, "Anna"))(t), good(pinned.NewAccount(ctx, "Bert"))(t)
	if n := good(anna.Deposit(ctx, 40))(t); n != 40 {
		t.Errorf("the balance is %d", n)
	}
	if _, err := anna.Deposit(ctx, 1<<64-1); !errors.Is(err, ledger.StringError{Value: "Anna is too rich"}) {
		t.Errorf("Deposit: %v, want the contract's error", err)
	}
	good(bert.Deposit(ctx, 2))(t)
	if n := good(pinned.Total(ctx, []ledger.Account{anna, bert, anna}))(t); n != 82 {
		t.Errorf("the total is %d", n)
	}
	both := good(pinned.AccountMerge(ctx, anna, bert))(t)
	if who := good(both.Owner(ctx))(t); who != "Anna and Bert" {
		t.Errorf("the owner is %q", who)
	}
	if _, err := anna.Owner(ctx); !errors.Is(err, tenon.ErrClosed) && !errors.Is(err, tenon.ErrPolicy) {
		t.Errorf("an account that was handed over answers %v", err)
	}
	if err := anna.Close(ctx); err != nil {
		t.Errorf("closing what was handed over: %v", err)
	}
	if n := good(both.CloseMethod(ctx))(t); n != 42 {
		t.Errorf("the contract's close gives %d", n)
	}
	if n := good(pinned.Open(ctx))(t); n != 2 { // both and Bert
		t.Errorf("%d accounts are open", n)
	}
	for _, a := range []ledger.Account{both, bert, bert} {
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	if n := good(pinned.Open(ctx))(t); n != 0 {
		t.Errorf("%d accounts are open after all", n)
	}
	if err := pinned.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestResourcesInsideValues(t *testing.T) {
	ctx := t.Context()
	j := newJournal()
	pinned := good(ledger.New(ledgerSlot(t, j, nil)).Pin(ctx))(t)
	accounts := good(pinned.OpenAll(ctx, []string{"a", "b", "c"}))(t)
	cover := j.open("cover")
	d := ledger.Dossier{Name: "d", Accounts: accounts, Cover: tenon.Some[ledger.Page](cover)}
	d = good(pinned.Refile(ctx, d))(t)
	if p, _ := d.Cover.Get(); p != ledger.Page(cover) {
		t.Errorf("another page came back: %v", p)
	}
	if len(d.Accounts) != 3 || good(d.Accounts[1].Owner(ctx))(t) != "b" {
		t.Errorf("other accounts came back: %v", d.Accounts)
	}
	h := good(pinned.Hold(ctx, ledger.HolderSeveral(d)))(t)
	d, several := h.AsSeveral()
	if !several {
		t.Fatalf("the holder is %v", h.Kind())
	}
	h = good(pinned.Hold(ctx, ledger.HolderOne(d.Accounts[0])))(t)
	one, _ := h.AsOne()
	if h = good(pinned.Hold(ctx, ledger.HolderNobody()))(t); h.Kind() != ledger.HolderKindNobody {
		t.Errorf("the holder is %v", h.Kind())
	}
	one = good(pinned.Maybe(ctx, tenon.Some(one)))(t)
	if _, err := pinned.Maybe(ctx, tenon.None[ledger.Account]()); !errors.Is(err, ledger.StringError{Value: "nothing there"}) {
		t.Errorf("Maybe: %v", err)
	}
	for _, a := range []ledger.Account{one, d.Accounts[1], d.Accounts[2]} {
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(cover.Close(ctx), pinned.Close(ctx)); err != nil {
		t.Error(err)
	}
}

func TestResourcesOfTheHost(t *testing.T) {
	ctx := t.Context()
	j := newJournal()
	client := ledger.New(ledgerSlot(t, j, nil))
	account := good(client.NewAccount(ctx, "Zoë"))(t)
	p := j.open("one")
	for n := range uint32(3) {
		if lines := good(account.Report(ctx, p, ledger.LevelWarning))(t); lines != n+1 {
			t.Errorf("%d lines", lines)
		}
	}
	stamp, _ := p.entries[0].Stamp.Get()
	if p.entries[0].Text != "Zoë: 0" || p.entries[0].Level != ledger.LevelWarning || stamp != 1001 {
		t.Errorf("the kernel wrote %+v", p.entries[0])
	}
	for title, want := range map[string]string{"one": "full at 3", "forbidden": "not here"} {
		p := j.pages[title]
		if p == nil {
			p = j.open(title)
		}
		if _, err := account.Report(ctx, p, ledger.LevelInfo); !errors.Is(err, ledger.StringError{Value: want}) {
			t.Errorf("Report on %s: %v, want %q", title, err, want)
		}
	}
	if found := good(client.LookUp(ctx, "one"))(t); !some(found) {
		t.Error("the page was not found")
	} else if got, _ := found.Get(); got != ledger.Page(p) {
		t.Errorf("another page was found: %v", got)
	}
	if found := good(client.LookUp(ctx, "two"))(t); some(found) {
		t.Error("a page was found that there is not")
	}
	p.entries = nil
	joined := good(client.Annotate(ctx, p, "note"))(t)
	if joined != ledger.Page(p) || p.title != "one+appendix" || len(p.entries) != 1 || p.entries[0].Text != "note" {
		t.Errorf("Annotate gave %+v", p)
	}
	if appendix := j.pages["appendix"]; !appendix.closed {
		t.Error("the page that the kernel dropped is still open")
	}
	loose := j.open("loose")
	if _, err := client.Annotate(ctx, loose, "note"); !errors.Is(err, ledger.StringError{Value: "loose pages stay loose"}) {
		t.Errorf("Annotate: %v", err)
	}
	if err := errors.Join(account.Close(ctx), joined.Close(ctx), j.pages["forbidden"].Close(ctx)); err != nil {
		t.Error(err)
	}
}

func TestImportsOfManyShapes(t *testing.T) {
	ctx := t.Context()
	client := ledger.New(ledgerSlot(t, newJournal(), nil))
	sum := good(client.Sum(ctx, 5))(t)
	if sum.V0 != 5-1+2-3+4-5+6-7+0.75 || sum.V1 != "ß true [5 6] some warning entry 5 [x yz]" {
		t.Errorf("the sum is %v, %q", sum.V0, sum.V1)
	}
	if ticks := good(client.Ticks(ctx, 3))(t); !slices.Equal(ticks, []uint64{1000, 1001, 1002}) {
		t.Errorf("the ticks are %v", ticks)
	}
}

// TestResourcesFromManyGoroutines has each goroutine keep an account of its own and report on a page of its own.
func TestResourcesFromManyGoroutines(t *testing.T) {
	ctx := t.Context()
	j := newJournal()
	j.room = 100
	client := ledger.New(ledgerSlot(t, j, nil))
	var group sync.WaitGroup
	for g := range 4 { // as many as there are instances
		group.Go(func() {
			p := j.open(fmt.Sprint("page ", g))
			for range 10 {
				account, err := client.NewAccount(ctx, fmt.Sprint("owner ", g))
				if err != nil {
					t.Error(err)
					return
				}
				for n := range uint64(5) {
					if sum, err := account.Deposit(ctx, 1); sum != n+1 || err != nil {
						t.Errorf("Deposit: %d, %v", sum, err)
					}
				}
				if _, err := account.Report(ctx, p, ledger.LevelInfo); err != nil {
					t.Error(err)
				}
				if err := account.Close(ctx); err != nil {
					t.Error(err)
				}
			}
			if len(p.entries) != 10 || p.entries[9].Text != fmt.Sprintf("owner %d: 5", g) {
				t.Errorf("the page has %d lines: %v", len(p.entries), p.entries)
			}
			if err := p.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestErrorsOfTheHostAreTraps: an error that is none of the contract's stops the kernel, and is in the fault's chain.
func TestErrorsOfTheHostAreTraps(t *testing.T) {
	ctx := t.Context()
	j := newJournal()
	slot := ledgerSlot(t, j, nil)
	client := ledger.New(slot)
	if _, err := client.Ticks(ctx, 1000); !errors.Is(err, tenon.ErrTrap) || !strings.Contains(err.Error(), "out of ticks") {
		t.Errorf("Ticks: %v", err)
	}
	j.broken = errors.New("the journal burns")
	p := j.open("p")
	_, err := client.Annotate(ctx, p, "x")
	if !errors.Is(err, tenon.ErrTrap) || !errors.Is(err, j.broken) {
		t.Errorf("Annotate: %v", err)
	}
	if v := slot.Stats().Versions; len(v) != 1 || v[0].Poisoned != 2 {
		t.Errorf("%+v", v)
	}
}

// TestBadAnswersOfTheHost: what Go can say and the contract cannot is a typed fault.
func TestBadAnswersOfTheHost(t *testing.T) {
	ctx := t.Context()
	j := newJournal()
	client := ledger.New(ledgerSlot(t, j, nil))
	p := j.open("p")
	j.broken = ledger.RefusalOther("bad \xff")
	if _, err := client.Annotate(ctx, p, "x"); !errors.Is(err, tenon.ErrABI) {
		t.Errorf("Annotate with a bad string from the host: %v", err)
	}
	if _, err := client.Annotate(ctx, nil, "x"); err == nil {
		t.Error("a nil page was accepted")
	}
	// A refused call has not taken what was to be handed over.
	q := j.open("q")
	if _, err := client.Annotate(ctx, q, "bad \xff"); !errors.Is(err, tenon.ErrABI) {
		t.Errorf("Annotate with a bad string: %v", err)
	}
	if err := q.Close(ctx); err != nil {
		t.Error(err)
	}
}

// TestForeignResourcesAreRefused passes resources where they do not belong.
func TestForeignResourcesAreRefused(t *testing.T) {
	ctx := t.Context()
	mine := ledger.FakeAccount{OwnerFunc: func(context.Context) (string, error) { return "mine", nil }}
	baseline := ledger.Fake{
		NewAccountFunc: func(context.Context, string) (ledger.Account, error) { return mine, nil },
		TotalFunc:      func(_ context.Context, a []ledger.Account) (uint64, error) { return uint64(len(a)), nil },
	}
	slot := ledgerSlot(t, newJournal(), baseline)
	client := ledger.New(slot)
	theirs := good(client.NewAccount(ctx, "theirs"))(t)
	other := good(client.Pin(ctx))(t)
	far := good(other.NewAccount(ctx, "far"))(t)
	for name, call := range map[string]func() error{
		"mixed":             func() error { _, err := client.Total(ctx, []ledger.Account{theirs, mine}); return err },
		"nil among others":  func() error { _, err := client.Total(ctx, []ledger.Account{theirs, nil}); return err },
		"of two instances":  func() error { _, err := client.Total(ctx, []ledger.Account{theirs, far}); return err },
		"in another's pin":  func() error { _, err := other.Maybe(ctx, tenon.Some(theirs)); return err },
		"the baseline's":    func() error { _, err := other.Maybe(ctx, tenon.Some[ledger.Account](mine)); return err },
		"deep in a variant": func() error { _, err := other.Hold(ctx, ledger.HolderOne(mine)); return err },
		"a method's":        func() error { _, err := client.AccountMerge(ctx, theirs, mine); return err },
	} {
		if err := call(); !errors.Is(err, tenon.ErrPolicy) {
			t.Errorf("%s: %v, want a policy fault", name, err)
		}
	}
	if v := slot.Stats().Versions; len(v) != 1 || v[0].Poisoned != 0 {
		t.Errorf("refusals cost instances: %+v", v)
	}
	if who := good(theirs.Owner(ctx))(t); who != "theirs" {
		t.Errorf("the owner is %q", who)
	}
	swapped := make(chan error, 1)
	go func() { swapped <- slot.Swap(ctx, nil) }() // waits for the resources
	for slot.Kernel() != nil {
		time.Sleep(time.Millisecond)
	}
	if n := good(client.Total(ctx, []ledger.Account{mine, mine}))(t); n != 2 {
		t.Errorf("the baseline counts %d", n)
	}
	if n := good(client.Total(ctx, []ledger.Account{theirs}))(t); n != 0 {
		t.Errorf("the drained kernel's total is %d", n)
	}
	if _, err := client.Total(ctx, []ledger.Account{mine, theirs}); !errors.Is(err, tenon.ErrPolicy) {
		t.Errorf("mixed after the swap: %v", err)
	}
	if err := errors.Join(theirs.Close(ctx), far.Close(ctx), other.Close(ctx), <-swapped); err != nil {
		t.Error(err)
	}
	if _, err := theirs.Owner(ctx); !errors.Is(err, tenon.ErrClosed) {
		t.Errorf("a closed account answers %v", err)
	}
	if a := good(client.NewAccount(ctx, "x"))(t); good(a.Owner(ctx))(t) != "mine" {
		t.Errorf("the baseline made %v", a)
	}
}

// TestBaselineAlonePins: a pinned client works before there is a kernel.
func TestBaselineAlonePins(t *testing.T) {
	ctx := t.Context()
	rt, err := tenon.New(ctx, tenon.Config{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close(context.WithoutCancel(ctx))
	mine := ledger.FakeAccount{DepositFunc: func(_ context.Context, n uint64) (uint64, error) { return n, nil }}
	slot, err := tenon.NewSlot(ctx, rt, "alone", ledger.Contract, tenon.SlotConfig[ledger.Accounts]{Baseline: ledger.Fake{
		NewAccountFunc: func(context.Context, string) (ledger.Account, error) { return mine, nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	pinned := good(ledger.New(slot).Pin(ctx))(t)
	a := good(pinned.NewAccount(ctx, "x"))(t)
	if n := good(a.Deposit(ctx, 7))(t); n != 7 {
		t.Errorf("Deposit gives %d", n)
	}
	if _, err := a.Owner(ctx); err == nil || !strings.Contains(err.Error(), "ledger.FakeAccount: set the field OwnerFunc") {
		t.Errorf("an empty fake says %v", err)
	}
	if err := errors.Join(a.Close(ctx), pinned.Close(ctx)); err != nil {
		t.Error(err)
	}
}

func some[T any](o tenon.Option[T]) bool {
	_, ok := o.Get()
	return ok
}
