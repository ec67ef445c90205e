package dropin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// Status says what answers a drop-in's functions.
type Status struct {
	// Name is the drop-in's, and that of its slot.
	Name string `json:"name"`
	// Contract is the contract with its version.
	Contract string `json:"contract"`
	// Use is what answers; Default before the first call.
	Use Use `json:"use"`
	// Pending is true while the baseline answers until the kernel is loaded.
	Pending bool `json:"pending"`
	// Source names the registry of Use Registry.
	Source string `json:"source,omitempty"`
	// Error says why the last switch, or the first use, failed. What answered before answers on.
	Error string `json:"error,omitempty"`
}

// state is what a place has open.
type state struct {
	slot      closer // nil: none
	following Following
}

// closer is a slot that can be closed, of whatever contract.
type closer interface {
	Slot
	Close(ctx context.Context) error
}

// kept is the kernel that a place has loaded last. It stays loaded while something else answers, without instances, so that
// a switch back is quick.
type kept struct {
	runtime   *tenon.Runtime
	component []byte
	kernel    *tenon.Kernel
}

// Status is a snapshot of what answers.
func (p *Place[B]) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// opened gives what is open at the moment: a slot, and what it follows; nil for none.
func (p *Place[B]) opened() (Slot, Following) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slot == nil {
		return nil, nil
	}
	return p.slot, p.following
}

// Configure has something else answer from now on. It returns when that answers, and what answered before is closed: its calls in
// flight have ended, and its resources were closed. Should it fail, what answered before answers on. A context that ends while
// those are waited for leaves the switch in force: the error is a *tenon.Fault of kind canceled, and the rest closes with its
// last call.
//
// Switches of one drop-in follow each other. Otherwise the error is a *tenon.Fault, or the registry's.
func (p *Place[B]) Configure(ctx context.Context, cfg Config[B]) error {
	return p.configure(ctx, func() Config[B] { return cfg })
}

// Set is Configure with the configuration that was given last and another use.
func (p *Place[B]) Set(ctx context.Context, use Use) error {
	return p.configure(ctx, func() Config[B] {
		cfg := p.config
		cfg.Use = use
		return cfg
	})
}

// configure switches to what is asked for in its turn.
func (p *Place[B]) configure(ctx context.Context, asked func() Config[B]) error {
	done := p.settle()
	defer done()
	err := p.alone(ctx, func() error { return p.change(ctx, asked()) })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.Pending, p.status.Error = false, ""; err != nil {
		p.status.Error = err.Error()
	}
	return err
}

// change switches; the caller has the turn.
func (p *Place[B]) change(ctx context.Context, cfg Config[B]) (err error) {
	defer func() {
		if r := recover(); r != nil { // in a baseline or a registry of the program's, maybe in the background
			err = &tenon.Fault{Kind: tenon.KindInternal, Slot: p.spec.Name, Message: fmt.Sprintf("the switch panicked: %v", r)}
		}
	}()
	if cfg.Slot.Kernel != nil {
		return p.refuse("Config.Slot.Kernel is set: give the component as Config.Component")
	}
	use, err := ParseUse(string(cfg.Use))
	if err != nil {
		return err
	}
	dir := ""
	if use == Default || use == Registry && cfg.Source == nil {
		said, at, err := environment(p.spec.Name)
		if err != nil {
			return err
		}
		dir = at
		if use == Default {
			use = cmp.Or(said, Kernel)
		}
	}
	if use == Registry && cfg.Source == nil {
		if cfg.Source, err = openSource(dir); err != nil {
			return err
		}
	}
	if any(cfg.Slot.Baseline) == nil && p.spec.Baseline != nil {
		cfg.Slot.Baseline = p.spec.Baseline()
	}
	p.remember()
	next, by, err := p.open(ctx, use, cfg)
	if err != nil {
		return err
	}
	old := p.state
	p.config, p.state = cfg, next
	p.mu.Lock()
	previous := p.status.Use
	p.slot, p.following = next.slot, next.following
	p.status.Use, p.status.Source, p.status.Error = use, "", ""
	if use == Registry {
		p.status.Source = cfg.Source.String()
	}
	p.now.Store(&Answering[B]{By: by})
	p.mu.Unlock()
	slog.Info("drop-in switched", slog.String("slot", p.spec.Name), slog.String("use", string(use)), slog.String("previous", string(previous)))
	return old.close(ctx)
}

