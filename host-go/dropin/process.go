package dropin

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	tenon "github.com/tenon-dev/tenon/host-go"
)

// process is what the drop-ins of a process share.
var process struct {
	sync.Mutex
	places  []place
	runtime *tenon.Runtime
	own     bool             // runtime was made here, and is closed here
	closing []*tenon.Runtime // those that Close has still to close
}

// place is a [Place] of whatever contract.
type place interface {
	Status() Status
	Set(ctx context.Context, use Use) error
	opened() (Slot, Following)
	end(ctx context.Context) error
}

func register(p place) {
	process.Lock()
	defer process.Unlock()
	process.places = append(process.places, p)
}

func places() []place {
	process.Lock()
	defer process.Unlock()
	return slices.Clone(process.places)
}

// SetRuntime has the drop-ins load their kernels with a runtime of the program's, in place of one of their own: all that are
// not configured yet. It is not closed by [Close], and has to live longer.
func SetRuntime(rt *tenon.Runtime) {
	process.Lock()
	defer process.Unlock()
	if !process.own {
		process.runtime = rt
	}
}

// Runtime is the runtime that the drop-ins share. It is made at the first call. The error is a *tenon.Fault.
func Runtime(ctx context.Context) (*tenon.Runtime, error) {
	process.Lock()
	defer process.Unlock()
	if process.runtime == nil {
		rt, err := tenon.New(ctx, tenon.Config{CacheDir: os.Getenv("TENON_CACHE"), Logger: slog.Default()})
		if err != nil {
			return nil, err
		}
		process.runtime, process.own = rt, true
	}
	return process.runtime, nil
}

// List tells of every drop-in of the process, by name.
func List() []Status {
	var list []Status
	for _, p := range places() {
		list = append(list, p.Status())
	}
	slices.SortFunc(list, func(a, b Status) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Contract, b.Contract))
	})
	return list
}

// Slots gives the slots that drop-ins have open at the moment, and Followings what follows a registry for them: for status and
// administration. Who configures or closes them otherwise breaks the drop-in.
func Slots() []Slot {
	var list []Slot
	for _, p := range places() {
		if slot, _ := p.opened(); slot != nil {
			list = append(list, slot)
		}
	}
	return list
}

// Followings is said at [Slots].
func Followings() []Following {
	var list []Following
	for _, p := range places() {
		if _, f := p.opened(); f != nil {
			list = append(list, f)
		}
	}
	return list
}

// Set has something else answer the functions of the drop-in with a name; the rest of its configuration stays. It returns
// when that answers and what answered before is closed. Should it fail, what answered before answers on.
//
// The error is a *tenon.Fault, or that of the registry.
func Set(ctx context.Context, name string, use Use) error {
	found := false
	for _, p := range places() {
		if p.Status().Name != name {
			continue
		}
		found = true
		if err := p.Set(ctx, use); err != nil {
			return err
		}
	}
	if !found {
		return &tenon.Fault{Kind: tenon.KindPolicy, Slot: name, Message: "this program has no drop-in of that name"}
	}
	return nil
}

// Close ends all drop-ins of the process, and the runtime that they share if they made it, so that nothing of theirs is
// left: loads in the background end, calls in flight are waited for. It is for the end of a program or test; a function that is
// called afterwards begins anew. When the context ends the wait, Close may be called again.
func Close(ctx context.Context) error {
	// The runtime goes first: who begins anew from now on gets another one.
	process.Lock()
	if process.own {
		process.closing = append(process.closing, process.runtime)
	}
	process.runtime, process.own = nil, false
	process.Unlock()
	var errs []error
	for _, p := range places() {
		errs = append(errs, p.end(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	process.Lock()
	closing := process.closing
	process.closing = nil
	process.Unlock()
	for _, rt := range closing {
		if err := rt.Close(ctx); err != nil {
			process.Lock()
			process.closing = append(process.closing, rt)
			process.Unlock()
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// environment is what the environment says that a drop-in of a name uses, and of which registry.
func environment(name string) (use Use, dir string, err error) {
	key := "TENON_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	word, dir, found := strings.Cut(os.Getenv(key), ":")
	if use, err = ParseUse(word); err != nil || found && use != Registry {
		return Default, "", &tenon.Fault{Kind: tenon.KindPolicy, Slot: name,
			Message: key + "=" + os.Getenv(key) + ": say baseline, kernel, registry or registry:DIR"}
	}
	return use, cmp.Or(dir, os.Getenv("TENON_REGISTRY")), nil
}
