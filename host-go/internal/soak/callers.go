package soak

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
	"github.com/tenon-dev/tenon/host-go/internal/fixture/ledger"
)

// Counts are what became of the calls.
type Counts struct {
	// Calls were made; Lost of them had no answer, Wrong one of a version that was not in force or to another question, and
	// Torn one that is made of more than one version.
	Calls, Lost, Wrong, Torn uint64
	// Kernel counts the answers of kernels, Baseline those of the baseline; Pages are the pages whose entries are among them.
	Kernel, Baseline, Pages uint64
}

func (c *Counts) add(o Counts) {
	c.Calls += o.Calls
	c.Lost += o.Lost
	c.Wrong += o.Wrong
	c.Torn += o.Torn
	c.Kernel += o.Kernel
	c.Baseline += o.Baseline
	c.Pages += o.Pages
}

// load is a number of goroutines that call a slot until they are stopped, and what they have seen.
type load struct {
	slot  *tenon.Slot[ledger.Book]
	books *books
	began time.Time
	stage atomic.Int32 // where latencies are booked
	done  atomic.Int64 // when the last call of all ended, in ns since began
	stop  atomic.Bool

	callers []*caller
	running sync.WaitGroup

	mu     sync.Mutex
	traces []string // of the first calls that were lost, wrong or torn
}

// stages are steady state and swaps, for each kind of change.
const stages = 2 * int(kinds)

// caller is one goroutine.
type caller struct {
	*load
	client   *ledger.Client
	sequence uint64
	payload  []byte
	counts   Counts
	took     [stages]histogram
	gaps     [stages]histogram
}

// keys are the calls', where a staged version has a share of them.
var keys = [...]string{"ada", "grace", "edsger", "barbara", "tony", "leslie", "radia"}

// maxPayload is the longest payload, in bytes.
const maxPayload = 512

func newLoad(slot *tenon.Slot[ledger.Book], b *books, callers int) *load {
	l := &load{slot: slot, books: b, began: time.Now()}
	for i := range callers {
		c := &caller{load: l, client: ledger.New(slot), sequence: uint64(i) << 40, payload: make([]byte, maxPayload)}
		for k := range c.payload {
			c.payload[k] = byte(k*(2*i+1) + i)
		}
		l.callers = append(l.callers, c)
	}
	return l
}

// start makes the callers call: every fourth of them also on pages, which stay on the version that opened them, and every second
// with a note that says who answered.
func (l *load) start(ctx context.Context) {
	l.stop.Store(false)
	l.done.Store(int64(time.Since(l.began)))
	for i, c := range l.callers {
		l.running.Go(func() {
			for !l.stop.Load() {
				if i%4 == 3 && c.sequence%64 == 0 {
					c.page(ctx)
				}
				c.call(ctx, i%2 == 1)
				if c.sequence%8 == 0 {
					runtime.Gosched() // or who changes versions waits for a time slice of 10 ms at each of its steps
				}
			}
		})
	}
}

// gap is the time from the last call of all that ended to one that ended at a moment; 0 if another has ended after it.
func (l *load) gap(to time.Duration) time.Duration {
	for {
		last := l.done.Load()
		if int64(to) <= last {
			return 0
		}
		if l.done.CompareAndSwap(last, int64(to)) {
			return to - time.Duration(last)
		}
	}
}

// end stops the callers and waits for their last calls.
func (l *load) end() {
	l.stop.Store(true)
	l.running.Wait()
}

