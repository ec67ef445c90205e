package dropin

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Place is where the functions of one package find what answers them. Generated code makes one a package, and is the only one to
// need it. It is safe for concurrent use.
type Place[B any] struct {
	now  atomic.Pointer[Answering[B]] // nil: not used yet; stored with mu
	spec Spec[B]
	turn chan struct{} // held by who switches, one at a time

	// What follows belongs to who has the turn.
	config Config[B]
	state  state
	kept   kept
	peak   int // the most instances at a time that the last version had which answered

	mu        sync.Mutex
	begun     *beginning
	status    Status
	slot      closer // state's
	following Following
}

// Answering is what answers at one moment. It never changes; a switch puts another in its place.
type Answering[B any] struct{ By B }

// beginning is the first use of a place that nobody configured.
type beginning struct {
	cancel context.CancelFunc
	done   chan struct{}
	at     time.Time // when it was done
	err    error     // after done
}

// pause is how long a first use that failed is not tried again.
const pause = time.Second

// New makes the place of a package.
func New[B any](spec Spec[B]) *Place[B] {
	p := &Place[B]{spec: spec, turn: make(chan struct{}, 1)}
	p.status = Status{Name: spec.Name, Contract: spec.Contract.String()}
	register(p)
	return p
}

// Get gives what answers: the first thing that a function does. It costs one atomic load.
//
// The error is a *tenon.Fault: a package without a baseline has nothing that answers when its kernel cannot be loaded, or not before
// ctx ends.
func (p *Place[B]) Get(ctx context.Context) (*Answering[B], error) {
	if a := p.now.Load(); a != nil {
		return a, nil
	}
	return p.first(ctx)
}

// Moved reports whether a call failed because what answered was closed by a switch before the call had begun. Then the function asks
// again: no call is lost.
func (p *Place[B]) Moved(a *Answering[B], err error) bool {
	return errors.Is(err, tenon.ErrClosed) && p.now.Load() != a
}

// first is Get of a place that nobody has used yet, or that a failed first use has left without an answer.
func (p *Place[B]) first(ctx context.Context) (*Answering[B], error) {
	for {
		b := p.begin()
		if a := p.now.Load(); a != nil {
			return a, nil
		}
		if p.spec.Baseline != nil {
			return &Answering[B]{By: p.spec.Baseline()}, nil // it is being configured
		}
		select {
		case <-b.done:
			if b.err != nil {
				return nil, b.err
			}
		case <-ctx.Done():
			return nil, &tenon.Fault{Kind: tenon.KindCanceled, Slot: p.spec.Name,
				Message: "the context ended before there was a kernel to answer", Err: ctx.Err()}
		}
	}
}

// begin begins the first use, unless it has begun. Where there is a baseline it answers meanwhile.
func (p *Place[B]) begin() *beginning {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.begun; b != nil {
		failed := false
		select {
		case <-b.done:
			failed = p.now.Load() == nil && (b.err == nil || time.Since(b.at) >= pause)
		default:
		}
		if !failed {
			return b
		}
	}
	// The load is for everybody who calls, so no caller's context ends it.
	ctx, cancel := context.WithCancel(context.Background())
	b := &beginning{cancel: cancel, done: make(chan struct{})}
	p.begun = b
	var meanwhile *Answering[B]
	if p.spec.Baseline != nil {
		meanwhile = &Answering[B]{By: p.spec.Baseline()}
		p.now.Store(meanwhile)
		p.status.Use, p.status.Pending = Baseline, true
	}
	go p.load(ctx, b, meanwhile)
	return b
}

// load is the first use's load in the background. It leaves the place alone when something else than meanwhile answers: then
// somebody has configured it.
func (p *Place[B]) load(ctx context.Context, b *beginning, meanwhile *Answering[B]) {
	defer b.cancel()
	defer close(b.done)
	err := p.alone(ctx, func() error {
		if p.now.Load() != meanwhile {
			return nil
		}
		return p.change(ctx, Config[B]{})
	})
	p.mu.Lock()
	p.status.Pending = false
	if ctx.Err() != nil {
		err = nil // somebody configures it
	}
	if b.err, b.at = err, time.Now(); err != nil {
		p.status.Error = err.Error()
	}
	p.mu.Unlock()
	if err == nil {
		return
	}
	message := "drop-in has nothing that answers"
	if p.spec.Baseline != nil {
		message = "drop-in is left with its baseline"
	}
	slog.Warn(message, slog.String("slot", p.spec.Name), slog.String("error", err.Error()))
}

// settle ends a first use that is at work, for who knows better what is to be used. A place that is not used yet is then waited for.
func (p *Place[B]) settle() (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun != nil {
		p.begun.cancel()
	}
	if p.now.Load() != nil {
		return func() {}
	}
	b := &beginning{cancel: func() {}, done: make(chan struct{})}
	p.begun = b
	return func() { close(b.done) }
}

// lock takes the turn.
func (p *Place[B]) lock(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		if ctx.Err() == nil {
			return nil
		}
		<-p.turn
	case <-ctx.Done():
	}
	return &tenon.Fault{Kind: tenon.KindCanceled, Slot: p.spec.Name,
		Message: "the context ended before another switch of the drop-in was done", Err: ctx.Err()}
}

func (p *Place[B]) unlock() { <-p.turn }

// alone does something in its turn.
func (p *Place[B]) alone(ctx context.Context, do func() error) error {
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	return do()
}