// open makes what shall answer.
func (p *Place[B]) open(ctx context.Context, use Use, cfg Config[B]) (next state, by B, err error) {
	hasBaseline := any(cfg.Slot.Baseline) != nil
	if use == Baseline {
		if !hasBaseline {
			return next, by, p.refuse("the package has no baseline: use its kernel, or set Config.Slot.Baseline")
		}
		return next, cfg.Slot.Baseline, nil
	}
	rt := cfg.Runtime
	if rt == nil {
		if rt, err = Runtime(ctx); err != nil {
			return next, by, err
		}
	}
	if use == Kernel || !hasBaseline {
		if cfg.Slot.Kernel, err = p.kernel(ctx, rt, cfg.Component); err != nil {
			return next, by, err
		}
	}
	cfg.Slot.WarmInstances = max(cfg.Slot.WarmInstances, p.peak)
	slot, err := tenon.NewSlot(ctx, rt, p.spec.Name, p.spec.Contract, cfg.Slot)
	if err != nil {
		return next, by, err
	}
	next.slot = slot
	if use == Registry {
		if next.following, err = cfg.Source.Follow(ctx, slot); err != nil {
			return next, by, errors.Join(err, next.close(ctx))
		}
	}
	return next, p.spec.Client(slot), nil
}

// remember notes how many instances the version has needed that answers, for the one that takes its place, maybe after the
// baseline: a slot of its own knows nothing of this one.
func (p *Place[B]) remember() {
	if p.state.slot == nil {
		return
	}
	for _, v := range p.state.slot.Stats().Versions {
		if v.Serving {
			p.peak = v.Peak
		}
	}
}

// kernel loads the kernel of a component, or gives the one that is loaded.
func (p *Place[B]) kernel(ctx context.Context, rt *tenon.Runtime, component []byte) (*tenon.Kernel, error) {
	if component == nil {
		component = p.spec.Component()
	}
	if p.kept.kernel != nil && p.kept.runtime == rt && bytes.Equal(p.kept.component, component) {
		return p.kept.kernel, nil
	}
	k, err := rt.Load(ctx, p.spec.Name, component)
	if err != nil {
		return nil, err
	}
	p.forget()
	p.kept = kept{runtime: rt, component: component, kernel: k}
	return k, nil
}

// forget closes the kernel that is kept; a slot that has it goes on.
func (p *Place[B]) forget() {
	if p.kept.kernel != nil {
		p.kept.kernel.Close()
	}
	p.kept = kept{}
}

// close ends what a place had open. Calls in flight finish.
func (s state) close(ctx context.Context) error {
	var errs []error
	if s.following != nil {
		errs = append(errs, s.following.Close(ctx))
	}
	if s.slot != nil {
		errs = append(errs, s.slot.Close(ctx))
	}
	return errors.Join(errs...)
}

// end makes the place as it was before its first use.
func (p *Place[B]) end(ctx context.Context) error {
	done := p.settle()
	defer done()
	if err := p.lock(ctx); err != nil {
		return err
	}
	defer p.unlock()
	old := p.state
	p.forget()
	p.config, p.state, p.peak = Config[B]{}, state{}, 0
	p.mu.Lock()
	p.now.Store(nil)
	p.slot, p.following = nil, nil
	p.status = Status{Name: p.spec.Name, Contract: p.spec.Contract.String()}
	p.mu.Unlock()
	return old.close(ctx)
}

func (p *Place[B]) refuse(message string) error {
	return &tenon.Fault{Kind: tenon.KindPolicy, Slot: p.spec.Name, Message: message}
}