// call makes one call and books it.
func (c *caller) call(ctx context.Context, noted bool) {
	c.sequence++
	payload := c.payload[:c.sequence%maxPayload]
	note := tenon.Call{Key: keys[c.sequence%uint64(len(keys))]}
	if noted {
		ctx = tenon.WithCall(ctx, &note)
	}
	stage := c.stage.Load()
	first, known := c.books.first()
	from := time.Since(c.began)
	entry, err := c.client.Enter(ctx, c.sequence, payload)
	to := time.Since(c.began)
	last, still := c.books.last()
	if now := c.stage.Load(); now != stage && now%2 == 1 {
		stage = now // partly during swaps
	}
	c.took[stage].add(to - from)
	c.gaps[stage].add(c.gap(to))
	number, ok := c.book(entry, err, payload)
	switch {
	case !ok:
	case !known || !still:
		c.wrong("question %d: the slot serves a version that nobody put in force", c.sequence)
	case !c.books.allowed(number, first, last):
		c.wrong("question %d was answered by version %d, in force were %v", c.sequence, number, c.books.generations[first:last+1])
	case noted && note.Baseline != (number == 0):
		c.wrong("question %d was answered by version %d, the note says baseline: %v", c.sequence, number, note.Baseline)
	case noted && number != 0 && !c.books.known(number, note.Version, first, last):
		c.wrong("question %d was answered by version %d, the note says %s", c.sequence, number, note.Version)
	}
}

// book counts a call and what is wrong with its answer itself. false: the answer is none.
func (c *caller) book(entry ledger.Entry, err error, payload []byte) (number uint32, ok bool) {
	c.counts.Calls++
	if err != nil {
		c.counts.Lost++
		c.trace("question %d was lost: %v", c.sequence, err)
		return 0, false
	}
	number, err = ledger.Audit(entry, c.sequence, payload)
	switch {
	case errors.Is(err, ledger.ErrTorn):
		c.counts.Torn++
		c.trace("%v", err)
	case err != nil:
		c.counts.Wrong++
		c.trace("%v", err)
	case number == 0:
		c.counts.Baseline++
	default:
		c.counts.Kernel++
	}
	return number, err == nil
}

// page opens a page, makes a few entries, and closes it: versions may change in between, the page's does not.
func (c *caller) page(ctx context.Context) {
	first, known := c.books.first()
	page, err := c.client.NewPage(ctx)
	last, still := c.books.last()
	c.counts.Calls++
	if err != nil {
		c.counts.Lost++
		c.trace("a page was not opened: %v", err)
		return
	}
	c.counts.Pages++
	var opened uint32
	for line := range uint32(8) {
		c.sequence++
		for c.sequence%TrapAt == 0 {
			c.sequence++ // a trap would take the page with it
		}
		payload := c.payload[:c.sequence%maxPayload]
		entry, err := page.Enter(ctx, c.sequence, payload)
		number, ok := c.book(entry, err, payload)
		if !ok {
			break
		}
		if line == 0 {
			if opened = number; number == 0 {
				c.counts.Baseline++ // which opened it
			} else {
				c.counts.Kernel++
			}
		}
		switch {
		case !known || !still || !c.books.allowed(number, first, last):
			c.wrong("a page was opened by version %d, in force were %v", number, c.books.generations[first:last+1])
		case number != opened || entry.Line != line+1:
			c.wrong("line %d of a page of version %d is line %d of version %d", line+1, opened, entry.Line, number)
		}
	}
	if err := page.Close(ctx); err != nil {
		c.counts.Lost++
		c.trace("a page was not closed: %v", err)
	}
}

func (c *caller) wrong(format string, args ...any) {
	c.counts.Wrong++
	c.trace(format, args...)
}

// trace keeps the first few complaints.
func (l *load) trace(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.traces) < 10 {
		l.traces = append(l.traces, fmt.Sprintf(format, args...))
	}
}

// counts adds up; the callers must have ended.
func (l *load) counts() (all Counts) {
	for _, c := range l.callers {
		all.add(c.counts)
	}
	return all
}

// latencies adds those of one stage; the callers must have ended.
func (l *load) latencies(stage int, took, gaps *histogram) {
	for _, c := range l.callers {
		took.merge(&c.took[stage])
		gaps.merge(&c.gaps[stage])
	}
}
